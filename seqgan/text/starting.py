"""What `--start-from RUN` takes from a finished run, and what it refuses.

Weights are taken, not what optimizers remember.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import nn

from seqgan.core.run import Run
from seqgan.errors import UserError
from seqgan.text.setup import has_other_data
from seqgan.text.tokenizer import Tokenizer
from seqgan.text.vocabularies import vocabulary_checksum

TAKEN = ("pretrained", "continued")
"""Systems of the start: what the generator had learned before play, and what went on without."""


def start_of(start: Path | None, run: Run) -> Path | None:
    """Return where the run's models come from; None where they are in its checkpoint already."""
    return None if run.checkpoints.updates() else start


def options_of_start(run: Path) -> dict[str, Any]:
    """Return the options of the run that `--start-from` names; `UserError` if it is none."""
    path = run / "config.json"
    try:
        return dict(json.loads(path.read_text(encoding="utf-8"))["config"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"--start-from {run} is no run: {path} ({error})") from None


def refuse_other_start(run: Path, options: Mapping[str, Any], checksum: str) -> None:
    """Raise `UserError` for a start with other values of these options, or on other data.

    `checksum` is that of this run's data.
    """
    saved = options_of_start(run)
    for name, value in options.items():
        option = f"--{name.replace('_', '-')}"
        if name not in saved:
            raise UserError(f"--start-from {run} is a run of another recipe: it has no {option}")
        if saved[name] != value:
            raise UserError(
                f"--start-from {run} has {option} {saved[name]}, this run {value}: they must be "
                "the same"
            )
    refuse_other_data(run, checksum)


def refuse_other_data(run: Path, checksum: str) -> None:
    """Raise `UserError` for a start that learned from other data."""
    if has_other_data(run, checksum):
        raise UserError(f"--start-from {run} learned from other data: name a run on these")


def refuse_other_words(run: Path, theirs: Tokenizer, ours: Tokenizer) -> None:
    """Raise `UserError` where a start's vocabulary is not this run's."""
    if vocabulary_checksum(theirs) != vocabulary_checksum(ours):
        raise UserError(f"--start-from {run} has another vocabulary than this run")


def put(model: nn.Module, learned: nn.Module, run: Path) -> None:
    """Copy the weights; raises `UserError` if the networks are not built alike."""
    ours, theirs = (
        {name: value for name, value in each.state_dict().items() if not is_noise(name)}
        for each in (model, learned)
    )
    missing = [name for name in ours if name not in theirs]
    unlike = [name for name in theirs if name not in ours or ours[name].shape != theirs[name].shape]
    if missing or unlike:
        raise UserError(
            f"--start-from {run} has networks of another kind or size ({[*missing, *unlike][0]} "
            "differs): give this run the options of that one that shape them, as --generator-dim"
        )
    model.load_state_dict({**model.state_dict(), **theirs})


def is_noise(name: str) -> bool:
    """Return whether likelihood leaves these weights as they are: those that read the noise."""
    return name.startswith("from_noise.")
