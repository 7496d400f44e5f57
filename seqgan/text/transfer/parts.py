"""Texts in styles shared out between training, judging, validation and test, by content alone."""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from seqgan.data.styled_corpus import StyledRow
from seqgan.errors import UserError

TEST_SHARE, MOST_TEST = 10, 2000  # per cent of a style's sentences; at most this many
VALIDATION_SHARE, MOST_VALIDATION = 5, 1000
FIRST = ("test", "validation", "train", "")  # which copy of a sentence stays


class Parts(NamedTuple):
    """The rows of each part, a list for each style."""

    train: list[list[StyledRow]]
    judges: list[list[StyledRow]]
    validation: list[list[StyledRow]]
    test: list[list[StyledRow]]


def unambiguous(
    rows: Sequence[StyledRow], styles: Sequence[str], remarks: list[str]
) -> list[StyledRow]:
    """Return the rows whose sentence stands in one style alone, whatever its case.

    Raises:
        UserError: most sentences of a style stand in another too.
    """
    homes: dict[str, set[str]] = {}
    for row in rows:
        homes.setdefault(row.text.casefold(), set()).add(row.style)
    shared = {key for key, names in homes.items() if len(names) > 1}
    for style in styles:
        own = [key for key, names in homes.items() if style in names]
        if 2 * (both := sum(key in shared for key in own)) > len(own):
            raise UserError(
                f"{both:,} of the {len(own):,} sentences of style {style!r} stand in another style"
                " too: are two files the same? give each style its own sentences"
            )
    if shared:
        remarks.append(f"{len(shared):,} sentences that stand in more than one style were left out")
    return [row for row in rows if row.text.casefold() not in shared]


def share_out(rows: Sequence[StyledRow], styles: Sequence[str], remarks: list[str]) -> Parts:
    """Return the four parts; no sentence stands in two, and nothing depends on the rows' order."""
    singles = different(rows)
    if dropped := leaked(rows):
        remarks.append(f"{dropped:,} training sentences that stand in the test too were left out")
    parts = [share_style([row for row in singles if row.style == style]) for style in styles]
    return Parts(*map(list, zip(*parts, strict=True)))


def leaked(rows: Sequence[StyledRow]) -> int:
    """Return how many different sentences of other parts stand in the given test part too."""
    test = {row.text.casefold() for row in rows if row.split == "test"}
    return len({row.text.casefold() for row in rows if row.split != "test"} & test)


def different(rows: Sequence[StyledRow]) -> list[StyledRow]:
    """Return each sentence once, whatever its case, with the source that its content says.

    Of copies the one in the test stays before one in training, with the rewrites of all; a sentence
    cut from several reviews goes with the one whose digest comes first.
    """
    keys = source_keys(rows)
    copies: dict[str, list[tuple[int, str, str, StyledRow]]] = {}
    for row, key in zip(rows, keys, strict=True):
        entry = (FIRST.index(row.split), key, row.text.swapcase(), row)  # small letters first
        copies.setdefault(row.text.casefold(), []).append(entry)
    kept: list[tuple[str, StyledRow]] = []
    for entries in copies.values():
        _, key, _, row = min(entries, key=lambda entry: entry[:3])
        rewrites = sorted({text for entry in entries for text in entry[3].rewrites})
        kept.append((key, row._replace(rewrites=tuple(rewrites))))
    kept.sort(key=lambda pair: (pair[0], digest_of(pair[1].text)))
    numbers = {key: number for number, key in enumerate(dict.fromkeys(key for key, _ in kept))}
    return [row._replace(source=numbers[key]) for key, row in kept]


def source_keys(rows: Sequence[StyledRow]) -> list[str]:
    """Return a digest for each row: of all sentences cut from its review, or of itself."""
    reviews: dict[tuple[str, int], set[str]] = {}
    for row in rows:
        reviews.setdefault((row.style, row.source), set()).add(row.text.casefold())
    keys = {place: digest_of("\n".join(sorted(texts))) for place, texts in reviews.items()}
    return [
        digest_of(row.text.casefold()) if row.source < 0 else keys[row.style, row.source]
        for row in rows
    ]


def digest_of(text: str) -> str:
    """Return the sha256 of a text, hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def share_style(rows: Sequence[StyledRow]) -> tuple[list[StyledRow], ...]:
    """Return train, judges, validation and test of one style, whose rows stand in order of source.

    What is free goes first to the test and to validation, where they are not given, up to their
    shares; of the rest one half trains and the other judges.
    """
    test = [row for row in rows if row.split == "test"]
    validation = [row for row in rows if row.split == "validation"]
    free = [row for row in rows if row.split not in ("test", "validation")]
    wanted_test = 0 if test else min(MOST_TEST, -(-len(free) * TEST_SHARE // 100))
    wanted_validation = (
        0 if validation else min(MOST_VALIDATION, -(-len(free) * VALIDATION_SHARE // 100))
    )
    new_test, free = first_sources(free, wanted_test)
    new_validation, free = first_sources(free, wanted_validation)
    train, judges = first_sources(free, len(free) // 2)
    parts = (train, judges, validation + new_validation, test + new_test)
    return tuple(sorted(part, key=lambda row: digest_of(row.text)) for part in parts)


def first_sources(rows: list[StyledRow], number: int) -> tuple[list[StyledRow], list[StyledRow]]:
    """Return the first `number` rows, and those of the same source as the last; and the others.

    >>> rows = [StyledRow("a", text, source=source) for source, text in enumerate("xyz")]
    >>> [len(part) for part in first_sources(rows, 2)]
    [2, 1]
    """
    while 0 < number < len(rows) and rows[number].source == rows[number - 1].source:
        number += 1
    return rows[:number], rows[number:]
