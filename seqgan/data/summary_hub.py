"""Documents and short texts from tables: on the hub at one exact revision, or on this machine."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from seqgan.data.hub import load_columns
from seqgan.data.summary_corpus import SummaryRow, SummaryRows
from seqgan.data.summary_files import Columns, read_own
from seqgan.errors import UserError

SPLITS = ("train", "validation", "test")


@dataclass(frozen=True)
class HubPairs:
    """Pairs in parquet files on the hub: patterns and numbers of rows by split, and columns."""

    name: str
    revision: str
    files: Mapping[str, str]
    sizes: Mapping[str, int]
    document: str
    short: str

    def build(self) -> SummaryRows:
        """Return the rows from the hub.

        Raises:
            UserError: the hub cannot be reached, or a split is of another size than expected.
        """
        columns = (self.document, self.short)
        tables = load_columns(self.name, self.revision, self.files, columns)
        for split, size in self.sizes.items():
            if (found := len(tables[split][self.document])) != size:
                raise UserError(
                    f"{self.name} has {found:,} rows to {split}, expected {size:,}: nothing was"
                    " kept; give a local copy with --corpus-path"
                )
        return self.rows_of(tables)

    def read(self, path: Path) -> SummaryRows:
        """Return the rows of a local folder of parquet, .jsonl, .csv or .tsv files.

        Raises:
            UserError: there are none, or one is broken or lacks a column.
        """
        parquet = sorted(path.rglob("*.parquet"))
        if not parquet:
            own = Columns(document=self.document, short=self.short)
            return SummaryRows(read_own(path, columns=own))
        found = {
            split: files
            for split in SPLITS
            if (files := [str(file) for file in parquet if names(file.relative_to(path), split)])
        }
        if "train" not in found:
            raise UserError(
                f"{path} lacks parquet files to train: expected the split in their names"
                f" ({', '.join(SPLITS)})"
            )
        return self.rows_of(load_columns("parquet", None, found, (self.document, self.short)))

    def rows_of(self, tables: Mapping[str, Mapping[str, list[str]]]) -> SummaryRows:
        """Return the rows of the columns of each split."""
        return SummaryRows(
            [
                SummaryRow(document, short, split=split)
                for split, table in tables.items()
                for document, short in zip(table[self.document], table[self.short], strict=True)
            ]
        )


def names(file: Path, split: str) -> bool:
    """Return whether a file's path says the split.

    >>> names(Path("test/0000.parquet"), "test"), names(Path("xsum-train.parquet"), "test")
    (True, False)
    """
    return any(split in part.lower() for part in file.parts)
