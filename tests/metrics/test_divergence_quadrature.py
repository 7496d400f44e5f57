"""Quadrature and exact earth movers against closed forms, brute force and scipy."""

import math
from itertools import permutations

import numpy as np
import pytest
import torch
from scipy.stats import wasserstein_distance
from torch.distributions import Normal

from seqgan.metrics.divergences import (
    earth_mover,
    f_divergence,
    jensen_shannon,
    places,
    variational_bound,
)
from seqgan.objectives.f_divergences import KL, TOTAL_VARIATION


def normal(mean: float, sigma: float) -> Normal:
    return Normal(torch.tensor(mean, dtype=torch.float64), torch.tensor(sigma, dtype=torch.float64))


def test_places_integrate_a_density_to_1() -> None:
    x_K, weight_K = places(-9, 9, num_places=101)
    assert float((weight_K * normal(0, 1).log_prob(x_K).exp()).sum()) == pytest.approx(1, abs=1e-12)
    assert float(weight_K.sum()) == pytest.approx(18)
    with pytest.raises(ValueError, match="must be ascending"):
        places(1, 1)


def test_divergences_in_closed_form() -> None:
    """KL of Gaussians; total variation of a shift by d is erf(d / 2 sqrt 2)."""
    p, q = normal(0, 1), normal(1, 1)
    assert f_divergence(KL, p.log_prob, q.log_prob, low=-9, high=10) == pytest.approx(0.5)
    got = f_divergence(TOTAL_VARIATION, p.log_prob, q.log_prob, low=-9, high=10)
    assert got == pytest.approx(math.erf(1 / (2 * math.sqrt(2))), rel=1e-6)


def test_jensen_shannon_runs_from_0_to_log_2_and_is_symmetric() -> None:
    p, q, far = normal(0, 1), normal(1, 0.7), normal(60, 1)
    sides = {"low": -12.0, "high": 72.0}
    assert jensen_shannon(p.log_prob, p.log_prob, **sides) == pytest.approx(0, abs=1e-12)
    there = jensen_shannon(p.log_prob, q.log_prob, **sides)
    assert there == pytest.approx(jensen_shannon(q.log_prob, p.log_prob, **sides))
    assert jensen_shannon(p.log_prob, far.log_prob, low=-9, high=69) == pytest.approx(math.log(2))


def test_a_constant_score_bounds_by_nothing() -> None:
    """T = 1 under KL: E_P[1] - E_Q[exp(0)] = 0."""
    p, q = normal(0, 1), normal(1, 1)
    bound = variational_bound(KL, torch.ones_like, p.log_prob, q.log_prob, low=-9, high=10)
    assert bound == pytest.approx(0, abs=1e-9)


def test_earth_mover_on_a_line_is_scipys() -> None:
    rng = np.random.default_rng(1)
    first, second = rng.normal(size=50), rng.exponential(size=50)
    expected = wasserstein_distance(first, second)
    assert earth_mover(first, second) == pytest.approx(expected)
    assert earth_mover(first[:, None], second[:, None]) == pytest.approx(expected)
    flat = np.stack([first, 0 * first], 1), np.stack([second, 0 * second], 1)
    assert earth_mover(*flat) == pytest.approx(expected)


def test_earth_mover_on_a_plane_is_the_best_of_all_pairings() -> None:
    rng = np.random.default_rng(2)
    first, second = rng.normal(size=(2, 6, 2))
    every = [
        np.linalg.norm(first - second[list(order)], axis=1).mean()
        for order in permutations(range(6))
    ]
    assert earth_mover(first, second) == pytest.approx(min(every))


@pytest.mark.parametrize("shapes", [((3, 2), (4, 2)), ((3, 2), (3, 1)), ((0, 2), (0, 2))])
def test_sets_without_partners_are_refused(shapes: tuple[tuple[int, int], ...]) -> None:
    with pytest.raises(ValueError, match="two point sets of the same shape"):
        earth_mover(*[np.zeros(shape) for shape in shapes])
