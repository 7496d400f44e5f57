"""How far a figure would move with other samples: bootstrap intervals, seeds fixed.

Legend: S items (samples or references), R resamplings.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Weights = NDArray[np.float32]


@dataclass(frozen=True)
class Estimate:
    """A figure and its interval."""

    value: float
    low: float
    high: float


def resamplings(num_items: int, *, count: int, seed: int = 0) -> Weights:
    """Return how often each of `count` resamplings draws each item, shape (R, S); rows sum to S.

    Raises ValueError below one item or resampling.

    >>> resamplings(4, count=3).sum(1).tolist()
    [4.0, 4.0, 4.0]
    """
    if num_items < 1 or count < 1:
        raise ValueError(f"1 or more items and resamplings are needed, got {num_items} and {count}")
    rng = np.random.default_rng(seed)
    draws_RS = rng.integers(num_items, size=(count, num_items))
    rows = [np.bincount(draws_S, minlength=num_items) for draws_S in draws_RS]
    return np.stack(rows).astype(np.float32)


def centered(
    value: float,
    resampled_R: ArrayLike,
    *,
    confidence: float = 0.95,
    bounds: tuple[float, float] = (-math.inf, math.inf),
) -> Estimate:
    """Return `value` with the percentile interval of the resampled figures, moved onto it.

    A resampling repeats items. That moves some figures as a whole (distinct-n and divergence
    curves down, Fréchet distances up), so only the spread around the resamplings' own mean is
    taken; for a mean over items the two intervals are the same but for the draw. An interval ends
    at the `bounds` of what the figure can be.

    >>> centered(2.0, [4.0, 5.0, 6.0], confidence=1.0)
    Estimate(value=2.0, low=1.0, high=3.0)
    """
    figures_R = np.asarray(resampled_R, dtype=np.float64)
    tail = (1 - confidence) / 2
    low, high = np.quantile(figures_R - figures_R.mean(), [tail, 1 - tail]) + value
    # A figure that never moves must not fall out of its interval by a rounding.
    low, high = max(float(low), bounds[0]), min(float(high), bounds[1])
    return Estimate(float(value), min(low, float(value)), max(high, float(value)))


def mean_estimate(values_S: ArrayLike, weights_RS: Weights) -> Estimate:
    """Return the mean of the values with its interval.

    >>> mean_estimate([1.0, 1.0], resamplings(2, count=10))
    Estimate(value=1.0, low=1.0, high=1.0)
    """
    return ratio_estimate(values_S, np.ones(np.shape(values_S)), weights_RS)


def ratio_estimate(above_S: ArrayLike, below_S: ArrayLike, weights_RS: Weights) -> Estimate:
    """Return sum / sum with its interval; items are drawn whole (0 where nothing is below).

    >>> ratio_estimate([1.0, 1.0], [2.0, 2.0], resamplings(2, count=10)).value
    0.5
    """
    both_S2 = np.stack([np.asarray(part, dtype=np.float64) for part in (above_S, below_S)], 1)
    value = _ratio(both_S2.sum(0, keepdims=True))[0]
    bounds = (-np.inf, np.inf)
    if both_S2[:, 1].min() >= 0:  # no resampling leaves the range of the items
        each_S = _ratio(both_S2)
        bounds = (float(each_S.min()), float(each_S.max()))
    return centered(float(value), _ratio(weights_RS.astype(np.float64) @ both_S2), bounds=bounds)


def plain(found: Mapping[str, Estimate]) -> dict[str, dict[str, object]]:
    """Return figures and intervals as `results.json` keeps them.

    >>> plain({"length": Estimate(2.0, 1.0, 3.0)})
    {'metrics': {'length': 2.0}, 'intervals': {'length': [1.0, 3.0]}}
    """
    return {
        "metrics": {name: each.value for name, each in found.items()},
        "intervals": {name: [each.low, each.high] for name, each in found.items()},
    }


def _ratio(sums_R2: NDArray[np.float64]) -> NDArray[np.float64]:
    below_R = sums_R2[:, 1]
    ratio_R: NDArray[np.float64] = sums_R2[:, 0] / np.where(below_R == 0, 1, below_R)
    return ratio_R
