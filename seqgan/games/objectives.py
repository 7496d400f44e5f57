"""Adversarial objectives and penalties by name, as a game needs them.

Formulas live in `seqgan.objectives`; here each becomes a pair for the two players.
Legend: B pairs of a real and a fake item.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal, NamedTuple

import torch
from torch import Generator, Tensor
from torch.nn.functional import softplus

from seqgan.errors import UserError
from seqgan.objectives.energy import (
    energy_critic_loss,
    energy_generator_loss,
    loss_sensitive_critic_loss,
)
from seqgan.objectives.f_divergences import (
    F_DIVERGENCES,
    FDivergence,
    alpha_divergence,
    f_critic_loss,
    f_generator_loss,
    f_generator_loss_alternative,
)
from seqgan.objectives.hinge import hinge_critic_loss, hinge_generator_loss
from seqgan.objectives.least_squares import (
    least_squares_critic_loss,
    least_squares_generator_loss,
)
from seqgan.objectives.minimax import (
    minimax_critic_loss,
    minimax_generator_loss,
    non_saturating_generator_loss,
)
from seqgan.objectives.penalties import gradient_penalty, squared_slope
from seqgan.objectives.relativistic import (
    relativistic_critic_loss,
    relativistic_generator_loss,
)
from seqgan.objectives.wasserstein import wasserstein_critic_loss, wasserstein_generator_loss

Critic = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Objective:
    """What the two players minimize, one value a pair.

    `critic(real_B, fake_B, distance_B)` reads scores and the mean absolute difference of the
    pair's items; `generator(real_B, fake_B)` is given real scores only if it reads them.
    `realness(score)` is the score itself, or what is high for real where low scores mean real.
    """

    critic: Callable[[Tensor, Tensor, Tensor], Tensor]
    generator: Callable[[Tensor, Tensor], Tensor]
    generator_reads_real: bool = False
    realness: Callable[[Tensor], Tensor] = lambda score: score


class Judged(NamedTuple):
    """Items and the critic's scores of them."""

    item: Tensor
    score_B: Tensor


Penalty = Callable[[Critic, Judged, Judged, Generator], Tensor]
"""What a critic pays for its slope, weighted, one value a pair: (critic, real, fake, rng)."""

ObjectiveName = Literal[
    "minimax",
    "non-saturating",
    "kl",
    "reverse-kl",
    "pearson",
    "neyman",
    "squared-hellinger",
    "jensen-shannon",
    "gan",
    "total-variation",
    "alpha",
    "least-squares",
    "wasserstein",
    "energy",
    "loss-sensitive",
    "hinge",
    "relativistic",
]
PenaltyName = Literal["none", "clip", "gp", "lp", "r1", "r2", "r1r2", "spectral"]
USUAL_PENALTY: dict[str, PenaltyName] = {
    "wasserstein": "gp",
    "hinge": "spectral",
    "relativistic": "r1r2",
    "loss-sensitive": "spectral",
}
"""The penalty that usually goes with an objective, where one does."""


def make_objective(
    name: ObjectiveName,
    *,
    alpha: float = 0.5,
    alternative: bool = False,
    margin: float = 1.0,
) -> Objective:
    """Return the objective of this name.

    `alpha` goes with the alpha divergence; `alternative` takes -E g(D(G(z))) for the generator of
    an f-divergence; `margin` is the energy a fake must reach, or the weight of loss-sensitive.
    """
    if name in F_DIVERGENCES or name == "alpha":
        divergence = alpha_divergence(alpha) if name == "alpha" else F_DIVERGENCES[name]
        return f_objective(divergence, alternative=alternative)
    sensitive = partial(loss_sensitive_critic_loss, weight=margin)
    return {
        "minimax": Objective(
            lambda real, fake, _: minimax_critic_loss(real, fake),
            lambda _, fake: minimax_generator_loss(fake),
        ),
        "non-saturating": Objective(
            lambda real, fake, _: minimax_critic_loss(real, fake),
            lambda _, fake: non_saturating_generator_loss(fake),
        ),
        "least-squares": Objective(
            lambda real, fake, _: least_squares_critic_loss(real, fake),
            lambda _, fake: least_squares_generator_loss(fake),
        ),
        "wasserstein": Objective(
            lambda real, fake, _: wasserstein_critic_loss(real, fake),
            lambda _, fake: wasserstein_generator_loss(fake),
        ),
        "energy": Objective(
            lambda real, fake, _: energy_critic_loss(real, fake, margin=margin),
            lambda _, fake: energy_generator_loss(fake),
            realness=torch.neg,
        ),
        "loss-sensitive": Objective(
            sensitive, lambda _, fake: energy_generator_loss(fake), realness=torch.neg
        ),
        "hinge": Objective(
            lambda real, fake, _: hinge_critic_loss(real, fake),
            lambda _, fake: hinge_generator_loss(fake),
        ),
        "relativistic": Objective(
            lambda real, fake, _: relativistic_critic_loss(real, fake),
            relativistic_generator_loss,
            generator_reads_real=True,
        ),
    }[name]


