"""f-GAN (arXiv:1606.00709): every f-divergence as a game, by one table.

Throughout P is the data, Q the generator, u = p/q, and D_f(P || Q) = E_Q[f(u)]. Any function T
bounds it from below (equation 4): D_f >= E_P[T] - E_Q[f*(T)], with equality at T = f'(u). The
critic's raw score v becomes T = g(v), which keeps T inside the domain of the conjugate f*.
Published tables swap p and q for Pearson; here (u - 1)^2 is the integral of (p - q)^2 / q.

Legend: B batch.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import softplus

Curve = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class FDivergence:
    """One divergence: what it is made of, and how a raw score enters it."""

    name: str
    f: Curve
    """Of the ratio u >= 0; convex."""
    derivative: Curve
    """f', also the best T of a ratio."""
    conjugate: Curve
    """f*(t) = sup_u (ut - f(u)), for t inside `domain`."""
    domain: tuple[float, float]
    """The open interval of t on which f* is finite."""
    activation: Curve
    """g: raw score to T."""
    activated_conjugate: Curve
    """f*(g(v)), written so that large scores neither cancel nor overflow early."""


KL = FDivergence(
    "kl",
    f=lambda u: torch.xlogy(u, u),
    derivative=lambda u: 1 + u.log(),
    conjugate=lambda t: (t - 1).exp(),
    domain=(-math.inf, math.inf),
    activation=lambda v: v,
    activated_conjugate=lambda v: (v - 1).exp(),
)
"""E_P[log u]: Q pays wherever data are and it is not (covering)."""

REVERSE_KL = FDivergence(
    "reverse-kl",
    f=lambda u: -u.log(),
    derivative=lambda u: -1 / u,
    conjugate=lambda t: -1 - (-t).log(),
    domain=(-math.inf, 0.0),
    activation=lambda v: -(-v).exp(),
    activated_conjugate=lambda v: v - 1,
)
"""E_Q[-log u]: Q pays wherever it is and data are not (seeking)."""

PEARSON = FDivergence(
    "pearson",
    f=lambda u: (u - 1).square(),
    derivative=lambda u: 2 * (u - 1),
    # That of f on the whole line, as published: below t = -2, which no ratio asks for, the
    # conjugate over u >= 0 would be flat and leave the generator without a gradient.
    conjugate=lambda t: t.square() / 4 + t,
    domain=(-math.inf, math.inf),
    activation=lambda v: v,
    activated_conjugate=lambda v: v.square() / 4 + v,
)
"""The integral of (p - q)^2 / q."""

NEYMAN = FDivergence(
    "neyman",
    f=lambda u: (1 - u).square() / u,
    derivative=lambda u: 1 - u.pow(-2),
    conjugate=lambda t: 2 - 2 * (1 - t).sqrt(),
    domain=(-math.inf, 1.0),
    activation=lambda v: -torch.expm1(-v),
    activated_conjugate=lambda v: -2 * torch.expm1(-v / 2),
)
"""The integral of (p - q)^2 / p."""

SQUARED_HELLINGER = FDivergence(
    "squared-hellinger",
    f=lambda u: (u.sqrt() - 1).square(),
    derivative=lambda u: 1 - u.rsqrt(),
    conjugate=lambda t: t / (1 - t),
    domain=(-math.inf, 1.0),
    activation=lambda v: -torch.expm1(-v),
    activated_conjugate=torch.expm1,
)
"""The integral of (sqrt p - sqrt q)^2, from 0 to 2."""

JENSEN_SHANNON = FDivergence(
    "jensen-shannon",
    f=lambda u: (torch.xlogy(u, u) - (1 + u) * ((1 + u) / 2).log()) / 2,
    derivative=lambda u: (2 * u / (1 + u)).log() / 2,
    conjugate=lambda t: -(2 - (2 * t).exp()).log() / 2,
    domain=(-math.inf, math.log(2) / 2),
    activation=lambda v: (math.log(2) - softplus(-v)) / 2,
    activated_conjugate=lambda v: (softplus(v) - math.log(2)) / 2,
)
"""KL(P || M) / 2 + KL(Q || M) / 2, M halfway between: from 0 to log 2."""

