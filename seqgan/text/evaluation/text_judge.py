"""Judging unconditional text: one table whatever made the samples.

`judge_texts` is the whole of it; `TextJudge` keeps what is trained on real text, so that many
systems at many temperatures cost little. Language models and features learn from the reference,
which no system was trained on.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from seqgan.metrics.bleu import bleu_signature
from seqgan.metrics.bootstrap import Estimate, mean_estimate, plain, ratio_estimate, resamplings
from seqgan.metrics.copying import copied
from seqgan.metrics.divergence_curve import Floats
from seqgan.metrics.words import all_chinese
from seqgan.text.encoders import encoder_folder
from seqgan.text.evaluation.checks import (
    few,
    leaked,
    miscalibrated,
    oddities,
    refuse_unusable,
    taken_over,
    uneven,
)
from seqgan.text.evaluation.distances import SentenceDistances
from seqgan.text.evaluation.features import EncoderFeatures
from seqgan.text.evaluation.language_scores import (
    LanguageScorer,
    ScoreModel,
    ScoreVocabulary,
    reverse_scores,
)
from seqgan.text.evaluation.lines import Lines
from seqgan.text.evaluation.measures import bleu_measures, diversity_measures, plain_measures

REAL = "real text"


@dataclass(frozen=True, kw_only=True)
class EvaluationSettings:
    """What judging costs; figures compare only within the same settings."""

    num_samples: int = 10_000
    """Samples of each system at most; every system gives equally many."""
    num_reference: int = 10_000
    """Sentences of the reference at most."""
    num_bleu_sentences: int = 200
    """Samples in `bleu_sentence_mean`, as in published tables; 0: all."""
    num_resamplings: int = 200
    """Resamplings of a bootstrap interval."""
    num_fits: int = 2
    """Fits of k-means that MAUVE is averaged over."""
    encoder: str | None = None
    """Folder of a `transformers` encoder, or minilm: one more Fréchet distance, and MAUVE by it."""
    language_models: bool = True
    """Train the models of both language-model scores (most of the time that judging takes)."""
    num_reverse_models: int = 3
    """Models of the same samples that the reverse score is averaged over."""
    score_model: ScoreModel = field(default_factory=ScoreModel)
    """Size and training of these models."""
    seed: int = 0
    """Of the draws of samples and of the models' training."""

    def quick(self) -> "EvaluationSettings":
        """Return settings for trying things out: a tenth of the sentences."""
        return dataclasses.replace(
            self,
            num_samples=min(self.num_samples, 1000),
            num_reference=min(self.num_reference, 1000),
            num_resamplings=50,
            num_fits=1,
            num_reverse_models=1,
            score_model=dataclasses.replace(self.score_model, epochs=2, min_updates=30),
        )


@dataclass(frozen=True)
class SampleSet:
    """What a system wrote, at one setting of its dial (None: it has none)."""

    system: str
    texts: Sequence[str]
    temperature: float | None = None

    @property
    def name(self) -> str:
        """How messages call it."""
        return self.system if self.temperature is None else f"{self.system}@{self.temperature:g}"


@dataclass(frozen=True)
class Judged:
    """Rows of `results.json`, and what a reader must know beside them."""

    rows: list[dict[str, Any]]
    warnings: list[str]
    notes: dict[str, Any]
    """Signatures, features, sizes and settings."""


