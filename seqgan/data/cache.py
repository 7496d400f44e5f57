"""Built corpora in the user's cache folder: `CACHE/corpora/NAME`, a `datasets` folder each.

The folder is `$SEQGAN_CACHE`, else `$XDG_CACHE_HOME/seqgan`, else `~/.cache/seqgan`. A corpus is
written aside and then renamed, so that what stands there is whole.
"""

import errno
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tqdm import tqdm

from seqgan.data.corpus import Corpus, Row, rows_checksum
from seqgan.errors import UserError

FACTS = "corpus.json"


def cache_folder() -> Path:
    """Return the folder that holds all that is fetched."""
    if own := os.environ.get("SEQGAN_CACHE"):
        return Path(own).expanduser()
    if shared := os.environ.get("XDG_CACHE_HOME"):
        return Path(shared) / "seqgan"
    return Path.home() / ".cache" / "seqgan"


def corpus_folder(name: str) -> Path:
    """Return the folder of a built corpus, whether it exists or not."""
    return cache_folder() / "corpora" / name


def cached_bytes(name: str) -> int | None:
    """Return the size of a built corpus in bytes, None where it is not cached."""
    folder = corpus_folder(name)
    if not (folder / FACTS).is_file():
        return None
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def load_corpus(corpus: Corpus, *, offline: bool = False) -> list[Row]:
    """Return the rows of a corpus, from the cache or else fetched, built and cached.

    Raises:
        UserError: it is not cached and `offline` forbids to fetch it, or fetching failed, or the
            cache folder is full or cannot be written. Nothing half-built is left behind.
    """
    rows = read_cached(corpus)
    if rows is not None:
        return rows
    if offline:
        raise UserError(
            f"corpus {corpus.name!r} is not in the cache {cache_folder()} and --offline forbids to"
            f" fetch it: run `seqgan corpora get {corpus.name}` while online, or give a local copy"
            " with --corpus-path"
        )
    try:
        rows = corpus.build()
        save_rows(corpus, rows)
    except OSError as error:
        raise UserError(explain_oserror(error)) from error
    return rows


def read_cached(corpus: Corpus) -> list[Row] | None:
    """Return the rows from the cache; None where they are missing, outdated or damaged."""
    import datasets  # takes a second to import

    folder = corpus_folder(corpus.name)
    if not (folder / FACTS).is_file():
        return None
    try:
        facts: dict[str, Any] = json.loads((folder / FACTS).read_text(encoding="utf-8"))
        table = datasets.load_from_disk(str(folder / "rows"))
        columns = [table[name][:] for name in Row._fields]
        rows = [Row(*values) for values in zip(*columns, strict=True)]
    except (OSError, ValueError, KeyError, TypeError) as error:
        tqdm.write(f"the cached corpus in {folder} is damaged ({error}): building it again")
        return None
    if facts.get("version") != corpus.version:
        return None
    if facts.get("checksum") != rows_checksum(rows):
        tqdm.write(f"the cached corpus in {folder} does not match its checksum: building it again")
        return None
    return rows


def save_rows(corpus: Corpus, rows: list[Row]) -> None:
    """Write the rows and their checksum into the cache, aside first, then renamed."""
    import datasets

    folder = corpus_folder(corpus.name)
    folder.parent.mkdir(parents=True, exist_ok=True)
    facts = {"version": corpus.version, "checksum": rows_checksum(rows), "rows": len(rows)}
    aside = Path(tempfile.mkdtemp(prefix=f".{corpus.name}-", dir=folder.parent))
    try:
        columns = zip(*rows, strict=True)
        table = datasets.Dataset.from_dict(dict(zip(Row._fields, map(list, columns), strict=True)))
        with quiet_datasets():
            table.save_to_disk(str(aside / "rows"))
        (aside / FACTS).write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        try:
            os.replace(aside, folder)
        except OSError:
            if not (folder / FACTS).is_file():  # else another process was quicker
                raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)


@contextmanager
def quiet_datasets() -> Iterator[None]:
    """Hide the progress bars of `datasets` inside a with block; ours tell more."""
    import datasets

    hidden = datasets.are_progress_bars_disabled()
    datasets.disable_progress_bars()
    try:
        yield
    finally:
        if not hidden:
            datasets.enable_progress_bars()


def remove_corpus(name: str) -> int:
    """Remove a built corpus from the cache and return the bytes that this frees, 0 if none."""
    freed = cached_bytes(name) or 0
    shutil.rmtree(corpus_folder(name), ignore_errors=True)
    return freed


def explain_oserror(error: OSError) -> str:
    """Return one line on why the cache could not be written, with the remedy."""
    folder = cache_folder()
    remedy = "set SEQGAN_CACHE to a folder elsewhere"
    if error.errno == errno.ENOSPC:
        return f"no disk space left for the cache {folder}: free some, or {remedy}"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"the cache {folder} cannot be written ({error.strerror}): {remedy}"
    return f"the cache {folder} could not be written ({error}): {remedy}"
