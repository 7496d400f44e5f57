"""The two players of a latent game from options: objective, penalty, rates, whose turn."""

import difflib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Literal, cast, get_args

from torch import nn
from tyro.constructors import PrimitiveConstructorSpec

from seqgan.core.averaging import Averages
from seqgan.core.player import Player, adam_player, linear_decay
from seqgan.core.schedule import Moves, Phase, also, alternate, only
from seqgan.errors import UserError
from seqgan.games.idle_options import Use, refuse_idle
from seqgan.games.objectives import (
    USUAL_PENALTY,
    Objective,
    ObjectiveName,
    Penalty,
    PenaltyName,
    make_objective,
    make_penalties,
    refuse_pairs,
)
from seqgan.objectives.f_divergences import F_DIVERGENCES
from seqgan.objectives.wasserstein import clip_weights_

VALUES_FOR_GAMMA_1 = 640


ObjectiveChoice = ObjectiveName | Literal["usual"]
CHOICES: tuple[str, ...] = (*get_args(ObjectiveName), "usual")


def objective_named(text: str) -> ObjectiveChoice:
    """Return the objective of this name; raises `UserError` with the nearest ones."""
    if text not in CHOICES:
        close = difflib.get_close_matches(text, CHOICES, n=3) or CHOICES
        raise UserError(f"unknown --objective {text}: nearest are {', '.join(close)}")
    return cast(ObjectiveChoice, text)


# A plain Literal would be refused by tyro in its own words, all names and none of them nearest.
Objectives = Annotated[
    ObjectiveChoice,
    PrimitiveConstructorSpec[ObjectiveChoice](
        nargs=1,
        metavar="{" + ",".join(CHOICES) + "}",
        instance_from_str=lambda words: objective_named(words[0]),
        is_instance=lambda value: value in CHOICES,
        str_from_instance=lambda name: [name],
    ),
]


@dataclass(kw_only=True, frozen=True)
class AdversaryOptions:
    """The game of a generator and a critic."""

    objective: Objectives = "relativistic"
    """What the two minimize; usual: relativistic."""
    penalty: PenaltyName | Literal["usual"] = "usual"
    """What holds the critic's slope: gp (two-sided), lp (one-sided), r1, r2, both, spectral
    normalization, weight clipping, none; usual: the one that usually goes with the objective."""
    gamma: float | None = None
    """Weight of r1 and r2: gamma/2 times the squared slope. By default it grows with an item's
    values, a slope in each being smaller the more there are: 0.1 for 8 x 8, 1.2 for 28 x 28."""
    slope_weight: float = 10.0
    """Weight of gp and lp."""
    clip: float = 0.01
    """Bound of the weights under clip."""
    penalty_every: int = 1
    """Compute penalties at every so many updates only, as many times as strong (lazy)."""
    alpha: float = 0.5
    """Order of the alpha divergence."""
    alternative: bool = False
    """Let the generator of an f-divergence maximize g(D(G(z))) itself."""
    margin: float = 1.0
    """Energy that a fake must reach (energy), or weight of the margin (loss-sensitive)."""
    pretrain_updates: int = 0
    """Updates of the critic on real items alone beforehand (--objective energy of pictures and
    points)."""
    critic_steps: int = 1
    """Critic moves for each of the generator's."""
    generator_lr: float = 2e-3
    """Adam's rate for the generator."""
    critic_lr: float = 2e-3
    """Adam's rate for the critic."""
    final_lr: float = 0.1
    """Share of both rates that is left at the end, after a linear fall (games of sentences: not
    with --gradient policy)."""
    betas: tuple[float, float] = (0.0, 0.99)
    """Adam's two decays, for both players (games of sentences: not with --gradient policy)."""
    averaging: float = 0.995
    """Decay of the moving average of the generator's weights, which is what samples (0: the last
    weights)."""

    @property
    def usual_objective(self) -> ObjectiveName:
        """What `usual` stands for."""
        return "relativistic"

    @property
    def named_objective(self) -> ObjectiveName:
        """The objective that is meant."""
        return self.usual_objective if self.objective == "usual" else self.objective

    @property
    def slope_penalty(self) -> PenaltyName:
        """The penalty that is meant."""
        if self.penalty != "usual":
            return self.penalty
        return USUAL_PENALTY.get(self.named_objective, "none")

    def refuse_nonsense(self) -> None:
        """Raise `UserError` for values out of range and choices without meaning together."""
        refuse_pairs(self.named_objective, self.slope_penalty)
        for name in ("critic_steps", "penalty_every"):
            if (value := getattr(self, name)) < 1:
                raise UserError(f"--{name.replace('_', '-')} is {value}: 1 is the least")
        for name in ("gamma", "slope_weight", "clip", "generator_lr", "critic_lr", "margin"):
            if (value := getattr(self, name)) is not None and not value > 0:
                raise UserError(f"--{name.replace('_', '-')} is {value}: it must be above 0")
        if not 0 <= self.averaging < 1:
            raise UserError(f"--averaging is {self.averaging}: it must lie in [0, 1)")
        if not all(0 <= beta < 1 for beta in self.betas):
            raise UserError(f"--betas are {self.betas}: both must lie in [0, 1)")
        if not 0 <= self.final_lr <= 1:
            raise UserError(f"--final-lr is {self.final_lr}: it must lie in [0, 1]")
        if self.named_objective == "alpha" and self.alpha in (0.0, 1.0):
            name = "kl" if self.alpha else "reverse-kl"
            raise UserError(f"--alpha {self.alpha:g} is a limit: use --objective {name} for it")
        if self.pretrain_updates < 0:
            raise UserError(f"--pretrain-updates is {self.pretrain_updates}: it must be 0 or more")
        if self.penalty_every > 1 and not make_penalties(self.slope_penalty, weight=1.0):
            raise UserError(
                f"--penalty-every {self.penalty_every}: --penalty {self.slope_penalty} has none to "
                "compute now and then; use gp, lp, r1, r2 or r1r2"
            )
        if self.pretrain_updates and self.named_objective != "energy":
            raise UserError(
                f"--pretrain-updates goes with --objective energy: only an energy can be learned "
                f"from real items alone, {self.named_objective} has none"
            )
        refuse_idle(self, ADVERSARY_USES)


