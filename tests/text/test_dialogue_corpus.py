"""Pairs and their split: who follows whom, what is dropped or cut, what is held out."""

import json
from pathlib import Path

import pytest

from seqgan.data.corpus import Row
from seqgan.errors import UserError
from seqgan.text.dialogue.corpus import (
    SHARES,
    Dialogues,
    Pair,
    assign_parts,
    drop_seen,
    load_dialogues,
    pairs_of,
    split_rows,
)


def pairs(
    turns: list[Row], *, history: int = 1, max_words: int = 20, cut: bool = False
) -> tuple[list[tuple[str, str]], dict[str, int]]:
    figures = {"dropped": 0, "cut": 0}
    found = list(pairs_of(turns, history, max_words, cut=cut, figures=figures))
    return [(pair.prompt, pair.response) for pair in found], figures


TURNS = [
    Row(0, *turn) for turn in [("A", "a a"), ("B", "b"), ("B", "c "), ("A", "d  d d"), ("B", "e")]
]


def test_only_another_speaker_replies() -> None:
    assert pairs(TURNS)[0] == [("a a", "b"), ("c", "d d d"), ("d d d", "e")]


def test_history_joins_the_turns_before() -> None:
    assert pairs(TURNS, history=3)[0] == [
        ("a a", "b"),
        ("a a <turn> b <turn> c", "d d d"),
        ("b <turn> c <turn> d d d", "e"),
    ]


def test_long_pairs_of_a_corpus_are_dropped() -> None:
    found, figures = pairs(TURNS, max_words=2)
    assert found == [("a a", "b")]
    assert figures == {"dropped": 2, "cut": 0}


def test_long_texts_of_the_user_are_cut_and_counted_once() -> None:
    turns = [Row(0, "A", "1 2 3"), Row(0, "B", "4 5 6"), Row(0, "A", "7")]
    found, figures = pairs(turns, history=2, max_words=2, cut=True)
    assert found == [("2 3", "4 5"), ("2 3 <turn> 5 6", "7")]
    assert figures == {"dropped": 0, "cut": 2}


def test_only_earlier_turns_of_a_corpus_are_cut() -> None:
    turns = [Row(0, "A", "1 2 3"), Row(0, "B", "4 5"), Row(0, "A", "6")]
    found, figures = pairs(turns, history=2, max_words=2)
    assert found == [("2 3 <turn> 4 5", "6")]
    assert figures == {"dropped": 1, "cut": 1}


@pytest.mark.parametrize("number", [4, 20, 100, 227, 1000])
def test_split_has_its_shares_and_never_moves(number: int) -> None:
    parts = assign_parts([(n, "") for n in range(number)])
    sizes = {part: list(parts.values()).count(part) for part in SHARES}
    for part, share in SHARES.items():
        assert sizes[part] >= 1
        assert abs(sizes[part] - number * share / 100) <= max(2, 0.01 * number)
    assert parts == assign_parts([(n, "") for n in reversed(range(number))])


def test_split_is_this_one() -> None:
    """Written down, so that no change of library or order moves a test part unnoticed."""
    parts = assign_parts([(n, "") for n in range(20)])
    assert {
        part: sorted(n for n in parts if parts[n] == part) for part in SHARES if part != "train"
    } == {
        "evaluators": [8, 9, 13],
        "validation": [17],
        "test": [4, 10],
    }


def test_authors_split_is_kept() -> None:
    given = ["train"] * 850 + ["validation"] * 30 + ["test"] * 40
    parts = assign_parts(list(enumerate(given)))
    for number, split in enumerate(given):
        assert (parts[number] == split) or (split, parts[number]) == ("train", "evaluators")
    assert list(parts.values()).count("evaluators") == 150


def test_missing_part_of_the_authors_comes_from_train() -> None:
    parts = list(assign_parts(list(enumerate(["train"] * 900 + ["test"] * 40))).values())
    assert [parts.count(part) for part in SHARES] == [700, 150, 50, 40]


