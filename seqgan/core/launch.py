"""From a command line to a running recipe: options, one-line errors, exit codes."""

import dataclasses
import errno
import json
import sys
import typing
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import tyro

from seqgan.core.monitor import DivergenceError
from seqgan.core.run import RunOptions
from seqgan.errors import UserError, refuse_unfinite

Config = TypeVar("Config", bound=RunOptions)

FREE_ON_RESUME = {"resume", "output_dir", "offline", "tensorboard", "keep_checkpoints"}
"""Options that change nothing about what is computed."""


def saved_config(config_class: type[Config], folder: Path) -> Config:
    """Return the options a run was started with, its `resume` set to the folder."""
    path = folder / "config.json"
    try:
        values = dict(json.loads(path.read_text(encoding="utf-8"))["config"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"--resume {folder}: {path} cannot be read ({error}); name a run") from None
    hints = typing.get_type_hints(config_class)
    for name, value in values.items():
        if name not in hints:
            raise UserError(f"--resume {folder}: unknown option {name!r} in {path}")
        if value is not None and (hints[name] is Path or Path in typing.get_args(hints[name])):
            values[name] = Path(value)
        elif isinstance(value, list):  # JSON knows no tuples, options no lists
            values[name] = tuple(value)
    return config_class(**{**values, "resume": folder})


def _differences(old: RunOptions, new: RunOptions) -> list[str]:
    return [
        f"--{name.replace('_', '-')} was {getattr(old, name)}, now {getattr(new, name)}"
        for name in (field.name for field in dataclasses.fields(old))
        if name not in FREE_ON_RESUME and getattr(old, name) != getattr(new, name)
    ]


def parse(config_class: type[Config], args: Sequence[str], *, prog: str) -> Config:
    """Return the options from a command line; with --resume, those the run was started with.

    Raises `UserError` for a number that is none, or other options on resuming: the difference.
    """
    config = tyro.cli(config_class, args=args, prog=prog)
    refuse_unfinite(config)
    if config.resume is None:
        return config
    saved = saved_config(config_class, config.resume)
    resumed = tyro.cli(config_class, args=args, prog=prog, default=saved)
    if differences := _differences(saved, resumed):
        raise UserError(
            f"--resume {config.resume}: options differ from the run's: {'; '.join(differences)}. "
            "Leave them away, or start a new run"
        )
    return resumed


def guarded(action: Callable[[], Any]) -> int:
    """Run; return the action's exit code or 0; 2: user's mistake, 3: divergence, 130: Ctrl-C."""
    try:
        code = action()
    except UserError as error:
        print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except DivergenceError as error:
        print(f"error: {error}; the last good checkpoint is untouched", file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 141
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        print(f"error: no space left on the disk ({error}); make room and go on", file=sys.stderr)
        return 2
    return code if isinstance(code, int) else 0


def launch(
    config_class: type[Config],
    main: Callable[[Config], Any],
    args: Sequence[str] | None = None,
    *,
    prog: str | None = None,
) -> int:
    """Parse the options of a recipe, run it, and return the exit code."""
    given = sys.argv[1:] if args is None else args
    name = Path(sys.argv[0]).name if prog is None else prog
    return guarded(lambda: main(parse(config_class, given, prog=name)))