NO_PRETRAINING: Use[object] = Use(("pretrain_updates",), "pictures", lambda of: False)
ADVERSARY_USES: tuple[Use[AdversaryOptions], ...] = (
    Use(
        ("gamma",), "--penalty r1, r2 or r1r2", lambda of: of.slope_penalty in ("r1", "r2", "r1r2")
    ),
    Use(("slope_weight",), "--penalty gp or lp", lambda of: of.slope_penalty in ("gp", "lp")),
    Use(("clip",), "--penalty clip", lambda of: of.slope_penalty == "clip"),
    Use(("alpha",), "--objective alpha", lambda of: of.named_objective == "alpha"),
    Use(
        ("margin",),
        "--objective energy or loss-sensitive",
        lambda of: of.named_objective in ("energy", "loss-sensitive"),
    ),
    Use(
        ("alternative",),
        f"--objective {', '.join(F_DIVERGENCES)} or alpha",
        lambda of: of.named_objective in (*F_DIVERGENCES, "alpha"),
    ),
)


def objective_of(options: AdversaryOptions) -> Objective:
    """Return the objective that the options name."""
    return make_objective(
        options.named_objective,
        alpha=options.alpha,
        alternative=options.alternative,
        margin=options.margin,
    )


def penalties_of(options: AdversaryOptions, shape: Sequence[int]) -> dict[str, Penalty]:
    """Return the penalties that the options name, for items of this shape.

    None are returned where the weights themselves are bound.
    """
    kind = options.slope_penalty
    gamma = math.prod(shape) / VALUES_FOR_GAMMA_1 if options.gamma is None else options.gamma
    return make_penalties(kind, weight=options.slope_weight if kind in ("gp", "lp") else gamma)


def adversaries(
    options: AdversaryOptions,
    generator: nn.Module,
    critic: nn.Module,
    *,
    updates: int,
    critic_alone: int = 0,
) -> dict[str, Player]:
    """Return the players by name; the generator's `averages` are what samples.

    Rates fall over `updates` of play and what the critic moves outside it, `critic_alone`.
    """
    whole = updates + critic_alone
    moves = {
        "generator": updates // options.critic_steps,
        "critic": whole,
        "penalty": whole // options.penalty_every,
    }
    falling = {
        name: partial(linear_decay, moves=max(count, 1), warmup=1, least=options.final_lr)
        for name, count in moves.items()
    }
    rates = {"generator": options.generator_lr, "critic": options.critic_lr}
    modules: dict[str, nn.Module] = {"generator": generator, "critic": critic}
    players = {
        name: adam_player(
            name,
            {name: module},
            lr=rates[name],
            betas=options.betas,
            max_grad_norm=None,
            lr_schedule=falling[name],
        )
        for name, module in modules.items()
    }
    players["generator"].averages = Averages(generator, decay=options.averaging)
    owned, moving = {"critic": critic}, players["critic"]
    hold_weights(moving, options)
    if options.penalty_every > 1:
        players["penalty"] = Player(
            "penalty", owned, moving.optimizer, lr_schedule=falling["penalty"]
        )
    if options.pretrain_updates:
        players["pretraining"] = adam_player(
            "pretraining", owned, lr=options.critic_lr, betas=options.betas, max_grad_norm=None
        )
    return players


def hold_weights(critic: Player, options: AdversaryOptions) -> None:
    """Let the critic's weights be clipped after each of its moves where the options say so."""
    if options.slope_penalty == "clip":
        critic.after_step = partial(clip_weights_, critic.parameters, options.clip)


def averaged(players: Mapping[str, Player]) -> nn.Module:
    """Return the moving average of the generator, which is what samples."""
    averages = players["generator"].averages
    assert averages is not None
    module: nn.Module = averages.module
    return module


def phases_of(options: AdversaryOptions, updates: int) -> list[Phase]:
    """Return the critic's pretraining, if there is one, and the play itself."""
    return [
        Phase("pretraining", options.pretrain_updates, only("pretraining")),
        Phase("adversarial", updates, turns(options)),
    ]


def turns(options: AdversaryOptions) -> Moves:
    """Return whose turn it is at each update."""
    moves = alternate(critic="critic", generator=("generator",), critic_steps=options.critic_steps)
    lazy = bool(make_penalties(options.slope_penalty, weight=1.0)) and options.penalty_every > 1
    return also(moves, "penalty", every=options.penalty_every) if lazy else moves
