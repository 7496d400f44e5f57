"""Runs that are started by another command: the line that starts one, or goes on with it."""

import sys
from collections.abc import Sequence
from pathlib import Path


def train_command(recipe: str, folder: Path, options: Sequence[str]) -> list[str]:
    """Return the command of a run in `folder` with these options.

    A run that stands there already goes on; it refuses options that are not those it was
    started with.
    """
    command = [sys.executable, "-m", "seqgan", "train", recipe]
    if (folder / "config.json").exists():
        return [*command, "--resume", str(folder), *options]
    return [*command, "--output-dir", str(folder), *options]
