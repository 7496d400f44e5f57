"""The Fréchet distance against closed forms and scipy's matrix root."""

import numpy as np
import pytest
from scipy.linalg import sqrtm  # type: ignore[import-untyped]

from seqgan.metrics.frechet import Floats, frechet_distance


def _with_moments(mean_D: Floats, root_DD: Floats, num: int, seed: int) -> Floats:
    """Return samples whose mean and unbiased covariance are exactly `mean` and root root'."""
    noise = np.random.default_rng(seed).standard_normal((num, len(mean_D)))
    noise -= noise.mean(0)
    values, vectors = np.linalg.eigh(np.cov(noise, rowvar=False))
    white = noise @ vectors / np.sqrt(values)
    samples: Floats = white @ root_DD.T + mean_D
    return samples


def test_closed_form_of_independent_gaussians() -> None:
    """With diagonal covariances: sum of (m1 - m2)^2 + (s1 - s2)^2."""
    first = _with_moments(np.array([0.0, 1.0, 2.0]), np.diag([1.0, 2.0, 0.5]), 50, 0)
    second = _with_moments(np.array([1.0, 1.0, 0.0]), np.diag([3.0, 2.0, 1.5]), 70, 1)
    assert frechet_distance(first, second) == pytest.approx(1 + 0 + 4 + 4 + 0 + 1)


def test_correlated_covariances_equal_the_matrix_root() -> None:
    rng = np.random.default_rng(2)
    first = rng.standard_normal((80, 6)) @ rng.standard_normal((6, 6))
    second = rng.standard_normal((90, 6)) @ rng.standard_normal((6, 6)) + 0.3
    covariances = np.cov(first, rowvar=False), np.cov(second, rowvar=False)
    root = sqrtm(covariances[0] @ covariances[1]).real
    expected = np.square(first.mean(0) - second.mean(0)).sum()
    expected += np.trace(covariances[0] + covariances[1] - 2 * root)
    assert frechet_distance(first, second) == pytest.approx(expected)
    assert frechet_distance(second, first) == pytest.approx(expected)


def test_a_set_has_no_distance_from_itself_and_a_shift_is_its_square() -> None:
    few = np.random.default_rng(3).standard_normal((10, 40))  # singular: 9 of 40 directions
    assert frechet_distance(few, few) == pytest.approx(0, abs=1e-6)
    assert frechet_distance(few, few + 0.5) == pytest.approx(40 * 0.25)


def test_collapse_costs_the_spread() -> None:
    wide = _with_moments(np.zeros(2), np.eye(2), 30, 4)
    assert frechet_distance(wide, np.zeros((30, 2))) == pytest.approx(2)


def test_one_dimension_and_single_precision() -> None:
    first = np.array([[0.0], [2.0]], dtype=np.float32)  # variance 2
    second = np.array([[5.0], [13.0]], dtype=np.float32)  # variance 32
    assert frechet_distance(first, second) == pytest.approx(64 + 2 + 32 - 2 * 8)


def test_shapes_are_checked() -> None:
    with pytest.raises(ValueError, match="equal width"):
        frechet_distance(np.zeros((3, 2)), np.zeros((3, 4)))
    with pytest.raises(ValueError, match="two embeddings"):
        frechet_distance(np.zeros((1, 2)), np.zeros((3, 2)))
