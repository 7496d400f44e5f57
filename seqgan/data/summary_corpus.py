"""Corpora of documents and short texts, which people wrote about the same things."""

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from seqgan.data.cache import Form, load_kept
from seqgan.data.corpus import TextCorpus, find_kind, rows_checksum


class SummaryRow(NamedTuple):
    """A document and the short text that a person wrote for it; "" for one that is not known.

    Rows of one `group` tell of the same thing and stay together, in one part and on one side of the
    training; "" leaves it to the document.
    """

    document: str
    short: str
    group: str = ""
    split: str = ""  # "train", "validation" or "test" where the authors split the corpus


@dataclass(frozen=True)
class SummaryRows:
    """The rows of a corpus, and what a reader of figures on it should know."""

    rows: list[SummaryRow]
    remarks: tuple[str, ...] = ()


class SummaryCorpus(TextCorpus[SummaryRows]):
    """One corpus of documents and short texts."""

    holds: ClassVar[str] = "documents and short texts"


def find_summary(name: str) -> SummaryCorpus:
    """Return the corpus of documents and short texts of this name.

    Raises:
        UserError: there is none; the message suggests the nearest.
    """
    return find_kind(name, SummaryCorpus, SummaryCorpus.holds)


def load_summary(corpus: SummaryCorpus, *, offline: bool = False) -> SummaryRows:
    """Return the rows of a corpus, from the cache or else fetched, built and cached.

    Raises:
        UserError: as `load_kept` says.
    """
    return load_kept(corpus.name, corpus.version, SUMMARIES, corpus.build, offline=offline)


def summary_columns(content: SummaryRows) -> dict[str, list[Any]]:
    """Return the columns of a table of documents and short texts."""
    return {name: [getattr(row, name) for row in content.rows] for name in SummaryRow._fields}


def restore_summaries(table: Any, facts: dict[str, Any]) -> SummaryRows:
    """Return the rows of a table of documents and short texts."""
    columns = [table[name][:] for name in SummaryRow._fields]
    return SummaryRows(
        [SummaryRow(*values) for values in zip(*columns, strict=True)], tuple(facts["remarks"])
    )


SUMMARIES: Form[SummaryRows] = Form(
    summary_columns,
    lambda content: {"rows": len(content.rows), "remarks": list(content.remarks)},
    restore_summaries,
    lambda content: rows_checksum(content.rows),
)
