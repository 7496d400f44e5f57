"""Rewritings of sentences: those that a beam search finds, and more that are drawn.

Legend: B batch, S source length, T response length, C drawn rewritings.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain

from seqgan.ops.masks import stack_padded
from seqgan.text.candidates import (
    candidates,
    different,
    draws,
    in_batches,
    split_up,
    unwritten,
)
from seqgan.text.generators.base import Generator
from seqgan.text.tokenizer import Tokenizer
from seqgan.text.transfer.guidance import GuidedGenerator
from seqgan.text.transfer.ranking import DRAWN_TEMPERATURE
from seqgan.text.transfer.saved import Styling
from seqgan.text.whole_words import WholeWords, WholeWordsGenerator
from seqgan.text.words import normalize_spaces

NUM_TAGS = 2  # before the words of a source


@dataclass(frozen=True)
class Row:
    """A part of the text number `owner`, its ids, and the style that it has."""

    owner: int
    part: str
    ids: list[int]
    origin: int


def banned_of(tokenizer: Tokenizer, styling: Styling) -> list[int]:
    """Return the ids that no rewriting has."""
    return sorted(styling.marks | unwritten(tokenizer))


class Rewriter:
    """Writes sentences in other styles, each with the same random numbers.

    Args:
        generator: what writes; its mode is left as it is.
        tokenizer: its vocabulary.
        styling: how it is told the styles.
        strength: see `guidance.guided`.
        num_candidates: see `candidates.split_up`.
        seed: of the draws.
        words: what keeps rewritings to whole words, None where any may be written.
    """

    def __init__(
        self,
        generator: Generator,
        tokenizer: Tokenizer,
        styling: Styling,
        *,
        strength: float,
        num_candidates: int,
        seed: int,
        words: WholeWords | None = None,
    ) -> None:
        guided = GuidedGenerator(
            generator,
            family=styling.family,
            strength=strength,
            banned=banned_of(tokenizer, styling),
        )
        self.generator: Generator = guided
        if words is not None:
            self.generator = WholeWordsGenerator(guided, words, num_marks=NUM_TAGS)
        self.device = guided.ban_V.device
        self.tokenizer, self.tags = tokenizer, styling.tags
        self.num_likeliest, self.num_drawn = split_up(num_candidates)
        self.uniform_CT = draws(self.num_drawn, styling.max_length + 1, seed=seed)

    def written(self, rows: Sequence[Row], target: int) -> list[list[str]]:
        """Return the different rewritings of each row, the likeliest first."""
        generator, tags = self.generator, self.tags
        ids = [[tags[target], tags[row.origin], *row.ids] for row in rows]
        source_BS = stack_padded(ids, pad=generator.pad, device=self.device)
        found = candidates(
            generator,
            source_BS,
            self.uniform_CT,
            num_likeliest=self.num_likeliest,
            temperature=DRAWN_TEMPERATURE,
            top_p=1.0,
        ).tolist()
        return [different([self._text(tokens) for tokens in each]) for each in found]

    def _text(self, tokens: list[int]) -> str:
        return normalize_spaces(self.tokenizer.decode(tokens))


def rewritings(
    rows: Sequence[Row],
    writers: Sequence[Rewriter],
    target: int,
    *,
    enough: Callable[[Sequence[str]], set[int]] | None = None,
    batch_size: int,
    bar: Callable[[int], object] | None = None,
) -> list[list[str]]:
    """Return the different rewritings of each row, rows of like lengths together.

    They are those of all writers, or up to the first who writes one that is `enough`, which tells
    the places of such texts. `bar` is told how many more texts have no row left.
    """
    if enough is None or len(writers) == 1:
        return _by_all(rows, writers, target, batch_size=batch_size, bar=bar)
    lists: list[list[str]] = [[] for _ in rows]
    left = list(range(len(rows)))
    for place, writer in enumerate(writers, start=1):
        given = [rows[row] for row in left]
        found = _by_all(given, [writer], target, batch_size=batch_size, bar=None)
        for row, texts in zip(left, found, strict=True):
            lists[row] = different([*lists[row], *texts])
        before, last = left, place == len(writers)
        left = [] if last else _lacking(left, found, enough)
        if bar is not None:
            bar(len({rows[row].owner for row in before} - {rows[row].owner for row in left}))
    return lists


def _lacking(
    rows: Sequence[int],
    found: Sequence[Sequence[str]],
    enough: Callable[[Sequence[str]], set[int]],
) -> list[int]:
    """Return the rows none of whose texts is enough."""
    owners = [row for row, texts in zip(rows, found, strict=True) for _ in texts]
    done = {owners[place] for place in enough([text for texts in found for text in texts])}
    return [row for row in rows if row not in done]


def _by_all(
    rows: Sequence[Row],
    writers: Sequence[Rewriter],
    target: int,
    *,
    batch_size: int,
    bar: Callable[[int], object] | None,
) -> list[list[str]]:
    """Return the different rewritings of each row by all writers."""

    def write(batch: list[Row]) -> list[list[str]]:
        found = [writer.written(batch, target) for writer in writers]
        return [different(list(chain.from_iterable(texts))) for texts in zip(*found, strict=True)]

    num_drawn = max(writer.num_drawn for writer in writers)
    return in_batches(rows, write, batch_size=batch_size, num_drawn=num_drawn, bar=bar)
