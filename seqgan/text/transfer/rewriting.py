"""Rewritings of sentences: the likeliest by beam search, and some that are drawn.

Legend: B batch, S source length, T response length, C rewritings drawn beside the likeliest.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from seqgan.ops.masks import stack_padded
from seqgan.text.decoding import beam_search, continue_from
from seqgan.text.generators.base import Generator, select
from seqgan.text.rollouts import without_dropout
from seqgan.text.tokenizer import TURN, Tokenizer
from seqgan.text.transfer.guidance import GuidedGenerator
from seqgan.text.transfer.saved import Styling
from seqgan.text.words import normalize_spaces

BEAM_SIZE = 4
TEMPERATURE, TOP_P = 0.8, 0.95
AT_ONCE = 512  # hypotheses or samples


@dataclass(frozen=True)
class Row:
    """A part of the text number `owner`, its ids, and the style that it has."""

    owner: int
    part: str
    ids: list[int]
    origin: int


class Rewriter:
    """Writes sentences in other styles, each with the same random numbers.

    Args:
        generator: what writes; its mode is left as it is.
        tokenizer: its vocabulary.
        styling: how it is told the styles.
        strength: see `guidance.guided`.
        num_drawn: C.
        seed: of the draws.
    """

    def __init__(
        self,
        generator: Generator,
        tokenizer: Tokenizer,
        styling: Styling,
        *,
        strength: float,
        num_drawn: int,
        seed: int,
    ) -> None:
        self.generator = GuidedGenerator(
            generator,
            family=styling.family,
            strength=strength,
            banned=sorted(styling.marks | unwritten(tokenizer)),
        )
        self.tokenizer, self.tags = tokenizer, styling.tags
        self.num_drawn, self.longest = num_drawn, styling.max_length + 1
        rng = torch.Generator().manual_seed(seed)
        self.uniform_CT = torch.rand(num_drawn, self.longest, generator=rng)

    def rewritings(
        self,
        rows: Sequence[Row],
        target: int,
        *,
        batch_size: int,
        bar: Callable[[int], object] | None = None,
    ) -> list[list[str]]:
        """Return the rewritings of each row, those of about one length written together.

        `bar` is told how many more texts have no row left.
        """
        size = min(batch_size, max(1, AT_ONCE // max(BEAM_SIZE, self.num_drawn)))
        order = sorted(range(len(rows)), key=lambda place: len(rows[place].ids))
        left = Counter(row.owner for row in rows)
        lists: list[list[str]] = [[] for _ in rows]
        for begin in range(0, len(order), size):
            batch = order[begin : begin + size]
            found = self.written([rows[place] for place in batch], target)
            for place, texts in zip(batch, found, strict=True):
                lists[place] = texts
                left[rows[place].owner] -= 1
            if bar is not None:
                bar(sum(left[owner] == 0 for owner in {rows[place].owner for place in batch}))
        return lists

    @torch.no_grad()
    def written(self, rows: Sequence[Row], target: int) -> list[list[str]]:
        """Return the different rewritings of each row, the likeliest first."""
        generator, tags = self.generator, self.tags
        ids = [[tags[target], tags[row.origin], *row.ids] for row in rows]
        source_BS = stack_padded(ids, pad=generator.pad, device=generator.ban_V.device)
        with without_dropout(generator):
            best_BT = beam_search(
                generator, source_BS, max_length=self.longest, beam_size=BEAM_SIZE
            )
            found = [[self._text(tokens)] for tokens in best_BT.tolist()]
            if self.num_drawn:
                for texts, drawn_CT in zip(found, self.drawn(source_BS), strict=True):
                    texts.extend(self._text(tokens) for tokens in drawn_CT.tolist())
        return [different(texts) for texts in found]

    def drawn(self, source_BS: Tensor) -> Tensor:
        """Return drawn rewritings, shape (B, C, T)."""
        rows = len(source_BS)
        place_N = torch.arange(rows, device=source_BS.device).repeat_interleave(self.num_drawn)
        drawn_NT = continue_from(
            self.generator,
            select(self.generator.start(source_BS), place_N),
            torch.full_like(place_N, self.generator.bos),
            self.uniform_CT.to(source_BS.device).repeat(rows, 1),
            temperature=TEMPERATURE,
            top_p=TOP_P,
        )
        return drawn_NT.view(rows, self.num_drawn, self.longest)

    def _text(self, tokens: list[int]) -> str:
        return normalize_spaces(self.tokenizer.decode(tokens))


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
