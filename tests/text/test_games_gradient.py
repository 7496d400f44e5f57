"""The expected gradient of the dialogue game, by enumeration.

Legend: B prompts, R replies, S prompt length, T reply length.
"""

import itertools
from collections.abc import Callable
from typing import Any

import pytest
import torch
from made_game import LONGEST, SOURCE_1S, make_game, rng, value_network, whole_score
from markov_generator import (
    EOS,
    PAD,
    MarkovGenerator,
    all_responses,
    expected_score,
    logp_of,
)
from torch import Tensor, nn

from seqgan.objectives.baselines import LeaveOneOut, MovingAverage, no_baseline
from seqgan.text.batches import TextBatch
from seqgan.text.games import (
    Baseline,
    PolicyGradientGame,
    Replies,
    reply_logp,
)
from seqgan.text.rewards import RewardEstimator, RolloutReward, SequenceReward, TokenReward


def every_reply(generator: MarkovGenerator, *, group: int = 1) -> tuple[Replies, Tensor]:
    """Return all groups of replies to the prompt as one batch, and each group's probability."""
    tokens_RT = all_responses(longest=LONGEST)
    logp_R = logp_of(generator, SOURCE_1S.expand(len(tokens_RT), -1), tokens_RT).detach()
    picks_PG = torch.cartesian_prod(*[torch.arange(len(tokens_RT))] * group).view(-1, group)
    tokens_RT = tokens_RT[picks_PG.flatten()]
    source_RS = SOURCE_1S.expand(len(tokens_RT), -1)
    human = TextBatch(SOURCE_1S.expand(len(picks_PG), -1), torch.full((len(picks_PG), 1), EOS))
    old_logp_RT = reply_logp(generator, source_RS, tokens_RT).detach()
    return Replies(human, source_RS, tokens_RT, old_logp_RT), logp_R[picks_PG].sum(1).exp()


def expected_gradient(game: PolicyGradientGame, *, group: int = 1) -> tuple[Tensor, ...]:
    """Return the policy term's gradient averaged over all groups of replies, a reply."""
    generator = game.generator
    assert isinstance(generator, MarkovGenerator)
    batch, prob_P = every_reply(generator, group=group)
    losses = game.losses("generator", batch, rng())
    assert losses.items == len(batch.tokens_RT)
    surrogate_P = losses.terms["policy"].sum(1).unflatten(0, (-1, group)).mean(1)
    return torch.autograd.grad((prob_P * surrogate_P).sum(), list(generator.parameters()))


def exact_gradient(generator: MarkovGenerator) -> tuple[Tensor, ...]:
    """Return the gradient of minus the expected score, by enumeration."""
    expected = expected_score(generator, SOURCE_1S, [], LONGEST)
    return torch.autograd.grad(-expected, list(generator.parameters()))


