"""Maximum likelihood over padded sequences.

Legend: B batch, T time, V vocabulary, N real tokens.
"""

from torch import Tensor

from seqgan.ops.categorical import log_softmax_at
from seqgan.ops.masks import at_least_float32


def token_logp(logits_BTV: Tensor, tokens_BT: Tensor, mask_BT: Tensor) -> Tensor:
    """Return each token's log-probability, 0 at padding, shape (B, T).

    >>> import torch
    >>> token_logp(torch.zeros(1, 2, 4), torch.tensor([[3, 0]]), torch.tensor([[True, False]]))
    tensor([[-1.3863,  0.0000]])
    """
    return scatter_logp(logits_BTV[mask_BT], tokens_BT, mask_BT)


def scatter_logp(logits_NV: Tensor, tokens_BT: Tensor, mask_BT: Tensor) -> Tensor:
    """Return each token's log-probability, 0 at padding, shape (B, T).

    `logits_NV` holds those of the real tokens alone, row after row.

    >>> import torch
    >>> scatter_logp(torch.zeros(1, 4), torch.tensor([[3, 0]]), torch.tensor([[True, False]]))
    tensor([[-1.3863,  0.0000]])
    """
    logp_N = log_softmax_at(at_least_float32(logits_NV), tokens_BT[mask_BT])
    return logp_N.new_zeros(tokens_BT.shape).masked_scatter(mask_BT, logp_N)


def sequence_logp(logits_BTV: Tensor, tokens_BT: Tensor, mask_BT: Tensor) -> Tensor:
    """Return each sequence's log-likelihood over its real tokens, shape (B,)."""
    return token_logp(logits_BTV, tokens_BT, mask_BT).sum(1)