def f_objective(divergence: FDivergence, *, alternative: bool) -> Objective:
    """Return the game whose value at the best critic is the divergence (arXiv:1606.00709)."""
    generator = f_generator_loss_alternative if alternative else f_generator_loss
    return Objective(
        lambda real, fake, _: f_critic_loss(real, fake, divergence=divergence),
        lambda _, fake: generator(fake, divergence=divergence),
    )


def of_positive_scores(objective: Objective) -> Objective:
    """Return the objective of softplus(score) in place of each score: energies are positive."""
    return replace(
        objective,
        critic=lambda real, fake, apart: objective.critic(softplus(real), softplus(fake), apart),
        generator=lambda real, fake: objective.generator(softplus(real), softplus(fake)),
        realness=lambda score: objective.realness(softplus(score)),
    )


def make_penalties(name: PenaltyName, *, weight: float) -> dict[str, Penalty]:
    """Return the penalties of this name; `weight` is lambda for gp and lp, gamma for r1 and r2.

    clip and spectral are no penalties: they act on the weights, and none are returned.
    """
    if name in ("gp", "lp"):
        one_sided = name == "lp"

        def segments(critic: Critic, real: Judged, fake: Judged, rng: Generator) -> Tensor:
            penalty_B = gradient_penalty(critic, real.item, fake.item, rng=rng, one_sided=one_sided)
            return weight * penalty_B

        return {name: segments}

    def r1(critic: Critic, real: Judged, fake: Judged, rng: Generator) -> Tensor:
        return weight / 2 * squared_slope(real.score_B, real.item)

    def r2(critic: Critic, real: Judged, fake: Judged, rng: Generator) -> Tensor:
        return weight / 2 * squared_slope(fake.score_B, fake.item)

    penalties: dict[str, dict[str, Penalty]] = {
        "r1": {"r1": r1},
        "r2": {"r2": r2},
        "r1r2": {"r1": r1, "r2": r2},
    }
    return penalties.get(name, {})


def refuse_pairs(objective: ObjectiveName, penalty: PenaltyName) -> None:
    """Raise `UserError` for an objective and a penalty that have no meaning together: why."""
    if objective == "energy" and penalty != "none":
        raise UserError(
            f"--objective energy with --penalty {penalty}: the margin alone bounds the energy, and "
            "an autoencoder held to a slope cannot reconstruct; use --penalty none"
        )
    if objective == "loss-sensitive" and penalty == "none":
        raise UserError(
            "--objective loss-sensitive with --penalty none: its theory needs an energy of bounded "
            "slope, or the critic grows without end; use --penalty spectral, gp, lp or clip"
        )
    if objective == "wasserstein" and penalty == "none":
        raise UserError(
            "--objective wasserstein with --penalty none: only a critic of bounded slope measures "
            "that distance, a free one diverges; use --penalty gp, lp, r1, spectral or clip"
        )
    if objective == "total-variation" and penalty in ("gp", "lp"):
        raise UserError(
            f"--objective total-variation with --penalty {penalty}: its best critic is a step, "
            "which no slope of 1 allows; use --penalty none, r1 or spectral"
        )
