"""Penalties on the critic's slope, one value an example, unweighted.

They hold for any trailing shape of the examples, and for scores of patches too, whose sum is
taken. A critic that is called here runs in single precision whatever autocast says: slopes of
slopes need it.

Legend: B batch.
"""

import math
from collections.abc import Callable

import torch
from torch import Generator, Tensor

from seqgan.ops.masks import at_least_float32

Critic = Callable[[Tensor], Tensor]


def gradient_penalty(
    critic: Critic, real: Tensor, fake: Tensor, *, rng: Generator, one_sided: bool = False
) -> Tensor:
    """Return (|slope| - 1)^2 between each real example and its fake, (B,) (arXiv:1704.00028).

    The place is uniform on the segment; the paper's weight is 10. `one_sided` punishes slopes
    above 1 alone: max(0, |slope| - 1)^2 (WGAN-LP, arXiv:1709.08894).
    """
    shape = (len(real), *[1] * (real.dim() - 1))
    place = torch.rand(shape, generator=rng, device=rng.device).to(real)
    excess_B = _gradient(critic, real.lerp(fake.to(real), place)).norm(dim=1) - 1
    punished_B: Tensor = excess_B.relu() if one_sided else excess_B
    return punished_B.square()


def squared_slope(score_B: Tensor, item: Tensor) -> Tensor:
    """Return |slope|^2 of scores in the items they were computed from, (B,) (arXiv:1801.04406).

    R1 at real data, R2 at fakes; the weight of each is gamma / 2. The caller computes the scores
    in single precision and with gradients required of `item`; they serve the objective as well.

    >>> item = torch.tensor([[3.0, 4.0]], requires_grad=True)
    >>> squared_slope(item.square().sum(1) / 2, item).detach()
    tensor([25.])
    """
    (gradient,) = torch.autograd.grad(score_B.sum(), item, create_graph=True)
    return flat(gradient).square().sum(1)


def slopes(critic: Critic, x: Tensor) -> Tensor:
    """Return the length of the critic's slope at each example, (B,), for reports: detached."""
    with torch.enable_grad():
        length_B: Tensor = _gradient(critic, x).norm(dim=1)
    return length_B.detach()


def _gradient(critic: Critic, x: Tensor) -> Tensor:
    """Return the gradient of each example's score in the example, flat, (B, D)."""
    x = at_least_float32(x.detach()).requires_grad_()
    with torch.autocast(x.device.type, enabled=False):
        (gradient,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    return flat(gradient)


def flat(gradient: Tensor) -> Tensor:
    """Return a batch of gradients as rows, (B, D): also of single numbers, also of no example.

    >>> flat(torch.zeros(2)).shape, flat(torch.zeros(0, 3, 4)).shape
    (torch.Size([2, 1]), torch.Size([0, 12]))
    """
    return gradient.reshape(len(gradient), math.prod(gradient.shape[1:]))
