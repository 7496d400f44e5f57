"""What a corpus is: rows of dialogue and a small file that says where they come from.

Each file of `corpora/` (installed as `seqgan.corpora`) exports one `CORPUS`; nothing is fetched by
importing it.
"""

import difflib
import hashlib
import importlib
import json
import pkgutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from seqgan.errors import UserError


class Row(NamedTuple):
    """One turn of a dialogue; rows stand in the order in which they were spoken."""

    dialogue: int
    speaker: str
    text: str
    split: str = ""  # "train", "validation" or "test" where the authors split the corpus


@dataclass(frozen=True)
class Corpus:
    """One corpus: where it comes from, under which licence, how raw files become rows.

    `build` fetches and returns the rows; `read` returns them from a local copy, a file whose name
    ends in one of `suffixes` ("" means a folder). Raise `version` when the builder changes its
    rows: caches of an older version are then built again.
    """

    name: str
    summary: str
    source: str
    licence: str
    text_licence: str
    version: int
    build: Callable[[], list[Row]]
    read: Callable[[Path], list[Row]]
    suffixes: tuple[str, ...] = ()

    def reads(self, path: Path) -> bool:
        """Return whether the path looks like a local copy of this corpus."""
        return ("" if path.is_dir() else path.suffix.lower()) in self.suffixes


def rows_checksum(rows: Iterable[Row]) -> str:
    """Return the sha256 over the rows, hexadecimal."""
    digest = hashlib.sha256()
    for row in rows:
        digest.update(json.dumps(row, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n")
    return digest.hexdigest()


def all_corpora() -> dict[str, Corpus]:
    """Return the corpora of `seqgan.corpora` by name, in alphabetical order."""
    package = importlib.import_module("seqgan.corpora")
    modules = sorted(module.name for module in pkgutil.iter_modules(package.__path__))
    found = [importlib.import_module(f"seqgan.corpora.{name}").CORPUS for name in modules]
    return {corpus.name: corpus for corpus in found}


def find_corpus(name: str) -> Corpus:
    """Return the corpus of this name.

    Raises:
        UserError: there is none; the message suggests the nearest.
    """
    corpora = all_corpora()
    if name in corpora:
        return corpora[name]
    near = difflib.get_close_matches(name, corpora, n=1, cutoff=0.4)
    hint = f"did you mean {near[0]!r}? " if near else ""
    raise UserError(
        f"there is no corpus {name!r}: {hint}known are {', '.join(corpora)};"
        " your own data are read with --corpus-path"
    )
