"""What the page of divergences measures, on games whose answer is known."""

import math

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from seqgan.games.latent import LatentGame
from seqgan.games.objectives import make_objective
from seqgan.image.divergence_games import FREE, Experiments, Together, fitted_game, ring_game
from seqgan.image.divergence_measures import (
    Fit,
    best_gaussian,
    distance,
    fits_of,
    measure_slopes,
    read_gauge,
)
from seqgan.image.divergence_page import page_findings, series
from seqgan.image.plane import UprightLine, two_modes, uniform_heights
from seqgan.objectives.f_divergences import F_DIVERGENCES, KL


def rng() -> torch.Generator:
    return torch.Generator().manual_seed(2)


def real_line(count: int, rng: torch.Generator) -> Tensor:
    return UprightLine(0.0)(uniform_heights(count, rng)).detach()


class Ramp(nn.Module):
    """A critic that falls with the first coordinate: the best one of slope 1 for two lines."""

    def __init__(self, slope: float = 1.0) -> None:
        super().__init__()
        self.slope = slope

    def forward(self, points_N2: Tensor) -> Tensor:
        return -self.slope * points_N2[:, 0]


def test_the_best_gaussian_under_kl_has_the_targets_moments() -> None:
    """Covering; reverse KL sits on the heavier mode instead."""
    mean, sigma = best_gaussian(KL, two_modes())
    assert mean == pytest.approx(-0.48, abs=0.01)
    assert sigma == pytest.approx(math.sqrt(0.25 + 1.6**2 - 0.48**2), abs=0.01)
    mean, sigma = best_gaussian(F_DIVERGENCES["reverse-kl"], two_modes())
    assert mean == pytest.approx(-1.6, abs=0.03)
    assert sigma == pytest.approx(0.5, abs=0.03)


def test_the_likelihood_row_is_as_near_as_a_gaussian_comes_under_kl() -> None:
    (fit,) = fits_of({}, two_modes(), seed=1)
    figures = fit.metrics(two_modes())
    assert figures["divergence"] == pytest.approx(figures["best_divergence"], abs=1e-3)
    assert figures["best_divergence"] <= distance(KL, two_modes(), -0.4, 1.5)


@pytest.mark.parametrize("theta", [0.5, 3.0])
def test_a_perfect_wasserstein_critic_says_theta_and_pulls_with_1(theta: float) -> None:
    game = LatentGame(
        UprightLine(theta), Ramp(), make_objective("wasserstein"), draw=uniform_heights
    )
    reading = read_gauge(game, real_line, rng=rng(), count=64)
    assert reading.estimate == pytest.approx(theta)
    assert reading.pull == pytest.approx(1)


def test_a_sure_jensen_shannon_critic_says_log_2_and_does_not_pull() -> None:
    class Sure(Ramp):
        def forward(self, points_N2: Tensor) -> Tensor:
            return super().forward(points_N2) * 100 + 25

    game = LatentGame(
        UprightLine(0.5), Sure(), make_objective("jensen-shannon"), draw=uniform_heights
    )
    reading = read_gauge(game, real_line, rng=rng(), count=64)
    assert reading.estimate == pytest.approx(math.log(2), abs=1e-6)
    assert reading.pull < 1e-6


def test_the_largest_slope_and_the_critics_estimate_are_measured() -> None:
    game = LatentGame(
        UprightLine(2.0), Ramp(7.0), make_objective("wasserstein"), draw=uniform_heights
    )
    figures = measure_slopes({"ramp": game}, real_line, rng=rng(), count=100)
    assert figures["ramp/largest_slope"] == pytest.approx(7)
    assert figures["ramp/estimate"] == pytest.approx(14)
    assert figures["ramp/earth_mover"] == pytest.approx(2, abs=0.02)


def test_games_differ_by_their_rein_alone() -> None:
    made = Experiments.make()
    assert set(made.fits) == set(F_DIVERGENCES)
    names = [*made.fits, *made.named_lines, *made.rings]
    assert len(set(names)) == len(names)
    assert not any("/" in name for name in names)
    assert {len(game.penalties) for game in made.rings.values()} == {0, 1}
    assert not ring_game(FREE).penalties
    assert {key: len(points) for key, points in made.draw(5, rng()).items()} == {
        "fits": 5,
        "lines": 5,
        "rings": 5,
    }


def test_series_and_findings_come_from_the_log() -> None:
    lines = [
        {"update": 10 * i, "figures": {"free/largest_slope": 3.0**i, "held/largest_slope": 1.0}}
        for i in range(6)
    ]
    updates, values = series([*lines, {"update": 99, "figures": {}}], "free/largest_slope")
    np.testing.assert_array_equal(updates, [0, 10, 20, 30, 40, 50])
    assert values[-1] == 243
    measured = {}
    for name, slope in (("free", 243.0), ("held", 1.0)):
        figures = {"largest_slope": slope, "estimate": 2 * slope, "earth_mover": 0.5}
        measured |= {f"{name}/{key}": value for key, value in figures.items()}
    text = page_findings([], {}, measured, lines)[-1]["text"]
    assert text == (
        "free 243, still growing: it diverges (it says 4.9e+02, the samples are 0.5 away); "
        "held 1 (it says 2, the samples are 0.5 away)."
    )


def test_fits_are_told_apart_in_words() -> None:
    """Wide covers; narrow on a mode seeks; narrow between the modes is neither."""
    fits = [Fit("a", -0.5, 1.6, -0.5, 1.6), Fit("b", -1.6, 0.6, -1.6, 0.5)]
    lost, covering, seeking, *_ = page_findings([*fits, Fit("c", -0.3, 0.6, -1.6, 0.5)], {}, {}, [])
    assert (lost["kind"], lost["text"]) == ("unfinished", "Narrow, on no mode yet: c.")
    assert covering["text"] == "Over both modes lie: a."
    assert seeking["text"] == "On one mode sit: b."


def test_games_together_lose_what_each_loses_alone() -> None:
    """Terms of a game are its own sum, whatever stands beside it; roles own what they move."""
    games = {name: fitted_game(name) for name in ("kl", "total-variation")}
    together = Together(games)
    real = torch.randn(6, 1)
    batch = together.prepare(real, ("critic", "generator"), rng())
    for role in ("critic", "generator"):
        losses = together.losses(role, batch, rng())
        assert losses.items == 6
        assert set(together.modules(role)) == {f"{name} {role}" for name in games}
        alone = games["kl"].losses(role, batch["kl"], rng()).terms["loss"]
        torch.testing.assert_close(losses.terms["kl"], alone)
    critic = together.losses("critic", batch, rng()).terms["total-variation"]
    alone = games["total-variation"].losses("critic", batch["total-variation"], rng()).terms
    assert set(alone) == {"loss", "r1", "r2"}
    torch.testing.assert_close(critic, alone["loss"] + alone["r1"] + alone["r2"])
    (slope, *_) = torch.autograd.grad(
        critic.sum(), list(games["kl"].critic.parameters()), allow_unused=True
    )
    assert slope is None
