"""The Fréchet distance against closed forms and scipy's matrix root."""

import numpy as np
import pytest
from scipy.linalg import sqrtm  # type: ignore[import-untyped]

from seqgan.metrics.bootstrap import centered, resamplings
from seqgan.metrics.frechet import Floats, frechet_distance, frechet_estimate


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


def test_an_estimate_has_the_distance_and_an_interval_around_it() -> None:
    rng = np.random.default_rng(3)
    first, second = rng.normal(size=(400, 3)), rng.normal(0.5, 1, size=(500, 3))
    found = frechet_estimate(first, second)
    assert found.value == frechet_distance(first, second)
    assert found.low < found.value < found.high


def test_an_interval_covers_as_often_as_it_says() -> None:
    """Of 60 intervals of the mean's term 95 % cover: 3 standard deviations below are 50."""
    rng = np.random.default_rng(4)
    real = rng.normal(size=(20_000, 1))
    inside = 0
    for _ in range(60):
        found = frechet_estimate(rng.normal(1, 1, size=(400, 1)), real, num_resamplings=100)
        inside += found.low <= 1 + real.mean() ** 2 - 2 * real.mean() <= found.high
    assert inside >= 50


def test_a_block_of_one_row_is_the_plain_resampling() -> None:
    """With as many blocks as rows the resampled distances are those of the drawn rows."""
    rng = np.random.default_rng(5)
    first, second = rng.normal(size=(12, 2)), rng.normal(size=(15, 2))
    found = frechet_estimate(first, second, num_blocks=12, num_resamplings=30, seed=1)
    plain = [
        frechet_distance(np.repeat(first, weights.astype(int), axis=0), second)
        for weights in resamplings(12, count=30, seed=1)
    ]
    assert (found.low, found.high) == pytest.approx(
        (lambda each: (each.low, each.high))(centered(found.value, plain)), rel=1e-6
    )
