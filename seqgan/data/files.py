"""The user's own dialogue, from files: pairs in `.jsonl`, `.csv`, `.tsv`, turns in `.txt`.

UTF-8, with or without byte order mark, lines ended in any usual way. Whatever is wrong is told with
the number of its line.
"""

import csv
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from seqgan.data.corpus import Row
from seqgan.errors import UserError

END_OF_TURN = "__eou__"
LONGEST_FIELD = (1 << 31) - 1  # characters of a table's field: csv's own limit is 131,072
SUFFIXES = (".jsonl", ".csv", ".tsv", ".txt")
SPLITS = {
    "train": "train",
    "valid": "validation",
    "validation": "validation",
    "val": "validation",
    "dev": "validation",
    "test": "test",
}


def read_dialogue(
    path: Path, *, prompt_column: str = "prompt", response_column: str = "response"
) -> list[Row]:
    """Return the rows of a file, or of all files of a folder, numbered through.

    In a folder, names such as `NAME.train.txt`, `valid.jsonl` or `test.csv` say the split; train
    comes first, test last, so that numbers do not depend on the names.

    Raises:
        UserError: the path is missing, empty, of unknown kind, not UTF-8 or broken.
    """
    if not path.exists():
        raise UserError(f"there is no file or folder {path}: check --corpus-path")
    if not path.is_dir():
        return read_file(path, prompt_column=prompt_column, response_column=response_column)
    files = [file for file in path.iterdir() if file.suffix.lower() in SUFFIXES]
    files.sort(key=lambda file: (list(SPLITS.values()).index(split_of(file) or "train"), file.name))
    if not files:
        raise UserError(f"the folder {path} holds no file of the kinds {', '.join(SUFFIXES)}")
    rows: list[Row] = []
    for file in files:
        split = split_of(file)
        first = rows[-1].dialogue + 1 if rows else 0
        for row in read_file(file, prompt_column=prompt_column, response_column=response_column):
            rows.append(row._replace(dialogue=first + row.dialogue, split=split))
    return rows


def split_of(file: Path) -> str:
    """Return the split that a file name says, "" where it says none.

    >>> split_of(Path("chat.valid.txt")), split_of(Path("test.csv")), split_of(Path("testing.csv"))
    ('validation', 'test', '')
    """
    words = re.split(r"[._-]", file.stem.lower())
    return next((SPLITS[word] for word in reversed(words) if word in SPLITS), "")


def read_file(path: Path, *, prompt_column: str, response_column: str) -> list[Row]:
    """Return the rows of one file by the kind that its name says."""
    kind = path.suffix.lower()
    wanted = {"--prompt-column": prompt_column, "--response-column": response_column}
    if kind == ".txt":
        return [
            Row(number, "AB"[turn % 2], text)
            for number, turns in enumerate(read_turns(path))
            for turn, text in enumerate(turns)
        ]
    if kind == ".jsonl":
        pairs = read_jsonl(path, wanted)
    elif kind in (".csv", ".tsv"):
        pairs = read_table(path, wanted)
    else:
        raise UserError(
            f"{path} is of an unknown kind {kind or 'without suffix'!r}: expected"
            f" {', '.join(SUFFIXES)}, or a folder of such files"
        )
    return [
        Row(number, speaker, text)
        for number, pair in enumerate(pairs)
        for speaker, text in zip("AB", pair, strict=True)
    ]


