"""A trained style transfer to use: sentences in, the same in another style out."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import torch

from seqgan.errors import UserError
from seqgan.metrics.words import is_chinese
from seqgan.text.candidates import BEAM_SIZE, refuse_counts
from seqgan.text.generators.base import Generator
from seqgan.text.habits import has_word
from seqgan.text.inputs import Reader, joined
from seqgan.text.language import other_language
from seqgan.text.tokenizer import Tokenizer
from seqgan.text.transfer.clauses import ByClauses
from seqgan.text.transfer.ranking import RUNGS, STYLE_ENOUGH, Scorers, Scores, scored
from seqgan.text.transfer.rewriting import Rewriter, Row, banned_of, rewritings
from seqgan.text.transfer.saved import Styling, load_scorers, load_system
from seqgan.text.transfer.transferred import Transferred, chosen_first, joins, unchanged
from seqgan.text.whole_words import WholeWords
from seqgan.text.words import count_words, normalize_spaces

ADDRESS = re.compile(r"(?:https?://|www\.)\S+|[^\s@]+@[^\s@]+\.\w+")
FEWEST = 3  # words of a Chinese run's text that are told to be no Chinese: "ok" may be
NUM_CANDIDATES = BEAM_SIZE
"""To choose from, usually: what a beam search finds anyway."""
MOST_WORDS = 1000  # of a text; a longer one is a document without line breaks


class StyleTransferModel:
    """A system of a finished run that rewrites sentences in another style.

    `seqgan.load("runs/style_transfer/1").transfer(["the food was cold"], to="positive")`.
    """

    def __init__(
        self,
        generator: Generator,
        tokenizer: Tokenizer,
        styling: Styling,
        *,
        scorers: Scorers | None = None,
    ) -> None:
        self.generator, self.tokenizer, self.styling = generator.eval(), tokenizer, styling
        given = scorers or Scorers()
        self.scorers = replace(given, style=given.style and ByClauses(given.style))
        self.reader = Reader(tokenizer, marks=styling.marks, longest=styling.max_length)
        pieces = tokenizer.pieces(range(tokenizer.vocab_size))
        spoken = [piece for piece in pieces if piece.isalpha()]
        banned = banned_of(tokenizer, styling)
        self.words = WholeWords(tokenizer, styling.words, banned=banned) if styling.words else None
        self.chinese = 2 * sum(map(is_chinese, spoken)) > len(spoken)

    @classmethod
    def load(
        cls, run: str | Path, *, system: str = "adversarial", device: torch.device | str = "cpu"
    ) -> "StyleTransferModel":
        """Return a system of a run, with what ranks its candidates.

        Raises `UserError` if the run has no such system or its files are damaged.
        """
        generator, tokenizer, styling = load_system(Path(run), system, device=device)
        scorers = load_scorers(Path(run), num_styles=len(styling.styles))
        return cls(generator, tokenizer, styling, scorers=scorers)

    @property
    def styles(self) -> tuple[str, ...]:
        """The names of the styles."""
        return self.styling.styles

    def place(self, style: str, *, option: str = "--to") -> int:
        """Return which style has the name; `UserError` with the names there are if none has."""
        if style not in self.styles:
            raise UserError(f"{option} is {style!r}: this run knows {', '.join(self.styles)}")
        return self.styles.index(style)

    def problem(self, text: str) -> str:
        """Return why a text cannot be rewritten, "" if it can."""
        if (words := count_words(text)) > MOST_WORDS:
            return (
                f"it has {words:,} words, which no sentence has: give one sentence a line, "
                f"{MOST_WORDS:,} words at most"
            )
        if problem := self.reader.foreign(text):
            return problem
        if self.chinese and words < FEWEST:
            return ""
        plain, language = self.reader.plain(text), self.styling.language
        return other_language(plain, language, chinese=self.chinese)

    def read(self, text: str) -> list[str]:
        """Return a person's text as the model reads it: its characters, its habits, its parts.

        None where there is no word to rewrite.
        """
        if not has_word(text):
            return []
        habits = self.styling.habits
        sentences = habits.sentences(normalize_spaces(text))
        read = [habits.put_on(self.reader.words_alone(sentence)) for sentence in sentences]
        return [part for sentence in read for part in self.reader.parts(sentence)]

    def remarks(self, text: str) -> list[str]:
        """Return what a user should know of how a text is read, a sentence each."""
        remarks = self.reader.lost(text)
        if address := ADDRESS.search(text):
            remarks.append(f"an address is likely to be garbled: {address[0]}")
        sentences = self.styling.habits.sentences(normalize_spaces(text))
        if len(parts := self.read(text)) > len(sentences):
            words = count_words(text)
            remarks.append(f"its {words} words are read in {len(parts)} parts, each by itself")
        return remarks

    def ways(self, to: str, source: str | None) -> tuple[int, int | None]:
        """Return which style is wanted, and which one the texts have where that is said.

        Raises `UserError` for a style that the run does not know, and for the same one twice.
        """
        target = self.place(to)
        if source is None:
            return target, None
        origin = self.place(source, option="--source")
        if origin == target:
            raise UserError(f"--source and --to are both {source}: name two styles")
        return target, origin

    def transfer(
        self,
        texts: Sequence[str],
        to: str,
        *,
        source: str | None = None,
        strength: float | None = None,
        num_candidates: int = NUM_CANDIDATES,
        seed: int = 0,
        batch_size: int = 64,
        bar: Callable[[int], object] | None = None,
    ) -> list[Transferred]:
        """Return each text in the style `to`, in order; an empty one stays empty.

        What is made of a text depends neither on the others nor on their order. What the run
        finds in the style already, a text or a sentence in it, stays as it is, unless `source` or
        `strength` is given.

        Args:
            texts: sentences; longer texts are rewritten part by part.
            to: the style wanted.
            source: the style that the texts have; by default of the others the likeliest.
            strength: 0 speaks as the texts' own style, 1 is the model, above exaggerates; None: as
                strong as each text needs, `RUNGS` up to the first that gives it the style (1 where
                nothing can tell; all of them where candidates are drawn).
            num_candidates: at each strength, the first four found by beam search, the others drawn;
                the best by style, content and fluency comes first (`ranking.total`).
            seed: of the drawn ones.
            batch_size: sentences written at once, at most.
            bar: told how many more texts are done.

        Raises:
            UserError: for an unknown style, numbers out of range, and texts in another script.
        """
        target, origin = self.ways(to, source)
        refuse_counts(num_candidates=num_candidates, batch_size=batch_size)
        if strength is None and self.scorers.style is None:
            strength = 1.0
        rungs = RUNGS if strength is None else (strength,)
        writers = [
            Rewriter(
                self.generator,
                self.tokenizer,
                self.styling,
                strength=rung,
                num_candidates=num_candidates,
                seed=seed + place,  # the same draws say much the same at every strength
                words=self.words,
            )
            for place, rung in enumerate(rungs)
        ]
        read = self._read(texts)
        plains = [joined(parts) for parts in read]
        placed = [(place, part) for place, parts in enumerate(read) for part in parts]
        stays = strength is None and source is None
        fine = self._in_style([part for _, part in placed], target) if stays else set()
        origins = self._origins(plains, target, origin)
        rows = [
            Row(place, part, self.reader.ids(part), origins[place])
            for number, (place, part) in enumerate(placed)
            if number not in fine
        ]
        changed = {row.owner for row in rows}
        if bar is not None:
            bar(len(texts) - len(changed))
        enough = None if writers[0].num_drawn else partial(self._in_style, target=target)
        lists = rewritings(rows, writers, target, enough=enough, batch_size=batch_size, bar=bar)
        typed = [normalize_spaces(text) for text in texts]
        lists = [
            self.styling.habits.tellable(found, row.part, typed[row.owner])
            for row, found in zip(rows, lists, strict=True)
        ]
        ranked = iter(self._ranked([row.part for row in rows], lists, target))
        of: list[list[list[Transferred]]] = [[] for _ in texts]
        for number, (place, part) in enumerate(placed):
            of[place].append([Transferred(part, Scores())] if number in fine else next(ranked))
        answers = self._whole(plains, of, target)
        return [
            self._as_typed(answer, text)
            if place in changed or not text
            else unchanged(self.scorers, text, plains[place], target)
            for place, (answer, text) in enumerate(zip(answers, typed, strict=True))
        ]

    def rewritten(
        self,
        texts: Sequence[str],
        source: int,
        target: int,
        *,
        num_candidates: int = NUM_CANDIDATES,
    ) -> list[str]:
        """Return texts that have style number `source` in style number `target`, in order.

        Each is as strong as it needs; one that is refused (another script or language) stays as it
        is.
        """
        read = [text for text in texts if not self.problem(text)]
        found = self.transfer(
            read,
            self.styles[target],
            source=self.styles[source],
            num_candidates=num_candidates,
        )
        written = dict(zip(read, found, strict=True))
        return [written[text].text if text in written else text for text in texts]

    def _read(self, texts: Sequence[str]) -> list[list[str]]:
        """Return the texts in the parts that are read; `UserError` for one in another script."""
        for number, text in enumerate(texts, start=1):
            if problem := self.problem(text):
                raise UserError(f"text {number}: {problem}")
        return [self.read(text) for text in texts]

    def _origins(self, texts: Sequence[str], target: int, origin: int | None) -> list[int]:
        """Return the style that each text has."""
        if origin is not None:
            return [origin] * len(texts)
        others = [style for style in range(len(self.styles)) if style != target]
        if len(others) == 1:
            return others * len(texts)
        if self.scorers.style is None:
            raise UserError(
                f"the run has no style-scorer/ that could tell {len(self.styles)} styles apart: "
                "name the style of the texts with --source"
            )
        if not texts:
            return []
        probabilities_NK = self.scorers.style.probabilities(texts)
        return [others[place] for place in probabilities_NK[:, others].argmax(1).tolist()]

    def _in_style(self, texts: Sequence[str], target: int) -> set[int]:
        """Return the places of texts that have the style, as far as the run can tell."""
        if self.scorers.style is None or not texts:
            return set()
        told_N = self.scorers.style.probabilities(texts)[:, target]
        return set((told_N >= STYLE_ENOUGH).nonzero().flatten().tolist())

    def _ranked(
        self, sources: Sequence[str], lists: Sequence[Sequence[str]], target: int
    ) -> list[list[Transferred]]:
        """Return the rewritings of each source with their scores, best first.

        They stay as found, the likeliest first, where nothing tells styles: copies would win.
        """
        rated = self._scored(sources, lists, target)
        if self.scorers.style is None:
            return rated
        return [sorted(each, key=lambda candidate: -candidate.scores.total) for each in rated]

    def _scored(
        self, sources: Sequence[str], lists: Sequence[Sequence[str]], target: int
    ) -> list[list[Transferred]]:
        """Return the rewritings of each source with their scores, in order."""
        repeated = [text for text, found in zip(sources, lists, strict=True) for _ in found]
        flat = [text for found in lists for text in found]
        scores = iter(scored(self.scorers, repeated, flat, style=target))
        return [[Transferred(text, next(scores)) for text in texts] for texts in lists]

    def _whole(
        self, texts: Sequence[str], of: Sequence[list[list[Transferred]]], target: int
    ) -> list[Transferred]:
        """Return one answer a text: that of its only part, or those of all of its parts joined.

        One part in style would make a whole text seem so: what is best is asked of each part, and
        the best parts joined come first, then the others, best first.
        """
        long = [place for place, parts in enumerate(of) if len(parts) > 1]
        lists = [joins(of[place]) for place in long]
        rated = iter(self._scored([texts[place] for place in long], lists, target))
        found = [
            chosen_first(next(rated)) if len(parts) > 1 else [one for part in parts for one in part]
            for parts in of
        ]
        return [
            replace(each[0], candidates=tuple(each)) if each else Transferred("", Scores())
            for each in found
        ]

    def _as_typed(self, answer: Transferred, asked: str) -> Transferred:
        """Return an answer with the spaces and the ending of the text that was asked about."""
        take_off, kept = self.styling.habits.take_off, dict[str, Transferred]()
        for each in answer.candidates:
            text = take_off(each.text, asked)
            kept.setdefault(text, replace(each, text=text))
        own = take_off(answer.text, asked)
        return replace(answer, text=own, candidates=tuple(kept.values()))
