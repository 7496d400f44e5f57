"""Judging summaries: one table whatever wrote them.

The language model and the classifier learn from the judges' part of the texts, from which nothing
else learns; the reconstructor is the run's own.
"""

import dataclasses
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from seqgan.metrics.bootstrap import plain, resamplings
from seqgan.metrics.rouge import Rouge
from seqgan.text.evaluation.fluency import MAX_UPDATES, FluencyScorer
from seqgan.text.summary.baselines import HUMAN, LEAD, TITLENESS, TRIVIAL, Summarize
from seqgan.text.summary.corpus import SummaryPair, SummaryTexts
from seqgan.text.summary.measures import BRACKET, Measuring, estimates, plain_words
from seqgan.text.summary.realness import MAX_SHUFFLED, Realness
from seqgan.text.summary.reconstruction import PlainForm, Reconstruct, Reconstruction

TREATED, CONTROL = "adversarial", "continued"
SWEPT = (LEAD, TITLENESS, CONTROL, TREATED)
"""Systems that are judged at other numbers of words, too."""
FEWER, MORE = 3, 5
"""How far that goes below and above the usual number."""
LEAST_INSIDE = 0.5
FEW = 100  # documents
"""Share of outputs in the bracket below which figures inside it are warned of."""


@dataclass(frozen=True, kw_only=True)
class SummarySettings:
    """What judging costs; figures compare only within the same settings."""

    num_documents: int = 2000
    """Test documents at most."""
    num_judged: int = 5000
    """Documents of the judges' part that a fresh classifier learns each system from, at most."""
    num_swept: int = 500
    """Test documents that are summarized in other numbers of words, at most."""
    num_reconstructed: int = 400
    """Test documents that the reconstructor is asked about, at most."""
    num_resamplings: int = 200
    """Resamplings of a bootstrap interval."""
    language_updates: int = MAX_UPDATES
    """Updates of the language model at most."""
    seed: int = 0
    """Of the draw of test documents and of the judges' training."""

    def quick(self) -> "SummarySettings":
        """Return settings for trying things out: a tenth of the documents."""
        return dataclasses.replace(
            self,
            num_documents=min(self.num_documents, 200),
            num_judged=min(self.num_judged, 500),
            num_swept=min(self.num_swept, 100),
            num_reconstructed=min(self.num_reconstructed, 100),
            num_resamplings=min(self.num_resamplings, 50),
            language_updates=min(self.language_updates, 200),
        )


@dataclass(frozen=True)
class SummarySet:
    """What a system wrote for the test documents, allowed so many words.

    `learned` is what it wrote for the documents that fresh classifiers learn from; without it there
    is nothing to say of realness.
    """

    system: str
    outputs: Sequence[str]
    words: int
    learned: Sequence[str] = ()


