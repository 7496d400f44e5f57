"""Candidate responses to a source: those that a beam search finds, and more that are drawn.

Legend: B batch, S source length, T response length, L likeliest candidates, C drawn ones.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol, TypeVar

import torch
from torch import Tensor

from seqgan.errors import UserError
from seqgan.text.decoding import beam_hypotheses, continue_from
from seqgan.text.generators.base import Generator, select
from seqgan.text.rollouts import without_dropout
from seqgan.text.tokenizer import TURN, Tokenizer

BEAM_SIZE = 4  # also the most candidates that are not drawn: all cost what the likeliest does
TEMPERATURE, TOP_P = 0.8, 0.95
AT_ONCE = 512  # hypotheses or samples
MOST_CANDIDATES = 100


def refuse_counts(*, num_candidates: int, batch_size: int) -> None:
    """Raise `UserError` for numbers out of range."""
    if not 1 <= num_candidates <= MOST_CANDIDATES:
        raise UserError(
            f"--num-candidates is {num_candidates}: it must lie between 1 and {MOST_CANDIDATES}"
        )
    if batch_size < 1:
        raise UserError(f"--batch-size is {batch_size}: 1 is the least")


def split_up(num_candidates: int) -> tuple[int, int]:
    """Return how many of the candidates a beam search finds, and how many are drawn.

    >>> split_up(1), split_up(8)
    ((1, 0), (4, 4))
    """
    num_likeliest = min(num_candidates, BEAM_SIZE)
    return num_likeliest, num_candidates - num_likeliest


def draws(num_drawn: int, longest: int, *, seed: int) -> Tensor:
    """Return the random numbers of C candidates, shape (C, T): the same for every source."""
    rng = torch.Generator().manual_seed(seed)
    return torch.rand(num_drawn, longest, generator=rng)


def batches_of(lengths: Sequence[int], *, batch_size: int, num_drawn: int) -> Iterator[list[int]]:
    """Yield the places of rows, those of about one length together.

    >>> list(batches_of([5, 1, 4], batch_size=2, num_drawn=0))
    [[1, 2], [0]]
    """
    size = min(batch_size, max(1, AT_ONCE // max(BEAM_SIZE, num_drawn)))
    order = sorted(range(len(lengths)), key=lengths.__getitem__)
    for begin in range(0, len(order), size):
        yield order[begin : begin + size]


class Owned(Protocol):
    """A row to write candidates of."""

    @property
    def ids(self) -> Sequence[int]:
        """What is read."""
        ...

    @property
    def owner(self) -> int:
        """The number of the text that it is a part of."""
        ...


Row = TypeVar("Row", bound=Owned)
Found = TypeVar("Found")


def in_batches(
    rows: Sequence[Row],
    write: Callable[[list[Row]], Iterable[list[Found]]],
    *,
    batch_size: int,
    num_drawn: int,
    bar: Callable[[int], object] | None = None,
) -> list[list[Found]]:
    """Return what is written of each row, in order, rows of like lengths together.

    `bar` is told how many more texts have no row left.
    """
    left = Counter(row.owner for row in rows)
    lists: list[list[Found]] = [[] for _ in rows]
    lengths = [len(row.ids) for row in rows]
    for places in batches_of(lengths, batch_size=batch_size, num_drawn=num_drawn):
        batch = [rows[place] for place in places]
        for place, found in zip(places, write(batch), strict=True):
            lists[place] = found
        left.subtract(row.owner for row in batch)
        if bar is not None:
            bar(sum(left[owner] == 0 for owner in {row.owner for row in batch}))
    return lists


@torch.no_grad()
def candidates(
    generator: Generator,
    source_BS: Tensor,
    uniform_CT: Tensor,
    *,
    num_likeliest: int = 1,
    temperature: float = TEMPERATURE,
    top_p: float = TOP_P,
) -> Tensor:
    """Return L = `num_likeliest` responses to each source, best first, then C drawn ones.

    Their shape is (B, L + C, T), L at most `BEAM_SIZE`. Dropout is off meanwhile.
    """
    num_drawn, longest = uniform_CT.shape
    with without_dropout(generator):
        best_BKT = beam_hypotheses(generator, source_BS, max_length=longest, beam_size=BEAM_SIZE)
        found = [best_BKT[:, :num_likeliest]]
        if num_drawn:
            found.append(_drawn(generator, source_BS, uniform_CT, temperature, top_p))
    return torch.cat(found, dim=1)


def _drawn(
    generator: Generator, source_BS: Tensor, uniform_CT: Tensor, temperature: float, top_p: float
) -> Tensor:
    """Return drawn responses, shape (B, C, T)."""
    rows, (num_drawn, longest) = len(source_BS), uniform_CT.shape
    place_N = torch.arange(rows, device=source_BS.device).repeat_interleave(num_drawn)
    drawn_NT = continue_from(
        generator,
        select(generator.start(source_BS), place_N),
        torch.full_like(place_N, generator.bos),
        uniform_CT.to(source_BS.device).repeat(rows, 1),
        temperature=temperature,
        top_p=top_p,
    )
    return drawn_NT.view(rows, num_drawn, longest)


def unwritten(tokenizer: Tokenizer) -> frozenset[int]:
    """Return the ids that a vocabulary has for other uses than to write words."""
    unknown = getattr(tokenizer, "unk", tokenizer.pad)
    turns = [token for token in tokenizer.encode(TURN) if tokenizer.pieces([token]) == [TURN]]
    return frozenset((unknown, *turns))


def different(texts: Sequence[str]) -> list[str]:
    """Return each text that is not empty once; where there is none an empty one.

    >>> different(["b", "", "a", "b"]), different(["", ""])
    (['b', 'a'], [''])
    """
    return list(dict.fromkeys(filter(None, texts))) or [""]
