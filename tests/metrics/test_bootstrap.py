"""Bootstrap intervals against closed forms."""

import numpy as np
import pytest

from seqgan.metrics.bootstrap import centered, mean_estimate, ratio_estimate, resamplings


def test_a_mean_has_the_interval_of_the_normal_law() -> None:
    """4,000 resamplings put the percentiles within 3 % of 1.96 standard errors."""
    values_S = np.random.default_rng(1).normal(3, 2, size=2000)
    found = mean_estimate(values_S, resamplings(2000, count=4000))
    half = 1.96 * values_S.std() / np.sqrt(2000)
    assert found.value == pytest.approx(values_S.mean())
    assert (found.high - found.low) / 2 == pytest.approx(half, rel=0.05)
    assert found.low < found.value < found.high


def test_a_ratio_is_of_sums_not_a_mean_of_ratios() -> None:
    found = ratio_estimate([1.0, 8.0], [1.0, 2.0], resamplings(2, count=50))
    assert found.value == 3


def test_a_ratio_of_proportional_sums_has_no_width() -> None:
    found = ratio_estimate([2.0, 6.0], [1.0, 3.0], resamplings(2, count=50))
    assert (found.low, found.value, found.high) == (2, 2, 2)


def test_a_bias_of_the_resamplings_does_not_move_the_interval() -> None:
    biased = centered(1.0, np.array([2.9, 3.0, 3.1]))
    assert biased.low < 1 < biased.high
    assert biased.high - biased.low < 0.21


def test_the_same_seed_gives_the_same_draws() -> None:
    np.testing.assert_array_equal(resamplings(9, count=4, seed=2), resamplings(9, count=4, seed=2))
    assert (resamplings(9, count=4, seed=2) != resamplings(9, count=4, seed=3)).any()


def test_nothing_to_resample_is_named() -> None:
    with pytest.raises(ValueError, match="got 0 and 5"):
        resamplings(0, count=5)


def test_an_interval_ends_where_the_figure_does() -> None:
    """No mean of items leaves their range, nor a share 0 and 1; the value itself stays inside."""
    rare = mean_estimate([1.0] + [0.0] * 19, resamplings(20, count=200))
    assert rare.low == 0
    assert rare.high > rare.value
    assert ratio_estimate([1.0, 3.0], [2.0, 2.0], resamplings(2, count=99)).high <= 1.5
    mixed = ratio_estimate([1.0, 1.0, 1.0], [1.0, 2.0, -1.0], resamplings(3, count=99))
    assert mixed.low < mixed.value < mixed.high  # 3 / 2, which is above 1 / 1, 1 / 2 and 1 / -1
    assert centered(1.0, [0.8, 0.9, 1.0], bounds=(0.0, 1.0)).high == 1
    assert centered(1.5, [0.8, 0.9, 1.0], bounds=(0.0, 1.0)).high == 1.5
