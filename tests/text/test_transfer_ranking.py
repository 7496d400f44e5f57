"""What candidates are ranked by."""

import math

import pytest

from made_transfer import LengthFluency, WordStyles
from seqgan.text.transfer.ranking import MISSING, Scorers, overlap, scored, total

SOURCE = "the food was cold ."


def test_overlap_is_symmetric_and_1_for_the_same_words_alone() -> None:
    texts = [SOURCE, "the food was warm .", "The food was cold.", "", "菜很冷", "food"]
    for one in texts:
        for other in texts:
            assert 0 <= overlap(one, other) <= 1
            same = overlap(one, other) == 1
            assert same == (
                one != "" and one.lower().replace(" .", ".") == other.lower().replace(" .", ".")
            )
    assert overlap(SOURCE, "food the") == overlap("food the", SOURCE)


def test_order_of_words_counts() -> None:
    assert overlap("a b c d", "a b c d") > overlap("a b c d", "d c b a") > 0


def test_chinese_is_compared_by_characters() -> None:
    assert overlap("菜很冷", "菜很热") == pytest.approx((2 / 3 + 1 / 2) / 2)


def test_of_those_with_the_style_the_one_that_keeps_most_wins() -> None:
    kept, changed, copy = total(0.81, 0.9, -3.0), total(0.999, 0.5, -3.0), total(0.3, 1.0, -3.0)
    assert kept > changed > copy
    assert total(0.8, 0.5, -3.0) == total(1.0, 0.5, -3.0)
    assert total(0.6, 0.5, -3.0) < total(0.6, 0.5, -3.0, enough=0.55) == total(0.8, 0.5, -3.0)


def test_total_asks_for_style_and_content_at_once() -> None:
    good, copy, other = total(0.9, 0.7, -3.0), total(0.03, 1.0, -3.0), total(0.99, 0.05, -3.0)
    assert good > copy
    assert good > other
    assert total(0.9, 0.7, -2.0) - total(0.9, 0.7, -3.0) == pytest.approx(0.33)
    assert math.isfinite(total(0.0, 0.0, -3.0))


def test_scores_say_what_the_judges_say() -> None:
    scorers = Scorers(WordStyles(), LengthFluency())
    warm, cold = scored(scorers, [SOURCE] * 2, ["the food was warm .", SOURCE], style=1)
    assert warm.style == pytest.approx(1 / (1 + math.exp(-1)))
    assert cold.style == pytest.approx(1 - warm.style)
    assert warm.fluency == pytest.approx(-19 / 6)
    assert cold.content == 1.0
    assert warm.total == total(warm.style, warm.content, warm.fluency)


def test_without_judges_content_alone_ranks() -> None:
    (one,) = scored(Scorers(), [SOURCE], ["the food"], style=0)
    assert math.isnan(one.style)
    assert math.isnan(one.fluency)
    assert one.total == pytest.approx(math.log(one.content))
    assert scored(Scorers(), [], [], style=0) == []
    assert math.isnan(MISSING)
