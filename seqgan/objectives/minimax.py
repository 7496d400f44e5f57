"""Binary discriminators: the original game's two halves, one value an example.

Legend: B batch (any shape of scores is accepted: per-token scores too). sp is softplus.
"""

from torch import Tensor
from torch.nn.functional import softplus


def real_loss(real_B: Tensor) -> Tensor:
    """Return sp(-D(x)) = -log sigmoid(D(x)), what D pays for a real example (arXiv:1406.2661).

    >>> import torch
    >>> real_loss(torch.tensor([0.0]))
    tensor([0.6931])
    """
    return softplus(-real_B)


def fake_loss(fake_B: Tensor) -> Tensor:
    """Return sp(D(G(z))) = -log(1 - sigmoid(D)), what D pays for a fake (arXiv:1406.2661).

    >>> import torch
    >>> fake_loss(torch.tensor([0.0]))
    tensor([0.6931])
    """
    return softplus(fake_B)
