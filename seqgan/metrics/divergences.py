"""Distances between distributions, exact or by quadrature: what a critic's estimate is held to.

Legend: N, M points, D dimensions, K places of the quadrature.
"""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment  # type: ignore[import-untyped]
from torch import Tensor

from seqgan.objectives.f_divergences import JENSEN_SHANNON, FDivergence

LogDensity = Callable[[Tensor], Tensor]
"""Places (K,) to log-densities (K,)."""

LARGEST = 300.0
"""Log-ratios are cut here: where one density underflows, 0 times infinity is no answer."""


def places(low: float, high: float, *, num_places: int = 20_001) -> tuple[Tensor, Tensor]:
    """Return the places of a quadrature and their weights, (K,), float64 (trapezoid rule).

    For smooth densities that vanish at both ends its error falls faster than any power of K.
    Raises ValueError unless low < high.
    """
    if not low < high:
        raise ValueError(f"the range of a quadrature is {low} to {high}: it must be ascending")
    x_K = torch.linspace(low, high, num_places, dtype=torch.float64)
    weight_K = torch.full_like(x_K, (high - low) / (num_places - 1))
    weight_K[[0, -1]] /= 2
    return x_K, weight_K


def f_divergence(
    divergence: FDivergence,
    log_p: LogDensity,
    log_q: LogDensity,
    *,
    low: float,
    high: float,
    num_places: int = 20_001,
) -> float:
    """Return D_f(P || Q), the integral of q f(p/q), of two densities on a line.

    The range must hold all mass of both, and where the divergence is infinite the result is
    whatever the range makes of it.
    """
    x_K, weight_K = places(low, high, num_places=num_places)
    log_p_K, log_q_K = log_p(x_K), log_q(x_K)
    ratio_K = (log_p_K - log_q_K).clamp(-LARGEST, LARGEST).exp()
    q_K = torch.maximum(log_q_K, log_p_K - LARGEST).exp()
    return float((weight_K * q_K * divergence.f(ratio_K)).sum())


def variational_bound(
    divergence: FDivergence,
    critic: Callable[[Tensor], Tensor],
    log_p: LogDensity,
    log_q: LogDensity,
    *,
    low: float,
    high: float,
) -> float:
    """Return E_P[g(v)] - E_Q[f*(g(v))] of a critic's raw scores v, by quadrature.

    `critic` maps places (K,) to scores (K,). Never above D_f(P || Q) (arXiv:1606.00709, (4)).
    """
    x_K, weight_K = places(low, high)
    with torch.no_grad():
        score_K = critic(x_K)
    gained_K = log_p(x_K).exp() * divergence.activation(score_K)
    paid_K = log_q(x_K).exp() * divergence.activated_conjugate(score_K)
    return float((weight_K * (gained_K - paid_K)).sum())


def jensen_shannon(log_p: LogDensity, log_q: LogDensity, *, low: float, high: float) -> float:
    """Return the Jensen-Shannon divergence of two densities on a line, 0 to log 2, in nats."""
    return f_divergence(JENSEN_SHANNON, log_p, log_q, low=low, high=high)


def earth_mover(first_ND: NDArray[np.floating], second_ND: NDArray[np.floating]) -> float:
    """Return the exact earth mover distance of two point sets of equal size (Wasserstein-1).

    On a line the sorted points are partners; elsewhere the best pairing is found, in time N^3:
    1,000 points take a fraction of a second. Points of shape (N,) lie on a line. Raises
    ValueError unless both have the same shape and at least one point.

    >>> earth_mover(np.array([0.0, 1.0]), np.array([3.0, 2.0]))
    2.0
    >>> earth_mover(np.array([[0.0, 0.0], [1.0, 0.0]]), np.array([[1.0, 1.0], [0.0, 1.0]]))
    1.0
    """
    if first_ND.shape != second_ND.shape or len(first_ND) == 0:
        raise ValueError(
            "the earth mover distance needs two point sets of the same shape, "
            f"got {first_ND.shape} and {second_ND.shape}: draw as many of each"
        )
    first = first_ND.astype(np.float64).reshape(len(first_ND), -1)
    second = second_ND.astype(np.float64).reshape(len(second_ND), -1)
    if first.shape[1] == 1:
        return float(np.abs(np.sort(first, axis=0) - np.sort(second, axis=0)).mean())
    cost_NN = np.linalg.norm(first[:, None] - second[None], axis=-1)
    rows, columns = linear_sum_assignment(cost_NN)
    return float(cost_NN[rows, columns].mean())
