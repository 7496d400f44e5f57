"""Hidden style words and other noise: what is hidden, how often, and what never is.

Legend: B batch, S sentence length.
"""

import pytest
import torch

from seqgan.ops.masks import compact
from seqgan.text.transfer.noise import StyleWords, masked, noised, shuffled

PAD, MASK = 0, 4
BAD, GOOD, FOOD, THE = 10, 11, 12, 13


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_words_of_one_style_speak_for_it_and_shared_ones_do_not() -> None:
    negative = [[THE, FOOD, BAD]] * 40
    positive = [[THE, FOOD, GOOD]] * 10  # fewer sentences: shares count, not numbers
    words = StyleWords([negative, positive], threshold=2.5, smoothing=1.0)
    assert words.flags([THE, FOOD, BAD], 0) == [False, False, True]
    assert words.flags([THE, FOOD, GOOD], 1) == [False, False, True]
    assert words.flags([THE, GOOD, FOOD], 0) == [False, False, False]


def test_the_ratio_of_shares_decides_as_in_the_formula() -> None:
    # 8 of 20 against 2 of 20 tokens: (8 + 1) / (2 + 1) = 3 with one smoothing count.
    first, second = [[BAD] * 8 + [THE] * 12], [[BAD] * 2 + [THE] * 18]
    assert StyleWords([first, second], threshold=2.99, smoothing=1.0).flags([BAD], 0) == [True]
    assert StyleWords([first, second], threshold=3.01, smoothing=1.0).flags([BAD], 0) == [False]


def test_a_rare_word_is_no_evidence() -> None:
    rows = [[[THE] * 50, [BAD]], [[THE] * 50, [GOOD]]]
    assert StyleWords(rows, threshold=2.5, smoothing=5.0).flags([BAD], 0) == [False]


def test_longer_ngrams_flag_all_of_their_words() -> None:
    rows = [[[FOOD, BAD, THE]] * 30, [[BAD, FOOD, THE]] * 30]
    words = StyleWords(rows, longest=2, threshold=2.5, smoothing=1.0)
    assert words.flags([FOOD, BAD], 0) == [True, True]
    assert words.flags([BAD, FOOD], 0) == [False, False]


def test_with_rate_one_exactly_the_flagged_words_are_hidden_and_runs_leave_one_mask() -> None:
    tokens_BS = torch.tensor([[5, 6, 7, 8], [9, 10, PAD, PAD]])
    flags_BS = torch.tensor([[False, True, True, False], [True, False, False, False]])
    hidden_BS = noised(
        tokens_BS, flags_BS, style_rate=1.0, word_rate=0.0, reach=0.0, mask=MASK, pad=PAD, rng=rng()
    )
    assert hidden_BS.tolist() == [[5, MASK, 8], [MASK, 10, PAD]]


def test_hidden_shares_are_the_rates() -> None:
    tokens_BS = torch.full((2000, 20), 5)
    flags_BS = torch.zeros(2000, 20, dtype=torch.bool)
    flags_BS[:, ::2] = True
    seen: list[torch.Tensor] = []

    def spy(tokens: torch.Tensor, hidden_BS: torch.Tensor, **_: int) -> torch.Tensor:
        seen.append(hidden_BS)
        return tokens

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("seqgan.text.transfer.noise.masked", spy)
        noised(
            tokens_BS, flags_BS, style_rate=0.8, word_rate=0.1, reach=0.0, mask=MASK, pad=PAD,
            rng=rng(),
        )  # fmt: skip
    assert seen[0][flags_BS].float().mean() == pytest.approx(0.8, abs=0.012)
    assert seen[0][~flags_BS].float().mean() == pytest.approx(0.1, abs=0.01)


def test_padding_is_never_hidden_and_an_untouched_sentence_is_itself() -> None:
    tokens_BS = torch.tensor([[5, 6, PAD], [PAD, PAD, PAD]])
    nothing_BS = torch.zeros_like(tokens_BS, dtype=torch.bool)
    all_BS = noised(
        tokens_BS, nothing_BS, style_rate=1.0, word_rate=1.0, reach=0.0, mask=MASK, pad=PAD,
        rng=rng(),
    )  # fmt: skip
    assert all_BS.tolist() == [[MASK], [PAD]]
    same_BS = noised(
        tokens_BS, nothing_BS, style_rate=0.0, word_rate=0.0, reach=1.0, mask=MASK, pad=PAD,
        rng=rng(),
    )  # fmt: skip
    assert same_BS.tolist() == [[5, 6], [PAD, PAD]]


def test_shuffled_words_stay_within_reach_and_none_is_lost() -> None:
    tokens_BS = torch.arange(1, 21).repeat(200, 1)
    tokens_BS[:, 15:] = PAD
    moved_BS = shuffled(tokens_BS, reach=3.0, pad=PAD, rng=rng())
    assert bool((moved_BS[:, 15:] == PAD).all())
    assert bool((moved_BS.sort(dim=1).values == tokens_BS.sort(dim=1).values).all())
    place_BS = moved_BS[:, :15].argsort(dim=1)
    distance_BS = (place_BS - torch.arange(15)).abs()
    assert int(distance_BS.max()) == 2  # less than 3, and the reach is used
    assert torch.equal(shuffled(tokens_BS, reach=1.0, pad=PAD, rng=rng()), tokens_BS)


def test_compact_keeps_the_order_and_narrow_rows_are_padded() -> None:
    tokens_BS = torch.tensor([[5, 6, 7, 8], [9, 10, 11, 12]])
    kept_BS = torch.tensor([[True, False, True, True], [False, False, True, False]])
    assert compact(tokens_BS, kept_BS, pad=PAD).tolist() == [[5, 7, 8], [11, PAD, PAD]]
    assert masked(tokens_BS[:0], kept_BS[:0], mask=MASK, pad=PAD).shape == (0, 0)
