"""From hidden values to logits, with a matrix of its own or the embedding's.

Legend: B batch, T time, D width, V vocabulary.
"""

import torch
from torch import Tensor, nn

from seqgan.ops.linear import fast_linear


class TokenOutput(nn.Module):
    """A linear layer whose matrix may be borrowed, plus constants that rule tokens out.

    Borrowing by argument keeps shared weights out of the state dict, where safetensors refuses
    them.

    Args:
        dim: D.
        ban_V: added to the logits; not saved.
        tied: the matrix is the embedding's (arXiv:1608.05859).
    """

    def __init__(self, dim: int, ban_V: Tensor, *, tied: bool) -> None:
        super().__init__()
        self.weight = None if tied else nn.Parameter(torch.randn(len(ban_V), dim) * dim**-0.5)
        self.bias = nn.Parameter(torch.zeros(len(ban_V)))
        self.ban_V: Tensor
        self.register_buffer("ban_V", ban_V, persistent=False)

    def forward(self, hidden_BTD: Tensor, embedding_VD: Tensor) -> Tensor:
        """Return the logits (B, T, V); `embedding_VD` counts only if tied."""
        weight_VD = embedding_VD if self.weight is None else self.weight
        return fast_linear(hidden_BTD, weight_VD, self.bias + self.ban_V)
