"""The hinge game (arXiv:1705.02894): scores beyond the margin earn nothing more.

Equation numbers are those of arXiv:1802.05957.

Legend: B batch.
"""

from torch import Tensor
from torch.nn.functional import relu


def hinge_critic_loss(real_B: Tensor, fake_B: Tensor) -> Tensor:
    """Return max(0, 1 - D(x)) + max(0, 1 + D(G(z))), one value a pair (equation 16).

    >>> import torch
    >>> hinge_critic_loss(torch.tensor([2.0, 0.5]), torch.tensor([-2.0, 0.0]))
    tensor([0.0000, 1.5000])
    """
    return relu(1 - real_B) + relu(1 + fake_B)


def hinge_generator_loss(fake_B: Tensor) -> Tensor:
    """Return -D(G(z)) (equation 17).

    >>> import torch
    >>> hinge_generator_loss(torch.tensor([3.0]))
    tensor([-3.])
    """
    return -fake_B