def test_held_out_pairs_that_stand_earlier_are_dropped() -> None:
    def part(*texts: str) -> list[Pair]:
        return [Pair("q", text, 0) for text in texts]

    parts = {
        "train": part("a", "a", "b"),
        "evaluators": part("A", "c", "c"),
        "validation": part("b", "d"),
        "test": part("a", "c", "d", "e", "e"),
    }
    assert drop_seen(parts) == 5
    assert parts["train"] == part("a", "a", "b")
    assert parts["evaluators"] == part("c", "c")
    assert parts["validation"] == part("d")
    assert parts["test"] == part("e", "e")


def made_rows(number: int) -> list[Row]:
    return [Row(n, who, f"{who} says {n}") for n in range(number) for who in "AB"]


def test_parts_share_no_dialogue_and_count_up() -> None:
    loaded = split_rows(made_rows(100), name="made", history=1, max_words=9, cut=False)
    numbers = [{p.dialogue for p in getattr(loaded, part)} for part in SHARES]
    assert [len(found) for found in numbers] == [70, 15, 5, 10]
    assert len(set().union(*numbers)) == 100
    assert loaded.figures == {
        "dialogues": 100,
        "pairs": 100,
        "dropped": 0,
        "cut": 0,
        "duplicates": 0,
        "train": 70,
        "evaluators": 15,
        "validation": 5,
        "test": 10,
    }


def test_checksum_is_of_the_rows() -> None:
    def checksum(rows: list[Row], history: int = 1) -> str:
        return split_rows(rows, name="made", history=history, max_words=9, cut=False).checksum

    rows = made_rows(30)
    assert checksum(rows) == checksum(rows, history=2)
    assert checksum(rows) != checksum(rows[:-2])


@pytest.mark.parametrize(
    "rows",
    [
        made_rows(19),
        [],
        [Row(0, who, f"{n}") for n in range(50) for who in "AB"],
        [Row(n, who, "same") for n in range(50) for who in "AB"],
        [*made_rows(40), Row(99, "A", "why", "test"), Row(99, "B", "so", "test")],
    ],
    ids=["few pairs", "none", "one dialogue", "all the same", "a single test pair"],
)
def test_too_small_to_split(rows: list[Row]) -> None:
    with pytest.raises(UserError, match=r"made.jsonl is too small to split: .* at least 20"):
        split_rows(rows, name="made.jsonl", history=1, max_words=9, cut=False)


def own_file(folder: Path, number: int = 40) -> Path:
    file = folder / "own.jsonl"
    lines = (
        json.dumps({"prompt": f"问题 {n}", "response": "好 " * 9 + str(n)}) for n in range(number)
    )
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


def test_own_file_is_cut_whatever_the_corpus(tmp_path: Path) -> None:
    loaded = load_dialogues("friends", path=own_file(tmp_path), max_words=8)
    assert isinstance(loaded, Dialogues)
    assert loaded.figures["pairs"] == loaded.figures["cut"] == 40
    assert loaded.train[0].response == "好 好 好 好 好 好 好 好"


def test_local_copy_of_a_corpus_is_dropped_from(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("".join(f"one {n} __eou__ two {n} __eou__ a b c d {n}\n" for n in range(40)))
    assert load_dialogues("dailydialog", path=file, max_words=3).figures["dropped"] == 40
    assert load_dialogues("friends", path=file, max_words=3).figures["dropped"] == 0


def test_mistakes_are_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="did you mean 'friends'"):
        load_dialogues("friend")
    with pytest.raises(UserError, match="there is no file"):
        load_dialogues("friends", path=tmp_path / "none.tab")
    with pytest.raises(UserError, match="cannot be read"):
        load_dialogues("friends", path=tmp_path / ("long" * 100))
    with pytest.raises(UserError, match="1 or more"):
        load_dialogues("friends", path=own_file(tmp_path), history=0)


def test_offline_without_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEQGAN_CACHE", str(tmp_path))
    with pytest.raises(UserError, match="--offline"):
        load_dialogues("friends", offline=True)
