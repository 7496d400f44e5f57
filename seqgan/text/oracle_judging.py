"""How sentences of the synthetic oracle are judged: quality and diversity, at every temperature.

Legend: N sentences, T sentence length.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor
from tqdm import tqdm

from seqgan.core.run import Run
from seqgan.core.trainer import Trainer
from seqgan.metrics.diversity import distinct_n
from seqgan.report.page import write_report
from seqgan.report.record import training_facts, write_results
from seqgan.text.generators.base import Generator
from seqgan.text.validation import word_nll
from seqgan.text.writing import Writing, folder_of

PACKAGES = ("seqgan", "torch")
NO_LIKELIHOOD = "its sentences have no likelihood"


@dataclass(frozen=True)
class OracleJudge:
    """The oracle and sentences of it that nobody learned from."""

    oracle: Generator
    test_NT: Tensor
    num_samples: int
    seed: int

    def row(self, system: Writing, temperature: float | None = 1.0) -> dict[str, Any]:
        """Return one row: quality under the oracle, and the test under the system."""
        length = self.test_NT.shape[1]
        warm = 1.0 if temperature is None else temperature
        drawn_NT = system.draw(self.num_samples, length=length, seed=self.seed, temperature=warm)
        metrics = self.figures(drawn_NT)
        if system.generator is not None:
            metrics["nll_test"] = word_nll(system.generator, self.test_NT, temperature=warm)
        return {"system": system.name, "temperature": temperature, "metrics": metrics}

    def figures(self, drawn_NT: Tensor) -> dict[str, float]:
        """Return what sentences alone show."""
        rows = [[str(word) for word in row] for row in drawn_NT.tolist()]
        return {
            "nll_oracle": word_nll(self.oracle, drawn_NT),
            "distinct_1": distinct_n(rows, n=1),
            "distinct_2": distinct_n(rows, n=2),
        }


def judge_oracle(
    judge: OracleJudge, systems: Sequence[Writing], *, temperatures: Sequence[float]
) -> list[dict[str, Any]]:
    """Return the rows of the oracle itself and of every system, at every temperature it has.

    What only continued by likelihood shows at its own temperature whether time alone buys anything.
    """
    real = Writing("oracle", judge.oracle)
    rows = [judge.row(real, None)]
    places: list[tuple[Writing, float | None]] = []
    for system in systems:
        if system.generator is None:
            places.append((system, None))
        elif system.name in ("random", "continued MLE"):
            places.append((system, 1.0))
        else:
            places += [(system, temperature) for temperature in temperatures]
    for system, temperature in tqdm(places, desc="judging", unit="row"):
        rows.append(judge.row(system, temperature))
    return rows


def finish_oracle(
    run: Run,
    config: Any,
    trainer: Trainer,
    judge: OracleJudge,
    systems: Sequence[Writing],
    *,
    data: Mapping[str, Any],
) -> None:
    """Judge all systems, write results.json and the report, keep the language models."""
    if not run.main:
        return
    start = time.perf_counter()
    rows = judge_oracle(judge, systems, temperatures=config.temperatures)
    findings = {
        "rows": rows,
        "table": "settings",
        "samples": judge.num_samples,
        "sweep": {"baseline": "MLE", "real": "oracle"},
    }
    write_results(
        run.folder,
        recipe=run.recipe,
        config=config,
        data=data,
        packages=PACKAGES,
        facts=training_facts(run, trainer),
        findings=findings,
        evaluation_seconds=time.perf_counter() - start,
    )
    for system in systems:
        if system.generator is not None and system.name != "random":
            folder = run.folder / folder_of(system.name)
            folder.mkdir(exist_ok=True)
            system.generator.save_pretrained(folder)
    run.say(f"report: {write_report(run.folder)}")
