"""Documents and short texts in parts: by content alone, no group and no short text in two."""

import random
from collections.abc import Sequence
from dataclasses import fields, replace

import pytest

from seqgan.data.summary_corpus import SummaryRow
from seqgan.text.summary import parts as sharing
from seqgan.text.summary.parts import Parts, share_out

NAMES = [field.name for field in fields(Parts)]


def made(number: int, *, rows_of_a_group: int = 1, split: str = "") -> list[SummaryRow]:
    return [
        SummaryRow(f"document {n} {split}", f"short {n} {split}", f"g{place} {split}", split)
        for n in range(number)
        for place in (n // rows_of_a_group,)
    ]


def sizes(parts: Parts) -> dict[str, int]:
    return {name: len(getattr(parts, name)) for name in NAMES}


def groups(rows: Sequence[SummaryRow]) -> set[str]:
    return {row.group for row in rows}


def test_shares_of_pairs() -> None:
    remarks: list[str] = []
    shared = sizes(share_out(made(1000), remarks))
    assert shared == {"documents": 360, "shorts": 360, "judges": 150, "validation": 30, "test": 100}
    assert not remarks


def test_groups_stay_whole_whatever_the_order() -> None:
    rows = made(900, rows_of_a_group=3)
    parts = share_out(rows, [])
    found = [groups(getattr(parts, name)) for name in NAMES]
    assert sum(map(len, found)) == len(set.union(*found)) == 300
    assert sum(sizes(parts).values()) == 900
    mixed = random.Random(0).sample(rows, len(rows))
    assert share_out(mixed, []) == parts


def test_the_test_that_is_given_keeps_its_groups_and_its_short_texts() -> None:
    test = [row._replace(split="test") for row in made(40)]
    remarks: list[str] = []
    others = [SummaryRow(f"other {n}", f"SHORT {n} ", f"o{n}") for n in range(20)]  # as in the test
    parts = share_out([*made(400), *test, *others], remarks)
    assert {row.document for row in parts.test} == {row.document for row in test}
    assert not groups(parts.test) & set().union(*(groups(getattr(parts, n)) for n in NAMES[:-1]))
    held = {row.short.casefold() for row in parts.test}
    for name in NAMES[:-1]:
        assert not held & {row.short.casefold() for row in getattr(parts, name)}
    assert sum(row.document.startswith("other") for row in parts.documents) > 0
    assert 0 < len(parts.validation) <= 12  # a share of 380: only the test is given
    assert any("training texts were left out of the short ones" in told for told in remarks)


def test_no_short_text_is_learned_beside_a_document_that_has_it_too() -> None:
    """A synopsis that two packages share is of a document already: it is no other side's."""
    rows = [SummaryRow(f"document {n}", f"Short {n // 2}", f"g{n}") for n in range(400)]
    parts = share_out(rows, [])
    own = {row.short.casefold() for row in parts.documents if row.short}
    assert own
    assert not own & {row.short.casefold() for row in parts.shorts}


def test_copies_in_the_test_leave_the_training() -> None:
    test = [SummaryRow(f"Document {n}!", f"another {n}", split="test") for n in range(30)]
    train = [SummaryRow(f"document {n}", f"short {n}") for n in range(300)]  # 30 of 300 letters
    remarks: list[str] = []
    parts = share_out([*train, *test], remarks)
    assert all(row.split == "test" for row in parts.test)
    letters = {sharing.group_key(row) for row in parts.test}
    assert letters == {"document document"}  # digits do not tell documents apart
    assert sizes(parts)["documents"] == sizes(parts)["shorts"] == 0
    assert remarks == ["300 texts that the test or validation has too were left out"]


def test_texts_without_a_partner_go_to_their_side() -> None:
    rows = [SummaryRow(f"d{'a' * n}", "") for n in range(200)]
    rows += [SummaryRow("", f"s{'b' * n}") for n in range(100)]
    parts = share_out(rows, [])
    assert all(row.document and not row.short for row in parts.documents)
    assert all(row.short and not row.document for row in parts.shorts)
    assert (len(parts.documents), len(parts.shorts)) == (144, 72)
    assert (len(parts.test), len(parts.judges), len(parts.validation)) == (30, 45, 9)
    pairs = [SummaryRow(f"e{'c' * n}", f"t{'c' * n}", split="test") for n in range(5)]
    again = share_out([*rows, *pairs], [])
    assert set(again.test) == set(pairs)
    copy = SummaryRow(rows[3].document.upper(), "a title", split="test")
    without = share_out([*rows, copy], [])
    assert rows[3] not in without.documents + without.judges + without.validation


def test_a_pair_stands_for_its_group() -> None:
    lone = [SummaryRow(f"lone {n}", "", f"g{n} ") for n in range(100)]
    assert share_out([*made(100), *lone], []) == share_out(made(100), [])


def test_more_than_is_needed_to_test(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "MOST_TEST", 7)
    remarks: list[str] = []
    parts = share_out([*made(100), *made(20, split="test")], remarks)
    assert len(parts.test) == 7
    assert not groups(parts.test) & groups(parts.documents + parts.shorts)
    assert remarks == ["of 20 texts given for the test 7 are used"]


def test_one_of_several_short_texts_stays() -> None:
    rows = [SummaryRow("A document", f"short {n}") for n in range(5)]
    one = share_out(rows, [])
    assert sum(sizes(one).values()) == 1
    assert share_out(rows[::-1], []) == replace(one)
