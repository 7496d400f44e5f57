"""Packages: what Debian's or Ubuntu's packages are, at length and in one line each.

The first paragraph of a package's long description is the document, its synopsis the short text;
the same person wrote both. They are read through apt on this machine, as of its release, in
seconds; `--corpus-path` takes a list fetched elsewhere (`Translation-en.xz`). Descriptions belong
to their packages: many authors, each under the licence of the package.

A paragraph counts from 15 words on, without its lists (lines set in by two blanks, which stand in
2 % of the paragraphs). Packages made from one source (a library, its headers, its documentation)
share the paragraph: of those with the same letters the one with the shortest synopsis is kept,
mostly the one without "(documentation)". Paragraphs that begin with the same 12 words tell of one
program too and are one group. Measured on Debian 12.15: of 63,956 descriptions 51,584 have such a
paragraph, 32,205 of them differ, in 30,635 groups; synopses have 6.6 words on average, documents
34.
"""

import bz2
import gzip
import lzma
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from seqgan.data.apt import fetch_descriptions
from seqgan.data.summary_corpus import SummaryCorpus, SummaryRow, SummaryRows
from seqgan.errors import UserError

SHORTEST = 15  # words of a paragraph
BEGINNING = 12  # words that tell which program it is about
LEAST = 100  # descriptions of a list that is whole
LETTERS = re.compile(r"[^\W\d_]+")
SYNOPSIS = "Description-en:"
UNPACK: dict[str, Callable[[bytes], bytes]] = {
    ".xz": lzma.decompress,
    ".gz": gzip.decompress,
    ".bz2": bz2.decompress,
}


def build() -> SummaryRows:
    """Return the rows through apt."""
    fetched = fetch_descriptions()
    return rows_of(fetched.text, fetched.release)


def read(path: Path) -> SummaryRows:
    """Return the rows of a packed list of descriptions.

    Raises:
        UserError: the file is damaged or no such list.
    """
    try:
        text = UNPACK[path.suffix.lower()](path.read_bytes()).decode("utf-8")
    except (EOFError, OSError, ValueError, lzma.LZMAError) as error:
        raise UserError(f"{path} cannot be unpacked ({error}): fetch it again") from error
    return rows_of(text, path.name)


def rows_of(text: str, release: str) -> SummaryRows:
    """Return the rows of a list of descriptions in apt's format.

    Raises:
        UserError: there are hardly any descriptions in it.
    """
    described = list(descriptions(text))
    if len(described) < LEAST:
        raise UserError(
            f"{release} holds {len(described):,} descriptions of packages, expected {LEAST} or"
            " more: is it a list such as Translation-en.xz?"
        )
    siblings: dict[str, list[SummaryRow]] = {}
    for synopsis, paragraph in described:
        if synopsis and len(paragraph.split()) >= SHORTEST:
            words = letters(paragraph)
            row = SummaryRow(paragraph, synopsis, group=" ".join(words[:BEGINNING]))
            siblings.setdefault(" ".join(words), []).append(row)
    rows = [min(same, key=plainness) for same in siblings.values()]
    remark = (
        f"{release}: {len(described):,} descriptions of packages,"
        f" {sum(map(len, siblings.values())):,} with a first paragraph of {SHORTEST} words or more,"
        f" {len(rows):,} of which differ"
    )
    return SummaryRows(rows, (remark,))


def plainness(row: SummaryRow) -> tuple[int, int, str, str]:
    """Return what orders the packages of one paragraph: the shortest synopsis comes first."""
    return len(row.short.split()), len(row.short), row.short, row.document


def descriptions(text: str) -> Iterator[tuple[str, str]]:
    r"""Yield synopsis and first paragraph of each package.

    >>> entry = f"Package: a\n{SYNOPSIS} short\n Long\n text:\n  * item\n .\n More."
    >>> list(descriptions(f"{entry}\n\n{entry}\n"))
    [('short', 'Long text:'), ('short', 'Long text:')]
    """
    for entry in text.split("\n\n"):
        before, found, described = entry.partition(SYNOPSIS)
        if found and (not before or before.endswith("\n")):
            synopsis, *lines = described.split("\n")
            yield " ".join(synopsis.split()), first_paragraph(lines)


def first_paragraph(lines: list[str]) -> str:
    """Return the first paragraph of a long description without its lists.

    >>> first_paragraph([" .", " A tool", "  - item", " to edit.", " .", " More."])
    'A tool to edit.'
    """
    paragraph: list[str] = []
    for line in lines:
        if not line.startswith(" "):  # another field
            break
        if line.strip() == ".":
            if paragraph:
                break
        elif not line.startswith("  "):
            paragraph += line.split()
    return " ".join(paragraph)


def letters(text: str) -> list[str]:
    """Return the words of a text without case, digits and marks.

    >>> letters("GCC-12, the GNU compiler (1.0)")
    ['gcc', 'the', 'gnu', 'compiler']
    """
    return LETTERS.findall(text.lower())


CORPUS = SummaryCorpus(
    name="packages",
    summary="English descriptions of the packages of Debian or Ubuntu, and each in one line",
    source="this machine's apt sources, or a list such as Translation-en.xz with --corpus-path",
    licence="of each package",
    text_licence="of each package: many authors, free software licences",
    version=1,
    build=build,
    read=read,
    suffixes=tuple(UNPACK),
)
