"""Fréchet distance between two sets of embeddings, each taken as a Gaussian.

Legend: N, M rows of the two sets, D size of an embedding, K blocks of rows, R resamplings,
A resamplings at once.
"""

import math

import numpy as np
from numpy.typing import NDArray

from seqgan.metrics.bootstrap import Estimate, centered, resamplings

Floats = NDArray[np.float64]

AT_ONCE = 20
"""Resamplings whose second moments are summed in one product: enough to read the blocks seldom."""


def frechet_distance(first_ND: NDArray[np.floating], second_MD: NDArray[np.floating]) -> float:
    """Return the squared Fréchet distance of two sample sets, rows are embeddings (FID).

    Dowson and Landau 1982: |m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^(1/2)). With S = F F', the last
    trace is the sum of the singular values of F1' F2: no root of a non-symmetric matrix is
    taken, so singular covariances (fewer samples than dimensions) are exact too. The distance
    of finite samples is biased upwards: compare equal sample counts only.

    Raises ValueError on other than two matrices of equal width with two rows or more.
    """
    if first_ND.ndim != 2 or second_MD.ndim != 2 or first_ND.shape[1] != second_MD.shape[1]:
        raise ValueError(
            "embeddings are two matrices of equal width, "
            f"got shapes {first_ND.shape} and {second_MD.shape}"
        )
    if min(len(first_ND), len(second_MD)) < 2:
        raise ValueError("a covariance needs two embeddings or more on each side")
    return _distance(_gaussian(first_ND), _gaussian(second_MD))


def frechet_estimate(
    first_ND: NDArray[np.floating],
    second_MD: NDArray[np.floating],
    *,
    num_blocks: int = 200,
    num_resamplings: int = 200,
    seed: int = 0,
) -> Estimate:
    """Return the distance with an interval that resamples blocks of the first set's rows.

    Rows must be in random order. Sums over a block are taken once, so that a resampling costs
    eigenvalues without vectors. Raises as `frechet_distance` does.
    """
    value = frechet_distance(first_ND, second_MD)
    second_mean_D, factor_DD = _gaussian(second_MD)
    # What all rows have in common is taken off: moments of small numbers keep their digits.
    center_D = first_ND.astype(np.float64).mean(0)
    blocks = np.array_split(first_ND.astype(np.float64) - center_D, min(num_blocks, len(first_ND)))
    counts_K = np.array([len(rows_BD) for rows_BD in blocks], dtype=np.float64)
    sums_KD = np.stack([rows_BD.sum(0) for rows_BD in blocks])
    squares_KDD = np.stack([rows_BD.T @ rows_BD for rows_BD in blocks])
    weights_RK = resamplings(len(blocks), count=num_resamplings, seed=seed).astype(np.float64)
    spread = float(np.square(factor_DD).sum())
    distances = []
    for start in range(0, num_resamplings, AT_ONCE):
        drawn_AK = weights_RK[start : start + AT_ONCE]
        count_A1 = np.maximum(drawn_AK @ counts_K, 2.0)[:, None]
        mean_AD = drawn_AK @ sums_KD / count_A1
        for count, mean_D, square_DD in zip(
            count_A1[:, 0], mean_AD, np.tensordot(drawn_AK, squares_KDD, axes=1), strict=True
        ):
            covariance_DD = (square_DD - count * np.outer(mean_D, mean_D)) / (count - 1)
            # (S1 S2)^(1/2) has the trace of (F2' S1 F2)^(1/2), which is symmetric.
            squared_D = np.linalg.eigvalsh(factor_DD.T @ covariance_DD @ factor_DD)
            shared = float(np.sqrt(np.clip(squared_D, 0, None)).sum())
            means = float(np.square(mean_D + center_D - second_mean_D).sum())
            distances.append(means + float(np.trace(covariance_DD)) + spread - 2 * shared)
    return centered(value, distances, bounds=(0.0, math.inf))


def _distance(first: tuple[Floats, Floats], second: tuple[Floats, Floats]) -> float:
    """Return the distance of two Gaussians, each a mean (D,) and a factor (D, D)."""
    means = float(np.square(first[0] - second[0]).sum())
    spreads = float(np.square(first[1]).sum() + np.square(second[1]).sum())
    singular_D = np.linalg.svd(first[1].T @ second[1], compute_uv=False)
    return max(means + spreads - 2 * float(singular_D.sum()), 0.0)


def _gaussian(samples_ND: NDArray[np.floating]) -> tuple[Floats, Floats]:
    """Return the mean (D,) and a factor F (D, D) of the unbiased covariance F F'."""
    samples = samples_ND.astype(np.float64)
    mean_D = samples.mean(0)
    covariance_DD = np.cov(samples, rowvar=False).reshape(len(mean_D), len(mean_D))
    return mean_D, _factor(covariance_DD)


def _factor(covariance_DD: Floats) -> Floats:
    """Return F (D, D) with F F' the covariance."""
    values_D, vectors_DD = np.linalg.eigh(covariance_DD)
    factor_DD: Floats = vectors_DD * np.sqrt(np.clip(values_D, 0, None))
    return factor_DD
