"""Reviews: 10,605 movie and 3,708 product snippets with the mean of twenty human ratings.

They come with the paper of a sentiment lexicon (Hutto and Gilbert 2014, "VADER: A parsimonious
rule-based model for sentiment analysis of social media text"), whose archive lies in the source
distribution of the package vaderSentiment. To fetch it pip runs that package's build step; nothing
is installed, and the file is pinned by checksum. The package is MIT; the snippets themselves were
taken by others from rottentomatoes.com (Pang and Lee 2004) and from customers' reviews of five
products (Hu and Liu 2004), and no licence of theirs is stated.

Ratings run from -4 to 4; snippets 1 or more from zero are used, in small letters, as the product
snippets come. Measured: 6,112 positive and 5,516 negative ones, of which 3,837 and 3,360 have at
most 20 words and stand in one style alone.
"""

import io
from collections.abc import Iterator
from pathlib import Path

from seqgan.data.fetch import Distribution, fetch_member, read_member, read_packed, verify
from seqgan.data.styled_corpus import StyledCorpus, StyledRow, StyledRows
from seqgan.errors import UserError

PACKAGE = Distribution(
    requirement="vaderSentiment==3.3.2",
    sha256="5d7c06e027fc8b99238edb0d53d970cf97066ef97654009890b83703849632f9",
    size=2_466_783,
    source=True,
)
MEMBER = "vaderSentiment-3.3.2/additional_resources/hutto_ICWSM_2014.tar.gz"
FILES = tuple(
    f"hutto_ICWSM_2014/{name}ReviewSnippets_GroundTruth.txt" for name in ("movie", "amazon")
)
LEAST_RATING = 1.0


def build() -> StyledRows:
    """Return the rows from the package index."""
    return rows_of_archive(fetch_member(PACKAGE, MEMBER))


def read(path: Path) -> StyledRows:
    """Return the rows from a local copy of the source distribution."""
    verify(path, PACKAGE.sha256)
    return rows_of_archive(read_member(path, MEMBER))


def rows_of_archive(archive: bytes) -> StyledRows:
    """Return the rows of both files of the paper's archive, product reviews numbered on."""
    rows: list[StyledRow] = []
    for file in FILES:
        raw = read_packed(io.BytesIO(archive), file, name="the reviews archive")
        first = rows[-1].source + 1 if rows else 0
        rows += rows_of(raw.decode("utf-8"), first=first)
    return StyledRows(rows)


def rows_of(table: str, *, first: int) -> Iterator[StyledRow]:
    """Yield a row for each clearly rated line of `number, rating, snippet` parted by tabs.

    A number such as 12_3 stands for the third snippet of review 12. Sources count from `first`.
    """
    sources: dict[str, int] = {}
    for number, line in enumerate(table.split("\r\n"), start=1):
        if not line.strip():
            continue
        fields = line.split("\t")
        if len(fields) != 3:
            raise UserError(
                f"reviews line {number} has {len(fields)} fields: expected number, rating, text"
            )
        review, rating, snippet = fields
        source = sources.setdefault(review.split("_")[0], first + len(sources))
        if abs(float(rating)) >= LEAST_RATING:
            yield StyledRow("positive" if float(rating) > 0 else "negative", clean(snippet), source)


def clean(snippet: str) -> str:
    """Return the snippet in small letters, with plain quotes and single spaces.

    >>> clean(" A  ''Fine''  Film ")
    'a "fine" film'
    """
    return " ".join(snippet.replace("\u2019", "'").replace("''", '"').lower().split())


CORPUS = StyledCorpus(
    name="reviews",
    summary=(
        "English snippets of film and product reviews, rated by people: positive and negative"
    ),
    source=(
        f"{PACKAGE.requirement} on the Python package index, {MEMBER} (pip runs the package's build"
        " step)"
    ),
    licence="MIT (the package)",
    text_licence="none stated (rottentomatoes.com, customers): research use, not redistributed",
    version=1,
    build=build,
    read=read,
    suffixes=(".gz",),
)
