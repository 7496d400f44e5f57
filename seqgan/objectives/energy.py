"""Energies instead of scores: low means real (EBGAN, and the loss-sensitive GAN).

In EBGAN the critic is an autoencoder and its energy the reconstruction error.

Legend: B batch.
"""

from torch import Tensor
from torch.nn.functional import relu


def energy_critic_loss(real_B: Tensor, fake_B: Tensor, *, margin: float) -> Tensor:
    """Return En(x) + max(0, m - En(G(z))), one value a pair (arXiv:1609.03126, equation 1).

    >>> import torch
    >>> energy_critic_loss(torch.tensor([0.5, 0.5]), torch.tensor([1.0, 9.0]), margin=3.0)
    tensor([2.5000, 0.5000])
    """
    return real_B + relu(margin - fake_B)


def energy_generator_loss(fake_B: Tensor) -> Tensor:
    """Return En(G(z)) (arXiv:1609.03126, equation 2; the loss-sensitive generator's too).

    >>> import torch
    >>> energy_generator_loss(torch.tensor([3.0]))
    tensor([3.])
    """
    return fake_B


def loss_sensitive_critic_loss(
    real_B: Tensor, fake_B: Tensor, distance_B: Tensor, *, weight: float
) -> Tensor:
    """Return En(x) + w max(0, d(x, G(z)) + En(x) - En(G(z))), one value a pair (arXiv:1701.06264).

    The margin by which a fake's energy must exceed that of its real partner is their distance.

    >>> import torch
    >>> real, fake, distance = torch.tensor([[1.0, 1.0], [2.0, 9.0], [4.0, 4.0]])
    >>> loss_sensitive_critic_loss(real, fake, distance, weight=0.5)
    tensor([2.5000, 1.0000])
    """
    return real_B + weight * relu(distance_B + real_B - fake_B)
