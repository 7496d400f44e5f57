"""Judging style transfers: one table whatever rewrote the texts.

Legend: S texts, C classifiers.
"""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqgan.metrics.bootstrap import Estimate, Weights, centered, plain, resamplings
from seqgan.metrics.overlap import corpus_bleu
from seqgan.text.evaluation.fluency import MAX_UPDATES as LANGUAGE_UPDATES
from seqgan.text.evaluation.judge_words import normalized_words
from seqgan.text.transfer.baselines import HUMAN, Transfer
from seqgan.text.transfer.corpus import StyledTexts
from seqgan.text.transfer.drawing import drawn, unreferenced
from seqgan.text.transfer.failures import (
    MEANINGS,
    REAL_SHARE,
    Judgement,
    content_words,
    negation_kept,
    share_kept,
    shares,
)
from seqgan.text.transfer.judges import MAX_UPDATES as CLASSIFIER_UPDATES
from seqgan.text.transfer.measures import (
    Measured,
    bleu_metric,
    direction_gap,
    estimates,
    joined,
    measure,
)
from seqgan.text.transfer.overuse import SHARE, Usage
from seqgan.text.transfer.panel import Panel

REAL = "real text"
RANKED = ", ranked"
"""Behind the name of a system whose answers are as strong as each text needs."""
TREATED, CONTROL = f"adversarial{RANKED}", f"continued{RANKED}"
"""What is compared are answers, as `seqgan transfer --source` gives them: they are what training
chooses by and what early stopping looks at; at the dial's 1 a system that was stopped by them is
misjudged."""
OF_REAL_TEXT = ("accuracy_ngram", "accuracy_neural", "perplexity")
"""What can be said of texts that are nobody's transfer."""
DULL_JUDGE = 75.0

Direction = tuple[int, int]
"""The style of a source and the style that is wanted."""
Outputs = Mapping[Direction, Sequence[str]]
"""For each direction the transferred texts, in the order of `TransferJudge.sources`."""


@dataclass(frozen=True, kw_only=True)
class TransferSettings:
    """What judging costs; figures compare only within the same settings."""

    num_sentences: int = 2000
    """Test sentences of each style at most."""
    num_resamplings: int = 200
    """Resamplings of a bootstrap interval."""
    classifier_updates: int = CLASSIFIER_UPDATES
    """Updates of the neural classifier at most."""
    language_updates: int = LANGUAGE_UPDATES
    """Updates of the language model at most."""
    seed: int = 0
    """Of the draw of test sentences and of the judges' training."""

    def quick(self) -> "TransferSettings":
        """Return settings for trying things out: few sentences, judges that hardly learned."""
        return dataclasses.replace(
            self,
            num_sentences=min(self.num_sentences, 60),
            num_resamplings=min(self.num_resamplings, 50),
            classifier_updates=min(self.classifier_updates, 200),
            language_updates=min(self.language_updates, 200),
        )


@dataclass(frozen=True)
class TransferSet:
    """What a system wrote, at one setting of its dial (None: it has none)."""

    system: str
    outputs: Outputs
    strength: float | None = None

    @property
    def name(self) -> str:
        """How messages call it."""
        return self.system if self.strength is None else f"{self.system}@{self.strength:g}"


