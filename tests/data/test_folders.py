"""A folder that one holds: others are told, until it is let go of in any way."""

import gc
import subprocess
import sys
from pathlib import Path

import pytest

from seqgan.data import folders
from seqgan.data.folders import Held
from seqgan.errors import UserError

ANOTHER = "import sys; from pathlib import Path; from seqgan.data.folders import Held"


def another_process(folder: Path) -> subprocess.CompletedProcess[bytes]:
    """Let another process hold the folder and end."""
    command = [sys.executable, "-c", f"{ANOTHER}; Held(Path(sys.argv[1]))", str(folder)]
    return subprocess.run(command, capture_output=True, check=False)


def test_a_folder_is_held_by_one_at_a_time(tmp_path: Path) -> None:
    held = Held(tmp_path)
    with pytest.raises(UserError, match="written already"):
        Held(tmp_path)
    assert b"UserError" in another_process(tmp_path).stderr
    held.release()
    held.release()  # as often as one likes
    assert another_process(tmp_path).returncode == 0
    Held(tmp_path)  # the other one ended, and nobody keeps this one
    gc.collect()
    Held(tmp_path)


def test_where_nothing_can_be_locked_nothing_is_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "fcntl", None)
    first, second = Held(tmp_path), Held(tmp_path)
    first.release()
    second.release()
    assert list(tmp_path.iterdir()) == []
