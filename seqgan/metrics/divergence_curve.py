"""The divergence curve of two sets of embeddings and the area under it (MAUVE).

arXiv:2102.01454. Both sets are put into the same groups by k-means; mixtures of the two
histograms say what each set has that the other lacks: samples that are not like real text on one
axis, real text that no sample is like on the other.

Legend: N, M rows of the two sets, D size of an embedding, K groups, P points of the curve.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans

from seqgan.metrics.bootstrap import Estimate, centered, resamplings

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Counts = NDArray[np.floating] | NDArray[np.integer]

SCALE = 5.0
NUM_POINTS = 25
ROWS_PER_GROUP = 10
MAX_ROWS = 5000
"""Of each set, as in the paper: k-means grows with rows times groups."""


def divergence_curve(
    first_K: Counts,
    second_K: Counts,
    *,
    scale: float = SCALE,
    num_points: int = NUM_POINTS,
) -> Floats:
    """Return the points (exp(-c KL(second|R)), exp(-c KL(first|R))), shape (P + 2, 2).

    R runs over mixtures of the two histograms (equation 1); the ends (1, 0) and (0, 1) are
    added, and points go from left to right. Raises ValueError unless both are histograms of
    one length with something in them.
    """
    if first_K.shape != second_K.shape or first_K.ndim != 1:
        raise ValueError(
            f"two histograms of one length are needed, got {first_K.shape} and {second_K.shape}"
        )
    if min(first_K.sum(), second_K.sum()) <= 0:
        raise ValueError("a histogram is empty: two sets with items are needed")
    shares = [counts_K.astype(np.float64) / counts_K.sum() for counts_K in (first_K, second_K)]
    points = [(0.0, 1.0)]
    for weight in np.linspace(1e-6, 1 - 1e-6, num_points):
        mixture_K = weight * shares[0] + (1 - weight) * shares[1]
        across, up = (np.exp(-scale * _kl(share_K, mixture_K)) for share_K in shares[::-1])
        points.append((float(across), float(up)))
    points = sorted([*points, (1.0, 0.0)], key=lambda point: (point[0], -point[1]))
    return np.array(points)


def mauve_of(first_K: Counts, second_K: Counts, *, scale: float = SCALE) -> float:
    """Return the area under the divergence curve: 1 for equal histograms, near 0 for disjoint.

    >>> round(mauve_of(np.array([3, 1]), np.array([3, 1])), 6)
    1.0
    >>> mauve_of(np.array([1, 0]), np.array([0, 1])) < 0.01
    True
    """
    return _area(divergence_curve(first_K, second_K, scale=scale))


def group(
    first_ND: NDArray[np.floating],
    second_MD: NDArray[np.floating],
    *,
    num_groups: int,
    seed: int = 0,
) -> tuple[Integers, Integers]:
    """Return the group of every row of the two sets, which k-means is fitted on together."""
    both = np.concatenate([first_ND, second_MD]).astype(np.float32)
    num_groups = min(num_groups, len(np.unique(both, axis=0)))
    groups = KMeans(num_groups, n_init=1, max_iter=30, tol=1e-3, random_state=seed).fit(both)
    labels = groups.labels_.astype(np.int64)
    return labels[: len(first_ND)], labels[len(first_ND) :]


@dataclass(frozen=True)
class Divergence:
    """The area under the curve with its interval (MAUVE), and the points (P, 2) of the curve."""

    area: Estimate
    curve_P2: Floats


def mauve(
    first_ND: NDArray[np.floating],
    second_MD: NDArray[np.floating],
    *,
    num_groups: int | None = None,
    num_fits: int = 3,
    num_resamplings: int = 200,
) -> Divergence:
    """Return MAUVE of two sets of embeddings and their curve, means over several fits of k-means.

    The first 5,000 rows of each are taken; both must be in random order. One fit moves the
    figure as much as another draw of the samples does, so `num_fits` are averaged, with fixed
    seeds. By default there is a group for ten rows of the smaller set, as in the paper. The
    interval resamples the first set within fixed groups.
    """
    first_ND, second_MD = first_ND[:MAX_ROWS], second_MD[:MAX_ROWS]
    weights_RN = resamplings(len(first_ND), count=num_resamplings)
    smaller = min(len(first_ND), len(second_MD))
    count = max(2, smaller // ROWS_PER_GROUP) if num_groups is None else num_groups
    curves, resampled = [], np.zeros(len(weights_RN))
    for seed in range(num_fits):
        first_N, second_M = group(first_ND, second_MD, num_groups=count, seed=seed)
        real_K = np.bincount(second_M, minlength=count)
        curves.append(divergence_curve(np.bincount(first_N, minlength=count), real_K))
        for place, weights_N in enumerate(weights_RN):
            drawn_K = np.bincount(first_N, weights=weights_N, minlength=count)
            resampled[place] += mauve_of(drawn_K, real_K) / num_fits
    value = float(np.mean([_area(points_P2) for points_P2 in curves]))
    return Divergence(centered(value, resampled, bounds=(0.0, 1.0)), np.mean(curves, axis=0))


def _area(points_P2: Floats) -> float:
    heights = (points_P2[1:, 1] + points_P2[:-1, 1]) / 2
    return float(np.diff(points_P2[:, 0]) @ heights)


def _kl(first_K: Floats, second_K: Floats) -> float:
    inside_K = first_K > 0
    return float((first_K[inside_K] * np.log(first_K[inside_K] / second_K[inside_K])).sum())
