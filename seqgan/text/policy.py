"""From options to the parts of a policy-gradient game."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import nn

from seqgan.core.trainer import Stateful
from seqgan.games.objectives import Objective, Penalty
from seqgan.objectives.baselines import LeaveOneOut, MovingAverage, no_baseline
from seqgan.text.density_ratio import DensityRatio
from seqgan.text.encoder_scorer import EncoderScorer
from seqgan.text.games import Baseline, LikelihoodGame, PolicyGradientGame, Scorer
from seqgan.text.generators.base import Generator
from seqgan.text.generators.store import Scorer as SavedScorer
from seqgan.text.options import PolicyOptions
from seqgan.text.prefix_scorers import CausalScorer, ProjectionScorer
from seqgan.text.reply_scorers import ConvScorer, TransformerScorer
from seqgan.text.rewards import (
    LastPrefix,
    ReplyScorer,
    RewardEstimator,
    RolloutReward,
    ScaledScore,
    SequenceReward,
    TokenReward,
)
from seqgan.text.search.reward import TreeReward
from seqgan.text.search.tree_search import TreeSearch
from seqgan.text.sentence_critic import SentenceCritic
from seqgan.text.sentence_scorer import SentenceScorer

PREFIX_SCORERS = (ProjectionScorer, CausalScorer, DensityRatio)


class NamesDiscriminator(Protocol):
    """Options that name a discriminator and its width."""

    @property
    def discriminator(self) -> str:
        """Which one."""
        ...

    @property
    def discriminator_dim(self) -> int:
        """Its width."""
        ...


def make_discriminator(options: NamesDiscriminator, generator: Generator) -> SavedScorer:
    """Return the discriminator that the options name, for the generator's vocabulary."""
    kinds: dict[
        str,
        type[ProjectionScorer | CausalScorer | ConvScorer | TransformerScorer | SentenceScorer],
    ] = {
        "projection": ProjectionScorer,
        "causal": CausalScorer,
        "conv": ConvScorer,
        "transformer": TransformerScorer,
        "sentence": SentenceScorer,
    }
    return kinds[options.discriminator](
        generator.num_ids, pad=generator.pad, dim=options.discriminator_dim
    )


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
    likelihood: LikelihoodGame,
    objective: Objective | None = None,
    penalties: Mapping[str, Penalty] | None = None,
    judge_drops: bool = True,
) -> Policy:
    """Return the game for these options; raises `UserError` for pairs without meaning.

    The discriminator minimizes `objective` and `penalties`; by default the logistic loss; with
    dropout if `judge_drops`.
    """
    options.refuse_policy(_kind_of(discriminator))
    reward = make_saved_reward(
        options, discriminator, generator, max_length=max_length, objective=objective
    )
    critic = None
    if objective is not None:
        critic = SentenceCritic(
            discriminator,
            objective,
            penalties=penalties or {},
            num_ids=generator.num_ids,
            pad=generator.pad,
        )
    value: nn.Module | None = None
    stateful: dict[str, Stateful] = {}
    baseline: Baseline = no_baseline
    if options.baseline == "average":
        baseline = stateful["baseline"] = MovingAverage()
    elif options.baseline == "leave-one-out":
        baseline = LeaveOneOut(options.replies_per_prompt)
    elif options.baseline == "value":
        value = CausalScorer(generator.num_ids, pad=generator.pad, dim=128)
    every_word = None
    if options.reward == "words":
        assert isinstance(discriminator, DensityRatio)
        every_word = discriminator.expected_loss
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
        likelihood=likelihood,
        against_all=(
            discriminator.against_all if isinstance(discriminator, ProjectionScorer) else None
        ),
        critic=critic,
        every_word=every_word,
        judge_drops=judge_drops,
    )
    stateful["game"] = game
    return Policy(game, value, stateful)


def make_reward(
    options: PolicyOptions, score: Scorer, generator: Generator, *, is_causal: bool, max_length: int
) -> RewardEstimator:
    """Return the reward estimator that the options name."""
    if options.reward in ("token", "words"):
        return TokenReward(score, pad=generator.pad)
    reply_score: ReplyScorer = LastPrefix(score, pad=generator.pad) if is_causal else score
    if options.reward == "sequence":
        return SequenceReward(reply_score, pad=generator.pad)
    if options.reward == "tree":
        search = TreeSearch(
            generator=generator,
            score=reply_score,
            max_length=max_length,
            num_simulations=options.num_simulations,
            num_children=options.num_children,
            exploration=options.exploration,
            num_rollouts=options.num_rollouts if options.tree_leaves == "rollout" else 0,
        )
        return TreeReward(search)
    return RolloutReward(
        generator, reply_score, num_rollouts=options.num_rollouts, max_length=max_length
    )


def _kind_of(discriminator: nn.Module) -> str:
    """Return the name of a kind of discriminator of which options say the same as of this."""
    if isinstance(discriminator, DensityRatio):
        return "language"
    if isinstance(discriminator, PREFIX_SCORERS):
        return "causal"
    if isinstance(discriminator, EncoderScorer):
        return "encoder"
    return "sentence" if isinstance(discriminator, SentenceScorer) else "conv"


def make_saved_reward(
    options: PolicyOptions,
    discriminator: nn.Module,
    generator: Generator,
    *,
    max_length: int,
    objective: Objective | None = None,
) -> RewardEstimator:
    """Return the reward estimator of a finished run's discriminator, which learned an objective."""
    is_causal = isinstance(discriminator, PREFIX_SCORERS)
    plain = nn.Identity() if objective is None else objective.realness
    scale = torch.sigmoid if options.reward_scale == "probability" else plain
    score = ScaledScore(discriminator, scale=scale, pad=generator.pad)
    return make_reward(options, score, generator, is_causal=is_causal, max_length=max_length)


def generator_moves(options: PolicyOptions) -> tuple[str, ...]:
    """Return the names of those who move with the generator, in order.

    The value moves last: once fitted to a batch's rewards it would depend on what was drawn, and
    a baseline that does biases the gradient.
    """
    value = ("value",) if options.baseline == "value" else ()
    times = options.ppo_moves if options.surrogate == "ppo" else 1
    return (*(("generator",) * times), *value)
