"""Corpora of texts in styles: unpaired sentences, each with the name of its style."""

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from seqgan.data.cache import Form, load_kept
from seqgan.data.corpus import TextCorpus, find_kind, rows_checksum


class StyledRow(NamedTuple):
    """One sentence in a style.

    Rows with the same `source` were cut from one review and stay in one part together; sources of
    own files are -1, each row for itself. `rewrites` are what people made of it in the other style.
    """

    style: str
    text: str
    source: int = -1
    split: str = ""  # "train", "validation" or "test" where files say so
    rewrites: tuple[str, ...] = ()


@dataclass(frozen=True)
class StyledRows:
    """The rows of a corpus, and what a reader of figures on it should know."""

    rows: list[StyledRow]
    remarks: tuple[str, ...] = ()


class StyledCorpus(TextCorpus[StyledRows]):
    """One corpus of texts in styles."""

    holds: ClassVar[str] = "texts in styles"


def find_styled(name: str) -> StyledCorpus:
    """Return the corpus of texts in styles of this name.

    Raises:
        UserError: there is none; the message suggests the nearest.
    """
    return find_kind(name, StyledCorpus, StyledCorpus.holds)


def load_styled(corpus: StyledCorpus, *, offline: bool = False) -> StyledRows:
    """Return the rows of a corpus, from the cache or else fetched, built and cached.

    Raises:
        UserError: as `load_kept` says.
    """
    return load_kept(corpus.name, corpus.version, STYLED, corpus.build, offline=offline)


COLUMNS = ("style", "text", "source", "split")  # what is fetched has no rewrites


def styled_columns(content: StyledRows) -> dict[str, list[Any]]:
    """Return the columns of a table of texts in styles."""
    return {name: [getattr(row, name) for row in content.rows] for name in COLUMNS}


def restore_styled(table: Any, facts: dict[str, Any]) -> StyledRows:
    """Return the rows of a table of texts in styles."""
    columns = [table[name][:] for name in COLUMNS]
    return StyledRows(
        [StyledRow(*values) for values in zip(*columns, strict=True)], tuple(facts["remarks"])
    )


STYLED: Form[StyledRows] = Form(
    styled_columns,
    lambda content: {"rows": len(content.rows), "remarks": list(content.remarks)},
    restore_styled,
    lambda content: rows_checksum(content.rows),
)
