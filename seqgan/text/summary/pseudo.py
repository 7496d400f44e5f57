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
    word_BT = (begun_V.to(device)[short_BT] > 0).cumsum(1)
    words = int(word_BT.max()) + 1 if word_BT.numel() else 1
    length_B1 = token_mask(document_BS, pad=pad).sum(1, keepdim=True)
    at_BW = torch.rand(rows, words, generator=rng).to(device) * (length_B1 + 1) - 1
    stays_BW = torch.rand(rows, words, generator=rng).to(device) >= dropped
    order_BT = torch.arange(short_BT.shape[1], device=device) / (1e3 * max(short_BT.shape[1], 1))
    key_BT = at_BW.gather(1, word_BT) + order_BT
    key_BS = torch.arange(document_BS.shape[1], device=device).expand(document_BS.shape)
    both_BL = torch.cat([document_BS, short_BT], dim=1)
    keep_BL = token_mask(both_BL, pad=pad)
    keep_BL[:, document_BS.shape[1] :] &= stays_BW.gather(1, word_BT)
    place_BL = torch.cat([key_BS.to(key_BT), key_BT], dim=1).argsort(dim=1)
    return compact(both_BL.gather(1, place_BL), keep_BL.gather(1, place_BL), pad=pad)
