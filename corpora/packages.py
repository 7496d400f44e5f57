"""Packages: what Debian's or Ubuntu's packages are, at length and in one line each.

The first paragraph of a package's long description is the document, its synopsis the short text;
the same person wrote both. They are read through apt on this machine, as of its release, in
seconds; `--corpus-path` takes a list fetched elsewhere (`Translation-en.xz`). Descriptions belong
to their packages: many authors, each under the licence of the package.

A paragraph counts from 15 words on, without its lists (lines set in by two blanks, which stand in
2 % of the paragraphs). Packages made from one source (a library, its headers, its documentation)
share the paragraph: of those with the same letters the one with the shortest synopsis is kept,
mostly the one without "(documentation)". Packages are of one program, and one group, whose
paragraphs begin with the same 12 words, whose synopses have the same letters, or whose names differ
by a number or by what of the program is in them (libacl1, libacl1-dev). Measured on Debian 12.15:
of 63,956 descriptions 51,584 have such a paragraph, 32,205 of them differ, in 28,735 groups;
synopses have 6.6 words on average, documents 34.
"""

import bz2
import gzip
import lzma
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from seqgan.data.apt import ELSEWHERE, fetch_descriptions
from seqgan.data.summary_corpus import SummaryCorpus, SummaryRow, SummaryRows
from seqgan.errors import UserError

SHORTEST = 15  # words of a paragraph
BEGINNING = 12  # words that tell which program it is about
LEAST = 100  # descriptions of a list that is one
WHOLE = 20_000  # fewer has no release that is whole: its updates, or a part of it
LETTERS = re.compile(r"[^\W\d_]+")
SYNOPSIS = "Description-en:"
NAME = re.compile(r"^Package: (\S+)$", re.MULTILINE)
NUMBER = re.compile(r"(?<=[^\W\d_]{3})[\d.]+[a-z]?$")
PIECES = frozenset(
    (
        *("base", "bin", "cli", "client", "common", "contrib", "core", "daemon", "data", "dbg"),
        *("demo", "demos", "dev", "dkms", "doc", "docs", "el", "example", "examples", "extra"),
        *("extras", "full", "gtk", "gui", "headers", "i18n", "java", "jni", "l10n", "legacy"),
        *("lib", "libs", "lite", "locales", "manual", "modules", "nox", "perl", "plugin"),
        *("plugins", "progs", "python", "python3", "qt", "ruby", "runtime", "server", "source"),
        *("static", "tcl", "test", "tests", "theme", "themes", "tools", "util", "utils", "x11"),
    )
)
"""Of a program, as the ends of its packages' names say it."""
UNPACK: dict[str, Callable[[bytes], bytes]] = {
    ".xz": lzma.decompress,
    ".gz": gzip.decompress,
    ".bz2": bz2.decompress,
}


class Package(NamedTuple):
    """A package's name, its synopsis, the first paragraph of its description."""

    name: str
    synopsis: str
    paragraph: str


def build() -> SummaryRows:
    """Return the rows through apt.

    Raises:
        UserError: apt fetched nothing, or not the release's own list.
    """
    fetched = fetch_descriptions()
    if (found := len(list(descriptions(fetched.text)))) < WHOLE:
        raise UserError(
            f"apt fetched {found:,} descriptions of {fetched.release}, expected {WHOLE:,} or more:"
            f" the release's own list is missing; try again, or {ELSEWHERE}"
        )
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
    siblings: dict[str, list[Package]] = {}
    for package in described:
        if package.synopsis and len(package.paragraph.split()) >= SHORTEST:
            siblings.setdefault(" ".join(letters(package.paragraph)), []).append(package)
    plainest = [sorted(same, key=plainness) for same in siblings.values()]
    groups = connected(list(map(program_keys, plainest)))
    rows = [
        SummaryRow(kept.paragraph, kept.synopsis, group=group)
        for (kept, *_), group in zip(plainest, groups, strict=True)
    ]
    remark = (
        f"{release}: {len(described):,} descriptions of packages,"
        f" {sum(map(len, siblings.values())):,} with a first paragraph of {SHORTEST} words or more,"
        f" {len(rows):,} of which differ, of {len(set(groups)):,} programs"
    )
    return SummaryRows(rows, (remark,))


def plainness(package: Package) -> tuple[int, int, str, str]:
    """Return what orders the packages of one paragraph: the shortest synopsis comes first."""
    synopsis = package.synopsis
    return len(synopsis.split()), len(synopsis), synopsis, package.paragraph


def program_keys(same: Sequence[Package]) -> list[str]:
    """Return what packages of one paragraph, the plainest first, share with their program's."""
    beginning = " ".join(letters(same[0].paragraph)[:BEGINNING])
    names = {f"name {program(package.name)}" for package in same if package.name}
    return [beginning, *names, f"synopsis {' '.join(letters(same[0].synopsis))}"]


def program(name: str) -> str:
    """Return a package's name without what it is of its program, and without versions.

    A number behind a name of three letters or more is one; x264 and x265 are two programs.

    >>> [program(name) for name in ("libacl1-dev", "acl", "amule-utils-gui", "gcc-12", "r-cran-sf")]
    ['acl', 'acl', 'amule', 'gcc', 'r-cran-sf']
    >>> [program(name) for name in ("libx264-164", "openjdk-17-jdk", "php8.2-gd", "python3-numpy")]
    ['x264', 'openjdk-jdk', 'php-gd', 'python-numpy']
    """
    parts = [NUMBER.sub("", part) for part in name.removeprefix("lib").split("-")]
    while len(parts) > 1 and parts[-1] in PIECES:
        parts.pop()
    named = [part for part in parts[1:] if not part[:1].isdigit()]
    return "-".join([parts[0], *named])


def connected(keys: Sequence[Sequence[str]]) -> list[str]:
    """Return for each item the least of the first keys of all whom shared keys connect it with.

    >>> connected([["a", "x"], ["c", "y"], ["b", "x", "y"], ["d"]])
    ['a', 'a', 'a', 'd']
    """
    above: dict[str, str] = {}

    def top(key: str) -> str:
        while (higher := above.setdefault(key, key)) != key:
            above[key] = above[higher]
            key = above[key]
        return key

    for own in keys:
        for key in own[1:]:
            above[top(key)] = top(own[0])
    least: dict[str, str] = {}
    for first, *_ in keys:
        least[top(first)] = min(least.get(top(first), first), first)
    return [least[top(first)] for first, *_ in keys]


def descriptions(text: str) -> Iterator[Package]:
    r"""Yield each package with its synopsis and its first paragraph.

    >>> entry = f"Package: a\n{SYNOPSIS} short\n Long\n text:\n  * item\n .\n More."
    >>> [tuple(package) for package in descriptions(f"{entry}\n\n{entry}\n")]
    [('a', 'short', 'Long text:'), ('a', 'short', 'Long text:')]
    """
    for entry in text.split("\n\n"):
        before, found, described = entry.partition(SYNOPSIS)
        if found and (not before or before.endswith("\n")):
            synopsis, *lines = described.split("\n")
            named = NAME.search(before)
            name = named[1] if named else ""
            yield Package(name, " ".join(synopsis.split()), first_paragraph(lines))


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
    version=3,
    build=build,
    read=read,
    suffixes=tuple(UNPACK),
)
