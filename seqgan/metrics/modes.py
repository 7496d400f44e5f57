"""Which modes of the data a generator finds, and how evenly (PacGAN's measures, arXiv:1712.04086).

Legend: N samples, K modes.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

GRID_SAMPLES = 2_500
STACKED_SAMPLES = 26_000
"""The usual number of samples for 1,000 modes; one sample is enough to find a mode there."""


@dataclass(frozen=True)
class ModeCount:
    """What was found among the samples.

    `modes` of K; `kl` of the modes' shares to uniform, in nats, upward biased by (K - 1) / 2N;
    `high_quality`, the share of samples close to a mode; `shares` (K,), which sum to 1.
    """

    modes: int
    kl: float
    high_quality: float
    shares: NDArray[np.float64]


def found_modes(
    assignment_N: NDArray[np.integer],
    high_quality_N: NDArray[np.bool_],
    num_modes: int,
    *,
    least: int = 10,
) -> ModeCount:
    """Return how many modes have at least `least` samples of high quality, and the shares of all.

    `assignment_N` numbers each sample's mode from 0. Every sample counts in the shares, whatever
    its quality. Raises ValueError without samples or on a mode outside the range.

    >>> found_modes(np.array([0, 0, 1]), np.array([True, True, False]), 2, least=1).modes
    1
    """
    if len(assignment_N) == 0 or len(assignment_N) != len(high_quality_N):
        raise ValueError(
            f"{len(assignment_N)} modes and {len(high_quality_N)} qualities: one of each a sample"
        )
    if assignment_N.min() < 0 or assignment_N.max() >= num_modes:
        raise ValueError(
            f"modes are numbered 0 to {num_modes - 1}, got {assignment_N.min()} to "
            f"{assignment_N.max()}"
        )
    good_K = np.bincount(assignment_N[high_quality_N], minlength=num_modes)
    share_K = np.bincount(assignment_N, minlength=num_modes) / len(assignment_N)
    hit = share_K[share_K > 0]
    return ModeCount(
        modes=int((good_K >= least).sum()),
        kl=float((hit * np.log(hit * num_modes)).sum()),
        high_quality=float(high_quality_N.mean()),
        shares=share_K,
    )


def grid_modes(
    points_N2: NDArray[np.floating],
    centers_K2: NDArray[np.floating],
    *,
    sigma: float,
    within: float = 3.0,
    least: int = 10,
) -> ModeCount:
    """Return the modes found by points on a plane: each belongs to its nearest center.

    Of high quality are those within `within` sigma of it (98.9 % of real ones at 3).

    >>> centers = np.array([[0.0, 0.0], [2.0, 0.0]])
    >>> grid_modes(centers.repeat(10, axis=0), centers, sigma=0.05).modes
    2
    """
    distance_NK = np.linalg.norm(points_N2[:, None] - centers_K2[None], axis=-1)
    assignment_N = distance_NK.argmin(1)
    high_quality_N = distance_NK.min(1) <= within * sigma
    return found_modes(assignment_N, high_quality_N, len(centers_K2), least=least)
