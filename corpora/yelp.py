"""Yelp: sentences of reviews, positive and negative, on which text style transfer is compared.

The sentence files that papers use (arXiv:1705.09655, arXiv:1804.06437) are given with
`--corpus-path FOLDER`: `yelp.train.neg.txt` and its fellows, or `sentiment.train.0`, 0 being
negative, and `reference.0` with human rewrites. Without a path the 50,000 whole reviews of the test
split of Yelp Review Full (arXiv:1509.01626) are fetched from the hub, pinned to one commit; those
of one and of five stars are cut into sentences, and sentences whose label a classifier doubts are
dropped. Figures on these do not compare with published ones, and a remark of every run says so.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from seqgan.data.doubtful_labels import drop_doubtful
from seqgan.data.hub import load_columns
from seqgan.data.styled_corpus import StyledCorpus, StyledRow, StyledRows
from seqgan.data.styled_files import read_styled
from seqgan.errors import UserError

HUB = "Yelp/yelp_review_full"
REVISION = "c1f9ee939b7d05667af864ee1cb066393154bf85"
FILES = {"test": "yelp_review_full/test-*.parquet"}
COLUMNS = ("label", "text")
REVIEWS = 50_000
STARS = {0: "negative", 4: "positive"}  # label 0 is one star
NUMBERED = {"0": "negative", "1": "positive"}
SHORTEST, LONGEST = 3, 20  # words
LEAST_CERTAINTY = 0.8
END = re.compile(r"(?<=[.!?])[\"')]*\s+(?=[\"'(]*[A-Z0-9])")
NOT_COMPARABLE = (
    "sentences cut from whole reviews of Yelp Review Full: figures do not compare with published"
    " ones on Yelp's sentence files (give those with --corpus-path)"
)


def build() -> StyledRows:
    """Return the rows from the hub."""
    table = load_columns(HUB, REVISION, FILES, COLUMNS)["test"]
    if len(table["text"]) != REVIEWS:
        raise UserError(
            f"{HUB} has {len(table['text']):,} reviews, expected {REVIEWS:,}: nothing was kept;"
            " give sentence files with --corpus-path"
        )
    return rows_of(table["label"], table["text"])


def rows_of(labels: Sequence[int], reviews: Sequence[str]) -> StyledRows:
    """Return the sentences of reviews of one and of five stars whose label is hardly in doubt."""
    rows = [
        StyledRow(STARS[label], sentence, number)
        for number, (label, review) in enumerate(zip(labels, reviews, strict=True))
        if label in STARS
        for sentence in sentences(review)
    ]
    kept = drop_doubtful(rows, [""] * len(rows), unit="word", least=LEAST_CERTAINTY)
    return StyledRows(
        kept,
        (
            NOT_COMPARABLE,
            f"{len(kept):,} of {len(rows):,} sentences were kept, those whose label a classifier of"
            f" the other half of the reviews gives {LEAST_CERTAINTY} or more; test sentences were"
            " chosen so too",
        ),
    )


def sentences(review: str) -> Iterator[str]:
    r"""Yield the sentences of 3 to 20 words; quotes and line ends are written `\"` and `\n` here.

    >>> list(sentences(r"We waited an hour.\n\nThe \"soup\" was cold! Never again. Bye"))
    ['We waited an hour.', 'The "soup" was cold!']
    """
    plain = review.replace('\\"', '"').replace('""', '"')
    for paragraph in plain.replace("\\n", "\n").split("\n"):
        for sentence in END.split(paragraph):
            if SHORTEST <= len(sentence.split()) <= LONGEST:
                yield " ".join(sentence.split())


def read(path: Path) -> StyledRows:
    """Return the rows from a folder of sentence files."""
    rows = read_styled(path, text_column="text", label_column="label")
    return StyledRows([row._replace(style=NUMBERED.get(row.style, row.style)) for row in rows])


CORPUS = StyledCorpus(
    name="yelp",
    summary=(
        "English sentences of reviews of places, positive and negative; the usual sentence files"
        " with --corpus-path, otherwise cut from whole reviews, not comparable"
    ),
    source=f"{HUB} on the hub at {REVISION[:7]}, or a local folder with --corpus-path",
    licence="yelp-licence",
    text_licence="Yelp's dataset terms: research use, not redistributed",
    version=1,
    build=build,
    read=read,
    suffixes=("",),
)
