"""A user's own texts in styles: pairs of files, folders by name, tables; mistakes in one line."""

from pathlib import Path

import pytest

from seqgan.data.styled_corpus import StyledRow
from seqgan.data.styled_files import read_pairs, read_styled
from seqgan.errors import UserError


def write(path: Path, *lines: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def read(path: Path, **columns: str) -> list[StyledRow]:
    return read_styled(path, **{"text_column": "text", "label_column": "label", **columns})


def facts(rows: list[StyledRow]) -> set[tuple[str, str, str]]:
    return {(row.style, row.split, row.text) for row in rows}


def test_pairs_keep_names_and_skip_blank_lines(tmp_path: Path) -> None:
    old, new = write(tmp_path / "a.txt", "thou art", "", "  hast  "), write(tmp_path / "b", "you")
    assert read_pairs([f"old={old}", f" new = {new} "]) == [
        StyledRow("old", "thou art"),
        StyledRow("old", "hast"),
        StyledRow("new", "you"),
    ]


def test_folder_says_style_and_part(tmp_path: Path) -> None:
    write(tmp_path / "shop.train.neg.txt", "bad")
    write(tmp_path / "shop.train.pos.txt", "good")
    write(tmp_path / "shop.dev.neg.txt", "worse")
    write(tmp_path / "README.txt", "about")
    train = {("negative", "train", "bad"), ("positive", "train", "good")}
    assert facts(read(tmp_path)) == train | {("negative", "test", "worse")}
    write(tmp_path / "shop.test.pos.txt", "best")
    assert facts(read(tmp_path)) == train | {
        ("negative", "validation", "worse"),
        ("positive", "test", "best"),
    }


def test_numbered_files_and_human_rewrites(tmp_path: Path) -> None:
    for number in "01":
        write(tmp_path / f"sentiment.train.{number}", f"train {number}\tas it is")
        write(tmp_path / f"sentiment.test.{number}", f"test {number}")
        write(tmp_path / f"reference.{number}", f"test {number}\trewrite {number}")
    rows = read(tmp_path)
    assert {row.style for row in rows} == {"0", "1"}
    assert [row.rewrites for row in rows if row.split == "test" and row.style == "1"] == [
        ("rewrite 1",),
        (),
    ]
    train = [row.text for row in rows if row.split == "train"]
    assert train == [f"train {number}\tas it is" for number in "01"]
    write(tmp_path / "reference.1", "test 1\ta\tb", "alone")
    with pytest.raises(UserError, match=r"reference\.1 line 2: expected a sentence and its human"):
        read(tmp_path)


def test_tables(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "id,stars,review", '1,5,"good, really"', "", "2,1,bad")
    rows = read(path, text_column="review", label_column="stars")
    assert rows == [StyledRow("5", "good, really"), StyledRow("1", "bad")]
    folder = tmp_path / "folder"
    write(folder / "train.tsv", "text\tlabel", "good\tyes", "bad\tno")
    write(folder / "test.tsv", "text\tlabel", "fine\tyes")
    train = {("yes", "train", "good"), ("no", "train", "bad")}
    assert facts(read(folder)) == train | {("yes", "test", "fine")}


def test_mistakes_in_pairs(tmp_path: Path) -> None:
    neg, pos = write(tmp_path / "neg.txt", "bad"), write(tmp_path / "pos.txt", "good")
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "latin").write_bytes(b"caf\xe9")
    (tmp_path / "link").symlink_to(neg)
    mistakes: list[tuple[list[str], str]] = [
        ([f"a={neg}"], "--styles gives only one style, 'a': two or more"),
        (["complaints.txt", f"b={pos}"], "--styles complaints.txt: expected NAME=FILE"),
        ([f"a={neg}", f"a={pos}"], "--styles names 'a' twice"),
        ([f"a={neg}", f"b={tmp_path}/none"], "there is no such file"),
        ([f"a={neg}", f"b={neg}"], "styles 'a' and 'b' are the same file"),
        ([f"a={neg}", f"b={tmp_path}/link"], "styles 'a' and 'b' are the same file"),
        ([f"a={neg}", f"b={tmp_path}/empty"], "empty is empty: expected one sentence a line"),
        ([f"a={neg}", f"b={tmp_path}/latin"], "latin line 1 is not UTF-8"),
        ([f"positive={neg}", f"negative={pos}"], "name tells of style 'negative'; if the two are"),
        ([f"pos={neg}", f"neg={pos}"], "tells of style 'neg'"),
    ]
    for given, told in mistakes:
        with pytest.raises(UserError, match=told) as raised:
            read_pairs(given)
        assert "\n" not in str(raised.value)
    assert len(read_pairs([f"negative={neg}", f"neutral={pos}"])) == 2


def test_mistakes_in_paths(tmp_path: Path) -> None:
    table = write(tmp_path / "a.csv", "text,label", *(f"line {n},{n}" for n in range(20)))
    one = write(tmp_path / "one.csv", "text,label", "good,yes", "fine,yes")
    (tmp_path / "empty.csv").write_bytes(b"")
    mistakes: list[tuple[Path, dict[str, str], str]] = [
        (tmp_path / "none", {}, "there is no file or folder"),
        (write(tmp_path / "one.txt", "good"), {}, "one.txt is one file, so only one style"),
        (write(tmp_path / "single" / "neg.txt", "bad").parent, {}, "gives only one style, 'neg"),
        (write(tmp_path / "other" / "a.pdf", "bad").parent, {}, "holds no .txt, .csv or .tsv"),
        (table, {"label_column": "hue"}, "no column 'hue': it has 'text', 'label'; name yours"),
        (table, {"text_column": "txt"}, "no column 'txt': .* with --text-column"),
        (table, {}, "'label' of .*a.csv tells no styles: it has 20 different values"),
        (one, {}, "gives only one style, 'yes'"),
        (tmp_path / "empty.csv", {}, "empty.csv is empty: expected text"),
        (write(tmp_path / "b.csv", "text,label", "good"), {}, "line 2 has 1 fields: expected 2"),
    ]
    for path, columns, told in mistakes:
        with pytest.raises(UserError, match=told) as raised:
            read(path, **columns)
        assert "\n" not in str(raised.value)