class TextJudge:
    """What judges text: trained once on real text, then asked about many sets of samples."""

    def __init__(
        self,
        train: Sequence[str],
        reference: Sequence[str],
        settings: EvaluationSettings | None = None,
    ) -> None:
        """Train the judges; raises `UserError` if a text has no two sentences with two words.

        Attributes: settings, warnings (grows with every row).
        """
        self.settings = settings or EvaluationSettings()
        folder = self.settings.encoder  # read at once: what is missing is said before any training
        encoder = EncoderFeatures(encoder_folder(folder)) if folder else None
        self.warnings: list[str] = []
        self._chinese = all_chinese(reference[:1000])
        self._train = self._lines(train)
        everything = self._lines(reference)
        refuse_unusable("training text", self._train.words)
        refuse_unusable("reference", everything.words)
        self._train = self._train.filled()
        self._reference = everything.filled().draw(
            self.settings.num_reference, seed=self.settings.seed
        )
        self.warnings += few("the reference has", len(self._reference))
        self.warnings += leaked(self._reference.words, self._train.words)
        texts = [*self._train.texts, *self._reference.texts]
        self._real = Lines(texts, [*self._train.words, *self._reference.words])
        self._vocabulary = ScoreVocabulary(self._real.words)
        self._scorer = self._model() if self.settings.language_models else None
        self._distances = SentenceDistances(
            self._real,
            self._reference,
            scorer=self._scorer,
            encoder=encoder,
        )

    def row(self, samples: SampleSet, *, count: int | None = None) -> dict[str, Any]:
        """Return the row of a set of samples, `count` of them (by default as many as allowed).

        Empty samples count in `empty` alone; with fewer than two others there is nothing more to
        say. Sets of different sizes do not compare: give `count_for` of all of them.
        """
        given = self._lines(samples.texts)
        filled = given.filled()
        found: dict[str, Estimate] = {}
        curve_P2 = None
        if len(filled) < 2:
            self.warnings.append(f"{samples.name}: fewer than two samples have words: not judged.")
        else:
            drawn = filled.draw(count or self.settings.num_samples, seed=self.settings.seed)
            found, curve_P2 = self._measures(drawn)
            unknown = found["unknown_words"].value
            self.warnings += oddities(samples.name, given.words, self._reference.words, unknown)
            self.warnings += taken_over(
                samples.name, filled.words, self._reference.words, self._train.words
            )
            if samples.temperature == 1:
                self.warnings += miscalibrated(samples.name, given.words, self._reference.words)
        weights_RS = resamplings(max(len(given), 1), count=self.settings.num_resamplings)
        bare = [float(not words) for words in given.words] or [1.0]
        found["empty"] = mean_estimate(bare, weights_RS)
        return _row(samples.system, samples.temperature, found, curve_P2)

    def real_row(self, *, count: int | None = None) -> dict[str, Any]:
        """Return what real text itself gets: training sentences in the place of the samples.

        They are compared with the reference like any samples. All of them stand in the training
        text, so `copied` is the share of the reference's sentences that do.
        """
        found, curve_P2 = self._measures(
            self._train.draw(count or self.settings.num_samples, seed=self.settings.seed)
        )
        weights = resamplings(len(self._reference), count=self.settings.num_resamplings)
        found["copied"] = mean_estimate(copied(self._reference.words, self._train.words), weights)
        return _row(REAL, None, found | {"empty": Estimate(0.0, 0.0, 0.0)}, curve_P2)

    def count_for(self, sets: Sequence[SampleSet]) -> int:
        """Return how many samples of each set are judged, of all equally many.

        Warns of cuts and of few.
        """
        filled = {each.name: len(self._lines(each.texts).filled()) for each in sets}
        judged = [count for count in filled.values() if count >= 2]
        count = min([self.settings.num_samples, len(self._train), *judged])
        self.warnings += [*uneven(filled, count), *few("each set gives", count)]
        return count

    def notes(self) -> dict[str, Any]:
        """Return signatures, names of the features, sizes and settings."""
        return {
            "signatures": {
                "bleu_corpus": bleu_signature(len(self._reference)),
                "bleu_sentence_mean": "as nltk's method1, references as bleu_corpus",
            },
            "features": self._distances.names,
            "sizes": {"train": len(self._train), "reference": len(self._reference)},
            "unit": "character" if self._chinese else "word",
            "evaluation": dataclasses.asdict(self.settings),
        }

    def _lines(self, texts: Sequence[str]) -> Lines:
        return Lines.read(texts, chinese=self._chinese)

    def _model(self) -> LanguageScorer:
        return LanguageScorer.train(
            self._reference.words,
            self._vocabulary,
            size=self.settings.score_model,
            seed=self.settings.seed,
        )

    def _measures(self, lines: Lines) -> tuple[dict[str, Estimate], Floats]:
        """Return the figures of samples, and the points (P, 2) of their divergence curve."""
        settings, words = self.settings, lines.words
        weights_RS = resamplings(len(lines), count=settings.num_resamplings)
        found = {
            **bleu_measures(
                words,
                self._reference.words,
                weights_RS,
                num_sentences=settings.num_bleu_sentences,
            ),
            **diversity_measures(words, weights_RS),
        }
        if self._scorer is not None:
            scores = self._scorer.score(words)
            found["lm_score"] = ratio_estimate(scores.nll_S, scores.words_S, weights_RS)
            back = reverse_scores(
                words,
                self._reference.words,
                self._vocabulary,
                size=settings.score_model,
                num_models=settings.num_reverse_models,
                seed=settings.seed,
            )
            weights_RM = resamplings(len(self._reference), count=settings.num_resamplings)
            found["reverse_lm_score"] = ratio_estimate(back.nll_S, back.words_S, weights_RM)
        distances = self._distances.measures(
            lines, num_resamplings=settings.num_resamplings, num_fits=settings.num_fits
        )
        plainly = plain_measures(words, self._train.words, self._real.words, weights_RS)
        return found | distances.figures | plainly, distances.curve_P2


def judge_texts(
    samples: Sequence[SampleSet],
    *,
    train: Sequence[str],
    reference: Sequence[str],
    settings: EvaluationSettings | None = None,
) -> Judged:
    """Return the table of all sets of samples, real text first.

    Raises `UserError` if there is nothing to judge with (see `TextJudge`).
    """
    judge = TextJudge(train, reference, settings)
    count = judge.count_for(samples)
    rows = [judge.real_row(count=count), *[judge.row(each, count=count) for each in samples]]
    return Judged(rows, judge.warnings, {**judge.notes(), "num_samples": count})


def _row(
    system: str,
    temperature: float | None,
    found: Mapping[str, Estimate],
    curve_P2: Floats | None,
) -> dict[str, Any]:
    return {
        "system": system,
        "temperature": temperature,
        **plain(found),
        "void": [],
        "divergence_curve": [] if curve_P2 is None else curve_P2.round(4).tolist(),
    }
