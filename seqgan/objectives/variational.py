"""The two terms of a variational autoencoder (arXiv:1312.6114), summed for each example.

Legend: B batch, L latent.
"""

from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits


def gaussian_kl(
    mean_BL: Tensor, log_variance_BL: Tensor, prior_mean: Tensor | float = 0.0
) -> Tensor:
    """Return KL(N(mean, variance) || N(prior_mean, 1)), shape (B,), in nats (appendix B).

    A prior mean of shape (B, L), one for each example's class, makes it conditional.

    >>> import torch
    >>> gaussian_kl(torch.tensor([[1.0, 0.0]]), torch.zeros(1, 2))
    tensor([0.5000])
    """
    excess_BL = log_variance_BL.exp() - log_variance_BL - 1
    return ((mean_BL - prior_mean).square() + excess_BL).sum(1) / 2


def squared_error(output: Tensor, target: Tensor) -> Tensor:
    """Return half the squared distance, (B,): -log N(target; output, 1) up to a constant.

    >>> import torch
    >>> squared_error(torch.tensor([[1.0, 2.0]]), torch.zeros(1, 2))
    tensor([2.5000])
    """
    return (output - target).reshape(len(target), -1).square().sum(1) / 2


def bernoulli_error(logits: Tensor, target: Tensor) -> Tensor:
    """Return -log of the target's probability under independent coins, shape (B,), in nats.

    The target lies in [0, 1]; grey values count as shares.

    >>> import torch
    >>> bernoulli_error(torch.zeros(1, 2), torch.tensor([[0.0, 1.0]]))
    tensor([1.3863])
    """
    error = binary_cross_entropy_with_logits(logits, target, reduction="none")
    return error.reshape(len(target), -1).sum(1)
