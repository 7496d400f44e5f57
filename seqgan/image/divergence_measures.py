"""What `divergences.py` measures: how near the fits are, what critics say, how steep they are.

Legend: N points.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from scipy.optimize import minimize  # type: ignore[import-untyped]
from torch import Generator

from seqgan.games.latent import Draw, LatentGame
from seqgan.image.divergence_games import Experiments
from seqgan.image.plane import GaussianGenerator, Mixture, gaussian, likelihood_mixture
from seqgan.metrics.divergences import earth_mover, f_divergence
from seqgan.objectives.f_divergences import F_DIVERGENCES, KL, FDivergence
from seqgan.objectives.penalties import slopes

LOW, HIGH, NUM_PLACES = -12.0, 12.0, 2401
LIKELIHOOD = "likelihood"
NUM_READ = 4096
"""Fresh points for a critic's reading."""
NUM_MOVED = 400
"""Points of an exact earth mover distance."""
COVERING_SPREAD = 1.0
"""A Gaussian wider than this lies over both modes of the target, a narrower one on one."""


@dataclass(frozen=True)
class Fit:
    """A Gaussian that was fitted under a divergence, and the nearest one there is."""

    name: str
    mean: float
    sigma: float
    best_mean: float
    best_sigma: float

    def metrics(self, target: Mixture) -> dict[str, float]:
        """Return the figures of the fit's row."""
        divergence = F_DIVERGENCES.get(self.name, KL)
        return {
            "mean": self.mean,
            "spread": self.sigma,
            "divergence": distance(divergence, target, self.mean, self.sigma),
            "best_mean": self.best_mean,
            "best_spread": self.best_sigma,
            "best_divergence": distance(divergence, target, self.best_mean, self.best_sigma),
        }


def distance(divergence: FDivergence, target: Mixture, mean: float, sigma: float) -> float:
    """Return D_f of a Gaussian from the target, by quadrature."""
    log_q = gaussian(mean, sigma).log_density_on_line
    return f_divergence(
        divergence, target.log_density_on_line, log_q, low=LOW, high=HIGH, num_places=NUM_PLACES
    )


def best_gaussian(divergence: FDivergence, target: Mixture) -> tuple[float, float]:
    """Return mean and spread of the Gaussian nearest to the target, found by quadrature.

    The search starts between the modes and on each: under some divergences each is a valley.
    """
    modes = zip(target.mean_KD[:, 0].tolist(), target.sigma_K.tolist(), strict=True)
    found = [
        minimize(
            lambda point: distance(divergence, target, point[0], math.exp(point[1])),
            (mean, math.log(sigma)),
            method="Nelder-Mead",
            options={"xatol": 1e-3, "fatol": 1e-5, "maxiter": 100},
        )
        for mean, sigma in [(0.0, COVERING_SPREAD), *modes]
    ]
    best = min(found, key=lambda result: float(result.fun))
    return float(best.x[0]), math.exp(best.x[1])


def fits_of(games: Mapping[str, LatentGame], target: Mixture, *, seed: int) -> list[Fit]:
    """Return the fit of greatest likelihood, then that of each divergence's generator."""
    points = target(10_000, Generator().manual_seed(seed)).numpy()
    likely = likelihood_mixture(points, num_components=1, seed=seed)
    reached = float(likely.mean_KD), float(likely.sigma_K)
    fits = [Fit(LIKELIHOOD, *reached, *best_gaussian(KL, target))]
    for name, game in games.items():
        generator = game.generator
        assert isinstance(generator, GaussianGenerator)
        reached = float(generator.mean.detach()), float(generator.log_sigma.detach().exp())
        fits.append(Fit(name, *reached, *best_gaussian(F_DIVERGENCES[name], target)))
    return fits


@dataclass(frozen=True)
class Reading:
    """What a critic says of a distance, and how hard its generator's loss pulls at theta."""

    estimate: float
    pull: float


def read_gauge(game: LatentGame, real: Draw, *, rng: Generator, count: int = NUM_READ) -> Reading:
    """Return the critic's estimate on fresh points, and the slope of the generator's loss."""
    real_ND, fake_ND = real(count, rng), game.generator(game.draw(count, rng))
    real_N, fake_N = game.critic(real_ND), game.critic(fake_ND)
    estimate = -game.objective.critic(real_N, fake_N, torch.zeros_like(real_N)).mean()
    loss = game.objective.generator(real_N, fake_N).mean()
    (pull,) = torch.autograd.grad(loss, list(game.generator.parameters()))
    return Reading(float(estimate.detach()), abs(float(pull)))


def read_gauges(made: Experiments, measure: str, *, rng: Generator) -> dict[float, Reading]:
    """Return what the critics of one kind say at each theta."""
    return {
        theta: read_gauge(game, made.real_line, rng=rng)
        for (name, theta), game in made.lines.items()
        if name == measure
    }


@torch.no_grad()
def measure_slopes(
    games: Mapping[str, LatentGame], real: Draw, *, rng: Generator, count: int = NUM_MOVED
) -> dict[str, float]:
    """Return each critic's largest slope at real points, fakes and places between them.

    With it the earth mover distance of its generator's points from real ones, and the value that
    the critic gives for it.
    """
    figures: dict[str, float] = {}
    real_ND = real(count, rng)
    share_N1 = torch.rand(count, 1, generator=rng, device=rng.device)
    for name, game in games.items():
        fake_ND = game.generator(game.draw(count, rng))
        places = torch.cat([real_ND, fake_ND, real_ND.lerp(fake_ND, share_N1)])
        figures[f"{name}/largest_slope"] = float(slopes(game.critic, places).max())
        figures[f"{name}/earth_mover"] = earth_mover(real_ND.cpu().numpy(), fake_ND.cpu().numpy())
        difference = game.critic(real_ND).mean() - game.critic(fake_ND).mean()
        figures[f"{name}/estimate"] = float(difference)
    return figures
