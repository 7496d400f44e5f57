"""Documents and short texts in parts: two sides to learn from, judges, validation, test.

The two sides are never aligned: where a corpus has pairs, the documents of one half and the short
texts of the other are learned from. `aligned` holds the pairs that this keeps apart, for the dial
of supervision. The language model and the classifier of the report learn from the judges' part
alone. Which text goes where depends on the texts, never on their order or a run's seed.
"""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from seqgan.data.corpus import all_corpora, rows_checksum
from seqgan.data.summary_corpus import (
    SummaryCorpus,
    SummaryRow,
    SummaryRows,
    find_summary,
    load_summary,
)
from seqgan.data.summary_files import TABLES, Columns, read_apart, read_own
from seqgan.errors import UserError
from seqgan.metrics.words import all_chinese
from seqgan.text.summary.parts import Parts, digest_of, share_out
from seqgan.text.words import count_words, first_words, normalize_spaces

LONGEST, LONGEST_CHINESE = 60, 120  # words of a document
LEAST_TEXTS = 60  # of a side
CHECKED = 4000  # texts of a side that tell its language
DOCUMENT_COLUMN, SHORT_COLUMN = "document", "short"


@dataclass(kw_only=True, frozen=True)
class SummaryCorpusOptions:
    """The documents and the short texts to learn from."""

    corpus: str = "packages"
    """A corpus of documents and short texts (`seqgan corpora list`); for files of your own a
    name."""
    corpus_path: Path | None = None
    """A local copy of the corpus; or your own: a table (.jsonl, .csv or .tsv) of pairs, or a folder
    with files named documents and shorts, and pairs where there are any to evaluate with."""
    documents: Path | None = None
    """Your own documents, one a line (.txt) or in a column (.jsonl, .csv, .tsv); with --shorts."""
    shorts: Path | None = None
    """Your own short texts, about whatever: they need not belong to the documents."""
    evaluation_pairs: Path | None = None
    """Your own table of documents with their short texts: only the report looks at them."""
    document_column: str = DOCUMENT_COLUMN
    """The column that holds the documents."""
    short_column: str = SHORT_COLUMN
    """The column that holds the short texts."""
    document_words: int = 0
    """Longest document in words (Chinese: characters); longer ones are cut there. 0 takes 60, for
    Chinese 120."""
    vocab_size: int = 0
    """Subwords in the vocabulary; 0 takes 4,000, or as many as a small corpus allows."""


@dataclass(frozen=True)
class SummaryPair:
    """A document and what a person wrote for it; "" for one that nobody knows."""

    document: str
    short: str


@dataclass(frozen=True)
class SummaryTexts:
    """Documents and short texts in parts, each in an order that their content fixes.

    `documents` and `shorts` tell of different things. `aligned` are pairs of both sides, none where
    files are unpaired; there `judges` and `validation` hold documents and short texts apart, and
    `test` documents alone. `human` are short texts of people that stand in no other part, those of
    the test where it has any. `usual_words` is the mean length of `shorts` (Chinese: in
    characters), `checksum` is over all texts, `remarks` are what a reader of figures should know.
    """

    documents: list[str]
    shorts: list[str]
    aligned: list[SummaryPair]
    judges: list[SummaryPair]
    validation: list[SummaryPair]
    test: list[SummaryPair]
    human: list[str]
    chinese: bool
    checksum: str
    usual_words: int
    remarks: list[str] = field(default_factory=list)


def taught(texts: SummaryTexts, pairs: int) -> list[SummaryPair]:
    """Return the pairs that `--pairs` learns from; -1 stands for all.

    Raises `UserError` where there are not so many.
    """
    wanted = len(texts.aligned) if pairs < 0 else pairs
    if wanted > len(texts.aligned) or (pairs and not texts.aligned):
        raise UserError(
            f"--pairs {pairs}: the corpus has {len(texts.aligned):,} pairs to learn from"
        )
    return texts.aligned[:wanted]


