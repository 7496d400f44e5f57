"""Which words of a document to keep, told for its ids: the most typical of short texts first.

Legend: B batch, S document length, T length of what is kept.
"""

from collections.abc import Sequence

from torch import Tensor

from seqgan.metrics.words import split_words
from seqgan.ops.masks import compact
from seqgan.text.summary.titleness import Titleness
from seqgan.text.tokenizer import Tokenizer

NEVER = 1 << 14
"""The rank of what is no word, or a word again."""


def ranks(ids: Sequence[int], tokenizer: Tokenizer, titleness: Titleness) -> list[int]:
    """Return, for each id, the rank of its word among the document's, 0 the most typical.

    Words begin where a piece begins with a space, in Chinese with every piece, whose rank counts
    the characters up to its last: those of a rank below n have no more than n words (Chinese:
    characters). Marks of punctuation and repetitions are never kept.
    """
    pieces = tokenizer.pieces(ids)
    words: list[list[int]] = []
    for place, piece in enumerate(pieces):
        if piece.startswith(" ") or titleness.chinese or not words:
            words.append([])
        words[-1].append(place)
    rank = [NEVER] * len(ids)
    order: list[tuple[float, int, list[int]]] = []
    seen: set[str] = set()
    for places in words:
        text = "".join(pieces[place] for place in places).strip()
        split = split_words(text, chinese=titleness.chinese)
        parts = [part for part in split if any(map(str.isalnum, part))]
        if parts and (key := text.casefold()) not in seen:
            seen.add(key)
            weight = sum(map(titleness.weight, parts)) / len(parts)
            size = len(parts) if titleness.chinese else 1
            order.append((-weight, size, [p for p in places if is_kept(pieces[p])]))
    before = 0
    for _, size, places in sorted(order, key=lambda each: each[0]):
        before += size
        for place in places:
            rank[place] = before - 1
    return rank


def is_kept(piece: str) -> bool:
    """Return whether a piece of a kept word is kept with it: not its punctuation.

    >>> is_kept(" word"), is_kept(" "), is_kept(",")
    (True, True, False)
    """
    return piece.isspace() or any(map(str.isalnum, piece))


def kept(words_BS: Tensor, rank_BS: Tensor, budget_B: Tensor, *, pad: int) -> Tensor:
    """Return the words whose rank lies below the budget, in the document's order, (B, T).

    >>> import torch
    >>> kept(torch.tensor([[7, 8, 9]]), torch.tensor([[1, 2, 0]]), torch.tensor([2]), pad=0)
    tensor([[7, 9]])
    """
    keeps_BS = (rank_BS < budget_B.unsqueeze(1)) & (words_BS != pad)
    return compact(words_BS, keeps_BS, pad=pad)
