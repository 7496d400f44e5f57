"""The user's own files: every kind is read, every fault is told with its line and the remedy."""

from pathlib import Path

import pytest

from seqgan.data.corpus import Row
from seqgan.data.files import read_dialogue
from seqgan.errors import UserError

PAIRS = [
    Row(0, "A", "how is it?"),
    Row(0, "B", "好, 谢谢"),
    Row(1, "A", "and now"),
    Row(1, "B", 'a "b"'),
]
TEXTS = {
    "a.jsonl": '{"prompt": "how is it?", "response": "好, 谢谢", "n": 1}\n\n'
    '{"response": "a \\"b\\"", "prompt": "and now"}\n',
    "a.csv": 'id,prompt,response\n1,how is it?,"好, 谢谢"\n\n2,and now,"a ""b"""\n',
    "a.tsv": 'response\tprompt\n好, 谢谢\thow is it?\n"a ""b"""\tand now\n',
    "a.txt": 'how is it? __eou__ 好, 谢谢 __eou__\n\nand now __eou__ a "b"\n',
}


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "bom"])
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_all_kinds_give_the_same_rows(tmp_path: Path, name: str, mark: bytes, end: str) -> None:
    file = tmp_path / name
    file.write_bytes(mark + TEXTS[name].replace("\n", end).encode())
    assert read_dialogue(file) == PAIRS


def test_columns_have_names_of_the_users_choice(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("q,a\nhi,ho\n")
    rows = read_dialogue(file, prompt_column="q", response_column="a")
    assert [row.text for row in rows] == ["hi", "ho"]


def test_folder_says_the_split_by_names(tmp_path: Path) -> None:
    for name in ("x.test.txt", "x.train.txt", "x.valid.txt"):
        (tmp_path / name).write_text(f"in {name} __eou__ yes\nagain __eou__ yes\n")
    (tmp_path / "notes.md").write_text("not dialogue")
    rows = read_dialogue(tmp_path)
    first = [(row.dialogue, row.split, row.text) for row in rows if row.text.startswith("in")]
    assert first == [
        (0, "train", "in x.train.txt"),
        (2, "validation", "in x.valid.txt"),
        (4, "test", "in x.test.txt"),
    ]
    assert len({row.dialogue for row in rows}) == 6


def test_quoted_field_may_hold_lines(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text('prompt,response\n"one\ntwo",three\nfour,\n')
    with pytest.raises(UserError, match=r"line 4: 'response' is empty"):
        read_dialogue(file)


FAULTS = {
    "empty.txt": (b" \n", "is empty: expected"),
    "latin.txt": ("ok __eou__ ok\ncaf\u00e9 __eou__ no\n".encode("latin-1"), "line 2 is not UTF-8"),
    "utf16.csv": ("prompt,response\n".encode("utf-16"), "line 1 is not UTF-8"),
    "single.txt": (b"a __eou__ b\nonly one\n", "line 2 has a single turn: expected two turns"),
    "hole.txt": (b"a __eou__ __eou__ b\n", "line 1 has an empty turn"),
    "half.jsonl": (
        b'{"prompt": "a", "response": "b"}\n{"prompt": "a", "resp',
        'line 2 is no JSON .*expected {"prompt": "...", "response": "..."}',
    ),
    "list.jsonl": (b"[1]\n", "line 1 is no JSON object"),
    "type.jsonl": (b'{"prompt": "a", "response": 3}\n', "line 1: 'response' is no text"),
    "lacks.jsonl": (
        b'{"prompt": "a", "reply": "b"}\n',
        "no column 'response': it has 'prompt', 'reply'",
    ),
    "digits.jsonl": (b'{"prompt": ' + b"1" * 9999 + b"}\n", "line 1 is no JSON"),
    "deep.jsonl": (b"[" * 100_000 + b"\n", "line 1 is no JSON"),
    "lacks.csv": (b"question,answer\na,b\n", "no column 'prompt': it has 'question', 'answer'"),
    "fields.csv": (b"prompt,response\na,b\na,b,c\n", r"line 3 has 3 fields: expected 2"),
    "quote.csv": (
        b'prompt,response\na,b\n"a,b\nc,d\n',
        "line 3 is no row of a table .*quotes closed",
    ),
    "empty.csv": (b"prompt,response\n ,b\n", "line 2: 'prompt' is empty"),
    "kind.xlsx": (b"PK", r"unknown kind '.xlsx': expected .jsonl"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_fault_is_one_clear_line(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    content, message = FAULTS[name]
    file.write_bytes(content)
    with pytest.raises(UserError, match=message) as raised:
        read_dialogue(file)
    assert str(file) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_missing_path_and_folder_without_files(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="there is no file or folder"):
        read_dialogue(tmp_path / "nowhere.txt")
    with pytest.raises(UserError, match="holds no file of the kinds"):
        read_dialogue(tmp_path)
