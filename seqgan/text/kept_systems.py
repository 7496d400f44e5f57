"""Systems that a run keeps: folders whose file says how the model in them is used."""

from pathlib import Path

from seqgan.errors import UserError


def systems_of(run: Path, file: str) -> list[str]:
    """Return the systems of a run that have such a file, in alphabetic order."""
    return sorted(path.parent.name for path in run.glob(f"*/{file}"))


def folder_of(run: Path, system: str, file: str) -> Path:
    """Return the folder of a system; raises `UserError` if the run has none of that name."""
    if system not in (known := systems_of(run, file)):
        if not known:
            raise UserError(f"{run} has no trained system yet: finish it with --resume {run}")
        raise UserError(f"{run} has no system {system!r}: --system {' or '.join(known)}")
    return run / system