class SummaryJudge:
    """What judges summaries: trained once on texts of people, then asked about many systems."""

    def __init__(
        self,
        texts: SummaryTexts,
        settings: SummarySettings | None = None,
        *,
        reconstruct: Reconstruct | None = None,
        learned: Sequence[SummaryPair] = (),
        say: Callable[[str], None],
    ) -> None:
        """Train the judges; `learned` are pairs that were learned from beside the short texts.

        Raises `UserError` without short texts of the judges' part.

        Attributes: settings, documents (the test documents that are summarized), references (what
        people wrote for each, or None), usual_words, warnings.
        """
        self.settings = settings or SummarySettings()
        self.usual_words, self.warnings = texts.usual_words, list[str]()
        pairs = drawn(texts.test, self.settings)
        self.documents = [pair.document for pair in pairs]
        paired = all(pair.short for pair in pairs)
        self.references = [pair.short for pair in pairs] if paired else None
        self._human = self.references or texts.human
        shorts = [pair.short for pair in texts.judges if pair.short]
        self._learned = len(shorts)
        say(f"training the judges on {len(shorts):,} short texts that no system learned from ...")
        chinese = texts.chinese
        self._measuring = Measuring(
            FluencyScorer.train(
                shorts, seed=self.settings.seed, max_updates=self.settings.language_updates
            ),
            Rouge(self._human),
            frozenset(
                tuple(plain_words(text, chinese=chinese))
                for text in (*texts.shorts, *(pair.short for pair in learned))
            ),
            self.usual_words,
            chinese,
        )
        self._reconstruct = reconstruct
        self._plain_form = PlainForm.of(shorts, chinese=chinese)
        self._realness = Realness(
            texts.judges,
            pairs,
            texts.human,
            most=self.settings.num_judged,
            seed=self.settings.seed,
        )
        self._controls = self._realness.controls() if self._realness.possible else None
        if self._controls is not None and self._controls.void:
            self.warnings.append(f"Realness is void: {'; '.join(self._controls.reasons)}.")
        self._warn_little(learned=len(texts.judges))

    @property
    def budgets(self) -> list[int]:
        """Numbers of words that a sweep goes through, the usual one not among them."""
        least, most = max(self.usual_words - FEWER, 1), self.usual_words + MORE
        return [words for words in range(least, most + 1) if words != self.usual_words]

    def written(self, system: str, summarize: Summarize) -> SummarySet:
        """Return what a system makes of all documents that judging needs, in the usual length."""
        words = self.usual_words
        learned = summarize(self._realness.documents, words) if self._realness.possible else ()
        return SummarySet(system, summarize(self.documents, words), words, learned)

    def swept(self, system: str, summarize: Summarize) -> Iterator[SummarySet]:
        """Give what a system makes of the first test documents at every other number of words."""
        for words in self.budgets:
            yield SummarySet(system, summarize(self.asked(words), words), words)

    def asked(self, words: int) -> list[str]:
        """Return the test documents that are summarized in so many words."""
        if words == self.usual_words:
            return self.documents
        return self.documents[: self.settings.num_swept]

    def row(self, each: SummarySet) -> dict[str, Any]:
        """Return the row of what a system wrote.

        Raises ValueError unless there is one text for each document.
        """
        documents = self.asked(each.words)
        if len(each.outputs) != len(documents):
            raise ValueError(
                f"{each.system}: one summary for each of {len(documents)} documents is needed, "
                f"got {len(each.outputs)}"
            )
        references = None if self.references is None else self.references[: len(documents)]
        row = self._row(each.system, each.words, each.outputs, documents, references)
        if each.words == self.usual_words:
            self._guard(row, each.outputs)
            self._warn(row)
        if each.learned:
            row["metrics"]["realness"] = self._realness.of(each.learned, each.outputs)
            row["void"] = self._void()
        return row

    def real_row(self) -> dict[str, Any]:
        """Return what the short texts of people get; no ROUGE, for they are what it compares with.

        Their realness is that of people's texts against other people's.
        """
        own = None if self.references is None else self.documents
        row = self._row(HUMAN, None, self._human, own, None)
        if self.references is not None:
            self._guard(row, self.references)
        if self._controls is not None:
            row["metrics"]["realness"] = self._controls.real_vs_real
            row["void"] = self._void()
        return row

    def notes(self) -> dict[str, Any]:
        """Return what the rows mean: dial, whom to compare, sizes, settings."""
        controls = self._controls
        return {
            "table": "settings",
            "dial": "words",
            "usual_words": self.usual_words,
            "bracket": BRACKET,
            "trivial": list(TRIVIAL),
            "comparison": {"treated": TREATED, "control": CONTROL},
            "signatures": {"rouge": self._measuring.rouge.signature},
            "sizes": {"judges": self._learned, "test": len(self.documents)},
            "unit": "character" if self._measuring.chinese else "word",
            "realness_controls": {}
            if controls is None
            else {
                "shuffled": controls.shuffled,
                "real_vs_real": controls.real_vs_real,
                "most": MAX_SHUFFLED,
            },
            "void_reasons": [] if controls is None else list(controls.reasons),
            "evaluation": dataclasses.asdict(self.settings),
        }

    def _row(
        self,
        system: str,
        words: int | None,
        outputs: Sequence[str],
        documents: Sequence[str] | None,
        references: Sequence[str] | None,
    ) -> dict[str, Any]:
        measured = self._measuring.measure(outputs, documents, references)
        weights = resamplings(len(outputs), count=self.settings.num_resamplings)
        return {"system": system, "words": words, **plain(estimates(measured, weights)), "void": []}

    def _guard(self, row: dict[str, Any], outputs: Sequence[str]) -> None:
        """Add to a row what the reconstructor makes of the outputs."""
        count = min(self.settings.num_reconstructed, len(outputs))
        if self._reconstruct is None or count < 2:
            return
        asked = self.documents[:count], outputs[:count]
        found = Reconstruction.of(self._reconstruct, self._plain_form, *asked)
        added = plain(found.estimates(resamplings(count, count=self.settings.num_resamplings)))
        for part, figures in added.items():
            row[part] |= figures

    def _warn_little(self, *, learned: int) -> None:
        if (count := len(self.documents)) < FEW:
            self.warnings.append(f"Judged on {count:,} documents: figures are rough below {FEW}.")
        if not self._realness.possible:
            self.warnings.append(f"No realness: {learned:,} texts are kept for the judges.")

    def _warn(self, row: dict[str, Any]) -> None:
        inside = row["metrics"]["inside"]
        if inside < LEAST_INSIDE and row["system"] in (TREATED, CONTROL):
            self.warnings.append(
                f"{row['system']}: {inside:.0%} of the summaries have {self.usual_words} words "
                f"give or take {BRACKET}; figures inside the bracket are of few texts."
            )

    def _void(self) -> list[str]:
        return ["realness"] if self._controls is not None and self._controls.void else []


def drawn(pairs: Sequence[SummaryPair], settings: SummarySettings) -> list[SummaryPair]:
    """Return the pairs that are judged, at most so many, in their order.

    Documents that nobody wrote a short text for count only where there are no others.
    """
    whole = [pair for pair in pairs if pair.short]
    pairs = whole if len(whole) > 1 else pairs
    count = min(settings.num_documents, len(pairs))
    places = sorted(random.Random(settings.seed).sample(range(len(pairs)), count))
    return [pairs[at] for at in places]
