"""Documents and short texts shared out between training, judging and test, by content alone.

What tells of the same thing (a group) stays in one part, and on one side of the training: either
its documents are learned from or its short texts, never both.
"""

import hashlib
import re
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from seqgan.data.summary_corpus import SummaryRow

TEST_SHARE, MOST_TEST = 10, 2000  # per cent of the rows; at most this many
VALIDATION_SHARE, MOST_VALIDATION = 3, 1000
JUDGES_SHARE = 15
FIRST = ("test", "validation", "train", "")  # which split of a group stays
LETTERS = re.compile(r"[^\W\d_]+")

Rows = list[SummaryRow]


@dataclass
class Parts:
    """The rows of each part: `documents` and `shorts` are the two sides of the training."""

    documents: Rows = field(default_factory=list)
    shorts: Rows = field(default_factory=list)
    judges: Rows = field(default_factory=list)
    validation: Rows = field(default_factory=list)
    test: Rows = field(default_factory=list)


def share_out(rows: Iterable[SummaryRow], remarks: list[str]) -> Parts:
    """Return the rows in parts; nothing depends on their order, and remarks count what is lost.

    Pairs, documents alone and short texts alone are shared out each kind for itself, and by shares
    only into parts that no row says it belongs to.
    """
    groups = whole_groups(rows, remarks)
    given = {group[0].split for group in groups}
    parts = Parts()
    for kind, documents_share in ((pairs, 50), (lone_documents, 100), (lone_shorts, 0)):
        own = [group for group in groups if kind(group)]
        share_kind(own, parts, given, remarks, documents_share=documents_share)
    drop_repeated_shorts(parts, remarks)
    return parts


def pairs(rows: Sequence[SummaryRow]) -> Rows:
    """Return the rows of which both is known."""
    return [row for row in rows if row.document and row.short]


def lone_documents(rows: Sequence[SummaryRow]) -> Rows:
    """Return the rows without a short text."""
    return [row for row in rows if not row.short]


def lone_shorts(rows: Sequence[SummaryRow]) -> Rows:
    """Return the rows without a document."""
    return [row for row in rows if not row.document]


def whole_groups(rows: Iterable[SummaryRow], remarks: list[str]) -> list[Rows]:
    """Return the rows by group, each group of one split and kind, in the order of their digests.

    Of rows with the same document, or of the same short text alone, one stays: that of the test
    before others. The rest of a group that is partly in the test is left out.
    """
    groups: dict[str, Rows] = {}
    for row in rows:
        groups.setdefault(group_key(row), []).append(row)
    whole: list[Rows] = []
    leaked = 0
    for key in sorted(groups, key=digest_of):
        group = sorted(groups[key], key=lambda row: (FIRST.index(row.split), row_digest(row)))
        kept: dict[str, SummaryRow] = {}
        for row in group:
            kept.setdefault((row.document or row.short).casefold(), row)
        own = [row for row in kept.values() if row.split == group[0].split]
        leaked += len(kept) - len(own)
        whole.append(pairs(own) or lone_documents(own) or own)
    if leaked:
        remarks.append(f"{leaked:,} texts that the test or validation has too were left out")
    return whole


def group_key(row: SummaryRow) -> str:
    """Return what the rows of a group share: its name, else the letters of the text.

    >>> group_key(SummaryRow("Rain, 3 days.", "wet")), group_key(SummaryRow("", "Wet!"))
    ('document rain days', 'short wet')
    """
    if row.group:
        return f"group {row.group}"
    text = row.document or row.short
    letters = " ".join(LETTERS.findall(text.lower()))
    return f"{'document' if row.document else 'short'} {letters or text}"


def digest_of(text: str) -> str:
    """Return the sha256 of a text, hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def row_digest(row: SummaryRow) -> str:
    """Return the sha256 of a row's texts, hexadecimal."""
    return digest_of(f"{row.document}\t{row.short}")


def share_kind(
    groups: Sequence[Rows],
    parts: Parts,
    given: set[str],
    remarks: list[str],
    *,
    documents_share: int,
) -> None:
    """Add rows of one kind to the parts: where they say they belong, and of the rest shares.

    Of what trains, `documents_share` per cent go to the side of the documents.
    """
    limits = (
        ("test", TEST_SHARE, MOST_TEST),
        ("validation", VALIDATION_SHARE, MOST_VALIDATION),
        ("judges", JUDGES_SHARE, None),
    )
    for name, _, most in limits:
        own = [row for group in groups if group[0].split == name for row in group]
        getattr(parts, name).extend(own[:most])
        if most is not None and len(own) > most:
            remarks.append(f"of {len(own):,} texts given for the {name} {most:,} are used")
    free = deque(group for group in groups if group[0].split in ("train", ""))
    number = sum(map(len, free))
    for name, per_cent, most in limits:
        if name not in given:
            wanted = share(number, per_cent)
            getattr(parts, name).extend(taken(free, wanted if most is None else min(wanted, most)))
    parts.documents += taken(free, share(sum(map(len, free)), documents_share))
    parts.shorts += taken(free, number)


def taken(groups: deque[Rows], number: int) -> Rows:
    """Return the rows of the first groups, `number` or a few more, and take them away.

    >>> groups = deque([[SummaryRow("a", "b")] * 2, [SummaryRow("c", "d")]])
    >>> len(taken(groups, 1)), len(groups)
    (2, 1)
    """
    rows: Rows = []
    while groups and len(rows) < number:
        rows += groups.popleft()
    return rows


def share(number: int, per_cent: int) -> int:
    """Return a share of a number, rounded up.

    >>> share(101, 10)
    11
    """
    return -(-number * per_cent // 100)


def drop_repeated_shorts(parts: Parts, remarks: list[str]) -> None:
    """Leave each short text in one part: the test before judging, judging before training.

    A document whose short text goes stays in training, without it. Of the two sides of training a
    short text that both have stays with its document: from there it is not learned.
    """
    seen = {row.short.casefold() for row in parts.test if row.short}
    for name in ("validation", "judges", "shorts"):
        if name == "shorts":
            seen |= {row.short.casefold() for row in parts.documents if row.short}
        kept: Rows = []
        for row in getattr(parts, name):
            if not row.short or row.short.casefold() not in seen:
                kept.append(row)
                seen.add(row.short.casefold())
        if name == "shorts" and (dropped := len(parts.shorts) - len(kept)):
            remarks.append(
                f"{dropped:,} training texts were left out of the short ones, which another part or"
                " place has too"
            )
        setattr(parts, name, kept)
    held = {
        row.short.casefold()
        for part in (parts.test, parts.validation, parts.judges)
        for row in part
    }
    parts.documents = [
        row._replace(short="") if row.short.casefold() in held else row for row in parts.documents
    ]
