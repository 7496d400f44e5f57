"""Distributions of the plane: samples follow the densities, densities integrate to 1.

Legend: N points, K components.
"""

import math

import numpy as np
import pytest
import torch
from scipy.stats import multivariate_normal

from seqgan.image.plane import (
    GaussianGenerator,
    UprightLine,
    gaussian,
    grid,
    likelihood_mixture,
    ring,
    two_modes,
    uniform_heights,
)
from seqgan.image.plane_figures import (
    densities_figure,
    lines_figure,
    scatter_figure,
    score_surface_figure,
)
from seqgan.metrics.divergences import places
from seqgan.metrics.modes import grid_modes

PNG = b"\x89PNG\r\n\x1a\n"


def rng(seed: int = 1) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_the_grid_is_that_of_the_literature() -> None:
    mixture = grid()
    axis = {-4.0, -2.0, 0.0, 2.0, 4.0}
    expected = {(x, y) for x in axis for y in axis}
    assert {(float(x), float(y)) for x, y in mixture.mean_KD} == expected
    points_N2 = mixture(2500, rng()).numpy()
    count = grid_modes(points_N2, mixture.mean_KD.numpy(), sigma=0.05)
    assert count.modes == 25
    assert count.high_quality == pytest.approx(1 - math.exp(-4.5), abs=0.007)
    assert count.kl < 0.012


def test_ring_and_two_modes_lie_where_they_should() -> None:
    points_N2 = ring(count=8, radius=2.0, sigma=0.02)(4000, rng())
    assert float((points_N2.norm(dim=1) - 2).abs().max()) < 0.1
    points_N1 = two_modes()(20_000, rng())
    assert float((points_N1 < 0).float().mean()) == pytest.approx(0.65, abs=0.011)  # 3 sigma
    # Mean (1 - 2 * .65) 1.6 = -.48, spread sqrt(.25 + 1.6^2 - .48^2) = 1.606.
    assert float(points_N1.mean()) == pytest.approx(-0.48, abs=0.035)
    assert float(points_N1.std()) == pytest.approx(1.606, abs=0.03)


def test_log_densities_are_exact_and_integrate_to_1() -> None:
    mixture = grid(side=2, sigma=0.4)
    points_N2 = torch.randn(20, 2, dtype=torch.float64)
    expected_N = sum(
        multivariate_normal(mean.numpy(), 0.16).pdf(points_N2.numpy()) / 4
        for mean in mixture.mean_KD
    )
    np.testing.assert_allclose(mixture.log_density(points_N2).exp().numpy(), expected_N, rtol=1e-6)
    x_K, weight_K = places(-12, 12)
    for line in (two_modes(), gaussian(0.5, 1.3)):
        mass = (weight_K * line.log_density_on_line(x_K).exp()).sum()
        assert float(mass) == pytest.approx(1, abs=1e-6)


def test_samples_are_the_generators_own() -> None:
    mixture = grid()
    assert torch.equal(mixture(9, rng(3)), mixture(9, rng(3)))
    assert not torch.equal(mixture(9, rng(3)), mixture(9, rng(4)))


def test_lines_are_upright_and_theta_apart() -> None:
    line = UprightLine(0.5)
    points_N2 = line(uniform_heights(1000, rng()))
    assert bool((points_N2[:, 0] == 0.5).all())
    height_N = points_N2[:, 1].detach()
    assert 0 <= float(height_N.min()) < 0.01
    assert 0.99 < float(height_N.max()) <= 1
    points_N2[:, 0].sum().backward()
    assert float(line.theta.grad or 0) == 1000


def test_the_gaussian_generator_has_two_parameters() -> None:
    generator = GaussianGenerator(-0.3, 0.6)
    noise_N1 = torch.tensor([[0.0], [1.0]])
    torch.testing.assert_close(generator(noise_N1), torch.tensor([[-0.3], [0.3]]))
    assert sum(p.numel() for p in generator.parameters()) == 2


def test_likelihood_finds_the_mixture_and_one_gaussian_its_moments() -> None:
    points_N2 = ring(count=4, sigma=0.1)(800, rng()).numpy()
    found = likelihood_mixture(points_N2, num_components=4, seed=1)
    distance = torch.cdist(found.mean_KD, ring(count=4).mean_KD).min(1).values
    assert float(distance.max()) < 0.05
    torch.testing.assert_close(found.sigma_K, torch.full((4,), 0.1), rtol=0.2, atol=0)
    one = likelihood_mixture(points_N2[:, :1], num_components=1, seed=1)
    assert float(one.mean_KD) == pytest.approx(float(points_N2[:, 0].mean()), abs=1e-4)
    assert float(one.sigma_K) == pytest.approx(float(points_N2[:, 0].std()), rel=1e-3)
    with pytest.raises(ValueError, match="5 components for 3 points"):
        likelihood_mixture(points_N2[:3], num_components=5, seed=1)


def test_figures_are_pictures() -> None:
    points_N2 = grid()(50, rng()).numpy()
    x = np.linspace(0, 1, 5)
    for data in (
        scatter_figure({"a": points_N2, "b": points_N2}, points_N2, limit=5),
        score_surface_figure(
            {"critic": lambda x: x.sum(1), "other": lambda x: x[:, 0]},
            {"critic": points_N2},
            points_N2,
            limit=5,
        ),
        densities_figure(x, x, {f"{i}": x for i in range(6)}, {"0": x}),
        lines_figure([("t", "x", {"a": (x, x)})], marks={"t": [("1", 1.0)]}, log=["t"]),
    ):
        assert data.startswith(PNG)
        assert len(data) > 3000
