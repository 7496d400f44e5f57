"""A trained summarizer to use: documents in, summaries of so many words out."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from math import ceil
from pathlib import Path
from typing import NamedTuple

import torch

from seqgan.errors import UserError
from seqgan.text.candidates import refuse_counts
from seqgan.text.generators.base import Generator
from seqgan.text.inputs import Reader
from seqgan.text.language import other_language
from seqgan.text.summary.ranking import Scores, most_telling, scores_of, telling
from seqgan.text.summary.reconstruction import Reconstruct
from seqgan.text.summary.saved import Summarizing, load_reconstructor, load_system
from seqgan.text.summary.setup import reconstructed
from seqgan.text.summary.summarized import Summarized, whole
from seqgan.text.summary.taken import Span
from seqgan.text.summary.vocabulary import BudgetVocabulary
from seqgan.text.summary.windows import Plan, Window, capacities, planned, shares
from seqgan.text.summary.writing import Row, Writer, Written
from seqgan.text.tokenizer import Tokenizer
from seqgan.text.words import count_words, normalize_spaces

READ = 16
"""Windows of a long text that are read, and compared, between two moves of a bar."""
Bar = Callable[[int], object]


class Piece(NamedTuple):
    """A window of the text number `place`, and its word budget."""

    place: int
    window: Window
    words: int


class SummaryModel:
    """A system of a finished run that summarizes documents.

    `seqgan.load("runs/summarize/1").summarize(["This package contains ..."], words=8)`.
    """

    def __init__(
        self,
        generator: Generator,
        tokenizer: Tokenizer,
        summarizing: Summarizing,
        *,
        reconstruct: Reconstruct | None = None,
    ) -> None:
        self.generator, self.tokenizer, self.summarizing = generator.eval(), tokenizer, summarizing
        self.reconstruct = reconstruct
        self.vocabulary = BudgetVocabulary(tokenizer, summarizing.most_words, summarizing.words)
        self.reader = Reader(tokenizer, marks=self.vocabulary.marks, longest=summarizing.max_source)

    @classmethod
    def load(
        cls, run: str | Path, *, system: str = "adversarial", device: torch.device | str = "cpu"
    ) -> "SummaryModel":
        """Return a system of a run, with the reconstructor that ranks its candidates.

        Raises `UserError` if the run has no such system or its files are damaged.
        """
        generator, tokenizer, summarizing = load_system(Path(run), system, device=device)
        reconstruct = partial(
            reconstructed,
            load_reconstructor(Path(run), device=device),
            tokenizer,
            recovered=summarizing.recovered,
        )
        return cls(generator, tokenizer, summarizing, reconstruct=reconstruct)

    def problem(self, text: str, words: int | None = None) -> str:
        """Return why a text cannot be summarized in so many words, "" if it can."""
        if is_empty(text):
            return ""
        text = self.reader.plain(text)
        facts = self.summarizing
        if problem := self.reader.foreign(text) or other_language(
            text, facts.language, chinese=facts.chinese
        ):
            return problem
        if words is None or words <= (there := count_words(text)):
            return ""
        return (
            f"it has {self.counted(there)}, --words {words} are above its length: ask for fewer, "
            "or leave it out"
        )

    def counted(self, words: int) -> str:
        """Return a number of words, or of characters, as it is said."""
        unit = "character" if self.summarizing.chinese else "word"
        return f"{words} {unit}{'s' * (words != 1)}"

    def remarks(self, text: str, words: int | None = None) -> list[str]:
        """Return what a user should know of how a text is read, a sentence each."""
        if is_empty(text):
            return []
        remarks, text = self.reader.lost(text), self.reader.plain(text)
        plan = self.plan(text, words)
        if words is None and plan.words < self.summarizing.usual_words:
            remarks.append(self.shortness(plan.words))
        if (number := len(plan.windows)) > 1:
            some = plan.num_chosen if plan.num_chosen < number else "all"
            parts = f"its {self.counted(count_words(text))} are read in {number} parts"
            remarks.append(f"{parts}, its summary tells of {some}")
        return remarks

    def shortness(self, words: int) -> str:
        """Return the remark on a text of fewer words than its summary should have."""
        return f"it has no more than {self.counted(words)}, its summary neither"

    def plan(self, text: str, words: int | None = None) -> Plan:
        """Return the windows that a text is read in; None asks for as many words as are usual.

        A window is no longer than the documents that were learned from.
        """
        facts, count = self.summarizing, count_words(text)

        def size(part: str) -> int:
            ids = ceil(len(self.reader.ids(part)) * facts.document_words / facts.max_source)
            return max(count_words(part), ids)

        return planned(
            text,
            min(facts.usual_words, count) if words is None else words,
            size=size,
            limit=facts.document_words,
            usual_words=facts.usual_words,
            most_words=facts.most_words,
        )

    def num_windows(self, text: str, words: int | None = None) -> int:
        """Return how many windows a bar is told of for a text: those that are read.

        Those that are chosen among more are read again; an empty text counts as one.
        """
        if is_empty(text):
            return 1
        plan = self.plan(self.reader.plain(text), words)
        number = len(plan.windows)
        return number + plan.num_chosen * (plan.num_chosen < number)

    def summarize(
        self,
        texts: Sequence[str],
        words: int | None = None,
        *,
        num_candidates: int = 1,
        seed: int = 0,
        batch_size: int = 64,
        bar: Bar | None = None,
    ) -> list[Summarized]:
        """Return a summary of each text, in order; an empty text has an empty one.

        What is made of a text depends neither on the others nor on their order.

        Args:
            texts: documents; long ones are read in windows of whole sentences.
            words: at most so many (Chinese: characters); by default as many as people's short
                texts usually have, or the document where it is shorter.
            num_candidates: the first four found by beam search, the others drawn; the best comes
                first (`ranking.total`).
            seed: of the drawn ones.
            batch_size: windows summarized at once, at most.
            bar: told how many more windows are done, `num_windows` of each text.

        Raises:
            UserError: for numbers out of range, more words than a text has, and texts in another
                language.
        """
        refuse_words(words)
        refuse_counts(num_candidates=num_candidates, batch_size=batch_size)
        for number, text in enumerate(texts, start=1):
            if problem := self.problem(text, words):
                raise UserError(f"text {number}: {problem}")
        plains = ["" if is_empty(text) else self.reader.plain(text) for text in texts]
        plans = {place: self.plan(text, words) for place, text in enumerate(plains) if text}
        writer = self.writer(num_candidates=num_candidates, seed=seed)
        if bar is not None:
            bar(len(plains) - len(plans))
        pieces = self.pieces(plans, batch_size=batch_size, bar=bar)
        rows = [
            Row(number, window.text, self.reader.ids(window.text), budget)
            for number, (_, window, budget) in enumerate(pieces)
        ]
        lists = writer.summaries(rows, batch_size=batch_size, bar=bar)
        parts: dict[int, list[list[Summarized]]] = {place: [] for place in plans}
        scores = iter(self.scores(rows, lists))
        for (place, window, _), found in zip(pieces, lists, strict=True):
            moved = [
                Summarized(one.text, next(scores), plains[place], shifted(one.taken, window.begin))
                for one in found
            ]
            parts[place].append(sorted(moved, key=lambda one: -one.scores.total))
        return [
            whole(parts[place], plans[place].words)
            if place in parts
            else Summarized("", Scores(), normalize_spaces(text))
            for place, text in enumerate(texts)
        ]

    def writer(self, *, num_candidates: int, seed: int) -> Writer:
        """Return what writes so many candidates."""
        return Writer(
            self.generator,
            self.vocabulary,
            self.summarizing,
            num_candidates=num_candidates,
            seed=seed,
        )

    def pieces(
        self, plans: Mapping[int, Plan], *, batch_size: int, bar: Bar | None = None
    ) -> list[Piece]:
        """Return the windows that are summarized, with the number of their text and a budget."""
        facts, found = self.summarizing, list[Piece]()
        for place, plan in plans.items():
            chosen = self.chosen(plan, batch_size=batch_size, bar=bar)
            budgets = shares(plan.words, capacities(chosen, facts.most_words))
            found += [
                Piece(place, window, budget)
                for window, budget in zip(chosen, budgets, strict=True)
                if budget
            ]
        return found

    def chosen(self, plan: Plan, *, batch_size: int, bar: Bar | None = None) -> list[Window]:
        """Return the windows of a text that tell most of it, all where there are no more."""
        if plan.num_chosen == len(plan.windows):
            return plan.windows
        each = min(ceil(plan.words / plan.num_chosen), self.summarizing.most_words)
        rows = [
            Row(place, window.text, self.reader.ids(window.text), min(each, window.words))
            for place, window in enumerate(plan.windows)
        ]
        writer, texts = self.writer(num_candidates=1, seed=0), [row.text for row in rows]
        first, worth = list[str](), list[float]()
        for begin in range(0, len(rows), READ):
            lists = writer.summaries(rows[begin : begin + READ], batch_size=batch_size)
            first += [found[0].text for found in lists]
            worth += telling(texts, first[begin:], self.reconstruct)
            if bar is not None:
                bar(len(lists))
        return [plan.windows[place] for place in most_telling(first, worth, plan.num_chosen)]

    def scores(self, rows: Sequence[Row], lists: Sequence[Sequence[Written]]) -> list[Scores]:
        """Return the scores of all summaries, those of a row behind each other."""
        pairs = [(row, one) for row, found in zip(rows, lists, strict=True) for one in found]
        return scores_of(
            [row.text for row, _ in pairs],
            [one.text for _, one in pairs],
            [one.likelihood for _, one in pairs],
            [row.words for row, _ in pairs],
            self.reconstruct,
        )


def is_empty(text: str) -> bool:
    """Return whether a text has neither letters nor digits."""
    return not any(map(str.isalnum, text))


def refuse_words(words: int | None) -> None:
    """Raise `UserError` for a budget below a word."""
    if words is not None and words < 1:
        raise UserError(f"--words is {words}: a summary has 1 word or more")


def shifted(spans: Sequence[Span], places: int) -> tuple[Span, ...]:
    """Return the spans so many characters later."""
    return tuple(Span(span.begin + places, span.end + places) for span in spans)
