"""Attention of one sequence over another, safe where nothing is there to attend to.

Legend: B batch, T queries, S memory length, D width.
"""

import torch
from torch import Tensor


def attend(query_BTD: Tensor, memory_BSD: Tensor, mask_BS: Tensor) -> Tensor:
    """Return for every query the mean of the real memory weighted by dot product, shape (B, T, D).

    Entries outside the mask must be finite; they get weight 0. A row without real entries (or
    S = 0) yields the plain mean of what it holds: keep masked entries 0 to get 0.

    >>> attend(torch.zeros(1, 1, 1), torch.tensor([[[1.0], [3.0], [9.0]]]),
    ...        torch.tensor([[True, True, False]]))
    tensor([[[2.]]])
    """
    score_BTS = torch.bmm(query_BTD, memory_BSD.transpose(1, 2))
    score_BTS = score_BTS.masked_fill(~mask_BS.unsqueeze(1), torch.finfo(score_BTS.dtype).min)
    return torch.bmm(score_BTS.softmax(-1), memory_BSD)
