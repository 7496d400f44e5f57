"""How sentences of the synthetic oracle are judged: quality and diversity, at every temperature.

Diversity is NLL test, the likelihood of the oracle's sentences under the system. A system without a
likelihood has none; then the reverse language-model score stands in its place, for it and for the
likelihood models whose curve it is compared with: how likely the same sentences are under a small
model trained on equally many samples of each, as many as there are test sentences at most.

Legend: N sentences, T sentence length.
"""

import dataclasses
import hashlib
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor
from tqdm import tqdm

from seqgan.core.run import Run
from seqgan.core.trainer import Trainer
from seqgan.metrics.bootstrap import Estimate, plain, ratio_estimate, resamplings
from seqgan.report.page import write_report
from seqgan.report.record import training_facts, write_results
from seqgan.text.evaluation.language_scores import ScoreModel, ScoreVocabulary, reverse_scores
from seqgan.text.evaluation.measures import Words, distinct_measures
from seqgan.text.generators.base import Generator
from seqgan.text.numbers import NumberTokenizer
from seqgan.text.resampling import doublings
from seqgan.text.sentences.oracle import END, PAD, START, VOCAB_SIZE
from seqgan.text.sentences.writing import (
    BASELINES,
    NOISE_SCALES,
    Writing,
    folder_of,
    save_writing,
    sweep_of,
)
from seqgan.text.validation import sentence_nlls

PACKAGES = ("seqgan", "torch")
RESAMPLINGS = 100  # of a bootstrap interval
ORACLE = "oracle"
COLLAPSED = 0.1
"""Of the oracle's number of different words: below it a system writes one thing over and over."""


@dataclass(frozen=True)
class OracleJudge:
    """The oracle and sentences of it that nobody learned from."""

    oracle: Generator
    test_NT: Tensor
    num_samples: int
    seed: int
    score_model: ScoreModel | None = None
    """What is trained for the reverse score; None: there is none."""

    def row(self, system: Writing, dial: float | None = None) -> dict[str, Any]:
        """Return one row: quality under the oracle, and the test under the system.

        `dial` is a temperature, or the scale of the noise where words are drawn from no
        distribution; None for the oracle, which has none.
        """
        length, setting = self.test_NT.shape[1], 1.0 if dial is None else dial
        drawn_NT = system.draw(self.num_samples, length=length, seed=self.seed, temperature=setting)
        found = self.figures(drawn_NT, system)
        if not system.has_likelihood:
            settings = {"temperature": None, "noise_scale": setting}
            return {"system": system.name, **settings, **plain(found)}
        assert system.generator is not None
        found["nll_test"] = nll_estimate(system.generator, self.test_NT, temperature=setting)
        return {"system": system.name, "temperature": dial, **plain(found)}

    def choices(self, system: Writing) -> Iterator[dict[str, Any]]:
        """Yield a row for each number of candidates of a system that chooses: drawn once."""
        assert system.choice is not None
        most, length = system.choice.candidates, self.test_NT.shape[1]
        drawn = system.candidates(self.num_samples, length=length, seed=self.seed, most=most)
        for count in doublings(most):
            yield {
                "system": system.name,
                "temperature": None,
                **plain(self.figures(drawn.chosen(count), system)),
                "candidates": count,
                "effective_candidates": drawn.effective(count),
            }

    def figures(self, drawn_NT: Tensor, system: Writing) -> dict[str, Estimate]:
        """Return what sentences alone show; the reverse score only where something compares it.

        What depends on their number is taken from the first ones, as many as the test has.
        """
        first = as_words(drawn_NT[: len(self.test_NT)])
        found = {
            "nll_oracle": nll_estimate(self.oracle, drawn_NT),
            **distinct_measures(first, resamplings(len(first), count=RESAMPLINGS)),
        }
        compared = system.name in BASELINES or not system.has_likelihood
        if self.score_model is not None and compared:
            found["reverse_lm_score"] = self.reverse_score(first)
        return found

    def reverse_score(self, drawn: Words) -> Estimate:
        """Return the nats a word of the test under a small model of these samples."""
        test = as_words(self.test_NT)
        scores = reverse_scores(
            drawn, test, ScoreVocabulary(test), size=self.score_model, seed=self.seed
        )
        weights_RS = resamplings(len(test), count=RESAMPLINGS)
        return ratio_estimate(scores.nll_S, scores.words_S, weights_RS)


