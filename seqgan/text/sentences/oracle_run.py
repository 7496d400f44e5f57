"""A run on the synthetic oracle: its options, its sentences, and judging it once more.

Legend: N sentences, T sentence length.
"""

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

from torch import Tensor

from seqgan.core.trainer import seed_at
from seqgan.errors import UserError
from seqgan.games.idle_options import Use, refuse_idle
from seqgan.report.record import earlier_facts
from seqgan.text.evaluation.language_scores import ScoreModel
from seqgan.text.generators.base import Generator
from seqgan.text.sentences.oracle import VOCAB_SIZE, made_oracle, published_oracle
from seqgan.text.sentences.oracle_judging import OracleJudge, report_oracle, weights_checksum
from seqgan.text.sentences.writing import (
    Writing,
    finished_systems,
    folder_of,
    load_writing,
    refuse_temperatures,
)
from seqgan.text.setup import refuse_other_data
from seqgan.text.vocabularies import common_vocabulary

NUM_VALIDATION = 2000


@dataclass(kw_only=True, frozen=True)
class OracleOptions:
    """Whose sentences are learned, how many, and how they are judged."""

    corpus: Literal["made", "published"] = "made"
    """Whose sentences: an oracle's made from --oracle-seed, or the published one's."""
    corpus_path: Path | None = None
    """The published oracle's arrays (.npz)."""
    oracle_seed: int = 0
    """Seed of a made oracle's weights, by the paper's rule: all from N(0, 1)."""
    length: int = 20
    """Words of a sentence (20 and 40 in the literature)."""
    num_train: int = 10_000
    """Sentences to learn from."""
    num_test: int = 5000
    """Sentences to be judged on."""
    num_samples: int = 5000
    """Sentences drawn from each system at each temperature."""
    temperatures: tuple[float, ...] = (0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.3)
    """Sampling temperatures of the sweep."""

    def refuse_unjudgeable(self) -> None:
        """Raise `UserError` for counts and temperatures that mean nothing."""
        refuse_idle(self, ORACLE_USES)
        if (self.corpus == "published") != (self.corpus_path is not None):
            raise UserError("--corpus published and --corpus-path FILE.npz go together")
        for name in ("length", "num_train", "num_test", "num_samples"):
            if (value := getattr(self, name)) < 1:
                raise UserError(f"--{name.replace('_', '-')} is {value}: 1 is the least")
        refuse_temperatures(self.temperatures)

    def oracle(self) -> Generator:
        """Return the oracle; raises `UserError` if the file of a published one holds none."""
        path = self.corpus_path
        return made_oracle(self.oracle_seed) if path is None else published_oracle(path)

    def sentences(self, oracle: Generator) -> dict[str, Tensor]:
        """Return the oracle's sentences in three parts, each of shape (N, T): train, ..., test."""
        counts = {"train": self.num_train, "validation": NUM_VALIDATION, "test": self.num_test}
        real = Writing("oracle", oracle)
        return {
            name: real.draw(count, length=self.length, seed=seed_at(place, 0, 0, "oracle"))
            for place, (name, count) in enumerate(counts.items())
        }

    def judge(self, oracle: Generator, test_NT: Tensor, *, seed: int) -> OracleJudge:
        """Return what judges by the oracle and sentences of it that nobody learned from."""
        score_model = ScoreModel(dim=32, hidden=32, dropout=0.0, min_updates=100)
        return OracleJudge(oracle, test_NT, self.num_samples, seed, score_model)

    def data(self) -> dict[str, Any]:
        """Return what results say of the sentences."""
        return {"corpus": "published" if self.corpus_path else f"made {self.oracle_seed}"}


ORACLE_USES: tuple[Use[OracleOptions], ...] = (
    Use(("oracle_seed",), "--corpus made", lambda of: of.corpus == "made"),
)
Options = TypeVar("Options", bound=OracleOptions)


def judged_quickly(config: Options) -> Options:
    """Return the configuration with a tenth of the sentences to judge on."""
    counts = {name: min(getattr(config, name), 500) for name in ("num_test", "num_samples")}
    return dataclasses.replace(config, **counts)


def judge_again(
    config: Any, folder: Path, *, num_samples: int | None, temperatures: tuple[float, ...]
) -> Path:
    """Judge the systems of a finished run once more; returns the report's path.

    `config` are the run's options. Raises `UserError` for a run without systems or on another
    oracle.
    """
    names = finished_systems(config, folder, first=["random"])
    loaded = [load_writing(name, folder / folder_of(name)) for name in names]
    if common_vocabulary(folder, [each for _, each in loaded]).vocab_size != VOCAB_SIZE:
        raise UserError(
            f"the models of {folder} are not of {VOCAB_SIZE} words: they are no oracle's"
        )
    systems = [system for system, _ in loaded]
    oracle = config.oracle()
    refuse_other_data(folder, weights_checksum(oracle))
    config = dataclasses.replace(
        config,
        num_samples=num_samples or config.num_samples,
        temperatures=temperatures or config.temperatures,
    )
    judge = config.judge(oracle, config.sentences(oracle)["test"], seed=config.seed)
    return report_oracle(folder, "oracle", config, judge, systems, earlier_facts(folder))
