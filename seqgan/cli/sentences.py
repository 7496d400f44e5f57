"""`seqgan sample RUN` for runs that write sentences from nothing."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from seqgan.cli.wings import use_cores
from seqgan.errors import UserError
from seqgan.text.writing import SentenceModel

RunFolder = Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="RUN")]


@dataclass(frozen=True)
class SampleOptions:
    """Print sentences of a finished run, one a line."""

    run: RunFolder
    """Folder of a finished run, for example runs/text_gan/1."""
    num_samples: int = 20
    """How many."""
    system: Literal["adversarial", "continued MLE", "MLE"] = "adversarial"
    """Which of the run's systems writes."""
    temperature: float = 1.0
    """Sampling temperature."""
    seed: int = 0
    """Seed of the draws: the same sentences twice."""
    json: bool = False
    """Print each sentence as a JSON string."""
    threads: int = 0
    """CPU threads; 0 takes all cores."""


def run_sample(args: Sequence[str]) -> int:
    """Print sentences; returns the exit code."""
    options = tyro.cli(SampleOptions, args=args, prog="seqgan sample")
    use_cores(options.threads)
    if options.num_samples < 1:
        raise UserError(f"--num-samples is {options.num_samples}: 1 is the least")
    model = SentenceModel.load(options.run, system=options.system)
    texts = model.sample(options.num_samples, seed=options.seed, temperature=options.temperature)
    for text in texts:
        print(json.dumps(text, ensure_ascii=False) if options.json else text)
    return 0