def load_summary_texts(options: SummaryCorpusOptions, *, offline: bool) -> SummaryTexts:
    """Return the texts of the options in parts.

    Raises:
        UserError: there is too little to learn from, documents and short texts are the same or in
            different scripts, or files or columns are missing or broken.
    """
    for flag, number in (
        ("--document-words", options.document_words),
        ("--vocab-size", options.vocab_size),
    ):
        if number < 0:
            raise UserError(f"{flag} is {number}: give 1 or more, or 0 for the usual number")
    content = read_rows(options, offline=offline)
    rows = [row for row in map(normalized, content.rows) if row.document or row.short]
    remarks = list(content.remarks)
    refuse_same(rows)
    chinese = in_chinese(rows)
    checksum = rows_checksum(sorted(rows))
    cut = cut_documents(rows, options.document_words, remarks, chinese=chinese)
    parts = share_out(cut, remarks)
    refuse_little(parts)
    warn_swapped(rows, remarks)
    return texts_of(parts, chinese=chinese, checksum=checksum, remarks=remarks)


def read_rows(options: SummaryCorpusOptions, *, offline: bool) -> SummaryRows:
    """Return the rows of a named corpus, of a local copy of one, or of the user's own files."""
    path = options.corpus_path
    refuse_mixed(options)
    columns = Columns(document=options.document_column, short=options.short_column)
    try:
        if options.documents is not None and options.shorts is not None:
            files = (options.documents, options.shorts, options.evaluation_pairs)
            return unpaired(read_apart(*files, columns=columns))
        if path is None:
            if options.corpus == "folder":
                raise UserError(
                    "corpus 'folder' is your own files: say where with --corpus-path, or with"
                    " --documents and --shorts"
                )
            return load_summary(find_summary(options.corpus), offline=offline)
        source = all_corpora().get(options.corpus)
        known = isinstance(source, SummaryCorpus) and path.exists() and source.reads(path)
        if isinstance(source, SummaryCorpus) and known and columns == Columns():
            return source.read(path)
        return unpaired(read_own(path, columns=columns))
    except OSError as error:
        raise UserError(f"{error.filename or path} cannot be read: {error.strerror}") from error


def refuse_mixed(options: SummaryCorpusOptions) -> None:
    """Raise a UserError for flags that say two things, or one thing by halves."""
    path = options.corpus_path
    files = {"--documents": options.documents, "--shorts": options.shorts}
    given = [flag for flag, file in files.items() if file is not None]
    if len(given) == 1:
        (missing,) = set(files) - set(given)
        raise UserError(f"{given[0]} needs {missing} as well: both sides are learned from")
    if given and path is not None:
        raise UserError(
            f"--documents and --corpus-path {path} both say where the texts are: give one of them"
        )
    if options.evaluation_pairs is not None and not given:
        raise UserError("--evaluation-pairs belongs to --documents and --shorts: give those too")
    tables = [
        one
        for one in (path, options.documents, options.shorts, options.evaluation_pairs)
        if one is not None and (one.is_dir() or one.suffix.lower() in TABLES)
    ]
    for flag, column, usual in (
        ("--document-column", options.document_column, DOCUMENT_COLUMN),
        ("--short-column", options.short_column, SHORT_COLUMN),
    ):
        if column != usual and not tables:
            raise UserError(f"{flag} {column} is for a table: give one, or leave it out")


def unpaired(rows: list[SummaryRow]) -> SummaryRows:
    """Return the rows of own files, with a remark where no pairs are among them."""
    if any(row.document and row.short for row in rows):
        return SummaryRows(rows)
    remark = (
        "there are no pairs to evaluate with: overlap with what people write is not measured (give"
        " some with --evaluation-pairs)"
    )
    return SummaryRows(rows, (remark,))


def normalized(row: SummaryRow) -> SummaryRow:
    """Return the row with single spaces; a text without letters or digits counts as none."""
    document, short = (
        normalize_spaces(text) if any(map(str.isalnum, text)) else ""
        for text in (row.document, row.short)
    )
    return row._replace(document=document, short=short)


