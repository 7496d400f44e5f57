"""Documents made for short texts that have none: their words mixed into another document.

Legend: B batch, S document length, T length of a short text, L length of both.
"""

import torch
from torch import Generator, Tensor

from seqgan.ops.masks import compact, token_mask

DROPPED = 0.2
"""Share of the short text's words that its document does not have, so that some are written."""


def mixed_in(
    short_BT: Tensor,
    document_BS: Tensor,
    begun_V: Tensor,
    *,
    pad: int,
    rng: Generator,
    dropped: float = DROPPED,
) -> Tensor:
    """Return documents with the words of short texts at random places, (B, L) (arXiv:1809.02669).

    Args:
        short_BT: words without an end.
        document_BS: the documents that they are mixed into.
        begun_V: how many words each id begins: pieces of a word stay together.
        pad: padding.
        rng: draws.
        dropped: share of the short texts' words that are left out.
    """
    rows, device = len(short_BT), short_BT.device
    begun_V = begun_V.to(device)
    word_BS = (begun_V[document_BS] > 0).cumsum(1).double()
    word_BT = (begun_V[short_BT] > 0).cumsum(1)
    last_B1 = word_BS.amax(1, keepdim=True) if word_BS.shape[1] else word_BS.new_zeros(rows, 1)
    words = int(word_BT.max()) + 1 if word_BT.numel() else 1
    drawn_BW = torch.rand(rows, words, generator=rng, dtype=torch.float64, device=rng.device)
    stays_BW = torch.rand(rows, words, generator=rng, device=rng.device) >= dropped
    drawn_BW, stays_BW = drawn_BW.to(device), stays_BW.to(device)
    # Behind the document's word number 0, 1, ..., words of one gap in the order of the draw.
    between_BW = drawn_BW * (last_B1 + 1)
    at_BW = between_BW.floor() + 0.5 + 0.4 * between_BW.frac()
    key_BT = at_BW.gather(1, word_BT) + _order(short_BT)
    key_BS = word_BS + _order(document_BS)
    both_BL = torch.cat([document_BS, short_BT], dim=1)
    keep_BL = token_mask(both_BL, pad=pad)
    keep_BL[:, document_BS.shape[1] :] &= stays_BW.gather(1, word_BT)
    place_BL = torch.cat([key_BS, key_BT], dim=1).argsort(dim=1, stable=True)
    return compact(both_BL.gather(1, place_BL), keep_BL.gather(1, place_BL), pad=pad)


def _order(tokens_BT: Tensor) -> Tensor:
    """Return a number far below 1 that grows along a row: pieces of a word stay in order."""
    return torch.arange(tokens_BT.shape[1], device=tokens_BT.device).double() * 1e-7
