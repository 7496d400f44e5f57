"""Reward estimators: who is credited, in which order, and what is expected.

Legend: B batch, S source length, T response length, N rollouts.
"""

from collections.abc import Callable

import pytest
import torch
from markov_generator import BOS, EOS, PAD, MarkovGenerator, expected_score, table_score
from torch import Tensor

from seqgan.ops.masks import last_real, token_mask
from seqgan.text.decoding import continue_from
from seqgan.text.generators.language_model import RecurrentLanguageModel
from seqgan.text.reply_scorers import ConvScorer
from seqgan.text.rewards import (
    LastPrefix,
    RolloutReward,
    ScaledScore,
    SequenceReward,
    TokenReward,
    completion_scorer,
)
from seqgan.text.rollouts import bytes_a_row
from seqgan.text.sentence_scorer import SentenceScorer

PLANT = 5


def rng() -> torch.Generator:
    return torch.Generator().manual_seed(3)


SOURCE_BS = torch.tensor([[3, 4], [4, 3], [3, PAD]])
TOKENS_BT = torch.tensor([[3, 4, PLANT, 3], [4, 3, EOS, PAD], [3, EOS, PAD, PAD]])


def has_plant(source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
    """Score 1 for the planted token at every place, 7 at padding (which must not matter)."""
    return (tokens_BT == PLANT).double() + 7 * (tokens_BT == PAD)


def test_a_reward_on_one_token_credits_that_token_alone() -> None:
    reward_BT = TokenReward(has_plant, pad=PAD)(SOURCE_BS, TOKENS_BT, rng())
    assert reward_BT.tolist() == [[0, 0, 1, 0], [0, 0, 0, 0], [0, 0, 0, 0]]


def test_a_reward_of_one_reply_credits_its_tokens_alone() -> None:
    def score(source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
        return (tokens_BT == PLANT).any(1).double() + 2 * (source_BS[:, 0] == 4)

    reward_BT = SequenceReward(score, pad=PAD)(SOURCE_BS, TOKENS_BT, rng())
    assert reward_BT.tolist() == [[1, 1, 1, 1], [2, 2, 2, 0], [0, 0, 0, 0]]


def test_a_reward_that_hangs_on_one_token_is_credited_from_that_token_on() -> None:
    """The generator never writes the planted token, so before it stands nothing is expected."""
    generator = MarkovGenerator(6)
    generator.forbid(PLANT)

    def score(source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
        planted_B: Tensor = (tokens_BT == PLANT).any(1)
        return planted_B.double()

    reward = RolloutReward(generator, score, num_rollouts=8, max_length=5)
    reward_BT = reward(SOURCE_BS, TOKENS_BT, rng())
    assert reward_BT.tolist() == [[0, 0, 1, 1], [0, 0, 0, 0], [0, 0, 0, 0]]
    # Planted at the very end, the token alone is credited.
    last_BT = torch.tensor([[3, 4, 4, 3, PLANT], [4, 3, EOS, PAD, PAD], [PLANT, EOS, 0, 0, 0]])
    got_BT = reward(SOURCE_BS, last_BT, rng())
    assert got_BT.tolist() == [[0, 0, 0, 0, 1], [0] * 5, [1, 1, 0, 0, 0]]


def test_a_scorer_that_knows_one_prefix_credits_it() -> None:
    """Replies that begin 4 4: the first token is worth the chance of the second."""
    generator = MarkovGenerator()

    def score(source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
        return ((tokens_BT[:, 0] == 4) & (tokens_BT[:, 1] == 4)).double()

    num, tokens_BT = 4000, torch.tensor([[4, 4, 3, EOS]])
    reward = RolloutReward(generator, score, num_rollouts=num, max_length=4)
    got_T = reward(SOURCE_BS[:1], tokens_BT, rng())[0].tolist()
    chance = float(generator.logits(SOURCE_BS[:1], tokens_BT).softmax(-1)[0, 1, 4].detach())
    assert got_T[1:] == [1, 1, 1]
    assert got_T[0] == pytest.approx(chance, abs=4 * (chance * (1 - chance) / num) ** 0.5)
    assert 0.05 < chance < 0.95


def test_the_last_prefix_is_the_whole_reply() -> None:
    scores_BT = torch.randn(3, 4)
    score = LastPrefix(lambda source_BS, tokens_BT: scores_BT, pad=PAD)
    expected_B = torch.stack([scores_BT[0, 3], scores_BT[1, 2], scores_BT[2, 1]])
    assert torch.equal(score(SOURCE_BS, TOKENS_BT), expected_B)


@torch.no_grad()
def test_expected_rollout_rewards_equal_enumeration() -> None:
    """Within 4.5 standard errors of the mean; a score lies in [0, 1], so one is below .5 / √N."""
    num, longest = 3000, 4
    generator = MarkovGenerator(seed=2)
    tokens_BT = torch.tensor([[3, 4, 4, 3], [4, EOS, PAD, PAD], [4, 3, EOS, PAD]])
    reward = RolloutReward(
        generator,
        lambda source_BS, tokens_BT: table_score(tokens_BT),
        num_rollouts=num,
        max_length=longest,
    )
    got_BT = reward(SOURCE_BS, tokens_BT, rng())
    for b, row in enumerate(tokens_BT.tolist()):
        for t in range(4):
            if row[t] == PAD:
                assert got_BT[b, t] == 0
                continue
            prefix = row[: t + 1]
            whole = prefix[-1] == EOS or t == longest - 1
            prefix += [PAD] * (longest - len(prefix)) if whole else []
            exact = float(expected_score(generator, SOURCE_BS[b : b + 1], prefix, longest))
            tolerance = 1e-6 if whole else 4.5 * 0.5 / num**0.5
            assert float(got_BT[b, t]) == pytest.approx(exact, abs=tolerance)


@torch.no_grad()
@pytest.mark.parametrize("num_rollouts", [1, 2, 5])
def test_rollout_rewards_keep_batch_time_and_rollout_apart(num_rollouts: int) -> None:
    """Every size differs; the score depends on prompt, tokens and their places."""
    generator = MarkovGenerator(seed=4)
    longest = 7
    tokens_BT = TOKENS_BT.clamp(max=4)

    def score(source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
        padded_BT = torch.nn.functional.pad(tokens_BT, (0, longest - tokens_BT.shape[1]))
        return table_score(padded_BT) + 10 * source_BS[:, 0]

    got_BT = RolloutReward(generator, score, num_rollouts=num_rollouts, max_length=longest)(
        SOURCE_BS, tokens_BT, rng()
    )
    uniform = torch.rand(3, num_rollouts, 3, longest, generator=rng())
    for b in range(3):
        source_1S, row = SOURCE_BS[b : b + 1], [t for t in tokens_BT[b].tolist() if t != PAD]
        for g in range(len(row) - 1):
            ends = [
                continue_from(
                    generator,
                    generator.start(source_1S),
                    torch.tensor([row[g]]),
                    uniform[g, n, b : b + 1, g + 1 :],
                )
                for n in range(num_rollouts)
            ]
            whole = [torch.cat([torch.tensor([row[: g + 1]]), end], dim=1) for end in ends]
            expected = sum(float(score(source_1S, tokens)) for tokens in whole) / num_rollouts
            assert float(got_BT[b, g]) == pytest.approx(expected, rel=1e-6)
        expected = float(score(source_1S, torch.tensor([row])))
        assert float(got_BT[b, len(row) - 1]) == pytest.approx(expected, rel=1e-6)
        assert bool((got_BT[b, len(row) :] == 0).all())


@torch.no_grad()
def test_a_reply_longer_than_the_generators_longest_is_scored_too() -> None:
    """People write longer replies than were seen in training."""
    generator = MarkovGenerator()
    tokens_BT = torch.tensor([[3, 4, 3, 4, 3, EOS], [3, EOS, PAD, PAD, PAD, PAD]])
    reward = RolloutReward(generator, lambda s, t: torch.ones(len(t)), num_rollouts=2, max_length=3)
    got_BT = reward(SOURCE_BS[:2], tokens_BT, rng())
    assert torch.equal(got_BT, (tokens_BT != PAD).float())


@torch.no_grad()
def test_replies_of_one_token_need_no_rollout() -> None:
    generator = MarkovGenerator()
    reward = RolloutReward(generator, lambda s, t: s[:, 0].double(), num_rollouts=2, max_length=3)
    got_BT = reward(SOURCE_BS, torch.full((3, 1), EOS), rng())
    assert got_BT.tolist() == [[3], [4], [3]]
    assert generator.steps == 0


def test_helpers_agree_on_where_a_reply_ends() -> None:
    mask_BT = token_mask(TOKENS_BT, pad=PAD)
    assert last_real(TOKENS_BT, mask_BT).tolist() == [3, EOS, EOS]
    assert BOS not in TOKENS_BT


def lively_scorer() -> SentenceScorer:
    torch.manual_seed(5)
    return SentenceScorer(6, pad=PAD, dim=4, widths=(1, 2, 3, 9), num_filters=(3, 4, 2, 2))


@pytest.mark.parametrize("max_rows", [1, 3, 7, 20, 24, 10**6])
def test_rounds_change_the_memory_and_not_the_rewards(
    max_rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows held at once stay under the limit, down to one completion of each prefix."""
    torch.manual_seed(5)
    generator = RecurrentLanguageModel(6, pad=PAD, bos=BOS, eos=EOS, dim=8, hidden=8).double()
    tokens_BT = torch.tensor([[3, 4, 5, 3], [4, 3, EOS, PAD], [3, 5, 4, EOS], [EOS, PAD, PAD, PAD]])
    source_BS = torch.empty(4, 0, dtype=torch.long)
    score = lively_scorer().double()
    whole = RolloutReward(generator, score, num_rollouts=4, max_length=6)
    widest = 0
    plain = generator.read

    def read(state: dict[str, Tensor], vectors_BTD: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        nonlocal widest
        widest = max(widest, len(vectors_BTD))
        return plain(state, vectors_BTD)

    expected_BT = whole(source_BS, tokens_BT, rng())
    monkeypatch.setattr(generator, "read", read)
    parts = RolloutReward(generator, score, num_rollouts=4, max_length=6, max_rows=max_rows)
    torch.testing.assert_close(parts(source_BS, tokens_BT, rng()), expected_BT)
    assert widest <= max(max_rows, 3) + 4  # and the replies themselves


@pytest.mark.parametrize("max_scored", [1, 5, 12, 30])
def test_fewer_completions_scored_at_once_change_nothing(
    max_scored: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    generator, score = MarkovGenerator(6), lively_scorer().double()
    reward = RolloutReward(generator, score, num_rollouts=4, max_length=6)
    expected_BT = reward(SOURCE_BS, TOKENS_BT, rng())
    monkeypatch.setattr("seqgan.text.rewards.MAX_SCORED", max_scored)
    torch.testing.assert_close(reward(SOURCE_BS, TOKENS_BT, rng()), expected_BT)


def test_the_memory_given_decides_how_many_are_written_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Three prefixes, four completions of three replies: the steps are those of each round."""
    generator = MarkovGenerator(6)
    generator.forbid(EOS)
    tokens_BT = torch.full((3, 4), 3)
    reward = RolloutReward(
        generator, lambda source_BS, tokens_BT: tokens_BT[:, 0], num_rollouts=4, max_length=4
    )
    need = bytes_a_row(generator, SOURCE_BS[:1], longest=4)
    assert need == 2 * 8 + 4 * 12  # the prompt's first word, tokens and numbers
    for rows, num_rounds in ((36, 1), (35, 2), (24, 2), (12, 3), (6, 6), (3, 12), (1, 12)):
        monkeypatch.setattr("seqgan.text.rewards.MAX_BYTES", rows * need)
        generator.steps = 0
        reward(SOURCE_BS, tokens_BT, rng())
        assert generator.steps == 1 + 4 * num_rounds, rows


def test_a_quicker_way_to_score_completions_gives_the_same_rewards() -> None:
    """A scorer is asked for its own way; the plain one is what a bare function gets."""
    generator = MarkovGenerator(6)
    score = lively_scorer().double()
    calls = 0
    quick = score.score_completions

    def counted(*given: Tensor) -> Tensor:
        nonlocal calls
        calls += 1
        return quick(*given)

    score.score_completions = counted  # type: ignore[method-assign]
    rewards = [
        RolloutReward(generator, each, num_rollouts=5, max_length=7)(SOURCE_BS, TOKENS_BT, rng())
        for each in (score.eval(), lambda source_BS, tokens_BT: score(source_BS, tokens_BT))
    ]
    assert calls == 1
    torch.testing.assert_close(*rewards)
    assert len(rewards[0][TOKENS_BT != PAD].unique()) > 3


def test_the_plain_way_scores_each_completion_of_open_prefixes_with_its_source() -> None:
    def score(source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
        return 100 * source_BS[:, 0].double() + tokens_BT[:, -1]

    completed_GNBM = torch.randint(3, 50, (3, 2, 3, 4))
    got_GNB = completion_scorer(score, pad=PAD)(SOURCE_BS, TOKENS_BT, completed_GNBM)
    for g, n, b in torch.cartesian_prod(torch.arange(3), torch.arange(2), torch.arange(3)).tolist():
        is_open = g + 1 < int((TOKENS_BT[b] != PAD).sum())
        expected = 100 * int(SOURCE_BS[b, 0]) + int(completed_GNBM[g, n, b, -1])
        assert got_GNB[g, n, b] == (expected if is_open else 0)


@pytest.mark.parametrize("scale", [torch.neg, torch.sigmoid])
def test_scaled_scores_are_without_dropout_whichever_way_they_are_asked_for(
    scale: Callable[[Tensor], Tensor],
) -> None:
    score = lively_scorer()
    given = ScaledScore(score.train(), scale=scale, pad=PAD)
    completed_GNBM = torch.randint(3, 6, (3, 2, 3, 5))
    for g in range(3):
        completed_GNBM[g, :, :, : g + 1] = TOKENS_BT[:, : g + 1]
    whole_B = given(SOURCE_BS, TOKENS_BT)
    completed_GNB = given.score_completions(SOURCE_BS, TOKENS_BT, completed_GNBM)
    assert score.dropout.training
    score.eval()
    torch.testing.assert_close(whole_B, scale(score(SOURCE_BS, TOKENS_BT)).float())
    expected_N = scale(score(SOURCE_BS[:1].expand(2, -1), completed_GNBM[1, :, 0])).float()
    torch.testing.assert_close(completed_GNB[1, :, 0], expected_N)


def test_rollout_rewards_are_without_dropout_whatever_the_scorers_mode() -> None:
    """A scorer without a way of its own; every part of it is as it was afterwards."""
    torch.manual_seed(5)
    score = ConvScorer(6, pad=PAD, dim=4, num_filters=3, widths=(1, 2), dropout=0.5).double()
    reward = RolloutReward(MarkovGenerator(6), score.train(), num_rollouts=2, max_length=5)
    got_BT = reward(SOURCE_BS, TOKENS_BT, rng())
    assert score.training
    assert score.dropout.training
    score.eval()
    torch.testing.assert_close(got_BT, reward(SOURCE_BS, TOKENS_BT, rng()))
