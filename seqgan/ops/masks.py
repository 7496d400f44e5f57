"""Masks over padded token sequences.

Legend: B batch, T time.
"""

import torch
from torch import Tensor


def token_mask(tokens_BT: Tensor, *, pad: int) -> Tensor:
    """Return True where a token is real, shape (B, T).

    >>> token_mask(torch.tensor([[5, 2, 0]]), pad=0)
    tensor([[ True,  True, False]])
    """
    return tokens_BT != pad


def pad_after_eos(tokens_BT: Tensor, *, eos: int, pad: int) -> Tensor:
    """Return the tokens with everything behind the first `eos` replaced by `pad`, shape (B, T).

    >>> pad_after_eos(torch.tensor([[5, 2, 7], [5, 6, 7]]), eos=2, pad=0)
    tensor([[5, 2, 0],
            [5, 6, 7]])
    """
    ended_BT = (tokens_BT == eos).cumsum(1) - (tokens_BT == eos).long() > 0
    return tokens_BT.masked_fill(ended_BT, pad)


def masked_mean(values_BT: Tensor, mask_BT: Tensor) -> Tensor:
    """Return each row's mean over its real entries, shape (..., B); 0 for a row without any.

    Leading dimensions of the values share the mask.

    >>> masked_mean(torch.tensor([[1.0, 3.0, 9.0]]), torch.tensor([[True, True, False]]))
    tensor([2.])
    """
    mask_BT = mask_BT.to(values_BT)
    return (values_BT * mask_BT).sum(-1) / mask_BT.sum(-1).clamp(min=1)


def last_real(values_BT: Tensor, mask_BT: Tensor) -> Tensor:
    """Return each row's value at its last real position, shape (B,).

    >>> last_real(torch.tensor([[1.0, 3.0, 9.0]]), torch.tensor([[True, True, False]]))
    tensor([3.])
    """
    index_B = mask_BT.sum(1).sub(1).clamp(min=0)
    return values_BT.gather(1, index_B.unsqueeze(1)).squeeze(1)


def stack_padded(rows: list[list[int]], *, pad: int, device: torch.device | str = "cpu") -> Tensor:
    """Return rows of different lengths as one right-padded int64 tensor, shape (B, T).

    >>> stack_padded([[5, 6], [7]], pad=0)
    tensor([[5, 6],
            [7, 0]])
    """
    width = max((len(row) for row in rows), default=0)
    padded = [row + [pad] * (width - len(row)) for row in rows]
    return torch.tensor(padded, dtype=torch.long, device=device).view(len(rows), width)


def at_least_float32(values: Tensor) -> Tensor:
    """Return half precision as float32, anything finer as it is: logarithms need the digits."""
    return values.to(torch.promote_types(values.dtype, torch.float32))


def with_end(words_BS: Tensor, *, eos: int, pad: int) -> Tensor:
    """Return the words with `eos` behind each row's last one, shape (B, S + 1).

    >>> with_end(torch.tensor([[5, 6], [7, 0]]), eos=2, pad=0)
    tensor([[5, 6, 2],
            [7, 2, 0]])
    """
    tokens_BT = torch.nn.functional.pad(words_BS, (0, 1), value=pad)
    return tokens_BT.scatter(1, (words_BS != pad).sum(1, keepdim=True), eos)


def words_alone(tokens_BT: Tensor, *, eos: int, pad: int) -> Tensor:
    """Return responses without their end, as words of a next source, shape (B, T).

    >>> words_alone(torch.tensor([[5, 6, 2], [5, 2, 0]]), eos=2, pad=0)
    tensor([[5, 6],
            [5, 0]])
    """
    words_BT = tokens_BT.masked_fill(tokens_BT == eos, pad)
    return words_BT[:, : int((words_BT != pad).sum(1).max()) if len(words_BT) else 0]


def compact(tokens_BS: Tensor, kept_BS: Tensor, *, pad: int) -> Tensor:
    """Return the kept tokens of each row in their order, padded behind, as narrow as they allow.

    >>> compact(torch.tensor([[5, 6, 7]]), torch.tensor([[True, False, True]]), pad=0)
    tensor([[5, 7]])
    """
    order_BS = (~kept_BS).to(torch.uint8).argsort(dim=1, stable=True)
    longest = int(kept_BS.sum(1).max()) if len(kept_BS) else 0
    return tokens_BS.masked_fill(~kept_BS, pad).gather(1, order_BS)[:, :longest]