def q_values(generator: MarkovGenerator) -> Callable[[Tensor, Tensor], Tensor]:
    """Return the scorer of prefixes that knows the expected score of every prefix, exactly."""

    def score(source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
        def value(prefix: list[int]) -> float:
            if EOS in prefix:
                whole = prefix[: prefix.index(EOS) + 1]
                prefix = whole + [PAD] * (LONGEST - len(whole))
            return float(expected_score(generator, SOURCE_1S, prefix, LONGEST))

        rows = tokens_BT.tolist()
        return torch.tensor(
            [[value(row[: t + 1]) for t in range(len(row))] for row in rows], dtype=torch.float64
        )

    return torch.no_grad()(score)


def stratified_rollouts(
    monkeypatch: pytest.MonkeyPatch, generator: MarkovGenerator
) -> RolloutReward:
    """Return a rollout reward whose random numbers fill the unit square evenly.

    At most two tokens are drawn in a row, each from four: 60 x 60 numbers err by less than 4 / 60
    in each of the tokens, in practice far less.
    """
    side = 60
    grid = (torch.arange(side) + 0.5) / side

    def even(shape: tuple[int, ...], **options: Any) -> Tensor:
        uniform = torch.zeros(shape)
        uniform[..., 1] = grid.repeat_interleave(side)[None, :, None]
        uniform[..., 2] = grid.repeat(side)[None, :, None]
        return uniform

    monkeypatch.setattr(torch, "rand", even)
    return RolloutReward(generator, whole_score, num_rollouts=side * side, max_length=LONGEST)


def warmed(average: MovingAverage) -> MovingAverage:
    average.load_state_dict({"mean": 0.4, "weight": 0.6})
    return average


BASELINES: dict[str, tuple[int, Callable[[], Baseline], Callable[[], nn.Module] | None]] = {
    "none": (1, lambda: no_baseline, None),
    "average": (1, lambda: warmed(MovingAverage()), None),
    "leave-one-out": (2, lambda: LeaveOneOut(2), None),
    "value": (1, lambda: no_baseline, value_network),
}


EXACT: list[tuple[str, str, float | None]] = [
    *itertools.product(["sequence", "token"], BASELINES, [None, 0.2])
]
ROLLOUT: list[tuple[str, str, float | None]] = [
    ("rollout", "none", None),
    ("rollout", "leave-one-out", None),
]


@pytest.mark.parametrize(("reward", "baseline", "clip"), EXACT + ROLLOUT)
def test_the_expected_gradient_is_that_of_the_expected_reward(
    reward: str, baseline: str, clip: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over all replies (all pairs of them), for every estimator, baseline and objective.

    `token` gets the scorer it hopes for: each prefix's expected final score.
    """
    generator = MarkovGenerator(seed=1)
    group, make_baseline, make_value = BASELINES[baseline]
    estimator: RewardEstimator
    if reward == "sequence":
        estimator = SequenceReward(whole_score, pad=PAD)
    elif reward == "token":
        estimator = TokenReward(q_values(generator), pad=PAD)
    else:
        estimator = stratified_rollouts(monkeypatch, generator)
    game = make_game(
        generator,
        reward=estimator,
        baseline=make_baseline(),
        replies_per_prompt=group,
        clip=clip,
        value=make_value() if make_value is not None else None,
    )
    got, exact = expected_gradient(game, group=group), exact_gradient(generator)
    tolerance = 3e-3 if reward == "rollout" else 2e-6
    torch.testing.assert_close(got, exact, rtol=0, atol=tolerance)
    assert max(float(g.abs().max()) for g in exact) > 0.02


def test_a_baseline_lowers_the_variance_it_is_there_for() -> None:
    """At a constant reward leave-one-out leaves nothing but the mean, no gradient at all."""
    generator = MarkovGenerator()
    constant = SequenceReward(lambda s, t: torch.full((len(t),), 0.7), pad=PAD)
    batch, _ = every_reply(generator, group=2)
    noisy = make_game(generator, reward=constant).losses("generator", batch, rng())
    calm = make_game(generator, reward=constant, baseline=LeaveOneOut(2), replies_per_prompt=2)
    assert float(noisy.terms["policy"].detach().abs().max()) > 0.1
    batch, _ = every_reply(generator, group=2)
    torch.testing.assert_close(
        calm.losses("generator", batch, rng()).terms["policy"].detach(),
        torch.zeros(batch.tokens_RT.shape, dtype=torch.float64),
        rtol=0,
        atol=1e-6,
    )


def test_a_planted_reward_moves_the_probability_of_that_token_alone() -> None:
    generator = MarkovGenerator()
    tokens_RT = torch.tensor([[3, 4, EOS], [4, EOS, PAD]])
    planted = TokenReward(lambda s, t: ((t == 4) & (s[:, :1] == 3)).double() + (t == PAD), pad=PAD)
    source_RS = torch.tensor([[3, 4], [4, 4]])
    batch = Replies(TextBatch(source_RS, tokens_RT), source_RS, tokens_RT, torch.empty(0))
    policy_RT = (
        make_game(generator, reward=planted).losses("generator", batch, rng()).terms["policy"]
    )
    logp_RT = reply_logp(generator, source_RS, tokens_RT)
    expected_RT = torch.zeros(2, 3, dtype=torch.float64)
    expected_RT[0, 1] = -logp_RT[0, 1].detach()
    torch.testing.assert_close(policy_RT.detach(), expected_RT)


def test_later_moves_of_ppo_have_the_rewards_and_the_baseline_of_the_first() -> None:
    """An average that held the batch itself would depend on what was done."""
    average = warmed(MovingAverage())
    game = make_game(MarkovGenerator(), baseline=average, clip=0.2)
    batch, _ = every_reply(MarkovGenerator())
    first = game.losses("generator", batch, rng()).terms["policy"]
    known = average.state_dict()
    again = game.losses("generator", batch, rng()).terms["policy"]
    torch.testing.assert_close(again, first, rtol=0, atol=0)
    assert average.state_dict() == known