GAN = FDivergence(
    "gan",
    f=lambda u: torch.xlogy(u, u) - (1 + u) * torch.log1p(u),
    derivative=lambda u: (u / (1 + u)).log(),
    conjugate=lambda t: -(-torch.expm1(t)).log(),
    domain=(-math.inf, 0.0),
    activation=lambda v: -softplus(-v),
    activated_conjugate=softplus,
)
"""2 JSD - 2 log 2, the value of the original game: f(1) = -2 log 2, all others' is 0."""

TOTAL_VARIATION = FDivergence(
    "total-variation",
    f=lambda u: (u - 1).abs() / 2,
    derivative=lambda u: (u - 1).sign() / 2,
    conjugate=lambda t: t,
    domain=(-0.5, 0.5),
    activation=lambda v: v.tanh() / 2,
    activated_conjugate=lambda v: v.tanh() / 2,
)
"""Half the integral of |p - q|, from 0 to 1."""


def alpha_divergence(alpha: float) -> FDivergence:
    """Return f = (u^a - 1 - a (u - 1)) / (a (a - 1)): covering for large a, seeking for small.

    a = 2 is half of Pearson, a = -1 half of Neyman, a = 1/2 twice the squared Hellinger. The raw
    score is log u at its best. Raises ValueError at 0 and 1, whose limits are the KLs.
    """
    if alpha in (0, 1):
        limit = "reverse-kl" if alpha == 0 else "kl"
        raise ValueError(f"alpha is {alpha:g}: there the divergence is {limit}, choose that one")
    rest = alpha - 1
    return FDivergence(
        "alpha",
        f=lambda u: (u**alpha - 1 - alpha * (u - 1)) / (alpha * rest),
        derivative=lambda u: (u**rest - 1) / rest,
        conjugate=lambda t: ((1 + rest * t) ** (alpha / rest) - 1) / alpha,
        domain=(-1 / rest, math.inf) if alpha > 1 else (-math.inf, -1 / rest),
        activation=lambda v: torch.expm1(rest * v) / rest,
        activated_conjugate=lambda v: torch.expm1(alpha * v) / alpha,
    )


F_DIVERGENCES: dict[str, FDivergence] = {
    divergence.name: divergence
    for divergence in (
        KL,
        REVERSE_KL,
        PEARSON,
        NEYMAN,
        SQUARED_HELLINGER,
        JENSEN_SHANNON,
        GAN,
        TOTAL_VARIATION,
        alpha_divergence(0.5),  # finite for all pairs of Gaussians
    )
}
"""All of them by name; "alpha" is that of 1/2."""


def f_critic_loss(real_B: Tensor, fake_B: Tensor, *, divergence: FDivergence) -> Tensor:
    """Return f*(g(D(G(z)))) - g(D(x)), one value a pair: minus the bound (equation 6).

    >>> f_critic_loss(torch.tensor([0.0]), torch.tensor([0.0]), divergence=GAN)
    tensor([1.3863])
    """
    return divergence.activated_conjugate(fake_B) - divergence.activation(real_B)


def f_generator_loss(fake_B: Tensor, *, divergence: FDivergence) -> Tensor:
    """Return -f*(g(D(G(z)))): the generator lowers the very bound (equation 6).

    >>> f_generator_loss(torch.tensor([0.0]), divergence=GAN)
    tensor([-0.6931])
    """
    return -divergence.activated_conjugate(fake_B)


def f_generator_loss_alternative(fake_B: Tensor, *, divergence: FDivergence) -> Tensor:
    """Return -g(D(G(z))), which is steep where the critic is sure (section 3.2).

    >>> f_generator_loss_alternative(torch.tensor([0.0]), divergence=GAN)
    tensor([0.6931])
    """
    return -divergence.activation(fake_B)
