"""Wasserstein GAN (arXiv:1701.07875): a critic of bounded slope tells how far the mass must go.

Legend: B batch.
"""

from collections.abc import Iterable

import torch
from torch import Tensor


def wasserstein_critic_loss(real_B: Tensor, fake_B: Tensor) -> Tensor:
    """Return D(G(z)) - D(x), a pair; minus its mean is the earth mover estimate (equation 3).

    An estimate only as far as the critic's slope is at most 1: clip, penalize or normalize it.

    >>> wasserstein_critic_loss(torch.tensor([3.0]), torch.tensor([1.0]))
    tensor([-2.])
    """
    return fake_B - real_B


def wasserstein_generator_loss(fake_B: Tensor) -> Tensor:
    """Return -D(G(z)) (algorithm 1).

    >>> wasserstein_generator_loss(torch.tensor([3.0]))
    tensor([-3.])
    """
    return -fake_B


@torch.no_grad()
def clip_weights_(parameters: Iterable[Tensor], bound: float) -> None:
    """Cut every weight to [-bound, bound] in place, after the critic's step (algorithm 1).

    Raises ValueError unless the bound is above 0; the paper's is .01.

    >>> weights = torch.tensor([-1.0, 0.005])
    >>> clip_weights_([weights], 0.01)
    >>> weights
    tensor([-0.0100,  0.0050])
    """
    if not bound > 0:
        raise ValueError(f"the bound of weight clipping is {bound}: it must be above 0, as .01")
    for weights in parameters:
        weights.clamp_(-bound, bound)
