"""From logits to tokens. One uniform number a token, so that draws do not depend on batching.

Legend: B batch, V vocabulary.
"""

import torch
from torch import Tensor


def filter_logits(logits_BV: Tensor, *, top_k: int = 0, top_p: float = 1.0) -> Tensor:
    """Return logits with all but the likeliest tokens at -inf, shape (B, V).

    `top_k` keeps that many tokens (0: all); `top_p` keeps the smallest set whose probability
    reaches it (nucleus sampling, arXiv:1904.09751). The likeliest token always stays.

    >>> filter_logits(torch.tensor([[0.0, 2.0, 1.0]]), top_k=2)
    tensor([[-inf, 2., 1.]])
    """
    if 0 < top_k < logits_BV.shape[-1]:
        kept_BK = logits_BV.topk(top_k, dim=-1).indices
        drop_BV = torch.ones_like(logits_BV, dtype=torch.bool).scatter(-1, kept_BK, False)
        logits_BV = logits_BV.masked_fill(drop_BV, -torch.inf)
    if top_p < 1:
        sorted_BV, order_BV = logits_BV.sort(dim=-1, descending=True)
        prob_BV = sorted_BV.softmax(-1)
        drop_BV = prob_BV.cumsum(-1) - prob_BV >= top_p
        drop_BV[..., 0] = False
        logits_BV = logits_BV.masked_fill(drop_BV.scatter(-1, order_BV, drop_BV), -torch.inf)
    return logits_BV


def sample_tokens(logits_BV: Tensor, uniform_B: Tensor) -> Tensor:
    """Return one token a row from softmax(logits) by the inverse distribution function, shape (B,).

    `uniform_B` holds numbers in [0, 1). A token of probability zero is never drawn.

    >>> sample_tokens(torch.log(torch.tensor([[0.5, 0.5], [0.5, 0.5]])), torch.tensor([0.2, 0.7]))
    tensor([0, 1])
    """
    weight_BV = (logits_BV - logits_BV.amax(-1, keepdim=True)).float().exp_()
    cumulative_BV = weight_BV.cumsum(-1)
    total_B1 = cumulative_BV[:, -1:]
    # Strictly below the total, so that rounding cannot land on a token of probability zero.
    point_B1 = torch.minimum(
        uniform_B.to(total_B1).unsqueeze(1) * total_B1,
        torch.nextafter(total_B1, torch.zeros_like(total_B1)),
    )
    return torch.searchsorted(cumulative_BV, point_B1, right=True).squeeze(1)
