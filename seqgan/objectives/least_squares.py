"""Least squares GAN (arXiv:1611.04076): scores are drawn toward labels, far ones the most.

Legend: B batch.
"""

from torch import Tensor


def least_squares_critic_loss(
    real_B: Tensor, fake_B: Tensor, *, fake_label: float = 0.0, real_label: float = 1.0
) -> Tensor:
    """Return (D(x) - b)^2 / 2 + (D(G(z)) - a)^2 / 2, a pair (equation 2); a fake, b real label.

    >>> import torch
    >>> least_squares_critic_loss(torch.tensor([3.0]), torch.tensor([1.0]))
    tensor([2.5000])
    """
    return ((real_B - real_label).square() + (fake_B - fake_label).square()) / 2


def least_squares_generator_loss(fake_B: Tensor, *, target: float = 1.0) -> Tensor:
    """Return (D(G(z)) - c)^2 / 2 (equation 2); c is the target.

    >>> import torch
    >>> least_squares_generator_loss(torch.tensor([3.0]))
    tensor([2.])
    """
    return (fake_B - target).square() / 2
