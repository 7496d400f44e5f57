"""The original game (arXiv:1406.2661), and its critic's two halves, one value an example.

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


def minimax_critic_loss(real_B: Tensor, fake_B: Tensor) -> Tensor:
    """Return sp(-D(x)) + sp(D(G(z))), one value a pair (arXiv:1406.2661, equation 1).

    Its mean is -V; the best score is log p/q, where V = 2 JSD - 2 log 2.

    >>> import torch
    >>> minimax_critic_loss(torch.tensor([0.0, 200.0]), torch.tensor([0.0, -200.0]))
    tensor([1.3863, 0.0000])
    """
    return real_loss(real_B) + fake_loss(fake_B)


def minimax_generator_loss(fake_B: Tensor) -> Tensor:
    """Return -sp(D(G(z))) = log(1 - sigmoid(D)): flat where the critic is sure (saturating).

    >>> import torch
    >>> minimax_generator_loss(torch.tensor([0.0]))
    tensor([-0.6931])
    """
    return -softplus(fake_B)


def non_saturating_generator_loss(fake_B: Tensor) -> Tensor:
    """Return sp(-D(G(z))) = -log sigmoid(D): steep where the critic is sure (ibid., section 3).

    >>> import torch
    >>> non_saturating_generator_loss(torch.tensor([0.0]))
    tensor([0.6931])
    """
    return softplus(-fake_B)
