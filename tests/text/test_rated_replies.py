"""From answers to shares, rewards and batches, by hand on small sheets."""

import math
from pathlib import Path

import pytest
import torch
from made_sheet import made_sheet

from seqgan.errors import UserError
from seqgan.text.people.rated_replies import (
    LEAST_PROMPTS,
    Judged,
    collate,
    held_out,
    judged_prompts,
    rater_shifts,
    read_judged,
)
from seqgan.text.people.ratings import Answer, Drawn, Item, Question, RatingFile, Sheet

SHEET = made_sheet(2, 3)


def rated(rater: str, reply: int, value: int | None, *, question: int = 0) -> Answer:
    return Answer(rater, Item(question, (reply,)), value)


def chose(rater: str, first: int, second: int, value: int) -> Answer:
    return Answer(rater, Item(0, (first, second)), value)


def judged(*answers: Answer) -> Judged:
    (only,) = judged_prompts(SHEET, answers)
    return only


def test_ratings_become_shares_of_the_scale_and_votes_between_replies() -> None:
    got = judged(rated("a", 0, 1), rated("a", 1, 3), rated("a", 2, 3))
    assert got.ratings == got.rewards == [0, 0.5, 0.5]
    assert got.pairs == [(0, 1, 0), (0, 2, 0)]  # equal ratings are no vote


def test_choices_become_shares_of_votes_whichever_side_was_shown_first() -> None:
    got = judged(
        chose("a", 0, 1, 1),  # for 0
        chose("b", 1, 0, 1),  # for 1
        chose("c", 1, 0, 0),  # equal
        chose("a", 1, 2, 2),  # for 2
    )
    assert got.pairs == [(0, 1, 0.5), (1, 2, 0)]
    assert all(map(math.isnan, got.ratings))
    assert got.rewards == [0.5, 0.25, 1]


def test_ratings_and_choices_of_one_prompt_stand_side_by_side() -> None:
    got = judged(rated("a", 0, 5), rated("a", 1, 2), chose("b", 1, 0, 1), chose("b", 1, 2, 1))
    assert got.pairs == [(0, 1, 0.5), (1, 2, 1)]
    assert got.ratings[:2] == [1, 0.25]
    assert got.rewards == [1, 0.25, 0]


def test_strict_and_mild_raters_mean_the_same() -> None:
    """One rates each reply two points lower: who judged which does not decide its reward."""
    strict = [rated("a", 0, 1), rated("a", 1, 3, question=1)]
    mild = [rated("b", 2, 3), rated("b", 2, 5, question=1)]
    assert rater_shifts([*strict, *mild]) == {"a": 1, "b": -1}
    first, second = judged_prompts(SHEET, [*strict, *mild])
    assert first.rewards == [0.25, 0.25]
    assert second.rewards == [0.75, 0.75]


def test_no_opinion_and_earlier_words_count_for_nothing() -> None:
    got = judged(rated("a", 0, 1), rated("a", 0, 5), rated("a", 1, 2), rated("a", 2, None))
    assert got.rewards == [1, 0.25]
    taken_back = judged(rated("a", 0, 1), rated("a", 1, 2), rated("a", 2, 4), rated("a", 2, None))
    assert len(taken_back.rewards) == 2


def test_draws_that_say_the_same_share_a_judgement() -> None:
    drawn = [Drawn("s", text, [5 + i], [-1.0]) for i, text in enumerate("xyx")]
    sheet = Sheet("made", 1, [Question("p", [9], drawn)])
    (got,) = judged_prompts(sheet, [chose("a", 0, 1, 1)])
    assert got.tokens == [[5], [6], [7]]
    assert got.rewards == [1, 0, 1]
    assert got.pairs == [(0, 1, 1)]
    (got,) = judged_prompts(sheet, [rated("a", 0, 5), rated("a", 1, 1)])
    assert got.rewards == [1, 0, 1]


def test_advantages_are_above_the_mean_of_the_others_and_sum_to_zero() -> None:
    got = judged(rated("a", 0, 1), rated("a", 1, 3), rated("a", 2, 5))
    assert got.advantages == [-0.75, 0, 0.75]
    assert judged(rated("a", 0, 4)).advantages == [0]


def test_a_batch_weighs_each_prompt_once() -> None:
    answers = [rated("a", reply, 1 + reply) for reply in range(3)]
    answers += [rated("a", reply, 5 - reply, question=1) for reply in range(2)]
    batch = collate(judged_prompts(SHEET, answers), pad=0, device="cpu")
    assert batch.prompts == 2
    assert batch.text.source_BS.tolist() == [[10]] * 3 + [[11]] * 2
    assert batch.text.tokens_BT[3].tolist() == [21, 30, 2]
    assert batch.logp_RT[0].tolist() == [-1, -2, -0.5]
    assert batch.pairs_P2.tolist() == [[0, 1], [0, 2], [1, 2], [3, 4]]
    assert batch.share_P.tolist() == [0, 0, 0, 1]
    torch.testing.assert_close(batch.weight_P, torch.tensor([1 / 3, 1 / 3, 1 / 3, 1]))
    torch.testing.assert_close(batch.weight_R.sum(), torch.tensor(2.0))


def test_a_batch_of_no_prompts_is_empty() -> None:
    batch = collate([], pad=0, device="cpu")
    assert (batch.prompts, len(batch.text.tokens_BT), len(batch.pairs_P2)) == (0, 0, 0)


def test_what_is_kept_out_depends_on_the_prompt_alone() -> None:
    every = [Judged(f"p{i}", [], [], [], [], [], []) for i in range(20)]
    learned, kept_out = held_out(every, share=0.25)
    assert (len(learned), len(kept_out)) == (15, 5)
    assert {each.prompt for each in learned} | {each.prompt for each in kept_out} == {
        each.prompt for each in every
    }
    again = held_out(every[::-1], share=0.25)
    assert again == (learned, kept_out)
    assert [len(part) for part in held_out(every, share=0.01)] == [18, 2]
    assert [len(part) for part in held_out(every, share=0.99)] == [2, 18]


def write(folder: Path, prompts: int, values: tuple[int, int] = (1, 4)) -> None:
    sheet = made_sheet(prompts + 3, 2)
    sheet.save(folder / "sheet.jsonl")
    file = RatingFile(folder, sheet)
    for question in range(prompts):
        for reply, value in enumerate(values):
            file.append(rated("a", reply, value, question=question))


def read(folder: Path, vocabulary: str = "made") -> int:
    return len(read_judged(folder, vocabulary=vocabulary, start=Path("RUN"))[0])


def test_enough_judgements_are_read(tmp_path: Path) -> None:
    write(tmp_path, LEAST_PROMPTS)
    assert read(tmp_path) == LEAST_PROMPTS


@pytest.mark.parametrize(
    ("prompts", "values", "telling"),
    [(0, (1, 4), 0), (LEAST_PROMPTS - 1, (1, 4), 7), (9, (3, 3), 0)],
)
def test_too_few_judgements_say_how_many_are_needed(
    tmp_path: Path, prompts: int, values: tuple[int, int], telling: int
) -> None:
    write(tmp_path, prompts, values)
    with pytest.raises(UserError) as error:
        read(tmp_path)
    assert f"for {telling} prompts ({prompts} judged): 8 are the least" in str(error.value)
    assert "seqgan rate RUN" in str(error.value)


def test_judgements_of_replies_in_another_vocabulary_are_refused(tmp_path: Path) -> None:
    write(tmp_path, LEAST_PROMPTS)
    with pytest.raises(UserError, match="another vocabulary than that of RUN"):
        read(tmp_path, "other")