class TransferJudge:
    """What judges transfers: trained once on real text, then asked about many systems."""

    def __init__(
        self,
        texts: StyledTexts,
        settings: TransferSettings | None = None,
        *,
        say: Callable[[str], None],
    ) -> None:
        """Train the judges, on texts that nothing else learns from.

        Raises `UserError` without texts of two styles.

        Attributes: settings, styles, directions, sources (the test sentences of each style that
        are rewritten), references (what people made of each, or None), panel, warnings.
        """
        self.settings, self.styles = settings or TransferSettings(), texts.styles
        self.sources, self.references = drawn(
            texts, most=self.settings.num_sentences, seed=self.settings.seed
        )
        self.directions = list(permutations(range(len(texts.styles)), 2))
        self.panel = Panel.train(
            texts.judges,
            seed=self.settings.seed,
            classifier_updates=self.settings.classifier_updates,
            language_updates=self.settings.language_updates,
            say=say,
        )
        self.warnings = unreferenced(self.references)
        self._learned = [len(each) for each in texts.judges]
        self._bleu = bleu_metric(chinese=self.panel.chinese)
        self._usage = [
            Usage.of(normalized_words(text, chinese=self.panel.chinese) for text in each)
            for each in texts.judges
        ]
        self._content: dict[Direction, list[list[str]]] = {}
        # Sentences of the style itself are the measure of what is still fluent.
        self._worst_nats = [
            float(np.quantile([read.nats for read in self.panel.read(each)], REAL_SHARE))
            for each in self.sources
        ]

    def outputs(self, transfer: Transfer) -> dict[Direction, list[str]]:
        """Return what a transfer makes of the sources, in every direction."""
        return {
            (source, target): transfer(self.sources[source], source, target)
            for source, target in self.directions
        }

    def row(self, system: str, outputs: Outputs, strength: float | None = None) -> dict[str, Any]:
        """Return the row of what a system wrote: over all directions, and of each alone.

        Raises ValueError unless there is one text for each source of every direction.
        """
        measured = {
            direction: self._measured(
                direction, outputs[direction], with_references=system != HUMAN
            )
            for direction in self.directions
        }
        row = self._row(system, measured, outputs, strength)
        kinds = self.kinds(outputs)
        row["failures"] = shares([kind for each in kinds.values() for kind in each])
        for name, each in kinds.items():
            row["directions"][name]["failures"] = shares(each)
        return row

    def real_row(self) -> dict[str, Any]:
        """Return what the test sentences that have the target style by themselves get.

        Their accuracy is that of the judges; they are nobody's transfer and have no content.
        Judges that can hardly tell the styles apart are warned of.
        """
        texts = {direction: self.sources[direction[1]] for direction in self.directions}
        measured = {
            direction: self._measured(direction, each, real=True)
            for direction, each in texts.items()
        }
        row = self._row(REAL, measured, texts, None)
        for name in OF_REAL_TEXT[:2]:
            if row["metrics"][name] < DULL_JUDGE:
                self.warnings.append(
                    f"{name} of real text is {row['metrics'][name]:.1f}: a judge that can hardly "
                    "tell the styles apart says little of transfers."
                )
        return row

    def kinds(self, outputs: Outputs) -> dict[str, list[str]]:
        """Return in which way each text failed, by direction (see `failures.KINDS`)."""
        return {
            self.name_of(direction): [
                each.kind for each in self._judgements(direction, outputs[direction])
            ]
            for direction in self.directions
        }

    def name_of(self, direction: Direction) -> str:
        """Return how tables call a direction: `negative>positive`."""
        return ">".join(self.styles[style] for style in direction)

    def notes(self) -> dict[str, Any]:
        """Return what the rows mean: dial, whom to compare, kinds of failure, sizes, settings."""
        signature = corpus_bleu(self.sources[0], self.sources[0]).signature
        return {
            "table": "settings",
            "dial": "strength",
            "comparison": {"treated": TREATED, "control": CONTROL},
            "sweep": {
                "real": REAL,
                "baselines": [CONTROL.removesuffix(RANKED)],
                "trained": [TREATED.removesuffix(RANKED)],
            },
            "failure_kinds": MEANINGS,
            "signatures": {"source_bleu": signature},
            "sizes": {
                style: {"judges": learned, "test": len(asked)}
                for style, learned, asked in zip(
                    self.styles, self._learned, self.sources, strict=True
                )
            },
            "unit": "character" if self.panel.chinese else "word",
            "evaluation": dataclasses.asdict(self.settings),
        }

    def _row(
        self,
        system: str,
        measured: Mapping[Direction, Measured],
        texts: Outputs,
        strength: float | None,
    ) -> dict[str, Any]:
        weights = {
            direction: resamplings(len(each.nll_S), count=self.settings.num_resamplings, seed=place)
            for place, (direction, each) in enumerate(measured.items())
        }
        whole = joined(list(measured.values()))
        # Each direction is resampled by itself, so that all resamplings have as many of each.
        found = _said(system, whole, np.concatenate(list(weights.values()), axis=1))
        found["direction_gap"] = direction_gap(
            [(each, weights[direction]) for direction, each in measured.items()]
        )
        overuse = {
            direction: self._overuse(direction, texts[direction], weights[direction])
            for direction in measured
        }
        mean_N = np.mean(list(overuse.values()), axis=0)
        found["overuse"] = centered(mean_N[0], mean_N[1:], bounds=SHARE)
        return {
            "system": system,
            "strength": strength,
            **plain(found),
            "directions": {
                self.name_of(direction): plain(
                    _said(system, each, weights[direction])
                    | {"overuse": centered(alone_N[0], alone_N[1:], bounds=SHARE)}
                )
                for (direction, each), alone_N in zip(
                    measured.items(), overuse.values(), strict=True
                )
            },
            "void": [],
        }

    def _overuse(
        self, direction: Direction, texts: Sequence[str], weights_RS: Weights
    ) -> NDArray[np.float64]:
        """Return the overuse of words, of all texts and then resampled, shape (1 + R,)."""
        words = [read.words for read in self.panel.read(texts)]
        return self._usage[direction[1]].overuse(words, weights_RS)

    def _measured(
        self,
        direction: Direction,
        texts: Sequence[str],
        *,
        real: bool = False,
        with_references: bool = True,
    ) -> Measured:
        source, target = direction
        sources = texts if real else self.sources[source]
        if len(texts) != len(sources):
            raise ValueError(
                f"{self.name_of(direction)}: one text for each of {len(sources)} sources is "
                f"needed, got {len(texts)}"
            )
        known = self.references and with_references and not real
        people = self.references[source] if self.references and known else []
        return measure(texts, sources, self.panel, self._bleu, target=target, people=people)

    def _judgements(self, direction: Direction, texts: Sequence[str]) -> list[Judgement]:
        source, target = direction
        chinese, sources = self.panel.chinese, self.sources[source]
        if direction not in self._content:
            self._content[direction] = [
                content_words(text, self.panel.lexicon, source, target, chinese=chinese)
                for text in sources
            ]
        return [
            Judgement(
                copied=after.words == before.words,
                content=share_kept(content, after.words),
                fluent=after.nats <= self._worst_nats[target],
                in_style=set(after.styles) == {target},
                negation_kept=negation_kept(asked, text, chinese=chinese),
            )
            for asked, text, before, after, content in zip(
                sources,
                texts,
                self.panel.read(sources),
                self.panel.read(texts),
                self._content[direction],
                strict=True,
            )
        ]


def _said(system: str, measured: Measured, weights_RS: Weights) -> dict[str, Estimate]:
    """Return the estimates of a system; of real text those that mean something."""
    found = estimates(measured, weights_RS)
    return {name: found[name] for name in OF_REAL_TEXT} if system == REAL else found
