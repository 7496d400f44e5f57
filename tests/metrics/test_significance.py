"""Claims need three seeds and an interval without 0."""

import math
import random

import pytest
from scipy.stats import ttest_1samp  # type: ignore[import-untyped]

from seqgan.metrics.significance import claim


def test_interval_equals_scipy() -> None:
    differences = [0.02, 0.05, 0.01, 0.04]
    expected = ttest_1samp(differences, 0).confidence_interval(0.95)
    interval = claim(differences)
    assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high))
    assert interval.mean == pytest.approx(0.03)
    assert interval.excludes_zero


def test_the_interval_covers_the_mean_95_times_in_a_hundred() -> None:
    """2,000 trials with 3 seeds: the share has a deviation of .005."""
    rng = random.Random(0)
    trials = [claim([rng.gauss(1, 2) for _ in range(3)]) for _ in range(2000)]
    covered = sum(trial.low <= 1 <= trial.high for trial in trials) / 2000
    assert covered == pytest.approx(0.95, abs=0.02)


@pytest.mark.parametrize(("differences", "words"), [([0.5], "one seed"), ([0.5, 0.5], "2 seeds")])
def test_fewer_than_three_seeds_claim_nothing(differences: list[float], words: str) -> None:
    interval = claim(differences)
    assert not interval.excludes_zero
    assert math.isinf(interval.high)
    assert str(interval) == f"+0.500 ({words}: no claim)"


def test_both_signs_can_be_claimed_and_zero_cannot() -> None:
    assert claim([-1.0, -1.1, -0.9]).excludes_zero
    assert not claim([-1.0, 1.0, 0.1]).excludes_zero
    assert not claim([0.0, 0.0, 0.0]).excludes_zero
    assert str(claim([1.0, 1.0, 1.0])) == "+1.000 [+1.000, +1.000]"


def test_what_cannot_be_averaged_is_refused() -> None:
    with pytest.raises(ValueError, match="nan"):
        claim([1.0, math.nan, 2.0])
    with pytest.raises(ValueError, match="each seed"):
        claim([])
    with pytest.raises(ValueError, match=r"1\.5"):
        claim([1.0], confidence=1.5)
