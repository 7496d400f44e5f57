"""Modes found, missing and thin, on sets whose answer is known."""

import numpy as np
import pytest

from seqgan.metrics.modes import GRID_SAMPLES, STACKED_SAMPLES, found_modes, grid_modes

CENTERS = np.array([[x, y] for x in range(-4, 5, 2) for y in range(-4, 5, 2)], dtype=np.float64)


def test_real_points_find_every_mode_with_kl_near_its_bias() -> None:
    """(K - 1) / 2N = .0048 on the grid; 1 - exp(-9/2) of real points lie within 3 sigma."""
    rng = np.random.default_rng(0)
    kls, shares = [], []
    for _ in range(40):
        points = CENTERS[rng.integers(25, size=GRID_SAMPLES)]
        points = points + 0.05 * rng.normal(size=points.shape)
        count = grid_modes(points, CENTERS, sigma=0.05)
        assert count.modes == 25
        kls.append(count.kl)
        shares.append(count.high_quality)
    # A chi-squared of 24 degrees over 2N: spread .0014 a set, so .0008 is 3.6 sigma of the mean.
    assert np.mean(kls) == pytest.approx(0.0048, abs=0.0008)
    assert np.mean(shares) == pytest.approx(1 - np.exp(-4.5), abs=0.002)


def test_stacked_real_samples_have_a_kl_of_about_2_percent() -> None:
    """999 / 52,000 = .0192 for uniform classes."""
    rng = np.random.default_rng(0)
    labels = rng.integers(1000, size=STACKED_SAMPLES)
    count = found_modes(labels, np.ones(STACKED_SAMPLES, dtype=bool), 1000, least=1)
    assert count.modes == 1000
    assert count.kl == pytest.approx(0.0192, abs=0.003)


def test_a_mode_counts_from_10_samples_of_high_quality() -> None:
    assignment = np.array([0] * 10 + [1] * 9 + [2] * 30)
    quality = np.ones(49, dtype=bool)
    quality[19:] = False  # the third mode is only ever missed
    count = found_modes(assignment, quality, 4)
    assert count.modes == 1
    assert count.high_quality == pytest.approx(19 / 49)
    assert count.shares.tolist() == pytest.approx([10 / 49, 9 / 49, 30 / 49, 0])
    assert found_modes(assignment, quality, 4, least=1).modes == 2


def test_the_kl_of_half_the_modes_is_log_2_and_of_one_log_k() -> None:
    ones = np.ones(100, dtype=bool)
    assert found_modes(np.arange(100) % 5, ones, 10).kl == pytest.approx(np.log(2))
    assert found_modes(np.zeros(100, dtype=int), ones, 10).kl == pytest.approx(np.log(10))
    assert found_modes(np.arange(100) % 10, ones, 10).kl == pytest.approx(0)


def test_quality_ends_at_three_sigma_of_the_nearest_center() -> None:
    points = np.array([[0.0, 0.149], [0.0, 0.151], [2.0, 0.0], [1.1, 0.0]])
    count = grid_modes(points, CENTERS, sigma=0.05, least=1)
    assert count.high_quality == 0.5
    assert count.modes == 2
    assert count.shares[(CENTERS == (2, 0)).all(1)].tolist() == [0.5]


@pytest.mark.parametrize(
    ("assignment", "quality", "message"),
    [([], [], "0 modes and 0 qualities"), ([0], [1, 1], "1 modes and 2"), ([3], [1], "got 3 to 3")],
)
def test_nonsense_is_refused(assignment: list[int], quality: list[int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        found_modes(np.array(assignment, dtype=int), np.array(quality, dtype=bool), 3)
