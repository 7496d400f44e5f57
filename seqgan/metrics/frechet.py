"""Fréchet distance between two sets of embeddings, each taken as a Gaussian."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


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
    mean_first_D, factor_first_DD = _gaussian(first_ND)
    mean_second_D, factor_second_DD = _gaussian(second_MD)
    means = float(np.square(mean_first_D - mean_second_D).sum())
    spreads = float(np.square(factor_first_DD).sum() + np.square(factor_second_DD).sum())
    singular_D = np.linalg.svd(factor_first_DD.T @ factor_second_DD, compute_uv=False)
    return max(means + spreads - 2 * float(singular_D.sum()), 0.0)


def _gaussian(samples_ND: NDArray[np.floating]) -> tuple[Floats, Floats]:
    """Return the mean (D,) and a factor F (D, D) of the unbiased covariance F F'."""
    samples = samples_ND.astype(np.float64)
    mean_D = samples.mean(0)
    covariance_DD = np.cov(samples, rowvar=False).reshape(len(mean_D), len(mean_D))
    values_D, vectors_DD = np.linalg.eigh(covariance_DD)
    return mean_D, vectors_DD * np.sqrt(np.clip(values_D, 0, None))
