"""A bidirectional LSTM over padded sequences that never sees the padding.

Legend: B batch, S length, E input width, D output width.
"""

import torch
from torch import Tensor, nn


def reverse_real(values_BSE: Tensor, mask_BS: Tensor) -> Tensor:
    """Return right-padded rows with their real entries in reverse order, shape (B, S, E).

    >>> reverse_real(torch.tensor([[[1], [2], [0]]]), torch.tensor([[True, True, False]])).flatten()
    tensor([2, 1, 0])
    """
    place_S = torch.arange(mask_BS.shape[1], device=mask_BS.device)
    index_BS = (mask_BS.sum(1, keepdim=True) - 1 - place_S).where(mask_BS, place_S)
    return values_BSE.gather(1, index_BS.unsqueeze(-1).expand_as(values_BSE))


class RecurrentEncoder(nn.Module):
    """Layers of one forward and one backward LSTM each; padding follows the real entries in both.

    Reversing each row in place of packing it keeps the lengths on the device and the fused kernel
    in use.

    Args:
        input_dim: E.
        dim: D, even; half of it for each direction.
        num_layers: layers.
        dropout: share of values dropped between layers, in training only.
    """

    def __init__(
        self, input_dim: int, dim: int, *, num_layers: int = 1, dropout: float = 0.0
    ) -> None:
        super().__init__()
        if dim % 2:
            raise ValueError(f"dim {dim} must be even: each direction gets half of it")
        widths = [input_dim, *[dim] * (num_layers - 1)]
        self.ahead = nn.ModuleList(nn.LSTM(width, dim // 2, batch_first=True) for width in widths)
        self.back = nn.ModuleList(nn.LSTM(width, dim // 2, batch_first=True) for width in widths)
        self.dropout = nn.Dropout(dropout)

    def forward(self, values_BSE: Tensor, mask_BS: Tensor) -> tuple[Tensor, Tensor]:
        """Return the memory (B, S, D), 0 at padding, and the last states of both directions (B, D).

        A row without real entries gives zeros. S must be at least 1.
        """
        memory_BSD = values_BSE
        for depth, (ahead, back) in enumerate(zip(self.ahead, self.back, strict=True)):
            if depth:
                memory_BSD = self.dropout(memory_BSD)
            forth_BSH, _ = ahead(memory_BSD)
            back_BSH, _ = back(reverse_real(memory_BSD, mask_BS))
            memory_BSD = torch.cat([forth_BSH, reverse_real(back_BSH, mask_BS)], dim=-1)
            memory_BSD = memory_BSD * mask_BS.unsqueeze(-1)
        last_BSH, first_BSH = memory_BSD.chunk(2, dim=-1)
        index_B = mask_BS.sum(1).sub(1).clamp(min=0)
        last_BH = last_BSH[torch.arange(len(index_B), device=index_B.device), index_B]
        return memory_BSD, torch.cat([last_BH, first_BSH[:, 0]], dim=-1)
