"""The cache: built once, written whole or not at all, built again when outdated or damaged."""

import errno
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import datasets
import pytest

from seqgan.data import cache
from seqgan.data.corpus import Corpus, Row
from seqgan.errors import UserError

ROWS = [Row(0, "A", "hi"), Row(0, "B", "好"), Row(1, "A", "so", "test")]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SEQGAN_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def made(build: Callable[[], list[Row]]) -> Corpus:
    return Corpus("made", "made", "here", "free", "free", 1, build, lambda path: [])


def refuse() -> list[Row]:
    raise AssertionError("fetched although it is cached")


def test_built_once_then_read() -> None:
    assert cache.cached_bytes("made") is None
    assert cache.load_corpus(made(lambda: ROWS)) == ROWS
    assert cache.load_corpus(made(refuse), offline=True) == ROWS
    size = cache.cached_bytes("made")
    assert size is not None
    assert size > 0
    assert cache.remove_corpus("made") == size
    assert cache.cached_bytes("made") is None
    assert cache.remove_corpus("made") == 0


def test_offline_without_cache_names_the_remedy() -> None:
    with pytest.raises(UserError, match=r"--offline.*seqgan corpora get made"):
        cache.load_corpus(made(refuse), offline=True)


def test_newer_builder_builds_again() -> None:
    cache.load_corpus(made(lambda: ROWS))
    newer = replace(made(lambda: ROWS[:2]), version=2)
    assert cache.load_corpus(newer) == ROWS[:2]


@pytest.mark.parametrize("name", ["corpus.json", "rows/state.json", "rows/*.arrow"])
@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\x00 no"])
def test_damaged_cache_is_built_again(folder: Path, name: str, content: bytes) -> None:
    cache.load_corpus(made(lambda: ROWS))
    (file,) = (folder / "corpora" / "made").glob(name)
    file.write_bytes(content)
    with pytest.raises(AssertionError, match="fetched"):
        cache.load_corpus(made(refuse))
    assert cache.load_corpus(made(lambda: ROWS)) == ROWS
    assert cache.load_corpus(made(refuse)) == ROWS


def test_changed_text_fails_the_checksum(folder: Path) -> None:
    cache.load_corpus(made(lambda: ROWS))
    (file,) = (folder / "corpora" / "made" / "rows").glob("*.arrow")
    file.write_bytes(file.read_bytes().replace(b"hi", b"ho"))
    with pytest.raises(AssertionError, match="fetched"):
        cache.load_corpus(made(refuse))


@pytest.mark.parametrize(
    ("number", "message"),
    [(errno.ENOSPC, "no disk space left"), (errno.EACCES, "cannot be written")],
)
def test_failed_writing_leaves_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch, number: int, message: str
) -> None:
    def fail(self: object, path: str) -> None:
        Path(path).mkdir()
        (Path(path) / "half").write_text("half")
        raise OSError(number, "made")

    monkeypatch.setattr(datasets.Dataset, "save_to_disk", fail)
    with pytest.raises(UserError, match=message) as raised:
        cache.load_corpus(made(lambda: ROWS))
    assert "SEQGAN_CACHE" in str(raised.value)
    assert list((folder / "corpora").iterdir()) == []


def test_interrupted_writing_keeps_the_old(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.load_corpus(made(lambda: ROWS))

    def interrupt(self: object, path: str) -> None:
        (Path(path).parent / "half").write_text("half")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(datasets.Dataset, "save_to_disk", interrupt)
        with pytest.raises(KeyboardInterrupt):
            cache.load_corpus(replace(made(lambda: ROWS[:2]), version=2))
    assert cache.load_corpus(made(refuse)) == ROWS
    assert [path.name for path in (folder / "corpora").iterdir()] == ["made"]


def test_cache_folder_follows_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEQGAN_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/made")
    assert cache.cache_folder() == Path("/made/seqgan")
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "/home/made")
    assert cache.cache_folder() == Path("/home/made/.cache/seqgan")


def test_another_process_was_quicker(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first finished cache stays; the slower process goes on with the rows it built."""
    replace_folder = cache.os.replace

    def slow(source: Path, target: Path) -> None:
        shutil.copytree(source, target)
        replace_folder(source, target)

    monkeypatch.setattr(cache.os, "replace", slow)
    assert cache.load_corpus(made(lambda: ROWS)) == ROWS
    assert cache.load_corpus(made(refuse)) == ROWS
    assert [path.name for path in (folder / "corpora").iterdir()] == ["made"]
