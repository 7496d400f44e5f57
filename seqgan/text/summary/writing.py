"""Summaries of windows: the likeliest by beam search, and some that are drawn, within a budget.

Legend: B batch, S source length (a budget's mark, then words), T summary length, C candidates, N
candidates of all rows.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from seqgan.ops.masks import masked_mean, pad_after_eos, stack_padded, token_mask
from seqgan.text.candidates import candidates, draws, in_batches, split_up
from seqgan.text.generators.base import Generator, select
from seqgan.text.generators.pointer import PointerGenerator
from seqgan.text.rollouts import without_dropout
from seqgan.text.summary.limited import kept_within
from seqgan.text.summary.saved import Summarizing
from seqgan.text.summary.taken import Span, spans_of, taken_words
from seqgan.text.summary.vocabulary import BudgetVocabulary
from seqgan.text.words import first_words, normalize_spaces


@dataclass(frozen=True)
class Row:
    """A window, number `owner` of all that are written, its ids, and its word budget."""

    owner: int
    text: str
    ids: list[int]
    words: int


@dataclass(frozen=True)
class Written:
    """A summary, its log-probability a token, and which words of the window stand in it."""

    text: str
    likelihood: float
    taken: tuple[Span, ...]


class Writer:
    """Writes summaries, each with the same random numbers.

    Args:
        generator: what writes; its mode is left as it is.
        vocabulary: words and budgets.
        summarizing: sizes.
        num_candidates: see `candidates.split_up`.
        seed: of the draws.
    """

    def __init__(
        self,
        generator: Generator,
        vocabulary: BudgetVocabulary,
        summarizing: Summarizing,
        *,
        num_candidates: int,
        seed: int,
    ) -> None:
        self.generator, self.vocabulary = generator, vocabulary
        self.tokenizer = vocabulary.tokenizer
        self.limited = kept_within(generator, vocabulary)
        self.device = next(generator.parameters()).device
        self.num_likeliest, self.num_drawn = split_up(num_candidates)
        self.uniform_CT = draws(self.num_drawn, summarizing.max_length, seed=seed)

    def summaries(
        self,
        rows: Sequence[Row],
        *,
        batch_size: int,
        bar: Callable[[int], object] | None = None,
    ) -> list[list[Written]]:
        """Return the different summaries of each row, the likeliest by beam search first.

        `bar` is told how many more owners have no row left.
        """
        return in_batches(
            rows, self.written, batch_size=batch_size, num_drawn=self.num_drawn, bar=bar
        )

    @torch.no_grad()
    def written(self, rows: Sequence[Row]) -> list[list[Written]]:
        """Return the different summaries of each row."""
        generator = self.generator
        ids = [[self.vocabulary.marks[row.words - 1], *row.ids] for row in rows]
        source_BS = stack_padded(ids, pad=generator.pad, device=self.device)
        tokens_BCT = candidates(
            self.limited, source_BS, self.uniform_CT, num_likeliest=self.num_likeliest
        )
        per_row = tokens_BCT.shape[1]
        tokens_NT = pad_after_eos(tokens_BCT.flatten(0, 1), eos=generator.eos, pad=generator.pad)
        place_N = torch.arange(len(rows), device=source_BS.device).repeat_interleave(per_row)
        with without_dropout(generator):
            state = select(generator.start(source_BS), place_N)
            mask_NT = token_mask(tokens_NT, pad=generator.pad)
            likelihood_N = masked_mean(generator.logp_from(state, tokens_NT), mask_NT).tolist()
            pointed_NT = self.pointed(state, tokens_NT)
        found: list[dict[str, Written]] = [{} for _ in rows]
        for at, place in enumerate(place_N.tolist()):
            one = self.one(rows[place], tokens_NT[at].tolist(), pointed_NT[at], likelihood_N[at])
            found[place].setdefault(one.text, one)
        return [list(each.values()) for each in found]

    def pointed(self, state: dict[str, Tensor], tokens_NT: Tensor) -> list[list[int]]:
        """Return from which id of the document each token is copied, -1 where from none."""
        if not isinstance(self.generator, PointerGenerator):
            return [[]] * len(tokens_NT)
        _, place_NT = self.generator.copying(state, tokens_NT)
        same_NT = state["source"].gather(1, place_NT) == tokens_NT
        pointed: list[list[int]] = (place_NT - 1).masked_fill(~same_NT, -1).tolist()
        return pointed

    def one(self, row: Row, tokens: list[int], pointed: list[int], likelihood: float) -> Written:
        """Return the tokens as a summary."""
        text = self.text_of(tokens, row.words)
        read: dict[int, int] = {}
        if any(place >= 0 for place in pointed):
            source = spans_of(self.tokenizer.pieces(row.ids), row.text)
            summary = spans_of(self.tokenizer.pieces(tokens), text)
            for span, place in zip(summary, pointed, strict=True):
                if place >= 0 and span.begin < span.end:
                    read.setdefault(span.begin, source[place].begin)
        return Written(text, likelihood, taken_words(row.text, text, read))

    def text_of(self, tokens: list[int], words: int) -> str:
        """Return the text of so many words."""
        return first_words(
            normalize_spaces(self.tokenizer.decode(self.vocabulary.ended(tokens))), words
        )
