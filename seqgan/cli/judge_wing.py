"""`seqgan evaluate RUN` for runs whose wing judges all of their kept systems in one go."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Protocol, TypeVar

import tyro
from tqdm import tqdm

from seqgan.cli.wings import config_class_of, recipe_of, use_cores
from seqgan.core.launch import saved_config
from seqgan.core.run import RunOptions

RunFolder = Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="RUN")]
Options = TypeVar("Options", bound=RunOptions)
Judged = TypeVar("Judged", bound=RunOptions, contravariant=True)


class JudgeAgain(Protocol[Judged]):
    """Judges a finished run of these options once more; returns the report's path."""

    def __call__(
        self, config: Judged, folder: Path, *, offline: bool, say: Callable[[str], None]
    ) -> Path:
        """Judge the run in the folder."""
        ...


@dataclass(frozen=True)
class EvaluateOptions:
    """Judge a run's saved systems on the test texts again; results.json and the report are new.

    The judges are trained anew, on texts that no system has seen.
    """

    run: RunFolder
    """Folder of a finished run."""
    threads: int = 0
    """CPU threads; 0 takes all cores."""
    offline: bool = False
    """Never use the network."""


def run_evaluate(args: Sequence[str], kind: type[Options], judge_again: JudgeAgain[Options]) -> int:
    """Judge a run's systems again; returns the exit code."""
    options = tyro.cli(EvaluateOptions, args=args, prog="seqgan evaluate")
    use_cores(options.threads)
    config = saved_config(config_class_of(recipe_of(options.run)), options.run)
    assert isinstance(config, kind)
    report = judge_again(config, options.run, offline=options.offline, say=tqdm.write)
    print(f"report: {report}")
    return 0
