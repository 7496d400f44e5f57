"""Built corpora in the user's cache folder: `CACHE/corpora/NAME`, a `datasets` folder each.

The folder is `$SEQGAN_CACHE`, else `$XDG_CACHE_HOME/seqgan`, else `~/.cache/seqgan`. A corpus is
written aside and then renamed, so that what stands there is whole.
"""

import errno
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from tqdm import tqdm

from seqgan.data.corpus import Corpus, Row, rows_checksum
from seqgan.errors import UserError

FACTS = "corpus.json"
Content = TypeVar("Content")


@dataclass(frozen=True)
class Form(Generic[Content]):
    """How what a corpus holds lies on disk: the columns of a table, and facts beside the table.

    `restore` takes the table and the facts back; whatever it raises counts as damage.
    """

    columns: Callable[[Content], dict[str, list[Any]]]
    facts: Callable[[Content], dict[str, Any]]
    restore: Callable[[Any, dict[str, Any]], Content]
    checksum: Callable[[Content], str]


def row_columns(rows: list[Row]) -> dict[str, list[Any]]:
    """Return the columns of rows of dialogue."""
    return dict(zip(Row._fields, map(list, zip(*rows, strict=True)), strict=True))


def restore_rows(table: Any, facts: dict[str, Any]) -> list[Row]:
    """Return the rows of dialogue of a table."""
    columns = [table[name][:] for name in Row._fields]
    return [Row(*values) for values in zip(*columns, strict=True)]


ROWS = Form(row_columns, lambda rows: {"rows": len(rows)}, restore_rows, rows_checksum)


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
        UserError: as `load_kept` says.
    """
    return load_kept(corpus.name, corpus.version, ROWS, corpus.build, offline=offline)


def load_kept(
    name: str, version: int, form: Form[Content], build: Callable[[], Content], *, offline: bool
) -> Content:
    """Return what a corpus holds, from the cache or else fetched, built and cached.

    Raises:
        UserError: it is not cached and `offline` forbids to fetch it, or fetching failed, or the
            cache folder is full or cannot be written. Nothing half-built is left behind.
    """
    content = read_cached(name, version, form)
    if content is not None:
        return content
    if offline:
        raise UserError(
            f"corpus {name!r} is not in the cache {cache_folder()} and --offline forbids to"
            f" fetch it: run `seqgan corpora get {name}` while online, or give a local copy"
            " with --corpus-path"
        )
    try:
        content = build()
        save_kept(name, version, form, content)
    except OSError as error:
        raise UserError(explain_oserror(error)) from error
    return content


def read_cached(name: str, version: int, form: Form[Content]) -> Content | None:
    """Return what is in the cache; None where it is missing, outdated or damaged."""
    import datasets  # takes a second to import

    folder = corpus_folder(name)
    if not (folder / FACTS).is_file():
        return None
    try:
        facts: dict[str, Any] = json.loads((folder / FACTS).read_text(encoding="utf-8"))
        content = form.restore(datasets.load_from_disk(str(folder / "rows")), facts)
    except (OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
        tqdm.write(f"the cached corpus in {folder} is damaged ({error}): building it again")
        return None
    if facts.get("version") != version:
        return None
    if facts.get("checksum") != form.checksum(content):
        tqdm.write(f"the cached corpus in {folder} does not match its checksum: building it again")
        return None
    return content


def save_kept(name: str, version: int, form: Form[Content], content: Content) -> None:
    """Write the content and its checksum into the cache, aside first, then renamed."""
    import datasets

    folder = corpus_folder(name)
    folder.parent.mkdir(parents=True, exist_ok=True)
    facts = {"version": version, "checksum": form.checksum(content), **form.facts(content)}
    aside = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=folder.parent))
    try:
        table = datasets.Dataset.from_dict(form.columns(content))
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
