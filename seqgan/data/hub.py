"""Tables of parquet files, from the hub at one exact revision or from this machine."""

import tempfile
from collections.abc import Mapping, Sequence
from typing import Any

from seqgan.errors import UserError


def load_column(
    name: str, revision: str | None, files: Mapping[str, str | Sequence[str]], column: str
) -> dict[str, list[Any]]:
    """Return one column of each split, as `load_columns` does."""
    table = load_columns(name, revision, files, (column,))
    return {split: columns[column] for split, columns in table.items()}


def load_columns(
    name: str,
    revision: str | None,
    files: Mapping[str, str | Sequence[str]],
    columns: Sequence[str],
) -> dict[str, dict[str, list[Any]]]:
    """Return columns of each split; pictures come as they were written, {"bytes": ...}.

    `name` is the dataset's id on the hub and `files` has patterns inside it by split, or `name` is
    "parquet", `revision` None and `files` has paths here.

    Raises:
        UserError: the hub cannot be reached, lacks the dataset, the revision or a file, a file is
            damaged, or there is no such column.
    """
    import datasets  # takes a second to import

    with tempfile.TemporaryDirectory(prefix="seqgan-") as aside:
        try:
            table = datasets.load_dataset(
                name, revision=revision, data_files=dict(files), cache_dir=aside
            )
        except (OSError, ValueError, RuntimeError, datasets.exceptions.DatasetsError) as error:
            raise UserError(
                f"{name} could not be loaded ({first_line(error)}): try again online, or give local"
                " files with --corpus-path"
            ) from error
        for split in files:
            for column in columns:
                require_column(column, table[split].column_names, f"{name} ({split})")
                if isinstance(table[split].features[column], datasets.Image):
                    raw = datasets.Image(decode=False)
                    table[split] = table[split].cast_column(column, raw)
        return {
            split: {column: list(table[split][column]) for column in columns} for split in files
        }


def require_column(column: str, existing: Sequence[str], where: str) -> None:
    """Raise a UserError that lists the columns there are, unless the wanted one is among them."""
    if column not in existing:
        raise UserError(
            f"{where} has no column {column!r}: it has {', '.join(map(repr, existing))}"
        )


def first_line(error: Exception) -> str:
    """Return the first line of what an error says, of its cause if that tells more."""
    told = error.__cause__ if str(error).startswith("An error occurred") else error
    lines = str(told or error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
