"""From logits to tokens. One uniform number a token, so that draws do not depend on batching.

Legend: B batch, V vocabulary, N draws a row, K blocks, W tokens in a block.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional

from seqgan.ops.categorical import cached_rows
from seqgan.ops.masks import at_least_float32

LOG2_E = math.log2(math.e)

BLOCK = 64
"""W, the tokens that `sample_tokens` sums before it looks at one."""


def filter_logits(logits_BV: Tensor, *, top_k: int = 0, top_p: float = 1.0) -> Tensor:
    """Return logits with all but the likeliest tokens at -inf, shape (B, V).

    `top_k` keeps that many tokens (0: all); `top_p` keeps the smallest set whose probability
    reaches it (nucleus sampling, arXiv:1904.09751). The likeliest token always stays.

    >>> filter_logits(torch.tensor([[0.0, 2.0, 1.0]]), top_k=2)
    tensor([[-inf, 2., 1.]])
    """
    logits_BV = at_least_float32(logits_BV)
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


def sample_tokens(logits_BV: Tensor, uniform: Tensor) -> Tensor:
    """Return tokens of softmax(logits) by the inverse distribution function, shaped like `uniform`.

    `uniform` holds numbers in [0, 1): one a row (B,), or N of them (B, N) for N draws. A token of
    probability zero is never drawn. The point is sought among the sums of blocks of tokens first,
    then inside one block, so that no cumulative sum over the vocabulary is taken: at V = 5,000 a
    draw costs a quarter of `exp`, `cumsum` and `searchsorted`, and a thirtieth of `multinomial`.

    >>> sample_tokens(torch.log(torch.tensor([[0.5, 0.5], [0.5, 0.5]])), torch.tensor([0.2, 0.7]))
    tensor([0, 1])
    """
    uniform_BN = uniform if uniform.dim() == 2 else uniform.unsqueeze(1)
    drawn = [_search(logits_BV[rows], uniform_BN[rows]) for rows in cached_rows(logits_BV)]
    return torch.cat(drawn).view_as(uniform)


def _search(logits_BV: Tensor, uniform_BN: Tensor) -> Tensor:
    """Return N draws a row by a search in two levels, shape (B, N)."""
    weight_BKW = _weights(logits_BV)
    sums_BK = weight_BKW.sum(-1).cumsum(-1)
    total_B1 = sums_BK[:, -1:]
    point_BN = _below(uniform_BN.to(total_B1) * total_B1, total_B1)
    block_BN = torch.searchsorted(sums_BK, point_BN, right=True)
    rest_BN = point_BN - functional.pad(sums_BK, (1, 0)).gather(1, block_BN)
    row_B1 = torch.arange(len(logits_BV), device=logits_BV.device).unsqueeze(1)
    inside_BNW = weight_BKW[row_B1, block_BN].cumsum(-1)
    rest_BN = _below(rest_BN, inside_BNW[..., -1])
    place_BN = torch.searchsorted(inside_BNW, rest_BN.unsqueeze(-1), right=True).squeeze(-1)
    return block_BN * BLOCK + place_BN


def _weights(logits_BV: Tensor) -> Tensor:
    """Return the probabilities, not normalized, in blocks of W tokens, shape (B, K, W).

    Powers of 2 because `exp2` takes a quarter of the time of `exp` on a CPU.
    """
    batch, vocab_size = logits_BV.shape
    num_blocks = -(-vocab_size // BLOCK)
    weight_BL = torch.empty(batch, num_blocks * BLOCK, device=logits_BV.device)
    weight_BL[:, vocab_size:] = 0.0
    weight_BV = weight_BL[:, :vocab_size]
    logits_BV = at_least_float32(logits_BV.detach())
    peak_B1 = logits_BV.amax(-1, keepdim=True)
    torch.add(peak_B1 * -LOG2_E, logits_BV, alpha=LOG2_E, out=weight_BV).exp2_()
    return weight_BL.view(batch, num_blocks, BLOCK)


def _below(point: Tensor, end: Tensor) -> Tensor:
    """Return the points, strictly below the end.

    So rounding cannot land on a token of probability zero: the first cumulative sum above the
    point then exists and is above the one before it.
    """
    return torch.minimum(point, torch.nextafter(end, torch.zeros_like(end)))
