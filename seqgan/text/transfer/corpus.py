"""Texts in styles in four parts: train, judges, validation, test.

The transfer model learns from one half of the training texts; the classifiers and the language
model that judge it learn from the other, which it never sees. Where files say which part is which
(a folder with NAME.dev.neg.txt and its fellows), the test part is theirs; otherwise 10 % of a style
are the test, at most 2,000, and 5 % choose among models, at most 1,000. Which sentence goes where
depends on the sentences alone, never on their order or a run's seed; what was cut from one review
stays together; no sentence stands in two parts, and none that stands in two styles is kept.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from seqgan.data.corpus import all_corpora
from seqgan.data.doubtful_labels import Unit, agreement
from seqgan.data.styled_corpus import StyledCorpus, StyledRow, StyledRows, find_styled, load_styled
from seqgan.data.styled_files import has_table, read_pairs, read_styled
from seqgan.errors import UserError
from seqgan.metrics.words import all_chinese
from seqgan.text.transfer.parts import Parts, share_out, unambiguous
from seqgan.text.words import count_words, normalize_spaces

LONGEST, LONGEST_CHINESE = 20, 30
LEAST_SENTENCES = 60  # of a style
TEXT_COLUMN, LABEL_COLUMN = "text", "label"
CHECKED = 4000  # sentences of a style that tell its language, and whether test files are swapped


@dataclass(kw_only=True, frozen=True)
class StyleOptions:
    """The texts in two or more styles to learn from."""

    corpus: str = "reviews"
    """A corpus of texts in styles (`seqgan corpora list`); for files of your own a name."""
    corpus_path: Path | None = None
    """Your own table (.csv or .tsv) of texts and labels, or a folder with a text file a style, such
    as negative.txt and positive.txt or NAME.train.neg.txt and so on; or a copy of a corpus."""
    styles: tuple[str, ...] = ()
    """Your own text files, one sentence a line, as NAME=FILE, one for each of two or more styles;
    in place of --corpus-path."""
    text_column: str = TEXT_COLUMN
    """The column of a table that holds the texts."""
    label_column: str = LABEL_COLUMN
    """The column of a table that names the style of each."""
    max_words: int = 0
    """Longest sentence in words (Chinese: characters); longer ones are left out. 0 takes 20, for
    Chinese 30."""
    vocab_size: int = 0
    """Subwords in the vocabulary; 0 takes 4,000, or as many as a small corpus allows."""


@dataclass(frozen=True)
class StyledTexts:
    """Different sentences in four parts, each a list for each style.

    A label is a place in `styles`. `references` holds, for each test sentence, what people made of
    it in the other style; None where nobody did. `checksum` is over all texts, `remarks` are what a
    reader of figures on them should know.
    """

    styles: tuple[str, ...]
    train: list[list[str]]
    judges: list[list[str]]
    validation: list[list[str]]
    test: list[list[str]]
    references: list[list[list[str]]] | None
    checksum: str
    remarks: list[str] = field(default_factory=list)


def load_styles(options: StyleOptions, *, offline: bool) -> StyledTexts:
    """Return the texts of the options in four parts.

    Raises:
        UserError: nothing can be learned from them: a single style, styles that are the same or
            swapped, too few sentences; or files or columns are missing or broken.
    """
    if options.max_words < 0:
        raise UserError(
            f"--max-words is {options.max_words}: give 1 or more, or 0 for the usual limit"
        )
    if options.vocab_size < 0:
        raise UserError(f"--vocab-size is {options.vocab_size}: it must be 0 or more")
    content = read_rows(options, offline=offline)
    rows = [normalized(row) for row in content.rows if any(map(str.isalnum, row.text))]
    styles = tuple(sorted({row.style for row in rows}))
    if options.styles and len(styles) > 1:  # a person's own order
        styles = tuple(pair.partition("=")[0].strip() for pair in options.styles)
    remarks = list(content.remarks)
    kept = short_enough(unambiguous(rows, styles, remarks), options.max_words, styles, remarks)
    refuse_little(kept, styles)
    parts = share_out(kept, styles, remarks)
    refuse_swapped(parts, styles)
    return StyledTexts(
        styles=styles,
        **{part: [texts(rows) for rows in getattr(parts, part)] for part in Parts._fields},
        references=references_of(parts.test),
        checksum=checksum_of(rows),
        remarks=remarks,
    )


def read_rows(options: StyleOptions, *, offline: bool) -> StyledRows:
    """Return the rows of a named corpus, of a local copy of one, or of the user's own files."""
    path = options.corpus_path
    for flag, value, usual in (
        ("--text-column", options.text_column, TEXT_COLUMN),
        ("--label-column", options.label_column, LABEL_COLUMN),
    ):
        if value != usual and (path is None or not has_table(path)):
            raise UserError(
                f"{flag} {value} is for a table: give one with --corpus-path, or leave it out"
            )
    if options.styles:
        if path is not None:
            raise UserError(
                f"--styles and --corpus-path {path} both say where the texts are: give one of them"
            )
        return StyledRows(read_pairs(options.styles))
    if path is None:
        return load_styled(find_styled(options.corpus), offline=offline)
    source = all_corpora().get(options.corpus)
    try:
        if isinstance(source, StyledCorpus) and path.exists() and source.reads(path):
            return source.read(path)
        return StyledRows(
            read_styled(path, text_column=options.text_column, label_column=options.label_column)
        )
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror or error}") from error


