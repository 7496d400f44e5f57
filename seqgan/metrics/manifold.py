"""Nearest neighbors, and what they say of two sample sets: precision, recall, density, coverage.

Legend: N real samples, M fake ones (or queries and a pool), D dimensions, K neighbors.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
CELLS = 10_000_000  # of a table of distances that is held at a time


def nearest(
    query_ND: Floats, pool_MD: Floats, *, count: int = 1, itself: bool = False
) -> tuple[Floats, NDArray[np.int64]]:
    """Return Euclidean distances (N, K) to the `count` nearest of the pool, and which they are.

    Nearest first. `itself` says that the queries are the pool, and leaves each one's own place out.
    Raises ValueError if the pool has fewer than `count` others.

    >>> nearest(np.array([[0.0], [5.0]]), np.array([[1.0], [4.5], [9.0]]), count=2)[1].tolist()
    [[0, 1], [1, 0]]
    """
    others = len(pool_MD) - itself
    if not 1 <= count <= others:
        raise ValueError(f"{count} neighbors are asked for, {others} others are there")
    found_NK = np.empty((len(query_ND), count), dtype=np.int64)
    for rows, square_CM in _squares(query_ND, pool_MD):
        if itself:
            square_CM[np.arange(len(square_CM)), np.arange(len(query_ND))[rows]] = np.inf
        found_NK[rows] = np.argpartition(square_CM, count - 1, axis=1)[:, :count]
    distance_NK = np.empty(found_NK.shape, dtype=np.result_type(query_ND, pool_MD, np.float32))
    for k in range(count):  # from the differences: the expanded squares round equal samples badly
        distance_NK[:, k] = np.linalg.norm(query_ND - pool_MD[found_NK[:, k]], axis=1)
    order_NK = np.argsort(distance_NK, axis=1, kind="stable")
    return np.take_along_axis(distance_NK, order_NK, 1), np.take_along_axis(found_NK, order_NK, 1)


def precision_recall_density_coverage(
    real_ND: Floats, fake_MD: Floats, *, neighbors: int = 5
) -> dict[str, float]:
    """Return how alike two sets are by balls that reach to the `neighbors`-th own neighbor.

    precision: share of fakes in some real ball; recall: share of reals in some fake ball
    (arXiv:1904.06991). density: how many real balls hold a fake, over `neighbors`, which one
    outlier among the reals cannot raise; coverage: share of real balls that hold a fake
    (arXiv:2002.09797). All fall with collapse except precision and density: quality. The figures
    depend on the counts: compare equal ones only. Raises ValueError if a set has no more samples
    than `neighbors`.

    >>> line = np.arange(4.0)[:, None]
    >>> precision_recall_density_coverage(line, line + 0.25, neighbors=1)["density"]
    1.75
    """
    real_ND, fake_MD = real_ND.astype(np.float64), fake_MD.astype(np.float64)
    real_N = nearest(real_ND, real_ND, count=neighbors, itself=True)[0][:, -1]
    fake_M = nearest(fake_MD, fake_MD, count=neighbors, itself=True)[0][:, -1]
    held_M = np.zeros(len(fake_MD), dtype=np.int64)
    recalled = covered = 0
    for rows, square_CM in _squares(real_ND, fake_MD):
        inside_CM = square_CM < np.square(real_N[rows])[:, None]
        held_M += inside_CM.sum(0)
        covered += int(inside_CM.any(1).sum())
        recalled += int((square_CM < np.square(fake_M)).any(1).sum())
    return {
        "precision": float((held_M > 0).mean()),
        "recall": recalled / len(real_ND),
        "density": float(held_M.mean() / neighbors),
        "coverage": covered / len(real_ND),
    }


def _squares(query_ND: Floats, pool_MD: Floats) -> Iterator[tuple[slice, Floats]]:
    """Yield squared distances (C, M), some queries at a time, with the rows they are of."""
    middle_D = pool_MD.mean(0)  # less rounding around the middle
    pool_MD = pool_MD - middle_D
    length_M = np.square(pool_MD).sum(1)
    chunk = max(1, CELLS // len(pool_MD))
    for start in range(0, len(query_ND), chunk):
        chunk_CD = query_ND[start : start + chunk] - middle_D
        square_CM = length_M - 2 * (chunk_CD @ pool_MD.T)
        square_CM += np.square(chunk_CD).sum(1)[:, None]
        yield slice(start, start + chunk), np.maximum(square_CM, 0, out=square_CM)