def nll_estimate(model: Generator, tokens_NT: Tensor, *, temperature: float = 1.0) -> Estimate:
    """Return the mean negative log-likelihood of a word with its interval, in nats.

    Sentences are drawn whole.
    """
    (nlls_N,) = sentence_nlls(model, tokens_NT, [temperature])
    words_N = (tokens_NT != model.pad).sum(1)
    weights_RN = resamplings(len(tokens_NT), count=RESAMPLINGS)
    return ratio_estimate(nlls_N.numpy(), words_N.cpu().numpy(), weights_RN)


def weights_checksum(oracle: Generator) -> str:
    """Return a checksum of the oracle: every sentence of a run follows from it and the options."""
    digest = hashlib.sha256()
    for name, tensor in sorted(oracle.state_dict().items()):
        digest.update(name.encode() + tensor.cpu().numpy().tobytes())
    return digest.hexdigest()


def as_words(tokens_NT: Tensor) -> list[list[str]]:
    """Return the sentences as words, each its number.

    >>> import torch
    >>> as_words(torch.tensor([[7, 12]]))
    [['7', '12']]
    """
    return [[str(word) for word in row] for row in tokens_NT.tolist()]


def judge_oracle(
    judge: OracleJudge, systems: Sequence[Writing], *, temperatures: Sequence[float]
) -> list[dict[str, Any]]:
    """Return the rows of the oracle itself and of every system, at every temperature it has."""
    real = Writing(ORACLE, judge.oracle)
    if all(system.has_likelihood for system in systems):
        judge = dataclasses.replace(judge, score_model=None)
    rows = [judge.row(real, None)]
    places: list[tuple[Writing, float]] = []
    for system in systems:
        if system.choice is not None or system.name == "random":
            places.append((system, 1.0))
        else:
            dial = temperatures if system.has_likelihood else NOISE_SCALES
            places += [(system, setting) for setting in dial]
    for system, setting in tqdm(places, desc="judging", unit="row"):
        if system.choice is None:
            rows.append(judge.row(system, setting))
        else:
            rows += judge.choices(system)
    return rows


def unlikely(systems: Sequence[Writing]) -> list[str]:
    """Return why some systems' NLL test is empty, a line each."""
    reasons = {
        True: "which sentence is kept depends on the other candidates",
        False: "words are not drawn from a distribution",
    }
    return [
        f"{system.name} has no NLL test: {reasons[system.choice is not None]}, so its sentences "
        "have no likelihood that could be computed; its diversity is the reverse LM score"
        for system in systems
        if not system.has_likelihood
    ]


def collapsed(rows: Sequence[Mapping[str, Any]], oracle: str) -> list[str]:
    """Return which systems write hardly any different words, a line each.

    >>> rows = [{"system": name, "metrics": {"distinct_1": share}}
    ...         for name, share in (("oracle", 0.02), ("a", 0.019), ("b", 0.0001))]
    >>> collapsed(rows, "oracle")
    ['b has collapsed: 0.5% as many different words as the oracle writes']
    """
    kinds = {row["system"]: row["metrics"]["distinct_1"] for row in rows}
    return [
        f"{name} has collapsed: {found / kinds[oracle]:.1%} as many different words as the "
        f"{oracle} writes"
        for name, found in kinds.items()
        if found < COLLAPSED * kinds[oracle]
    ]


def report_oracle(
    folder: Path,
    recipe: str,
    config: Any,
    judge: OracleJudge,
    systems: Sequence[Writing],
    facts: Mapping[str, Any],
) -> Path:
    """Judge, write results.json and the page; returns the page's path."""
    start = time.perf_counter()
    rows = judge_oracle(judge, systems, temperatures=config.temperatures)
    findings = {
        "rows": rows,
        "table": "settings",
        "samples": judge.num_samples,
        "sweep": {**sweep_of(systems), "real": ORACLE},
        "warnings": [*unlikely(systems), *collapsed(rows, ORACLE)],
    }
    write_results(
        folder,
        recipe=recipe,
        config=config,
        data={**config.data(), "checksum": weights_checksum(judge.oracle)},
        packages=PACKAGES,
        facts=facts,
        findings=findings,
        evaluation_seconds=time.perf_counter() - start,
    )
    return write_report(folder)


def finish_oracle(
    run: Run, config: Any, trainer: Trainer, judge: OracleJudge, systems: Sequence[Writing]
) -> None:
    """Keep every system, judge them all, and say what to type next."""
    if not run.main:
        return
    words = NumberTokenizer(VOCAB_SIZE, pad=PAD, bos=START, eos=END)
    for system in systems:
        length = judge.test_NT.shape[1]
        save_writing(system, words, run.folder / folder_of(system.name), length=length)
    facts = training_facts(run, trainer)
    page = report_oracle(run.folder, run.recipe, config, judge, systems, facts)
    run.say(f"report: {page}\nits sentences: seqgan sample {run.folder}")
