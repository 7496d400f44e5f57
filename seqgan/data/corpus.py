"""What a corpus is: rows of dialogue and a small file that says where they come from.

Each file of `corpora/` (installed as `seqgan.corpora`) exports one `CORPUS`, which holds dialogue
(here), texts in styles (`styled_corpus`), documents and short texts (`summary_corpus`), pictures
(`picture_corpus`) or points; nothing is fetched by importing it.
"""

import difflib
import hashlib
import importlib
import json
import pkgutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Generic, NamedTuple, Protocol, TypeVar

from seqgan.errors import UserError


class AnyCorpus(Protocol):
    """What corpora of all kinds tell; `holds` is the kind, `kept` whether the cache keeps it."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def summary(self) -> str: ...  # noqa: D102
    @property
    def source(self) -> str: ...  # noqa: D102
    @property
    def licence(self) -> str: ...  # noqa: D102
    @property
    def content_licence(self) -> str: ...  # noqa: D102
    @property
    def holds(self) -> str: ...  # noqa: D102
    @property
    def kept(self) -> bool: ...  # noqa: D102


class Row(NamedTuple):
    """One turn of a dialogue; rows stand in the order in which they were spoken."""

    dialogue: int
    speaker: str
    text: str
    split: str = ""  # "train", "validation" or "test" where the authors split the corpus


Content = TypeVar("Content")


@dataclass(frozen=True)
class TextCorpus(Generic[Content]):
    """One corpus of text: where it comes from, its licences, how raw files become `Content`.

    `build` fetches and returns it; `read` returns it from a local copy, a file whose name ends in
    one of `suffixes` ("" means a folder). Raise `version` when the builder changes its rows: caches
    of an older version are then built again.
    """

    name: str
    summary: str
    source: str
    licence: str
    text_licence: str
    version: int
    build: Callable[[], Content]
    read: Callable[[Path], Content]
    suffixes: tuple[str, ...] = ()
    holds: ClassVar[str]
    kept: ClassVar[bool] = True

    @property
    def content_licence(self) -> str:
        """The licence of the text."""
        return self.text_licence

    def reads(self, path: Path) -> bool:
        """Return whether the path looks like a local copy of this corpus."""
        return has_suffix(path, self.suffixes)


class Corpus(TextCorpus[list[Row]]):
    """One corpus of dialogue."""

    holds: ClassVar[str] = "dialogue"


@dataclass(frozen=True)
class PointCorpus:
    """Points drawn from a known distribution while training: nothing to fetch, only `facts`."""

    name: str
    summary: str
    source: str
    facts: tuple[str, ...]
    licence: str = "-"
    content_licence: str = "-"
    holds: ClassVar[str] = "points"
    kept: ClassVar[bool] = False


def has_suffix(path: Path, suffixes: tuple[str, ...]) -> bool:
    """Return whether a file's name ends in one of the suffixes, "" standing for a folder."""
    return ("" if path.is_dir() else path.suffix.lower()) in suffixes


def rows_checksum(rows: Iterable[tuple[object, ...]]) -> str:
    """Return the sha256 over the rows, hexadecimal."""
    digest = hashlib.sha256()
    for row in rows:
        digest.update(json.dumps(row, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n")
    return digest.hexdigest()


def all_corpora() -> dict[str, AnyCorpus]:
    """Return the corpora of `seqgan.corpora` by name, in alphabetical order."""
    package = importlib.import_module("seqgan.corpora")
    modules = sorted(module.name for module in pkgutil.iter_modules(package.__path__))
    found = [importlib.import_module(f"seqgan.corpora.{name}").CORPUS for name in modules]
    return {corpus.name: corpus for corpus in found}


def find_any(name: str) -> AnyCorpus:
    """Return the corpus of this name, whatever it holds.

    Raises:
        UserError: there is none; the message suggests the nearest.
    """
    corpora = all_corpora()
    if name not in corpora:
        raise unknown(name, list(corpora))
    return corpora[name]


Kind = TypeVar("Kind", bound=AnyCorpus)


def find_kind(name: str, kind: type[Kind], holds: str) -> Kind:
    """Return the corpus of this name, which is of the class `kind` and `holds` dialogue, say.

    Raises:
        UserError: there is none, or it holds something else; the message suggests the nearest.
    """
    corpora = all_corpora()
    known = [other for other, corpus in corpora.items() if isinstance(corpus, kind)]
    found = corpora.get(name)
    if isinstance(found, kind):
        return found
    if found is not None:
        raise UserError(
            f"corpus {name!r} holds {found.holds}, not {holds}: known are {', '.join(known)};"
            " your own data are read with --corpus-path"
        )
    raise unknown(name, known)


def find_corpus(name: str) -> Corpus:
    """Return the corpus of dialogue of this name.

    Raises:
        UserError: there is none; the message suggests the nearest.
    """
    return find_kind(name, Corpus, Corpus.holds)


def unknown(name: str, known: list[str]) -> UserError:
    """Return the error that there is no such corpus, with the nearest name there is."""
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return UserError(
        f"there is no corpus {name!r}: {hint}known are {', '.join(known)};"
        " your own data are read with --corpus-path"
    )