def refuse_same(rows: Sequence[SummaryRow]) -> None:
    """Raise a UserError where most short texts stand among the documents too."""
    documents = {row.document.casefold() for row in rows if row.document}
    shorts = {row.short.casefold() for row in rows if row.short}
    if 2 * (both := len(documents & shorts)) > len(shorts) > 0:
        raise UserError(
            f"{both:,} of the {len(shorts):,} short texts are documents too: are the two the same?"
            " give documents and what is short about them apart"
        )


def in_chinese(rows: Sequence[SummaryRow]) -> bool:
    """Return whether the texts are Chinese.

    Raises:
        UserError: the documents are and the short texts are not, or the other way round.
    """
    documents = all_chinese([row.document for row in rows if row.document][:CHECKED])
    shorts = all_chinese([row.short for row in rows if row.short][:CHECKED])
    if documents != shorts:
        one, other = ("documents", "short texts") if documents else ("short texts", "documents")
        raise UserError(f"the {one} are Chinese and the {other} are not: give them in one language")
    return documents


def cut_documents(
    rows: Sequence[SummaryRow], most: int, remarks: list[str], *, chinese: bool
) -> list[SummaryRow]:
    """Return the rows with documents of at most `most` words (0: the usual limit)."""
    limit = most or (LONGEST_CHINESE if chinese else LONGEST)
    cut = [row._replace(document=first_words(row.document, limit)) for row in rows]
    if longer := sum(one != other for one, other in zip(rows, cut, strict=True)):
        unit = "characters" if chinese else "words"
        count = sum(bool(row.document) for row in rows)
        remarks.append(f"{longer:,} of {count:,} documents were cut at {limit} {unit}")
    return cut


def refuse_little(parts: Parts) -> None:
    """Raise a UserError where there are too few texts on a side."""
    for name, number in (("documents", len(parts.documents)), ("short texts", len(parts.shorts))):
        if number < LEAST_TEXTS:
            raise UserError(
                f"there are {number} different {name} to learn from: at least {LEAST_TEXTS} are"
                " needed, beside those that judge and test"
            )
    for name, rows in (("validation", parts.validation), ("test", parts.test)):
        if not any(row.document for row in rows):
            raise UserError(
                f"the {name} part has no document (one without letters or digits is none): give"
                " some where its texts are given"
            )


def warn_swapped(rows: Sequence[SummaryRow], remarks: list[str]) -> None:
    """Add a remark where the short texts are longer than the whole documents on average."""
    document = statistics.fmean(count_words(row.document) for row in rows if row.document)
    short = statistics.fmean(count_words(row.short) for row in rows if row.short)
    if short > document:
        remarks.append(
            f"the short texts have {short:.0f} words on average, the documents {document:.0f}: are"
            " the two swapped?"
        )


def texts_of(parts: Parts, *, chinese: bool, checksum: str, remarks: list[str]) -> SummaryTexts:
    """Return the rows of the parts as texts."""
    shorts = [row.short for row in parts.shorts]
    trained = [row for row in parts.documents + parts.shorts if row.document and row.short]
    return SummaryTexts(
        documents=[row.document for row in parts.documents],
        shorts=shorts,
        aligned=pairs_of(sorted(trained, key=lambda row: digest_of(row.document))),
        judges=pairs_of(parts.judges),
        validation=pairs_of(parts.validation),
        test=pairs_of([row for row in parts.test if row.document]),
        human=[row.short for row in parts.test if row.short],
        chinese=chinese,
        checksum=checksum,
        usual_words=round(statistics.fmean(map(count_words, shorts))),
        remarks=remarks,
    )


def pairs_of(rows: Sequence[SummaryRow]) -> list[SummaryPair]:
    """Return the texts of the rows."""
    return [SummaryPair(row.document, row.short) for row in rows]
