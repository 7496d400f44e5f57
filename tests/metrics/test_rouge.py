"""ROUGE against counts by hand, and the letters that rouge-score itself cannot read."""

import numpy as np
import pytest

from seqgan.metrics.rouge import Rouge


def test_the_figures_are_those_of_counting_by_hand() -> None:
    reference = "a library for reading old maps"
    rouge = Rouge([reference])
    # 3 of 4 words and of 6; 1 of 3 pairs and of 5; "library reading maps" in order.
    text = "library for maps reading"
    one, two, longest = rouge.f1([text], [reference])[0]
    assert one == pytest.approx(100 * 2 * 4 / (4 + 6))
    assert two == pytest.approx(100 * 2 * 1 / (3 + 5))
    assert longest == pytest.approx(100 * 2 * 3 / (4 + 6))


def test_case_marks_and_endings_cost_nothing() -> None:
    rouge = Rouge(["reading maps"])
    np.testing.assert_allclose(rouge.f1(["Reads, MAP!"], ["reading maps"]), 100)
    assert "stemmed" in rouge.signature


@pytest.mark.parametrize(
    ("text", "kind"), [("读取旧地图的库", "characters"), ("читает карты", "words")]
)
def test_texts_of_other_letters_equal_themselves(text: str, kind: str) -> None:
    rouge = Rouge([text])
    np.testing.assert_allclose(rouge.f1([text, ""], [text, text]), [[100] * 3, [0] * 3])
    assert kind in rouge.signature


def test_letters_with_marks_are_no_spaces() -> None:
    reference = "Un élève préfère la forêt"
    one, *_ = Rouge([reference]).f1(["Un éléphant préoccupé à la fête"], [reference])[0]
    assert one == pytest.approx(100 * 2 * 2 / (6 + 5))  # un, la
    assert "stemmed" in Rouge(["the maps of a café", *["it serves maps"] * 30]).signature


def test_half_of_the_characters_are_half() -> None:
    one, two, longest = Rouge(["读取地图"]).f1(["读地"], ["读取地图"])[0]
    assert one == pytest.approx(100 * 2 * 2 / (2 + 4))
    assert two == 0
    assert longest == pytest.approx(one)


def test_one_reference_for_each_text() -> None:
    with pytest.raises(ValueError, match="got 1 texts and 2 references"):
        Rouge(["a"]).f1(["a"], ["a", "b"])
    assert Rouge([]).f1([], []).shape == (0, 3)
