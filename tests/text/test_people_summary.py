"""What answers say of the systems behind them, by hand."""

import math

import pytest
from made_sheet import made_sheet

from seqgan.text.people.ratings import Answer, Drawn, Item, Question, Sheet
from seqgan.text.people.summary import agreement, mean_and_error, summary_lines

SHEET = made_sheet(3, 4)


def rated(rater: str, question: int, reply: int, value: int | None) -> Answer:
    return Answer(rater, Item(question, (reply,)), value)


def test_mean_ratings_of_systems_with_their_errors() -> None:
    said = [rated("a", 0, 0, 5), rated("a", 0, 2, 3), rated("a", 1, 0, 2), rated("a", 0, 1, 1)]
    lines = summary_lines(SHEET, [*said, rated("a", 2, 1, None)])
    assert lines == [
        "answers: 4, raters: 1, prompts asked about: 3",
        "generator: mean rating 3.00 +- 1.00, 2 prompts",  # prompts' means 4 and 2
        "mle: mean rating 1.00, 1 prompt",
    ]


def test_shares_of_choices_count_only_between_systems() -> None:
    choices = [((0, 1), 1), ((1, 2), 0), ((0, 2), 1)]
    said = [Answer("a", Item(0, replies), value) for replies, value in choices]
    lines = summary_lines(SHEET, said)
    assert "generator: share of choices won 0.75, 1 prompt" in lines
    assert "mle: share of choices won 0.25, 1 prompt" in lines


def test_words_that_two_systems_said_count_for_both() -> None:
    drawn = [Drawn(system, "yes", [5], [-1.0]) for system in ("one", "two")]
    lines = summary_lines(Sheet("v", 1, [Question("p", [5], drawn)]), [rated("a", 0, 0, 4)])
    assert [line.split(":")[0] for line in lines[1:]] == ["one", "two"]


def test_raters_agree_where_both_prefer_the_same() -> None:
    said = [rated("a", 0, 0, 5), rated("a", 0, 1, 2), rated("b", 0, 0, 4), rated("b", 0, 1, 1)]
    said += [Answer("c", Item(0, (1, 0)), 1), Answer("d", Item(0, (1, 0)), 0)]
    share, cases = agreement(said)
    assert (share, cases) == (pytest.approx(1 / 3), 3)  # a with b; c against both; d prefers none
    assert math.isnan(agreement(said[:2])[0])


def test_the_error_is_that_of_the_mean_over_prompts() -> None:
    mean, error = mean_and_error([[0.0], [1.0], [2.0], [3.0]])
    assert (mean, error) == (1.5, pytest.approx(math.sqrt(5 / 3) / 2))
