"""Relativistic pairing (RpGAN, arXiv:1807.00734): is this real example more real than that fake?

With R1 and R2 at gamma / 2 each it is the default game (R3GAN, arXiv:2501.05441).

Legend: B batch.
"""

from torch import Tensor
from torch.nn.functional import softplus


def relativistic_critic_loss(real_B: Tensor, fake_B: Tensor) -> Tensor:
    """Return sp(D(G(z)) - D(x)), one value a pair (arXiv:2501.05441, equation 2).

    >>> import torch
    >>> relativistic_critic_loss(torch.tensor([3.0, 200.0]), torch.tensor([3.0, 0.0]))
    tensor([0.6931, 0.0000])
    """
    return softplus(fake_B - real_B)


def relativistic_generator_loss(real_B: Tensor, fake_B: Tensor) -> Tensor:
    """Return sp(D(x) - D(G(z))), one value a pair: the same game with the sides exchanged.

    >>> import torch
    >>> relativistic_generator_loss(torch.tensor([3.0, 0.0]), torch.tensor([3.0, 200.0]))
    tensor([0.6931, 0.0000])
    """
    return softplus(real_B - fake_B)
