"""The user's own documents and short texts: a file of each, which need not belong together.

Text files (`.txt`, or no suffix) have one text a line, `.jsonl`, `.csv` and `.tsv` a column of
them. A table with both columns holds pairs. In a folder the names say what is what:
`documents.txt`, `shorts.csv` and, where there are any to evaluate with, `pairs.jsonl`; or tables of
pairs whose names may say the part (`train.csv`, `test.csv`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from seqgan.data.files import numbered_lines, read_jsonl, read_table, split_of
from seqgan.data.summary_corpus import SummaryRow
from seqgan.errors import UserError

TEXTS = (".txt", "")
TABLES = (".jsonl", ".csv", ".tsv")
KINDS = ".txt, .jsonl, .csv or .tsv"
FOLDER = (
    "give it documents.txt and shorts.txt (.jsonl, .csv and .tsv are read too), or tables of pairs"
)


@dataclass(frozen=True)
class Columns:
    """The columns of tables that hold the documents and the short texts."""

    document: str = "document"
    short: str = "short"

    @property
    def both(self) -> dict[str, str]:
        """The two by the flags that name them."""
        return {"--document-column": self.document, "--short-column": self.short}


def read_apart(
    documents: Path, shorts: Path, pairs: Path | None, *, columns: Columns
) -> list[SummaryRow]:
    """Return rows of documents alone and of short texts alone; the pairs are the test.

    Raises:
        UserError: two of the files are the same, or one is missing, empty or broken.
    """
    files = {"--documents": documents, "--shorts": shorts, "--evaluation-pairs": pairs}
    seen: dict[Path, str] = {}
    for flag, path in files.items():
        if path is None:
            continue
        if not path.is_file():
            raise UserError(f"{flag} {path}: there is no such file")
        if other := seen.get(path.resolve()):
            raise UserError(
                f"{other} and {flag} are the same file {path}: give each its own, or a table of"
                " pairs with --corpus-path"
            )
        seen[path.resolve()] = flag
    both = columns.both
    longs = read_texts(documents, {"--document-column": both["--document-column"]})
    titles = read_texts(shorts, {"--short-column": both["--short-column"]})
    rows = [SummaryRow(text, "") for text in longs] + [SummaryRow("", text) for text in titles]
    return rows + ([] if pairs is None else read_pairs(pairs, columns=columns, split="test"))


def read_own(path: Path, *, columns: Columns) -> list[SummaryRow]:
    """Return the rows of a table of pairs, or of a folder.

    Raises:
        UserError: the path is missing, of another kind, empty or broken.
    """
    if not path.exists():
        raise UserError(f"there is no file or folder {path}: check --corpus-path")
    if not path.is_dir():
        return read_pairs(path, columns=columns, split="")
    found: dict[str, Path] = {}
    for file in sorted(path.iterdir()):
        if not file.is_file() or file.suffix.lower() not in (*TEXTS, *TABLES):
            continue
        if other := found.get(file.stem.lower()):
            raise UserError(f"{other} and {file.name} are called the same: leave one in the folder")
        found[file.stem.lower()] = file
    if "documents" in found and "shorts" in found:
        pairs = found.get("pairs")
        return read_apart(found["documents"], found["shorts"], pairs, columns=columns)
    tables = [file for file in found.values() if file.suffix.lower() in TABLES]
    if not tables or {"documents", "shorts"} & set(found):
        raise UserError(f"the folder {path} lacks documents or short texts: {FOLDER}")
    return [
        row for table in tables for row in read_pairs(table, columns=columns, split=split_of(table))
    ]


def read_texts(path: Path, wanted: Mapping[str, str]) -> list[str]:
    """Return the texts of a file: its lines, or the one wanted column of a table.

    Raises:
        UserError: the file is of another kind, empty or broken.
    """
    if path.suffix.lower() in TEXTS:
        return [line.strip() for _, line in numbered_lines(path) if line.strip()]
    return [text for (text,) in read_columns(path, wanted)]


def read_pairs(path: Path, *, columns: Columns, split: str) -> list[SummaryRow]:
    """Return the rows of a table of pairs.

    Raises:
        UserError: the file is no table, empty or broken, or lacks a column.
    """
    return [
        SummaryRow(document, short, split=split)
        for document, short in read_columns(path, columns.both)
    ]


def read_columns(path: Path, wanted: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    """Return the wanted columns of each row of a table."""
    kind = path.suffix.lower()
    if kind not in TABLES:
        named = " and ".join(map(repr, wanted.values()))
        raise UserError(
            f"{path} is no table: expected {', '.join(TABLES)} with {named}"
            if kind in TEXTS
            else f"{path} is of an unknown kind {kind!r}: expected {KINDS}"
        )
    return read_jsonl(path, wanted) if kind == ".jsonl" else read_table(path, wanted)
