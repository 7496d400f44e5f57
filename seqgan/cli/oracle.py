"""`seqgan evaluate RUN` for runs on the synthetic oracle."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from seqgan.cli.wings import config_class_of, recipe_of, use_cores
from seqgan.core.launch import saved_config
from seqgan.errors import UserError
from seqgan.text.sentences.oracle_run import judge_again
from seqgan.text.sentences.writing import refuse_temperatures


@dataclass(frozen=True)
class EvaluateOptions:
    """Judge a run by its oracle again; results.json and the report are new."""

    run: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="RUN")]
    """Folder of a finished run."""
    num_samples: int | None = None
    """Samples of each system at each temperature (by default as many as the run took)."""
    temperatures: tuple[float, ...] = ()
    """Sampling temperatures (by default those of the run)."""
    threads: int = 0
    """CPU threads; 0 takes all cores."""


def run_evaluate(args: Sequence[str]) -> int:
    """Judge a run's systems again; returns the exit code."""
    options = tyro.cli(EvaluateOptions, args=args, prog="seqgan evaluate")
    use_cores(options.threads)
    if options.temperatures:
        refuse_temperatures(options.temperatures)
    if options.num_samples is not None and options.num_samples < 1:
        raise UserError(f"--num-samples is {options.num_samples}: 1 is the least")
    report = judge_again(
        saved_config(config_class_of(recipe_of(options.run)), options.run),
        options.run,
        num_samples=options.num_samples,
        temperatures=options.temperatures,
    )
    print(f"report: {report}")
    return 0