def normalized(row: StyledRow) -> StyledRow:
    """Return the row with single spaces and no control characters."""
    text = normalize_spaces(row.text)
    return row if text == row.text else row._replace(text=text)


def short_enough(
    rows: list[StyledRow], max_words: int, styles: Sequence[str], remarks: list[str]
) -> list[StyledRow]:
    """Return the rows of at most `max_words` words (0: the usual limit), which remarks count.

    Raises:
        UserError: one style is Chinese and another is not.
    """
    of_style = {style: [row.text for row in rows if row.style == style] for style in styles}
    chinese = {style: all_chinese(texts[:CHECKED]) for style, texts in of_style.items()}
    if len(set(chinese.values())) > 1:
        told = ", ".join(f"{style} {'Chinese' if chinese[style] else 'not'}" for style in chinese)
        raise UserError(f"the styles are in different scripts ({told}): give them in one language")
    is_chinese = all(chinese.values())
    limit = max_words or (LONGEST_CHINESE if is_chinese else LONGEST)
    kept = [row for row in rows if count_words(row.text) <= limit]
    if dropped := len(rows) - len(kept):
        unit = "characters" if is_chinese else "words"
        remarks.append(f"{dropped:,} sentences of more than {limit} {unit} were left out")
    return kept


def refuse_little(rows: Sequence[StyledRow], styles: Sequence[str]) -> None:
    """Raise a UserError for fewer than two styles, or too few sentences of one."""
    if len(styles) < 2:
        raise UserError(f"there is text in one style only ({', '.join(styles)}): give two or more")
    for style in styles:
        own = {row.text.casefold() for row in rows if row.style == style and row.split != "test"}
        if len(own) < LEAST_SENTENCES:
            raise UserError(
                f"style {style!r} has {len(own)} different sentences to learn from that are short"
                f" enough: at least {LEAST_SENTENCES} are needed"
            )


def refuse_swapped(parts: Parts, styles: Sequence[str]) -> None:
    """Raise a UserError where given sentences that nothing learns from look like another style.

    A classifier of the training texts then guesses far fewer of their styles than chance would.
    """
    known = [row for rows in parts.judges for row in rows[:CHECKED]]
    unit: Unit = "char" if all_chinese(row.text for row in known) else "word"
    for split, rows_of_style in (("validation", parts.validation), ("test", parts.test)):
        given = [[row for row in rows if row.split == split] for rows in rows_of_style]
        if not any(given):
            continue
        share = agreement(known, [row for rows in given for row in rows[:CHECKED]], unit)
        if share < 0.6 / len(styles):
            raise UserError(
                f"the files of the {split} part look swapped: a classifier of the training"
                f" sentences finds only {share:.0%} of their styles ({', '.join(styles)}); check"
                " the files' names"
            )


def texts(rows: Sequence[StyledRow]) -> list[str]:
    """Return the texts of the rows."""
    return [row.text for row in rows]


def references_of(test: Sequence[Sequence[StyledRow]]) -> list[list[list[str]]] | None:
    """Return the rewrites of each test sentence of each style, None where there are none at all.

    Raises:
        UserError: there are more than two styles, so that "the other" has no meaning.
    """
    if not any(row.rewrites for rows in test for row in rows):
        return None
    if len(test) != 2:
        raise UserError(
            f"human rewrites stand behind test sentences of {len(test)} styles: with more than two"
            " it is unclear into which; take them out"
        )
    return [[list(map(normalize_spaces, row.rewrites)) for row in rows] for rows in test]


def checksum_of(rows: Sequence[StyledRow]) -> str:
    """Return the sha256 over all texts, their styles, parts and rewrites, in whatever order."""
    digest = hashlib.sha256()
    for line in sorted("\t".join((row.style, row.split, row.text, *row.rewrites)) for row in rows):
        digest.update(line.encode() + b"\n")
    return digest.hexdigest()
