"""The user's own documents and short texts: all kinds of files, and mistakes in them."""

from pathlib import Path

import pytest

from seqgan.data.summary_corpus import SummaryRow
from seqgan.data.summary_files import Columns, read_apart, read_own
from seqgan.errors import UserError

USUAL = Columns()


def write(path: Path, *lines: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_files_of_each_kind(tmp_path: Path) -> None:
    plain = write(tmp_path / "a.txt", "one two", "", "three four")
    titles = write(tmp_path / "titles", "T1")
    table = write(tmp_path / "a.csv", "id,text", '1,"one, two"', "2,three")
    lines = write(tmp_path / "b.jsonl", '{"head": "T1", "x": 1}')
    pairs = write(tmp_path / "p.tsv", "text\thead", "long\tshort")
    rows = read_apart(plain, titles, None, columns=USUAL)
    assert rows == [SummaryRow("one two", ""), SummaryRow("three four", ""), SummaryRow("", "T1")]
    named = Columns(document="text", short="head")
    assert read_apart(table, lines, pairs, columns=named) == [
        SummaryRow("one, two", ""),
        SummaryRow("three", ""),
        SummaryRow("", "T1"),
        SummaryRow("long", "short", split="test"),
    ]
    assert read_own(pairs, columns=named) == [SummaryRow("long", "short")]


def test_a_folder_says_what_is_what(tmp_path: Path) -> None:
    write(tmp_path / "a" / "documents.txt", "long")
    write(tmp_path / "a" / "shorts.csv", "short", "brief")
    write(tmp_path / "a" / "pairs.jsonl", '{"document": "d", "short": "s"}')
    write(tmp_path / "a" / "README.md", "about")
    assert read_own(tmp_path / "a", columns=USUAL) == [
        SummaryRow("long", ""),
        SummaryRow("", "brief"),
        SummaryRow("d", "s", split="test"),
    ]
    write(tmp_path / "b" / "train.csv", "document,short", "one,1")
    write(tmp_path / "b" / "news.test.csv", "document,short", "two,2")
    assert set(read_own(tmp_path / "b", columns=USUAL)) == {
        SummaryRow("one", "1", split="train"),
        SummaryRow("two", "2", split="test"),
    }


def test_mistakes_in_files(tmp_path: Path) -> None:
    good, other = write(tmp_path / "a.txt", "one"), write(tmp_path / "b.txt", "two")
    (tmp_path / "link.txt").symlink_to(good)
    (tmp_path / "empty.txt").write_bytes(b"")
    (tmp_path / "latin.txt").write_bytes(b"fine\ncaf\xe9\n")
    mistakes: list[tuple[Path, Path, Path | None, str]] = [
        (good, good, None, "--documents and --shorts are the same file .*: give each its own, or"),
        (good, tmp_path / "link.txt", None, "are the same file"),
        (good, other, good, "--documents and --evaluation-pairs are the same file"),
        (good, tmp_path / "none", None, "--shorts .*none: there is no such file"),
        (tmp_path, other, None, "--documents .*: there is no such file"),
        (tmp_path / "empty.txt", other, None, "empty.txt is empty"),
        (good, tmp_path / "latin.txt", None, "latin.txt line 2 is not UTF-8"),
        (write(tmp_path / "a.pdf", "x"), other, None, "unknown kind '.pdf': expected .txt, .jsonl"),
        (
            good,
            other,
            write(tmp_path / "c.txt", "x"),
            "c.txt is no table: .*'document' and 'short'",
        ),
        (write(tmp_path / "d.csv", "text", "x"), other, None, "'text'; name yours with --document"),
        (good, write(tmp_path / "d.jsonl", "x"), None, "d.jsonl line 1 is no JSON"),
        (
            good,
            write(tmp_path / "e.jsonl", "{}"),
            None,
            "no column 'short': .* with --short-column",
        ),
    ]
    for documents, shorts, pairs, told in mistakes:
        with pytest.raises(UserError, match=told) as raised:
            read_apart(documents, shorts, pairs, columns=USUAL)
        assert "\n" not in str(raised.value)


def test_mistakes_in_paths_of_pairs(tmp_path: Path) -> None:
    alone = write(tmp_path / "alone" / "documents.txt", "x").parent
    twice = write(tmp_path / "twice" / "documents.txt", "x").parent
    write(twice / "documents.csv", "document", "x")
    (tmp_path / "nothing").mkdir()
    for path, told in (
        (tmp_path / "none", "there is no file or folder .*: check --corpus-path"),
        (write(tmp_path / "a.txt", "x"), "a.txt is no table"),
        (alone, "lacks documents or short texts: give it documents.txt and shorts.txt"),
        (tmp_path / "nothing", "lacks documents or short texts"),
        (twice, "are called the same: leave one"),
    ):
        with pytest.raises(UserError, match=told) as raised:
            read_own(path, columns=USUAL)
        assert "\n" not in str(raised.value)
