"""Folders that are made for something that may come to nothing, and that only one may write."""

import os
import shutil
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from seqgan.errors import UserError

try:
    import fcntl
except ImportError:  # not on Windows
    fcntl = None  # type: ignore[assignment]


class Held:
    """A folder that no other process holds at the same time; nothing is written into it.

    The system lets go of it when the process ends, however it ends (and what it forked). Where
    folders cannot be locked (Windows, some network drives) it holds nothing.

    Raises `UserError` if the folder is held already.
    """

    def __init__(self, folder: Path) -> None:
        self._close: Callable[[], object] = lambda: None
        if fcntl is None:
            return
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise UserError(
                f"{folder} is being written already: wait for the end of that run, or stop it"
            ) from None
        except OSError:
            os.close(descriptor)
            return
        self._close = weakref.finalize(self, os.close, descriptor)  # once, at the latest at its end

    def release(self) -> None:
        """Let go of the folder."""
        self._close()


@dataclass(frozen=True)
class Claimed:
    """A folder, and what was there before it was claimed: that stays in any case."""

    folder: Path
    files: frozenset[Path]
    missing: tuple[Path, ...]
    """Folders that had to be made, the innermost first."""

    @classmethod
    def make(cls, folder: Path, *, numbered: bool) -> "Claimed":
        """Make the folder, or with `numbered` the next free number in it.

        Raises OSError where that cannot be done.
        """
        missing = [path for path in (folder, *folder.parents) if not path.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        if numbered:
            folder = next_folder(folder)
            missing.insert(0, folder)
        return cls(folder, frozenset(folder.iterdir()), tuple(missing))

    def give_back(self) -> None:
        """Remove what was written since, and the folders that were made for it."""
        for path in set(self.folder.iterdir()) - self.files:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        for folder in self.missing:
            if not any(folder.iterdir()):
                folder.rmdir()


def next_folder(parent: Path) -> Path:
    """Create and return PARENT/N for the first free N."""
    number = max((int(p.name) for p in parent.iterdir() if p.name.isdigit()), default=0) + 1
    while True:
        try:
            (parent / str(number)).mkdir()
            return parent / str(number)
        except FileExistsError:
            number += 1
