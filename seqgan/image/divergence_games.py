"""The games of `divergences.py`: small networks on a line and a plane.

Legend: N points.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Generator, Tensor, nn

from seqgan.core.game import Losses
from seqgan.games.latent import Draw, LatentGame, gaussian_noise
from seqgan.games.objectives import f_objective, make_objective, make_penalties
from seqgan.image.networks import make_critic, make_generator
from seqgan.image.plane import (
    GaussianGenerator,
    Mixture,
    UprightLine,
    ring,
    two_modes,
    uniform_heights,
)
from seqgan.objectives.f_divergences import F_DIVERGENCES

JENSEN_SHANNON, WASSERSTEIN = "Jensen-Shannon", "Wasserstein"
FREE, CLIP, GP, SPECTRAL = "no constraint", "clip", "gradient penalty", "spectral norm"
THETAS = (0.0, 0.25, 0.5, 1.0, 2.0, 3.0)
LATENT = 4
LINE_PENALTY, RING_PENALTY = 100.0, 10.0
STEP_PENALTY = 0.1

Device = torch.device | str


def fitted_game(name: str, device: Device = "cpu") -> LatentGame:
    """Return the game of one Gaussian under an f-divergence; it starts between the modes."""
    # Total variation's best critic is a step, flat on both sides: R1 and R2 give it a slope.
    steep = name == "total-variation"
    return LatentGame(
        GaussianGenerator(-0.3, 0.6).to(device),
        make_critic("mlp", (1,), width=4).to(device),
        f_objective(F_DIVERGENCES[name], alternative=False),
        draw=gaussian_noise(1, device),
        penalties=make_penalties("r1r2", weight=STEP_PENALTY) if steep else {},
    )


def line_game(theta: float, device: Device = "cpu", *, wasserstein: bool) -> LatentGame:
    """Return the game of two upright lines; the fake one stands still at theta."""
    return LatentGame(
        UprightLine(theta).to(device),
        make_critic("mlp", (2,), width=8).to(device),
        make_objective("wasserstein" if wasserstein else "jensen-shannon"),
        draw=uniform_heights,
        penalties=make_penalties("lp", weight=LINE_PENALTY) if wasserstein else {},
    )


def ring_game(rein: str, device: Device = "cpu") -> LatentGame:
    """Return a Wasserstein game on a ring, its critic held by a rein (clip: by its player)."""
    return LatentGame(
        make_generator("mlp", (2,), width=8, latent_dim=LATENT).to(device),
        make_critic("mlp", (2,), width=8, constrained=rein == SPECTRAL).to(device),
        make_objective("wasserstein"),
        draw=gaussian_noise(LATENT, device),
        penalties=make_penalties("gp", weight=RING_PENALTY) if rein == GP else {},
    )


class Together:
    """Games that do not touch each other, moved at once: all critics are one player, as one step.

    Their optimizer must treat every weight by itself, as Adam does.
    """

    def __init__(self, games: Mapping[str, LatentGame]) -> None:
        self.games = games

    def modules(self, role: str) -> dict[str, nn.Module]:
        """Return what the player of this role owns, by the names of the games."""
        both = {
            "critic": {name: game.critic for name, game in self.games.items()},
            "generator": {name: game.generator for name, game in self.games.items()},
        }
        return {f"{name} {role}": module for name, module in both[role].items()}

    def prepare(self, batch: Tensor, movers: Sequence[str], rng: Generator) -> dict[str, Any]:
        """Return each game's batch: the same real items, noise of its own."""
        return {name: game.prepare(batch, movers, rng) for name, game in self.games.items()}

    def losses(self, player: str, batch: Mapping[str, Any], rng: Generator) -> Losses:
        """Return what each game's player minimizes, penalties included, under the game's name."""
        each = {name: g.losses(player, batch[name], rng) for name, g in self.games.items()}
        terms = {name: sum_terms(losses) for name, losses in each.items()}
        return Losses(terms, next(iter(each.values())).items)


def sum_terms(losses: Losses) -> Tensor:
    """Return all terms of a player as one, a value an item."""
    return torch.stack(list(losses.terms.values())).sum(0)


@dataclass(frozen=True)
class Experiments:
    """All games of the page and where their real points come from.

    `fits` by divergence, `lines` by (what the critic measures, theta), `rings` by rein.
    """

    fits: Mapping[str, LatentGame]
    lines: Mapping[tuple[str, float], LatentGame]
    rings: Mapping[str, LatentGame]
    target: Mixture
    real_line: Draw
    ring: Mixture

    @classmethod
    def make(cls, device: Device = "cpu") -> "Experiments":
        """Return the games with fresh networks."""
        first = UprightLine(0.0).to(device)

        def real_line(count: int, rng: Generator) -> Tensor:
            with torch.no_grad():
                points_N2: Tensor = first(uniform_heights(count, rng))
            return points_N2

        measures = (JENSEN_SHANNON, WASSERSTEIN)
        return cls(
            fits={name: fitted_game(name, device) for name in F_DIVERGENCES},
            lines={
                (name, theta): line_game(theta, device, wasserstein=name == WASSERSTEIN)
                for name in measures
                for theta in THETAS
            },
            rings={rein: ring_game(rein, device) for rein in (FREE, CLIP, GP, SPECTRAL)},
            target=two_modes(),
            real_line=real_line,
            ring=ring(),
        )

    @property
    def games(self) -> dict[str, "Together"]:
        """The three experiments as a game each."""
        kinds = {"fits": self.fits, "lines": self.named_lines, "rings": self.rings}
        return {name: Together(games) for name, games in kinds.items()}

    @property
    def named_lines(self) -> dict[str, LatentGame]:
        """The games of two lines by a name of their own."""
        return {f"{measure} at {theta:g}": game for (measure, theta), game in self.lines.items()}

    def draw(self, count: int, rng: Generator) -> dict[str, Tensor]:
        """Return real points of the three experiments."""
        sources: dict[str, Draw] = {
            "fits": self.target,
            "lines": self.real_line,
            "rings": self.ring,
        }
        return {name: source(count, rng) for name, source in sources.items()}
