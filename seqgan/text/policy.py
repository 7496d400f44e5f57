"""From options to the parts of a policy-gradient game."""

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor, nn

from seqgan.core.trainer import Stateful
from seqgan.objectives.baselines import LeaveOneOut, MovingAverage, no_baseline
from seqgan.ops.masks import at_least_float32
from seqgan.text.discriminators import CausalScorer, ConvScorer, ProjectionScorer, TransformerScorer
from seqgan.text.games import Baseline, PolicyGradientGame, Scorer
from seqgan.text.generators.base import Generator
from seqgan.text.generators.store import Scorer as SavedScorer
from seqgan.text.options import NetworkOptions, PolicyOptions
from seqgan.text.rewards import (
    ReplyScorer,
    RewardEstimator,
    RolloutReward,
    SequenceReward,
    TokenReward,
    of_last_prefix,
)

PREFIX_SCORERS = (ProjectionScorer, CausalScorer)


def make_discriminator(options: NetworkOptions, generator: Generator) -> SavedScorer:
    """Return the discriminator that the options name, for the generator's vocabulary."""
    kinds: dict[str, type[SavedScorer]] = {
        "projection": ProjectionScorer,
        "causal": CausalScorer,
        "conv": ConvScorer,
        "transformer": TransformerScorer,
    }
    return kinds[options.discriminator](
        generator.vocab_size, pad=generator.pad, dim=options.discriminator_dim
    )


def scaled(score: Scorer, scale: str) -> Scorer:
    """Return the scorer with its logits turned into what the reward is made of.

    The discriminator is judged without dropout.
    """

    def reward_score(source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
        training = isinstance(score, nn.Module) and score.training
        if training:
            score.eval()  # type: ignore[attr-defined]
        scores = at_least_float32(score(source_BS, tokens_BT))
        if training:
            score.train()  # type: ignore[attr-defined]
        return scores.sigmoid() if scale == "probability" else scores

    return reward_score


@dataclass(frozen=True)
class Policy:
    """A game and what belongs to it: the value network and the state a checkpoint must carry."""

    game: PolicyGradientGame
    value: nn.Module | None
    stateful: dict[str, Stateful]


def make_policy(
    options: PolicyOptions,
    generator: Generator,
    discriminator: nn.Module,
    *,
    reference: Generator | None,
    max_length: int,
    learners: Mapping[str, Generator],
) -> Policy:
    """Return the game for these options; raises `UserError` for pairs without meaning."""
    is_causal = isinstance(discriminator, PREFIX_SCORERS)
    options.refuse_policy("causal" if is_causal else "whole-reply")
    reward = make_saved_reward(options, discriminator, generator, max_length=max_length)
    value: nn.Module | None = None
    stateful: dict[str, Stateful] = {}
    baseline: Baseline = no_baseline
    if options.baseline == "average":
        baseline = stateful["baseline"] = MovingAverage()
    elif options.baseline == "leave-one-out":
        baseline = LeaveOneOut(options.replies_per_prompt)
    elif options.baseline == "value":
        value = CausalScorer(generator.vocab_size, pad=generator.pad, dim=128)
    game = PolicyGradientGame(
        generator,
        discriminator,
        reward,
        baseline,
        max_length=max_length,
        replies_per_prompt=options.replies_per_prompt,
        mismatch_weight=options.mismatch_weight,
        clip=options.ppo_clip if options.surrogate == "ppo" else None,
        reference=reference,
        kl_weight=options.kl_weight,
        likelihood_weight=options.likelihood_weight,
        value=value,
        learners=learners,
        against_all=(
            discriminator.against_all if isinstance(discriminator, ProjectionScorer) else None
        ),
    )
    stateful["game"] = game
    return Policy(game, value, stateful)


def make_reward(
    options: PolicyOptions, score: Scorer, generator: Generator, *, is_causal: bool, max_length: int
) -> RewardEstimator:
    """Return the reward estimator that the options name."""
    if options.reward == "token":
        return TokenReward(score, pad=generator.pad)
    reply_score: ReplyScorer = of_last_prefix(score, pad=generator.pad) if is_causal else score
    if options.reward == "sequence":
        return SequenceReward(reply_score, pad=generator.pad)
    return RolloutReward(
        generator, reply_score, num_rollouts=options.num_rollouts, max_length=max_length
    )


def make_saved_reward(
    options: PolicyOptions, discriminator: nn.Module, generator: Generator, *, max_length: int
) -> RewardEstimator:
    """Return the reward estimator of a finished run's discriminator."""
    is_causal = isinstance(discriminator, PREFIX_SCORERS)
    score = scaled(discriminator, options.reward_scale)
    return make_reward(options, score, generator, is_causal=is_causal, max_length=max_length)


def generator_moves(options: PolicyOptions) -> tuple[str, ...]:
    """Return the names of those who move with the generator, in order."""
    value = ("value",) if options.baseline == "value" else ()
    times = options.ppo_moves if options.surrogate == "ppo" else 1
    return (*value, *(("generator",) * times))
