"""Reward estimators: who is credited, in which order, and what is expected.

Legend: B batch, S source length, T response length, N rollouts.
"""

import pytest
import torch
from markov_generator import BOS, EOS, PAD, MarkovGenerator, expected_score, table_score
from torch import Tensor

from seqgan.ops.masks import last_real, token_mask
from seqgan.text.decoding import continue_from
from seqgan.text.rewards import RolloutReward, SequenceReward, TokenReward, of_last_prefix

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
    score = of_last_prefix(lambda source_BS, tokens_BT: scores_BT, pad=PAD)
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