def numbered_lines(path: Path) -> list[tuple[int, str]]:
    """Return the lines with their numbers from 1, line ends kept as they are.

    Raises:
        UserError: the file cannot be read, holds nothing, or a line is not UTF-8.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}") from error
    lines: list[tuple[int, str]] = []
    for number, line in enumerate(raw.removeprefix(b"\xef\xbb\xbf").splitlines(True), start=1):
        try:
            lines.append((number, line.decode("utf-8")))
        except UnicodeDecodeError as error:
            raise UserError(
                f"{path} line {number} is not UTF-8 (byte {error.start + 1} of the line is"
                f" 0x{line[error.start]:02x}): save the file as UTF-8"
            ) from None
    if not any(line.strip() for _, line in lines):
        raise UserError(f"{path} is empty: expected text")
    return lines


def read_turns(path: Path) -> Iterator[list[str]]:
    """Yield the turns of each line, split at `__eou__`; blank lines are passed over.

    Raises:
        UserError: a line has fewer than two turns, or an empty one.
    """
    for number, line in numbered_lines(path):
        if not line.strip():
            continue
        turns = [turn.strip() for turn in line.strip().removesuffix(END_OF_TURN).split(END_OF_TURN)]
        if len(turns) < 2 or not all(turns):
            fault = "an empty turn" if len(turns) > 1 else "a single turn"
            raise UserError(
                f"{path} line {number} has {fault}: expected two turns or more, separated by"
                f" {END_OF_TURN}"
            )
        yield turns


def read_jsonl(path: Path, wanted: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    """Yield the wanted columns of each line, a JSON object; blank lines are passed over.

    `wanted` has columns by the flag that names them.

    Raises:
        UserError: a line is no JSON object, lacks a column, or one is not text.
    """
    pattern = ", ".join(f'"{column}": "..."' for column in wanted.values())
    expected = f"expected {{{pattern}}}"
    for number, line in numbered_lines(path):
        if not line.strip():
            continue
        try:
            item = json.loads(line)
        except (ValueError, RecursionError) as error:
            reason = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
            raise UserError(f"{path} line {number} is no JSON ({reason}): {expected}") from None
        if not isinstance(item, dict):
            raise UserError(f"{path} line {number} is no JSON object: {expected}")
        for flag, column in wanted.items():
            require_column(column, list(item), f"{path} line {number}", flag)
            if not isinstance(item[column], str) or not item[column].strip():
                raise UserError(f"{path} line {number}: {column!r} is no text or empty: {expected}")
        yield tuple(item[column] for column in wanted.values())


def read_table(path: Path, wanted: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    """Yield the wanted columns of each row of a table whose first line names all.

    `wanted` has columns by the flag that names them. Fields are separated by commas, in `.tsv` by
    tabs; one in quotes may hold separators and lines.

    Raises:
        UserError: a column is missing, a row has another number of fields than the first line,
            or one wanted is empty, or its quotes are not closed.
    """
    csv.field_size_limit(LONGEST_FIELD)
    lines = [line for _, line in numbered_lines(path)]
    delimiter = "\t" if path.suffix.lower() == ".tsv" else ","
    reader = csv.reader(iter(lines), delimiter=delimiter, strict=True)
    columns: list[str] = []
    begin = 1
    while True:
        begin = reader.line_num + 1
        try:
            fields = next(reader, None)
        except csv.Error as error:
            raise UserError(
                f"{path} line {begin} is no row of a table ({error}): expected"
                f" {len(columns) or 'two or more'} fields separated by {delimiter!r}, quotes closed"
            ) from None
        if fields is None:
            return
        if not any(field.strip() for field in fields):
            continue
        if not columns:
            columns = [field.strip() for field in fields]
            for flag, column in wanted.items():
                require_column(column, columns, str(path), flag)
            continue
        yield pick_fields(fields, columns, list(wanted.values()), f"{path} line {begin}")


def pick_fields(
    fields: Sequence[str], columns: Sequence[str], wanted: Sequence[str], where: str
) -> tuple[str, ...]:
    """Return the wanted fields of a row.

    Raises:
        UserError: the row has another number of fields than columns, or one wanted is empty.
    """
    if len(fields) != len(columns):
        raise UserError(
            f"{where} has {len(fields)} fields: expected {len(columns)} ({', '.join(columns)})"
        )
    picked = tuple(fields[columns.index(column)] for column in wanted)
    for column, field in zip(wanted, picked, strict=True):
        if not field.strip():
            raise UserError(f"{where}: {column!r} is empty: expected text, or leave the row out")
    return picked


def require_column(column: str, existing: Sequence[str], where: str, flag: str) -> None:
    """Raise a UserError that lists the columns there are, unless the wanted one is among them."""
    if column not in existing:
        raise UserError(
            f"{where} has no column {column!r}: it has {', '.join(map(repr, existing))}; name"
            f" yours with {flag}"
        )
