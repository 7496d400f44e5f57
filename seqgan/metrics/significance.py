"""When a difference counts: paired by seed, three seeds or more, 95 % t-interval without 0."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy.stats import t  # type: ignore[import-untyped]

MIN_SEEDS = 3


@dataclass(frozen=True)
class Interval:
    """The mean of paired differences and its t-interval; unbounded below three seeds."""

    mean: float
    low: float
    high: float
    num_seeds: int

    @property
    def excludes_zero(self) -> bool:
        """Whether the sign of the difference is established."""
        return self.low > 0 or self.high < 0

    def __str__(self) -> str:
        """Return the difference in words, with its interval if there is one.

        >>> print(claim([0.25]))
        +0.250 (one seed: no claim)
        """
        if self.num_seeds < MIN_SEEDS:
            seeds = "one seed" if self.num_seeds == 1 else f"{self.num_seeds} seeds"
            return f"{self.mean:+.3f} ({seeds}: no claim)"
        return f"{self.mean:+.3f} [{self.low:+.3f}, {self.high:+.3f}]"


def claim(differences: Sequence[float], *, confidence: float = 0.95) -> Interval:
    """Return the Student t-interval of the mean of `differences`, one for each seed.

    Fewer than three seeds give an unbounded interval, which claims nothing. Raises ValueError
    without differences, on a non-finite one, or if `confidence` is not between 0 and 1.

    >>> print(claim([1.0, 2.0, 3.0]))  # 2 -/+ 4.303 / sqrt(3)
    +2.000 [-0.484, +4.484]
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence is between 0 and 1, got {confidence}")
    if not differences or not all(map(math.isfinite, differences)):
        raise ValueError(f"one finite difference for each seed is needed, got {differences!r}")
    num_seeds = len(differences)
    mean = math.fsum(differences) / num_seeds
    if num_seeds < MIN_SEEDS:
        return Interval(mean, -math.inf, math.inf, num_seeds)
    variance = math.fsum((value - mean) ** 2 for value in differences) / (num_seeds - 1)
    quantile = float(t.ppf((1 + confidence) / 2, num_seeds - 1))
    half = quantile * math.sqrt(variance / num_seeds)
    return Interval(mean, mean - half, mean + half, num_seeds)
