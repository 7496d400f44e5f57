"""The user's own texts in styles: a text file a style, a folder of such files, or one table.

In a folder the names say which part and which style: `NAME.train.neg.txt`, `NAME.dev.pos.txt`,
`sentiment.test.0`. What all names share says nothing; the rest is the style. Behind a sentence of
a test file, or of a file called `reference`, human rewrites into the other style may follow,
separated by tabs. A table (`.csv`, `.tsv`) has a column of texts and one of labels.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from seqgan.data.files import SPLITS, numbered_lines, read_table, split_of
from seqgan.data.styled_corpus import StyledRow
from seqgan.errors import UserError

TABLES = (".csv", ".tsv")
LONG_NAMES = {"neg": "negative", "pos": "positive"}
REFERENCE = re.compile(r"references?\d*")
ABOUT = ("readme", "license", "licence")  # files beside the data
MOST_STYLES = 12
PAIRS = "give --styles NAME=FILE NAME=FILE, a folder of files named by style, or one table"


def read_styled(path: Path, *, text_column: str, label_column: str) -> list[StyledRow]:
    """Return the rows of a folder or a table.

    Raises:
        UserError: the path is missing, empty or broken, or holds a single style.
    """
    if not path.exists():
        raise UserError(f"there is no file or folder {path}: check --corpus-path")
    if path.suffix.lower() in TABLES and not path.is_dir():
        rows = read_labels(path, text_column=text_column, label_column=label_column)
    elif path.is_dir():
        rows = read_folder(path, text_column=text_column, label_column=label_column)
    else:
        raise UserError(f"{path} is one file, so only one style: two or more are needed; {PAIRS}")
    require_styles([row.style for row in rows], str(path))
    return rows


def has_table(path: Path) -> bool:
    """Return whether the path is a table, or a folder that is read for its tables."""
    if not path.is_dir():
        return path.suffix.lower() in TABLES
    return not any(map(is_text, files_in(path)))


def files_in(folder: Path) -> list[Path]:
    """Return a folder's files of data, in order."""
    return [file for file in sorted(folder.iterdir()) if file.is_file() and not is_about(file)]


def read_folder(path: Path, *, text_column: str, label_column: str) -> list[StyledRow]:
    """Return the rows of a folder's text files, or else of its tables."""
    found = files_in(path)
    if not (files := [file for file in found if is_text(file)]):
        tables = [file for file in found if file.suffix.lower() in TABLES]
        if not tables:
            raise UserError(f"the folder {path} holds no .txt, .csv or .tsv file: {PAIRS}")
        return with_test(
            [
                row._replace(split=split_of(file))
                for file in tables
                for row in read_labels(file, text_column=text_column, label_column=label_column)
            ]
        )
    rows: list[StyledRow] = []
    for file, style in zip(files, styles_of(files), strict=True):
        if is_reference(file):
            rows += read_lines(file, style, split="test", rewritten=True)
        else:
            split = split_of(Path(file.name.removesuffix(".txt") + ".txt"))
            rows += read_lines(file, style, split=split, rewritten=split in ("test", "validation"))
    return with_test(rows)


def with_test(rows: list[StyledRow]) -> list[StyledRow]:
    """Return the rows, those of development files being the test where there is no other."""
    if any(row.split == "test" for row in rows):
        return rows
    return [row._replace(split="test") if row.split == "validation" else row for row in rows]


def is_about(file: Path) -> bool:
    """Return whether the file tells about the data, or is hidden."""
    return file.name.lower().startswith((*ABOUT, "."))


def is_text(file: Path) -> bool:
    """Return whether the file's name ends in `.txt` or, as in `sentiment.train.0`, in a number."""
    return file.suffix.lower() == ".txt" or file.suffix[1:].isdigit()


def is_reference(file: Path) -> bool:
    """Return whether the file's name says that it holds human rewrites."""
    return any(REFERENCE.fullmatch(word) for word in words_of(file))


def words_of(file: Path) -> list[str]:
    """Return the words of a file's name.

    >>> words_of(Path("yelp.train.neg.txt")), words_of(Path("sentiment.dev.0"))
    (['yelp', 'train', 'neg'], ['sentiment', 'dev', '0'])
    """
    name = re.sub(r"\.(txt|csv|tsv)$", "", file.name.lower())
    return [word for word in re.split(r"[._\s-]+", name) if word]


def styles_of(files: Sequence[Path]) -> list[str]:
    """Return the style that each file's name says.

    >>> styles_of([Path("a.train.neg.txt"), Path("a.dev.pos.txt"), Path("a.dev.neg.txt")])
    ['negative', 'positive', 'negative']
    >>> styles_of([Path("sentiment.train.0"), Path("sentiment.train.1"), Path("reference.1")])
    ['0', '1', '1']
    """
    telling = [[word for word in words_of(file) if word not in SPLITS] for file in files]
    plain = [words for file, words in zip(files, telling, strict=True) if not is_reference(file)]
    shared = set.intersection(*map(set, plain)) if len(plain) > 1 else set()
    names = [
        [word for word in words if word not in shared and not REFERENCE.fullmatch(word)]
        for words in telling
    ]
    return ["-".join(LONG_NAMES.get(word, word) for word in words) or "text" for words in names]


def read_pairs(pairs: Sequence[str]) -> list[StyledRow]:
    """Return the rows of files given as NAME=FILE.

    Raises:
        UserError: there are fewer than two, one is no pair, two are the same, a file's name tells
            of another style than its own, or a file is missing, empty or not UTF-8.
    """
    files: dict[str, Path] = {}
    for pair in pairs:
        name, equals, file = pair.partition("=")
        if not (equals and name.strip() and file.strip()):
            raise UserError(f"--styles {pair}: expected NAME=FILE, such as negative=complaints.txt")
        if name.strip() in files:
            raise UserError(f"--styles names {name.strip()!r} twice: give each style one file")
        files[name.strip()] = Path(file.strip()).expanduser()
    require_styles(list(files), "--styles")
    for name, path in files.items():
        if not path.is_file():
            raise UserError(f"--styles {name}={path}: there is no such file")
    refuse_swapped(files)
    return [row for name, path in files.items() for row in read_lines(path, name)]


def refuse_swapped(files: dict[str, Path]) -> None:
    """Raise a UserError for a file given twice, or whose name tells of another of the styles."""
    seen: dict[Path, str] = {}
    for name, path in files.items():
        if other := seen.get(path.resolve()):
            raise UserError(
                f"styles {other!r} and {name!r} are the same file {path}: give each its own"
            )
        seen[path.resolve()] = name
        told = {LONG_NAMES.get(word, word) for word in words_of(path)}
        own = LONG_NAMES.get(name.lower(), name.lower())
        others = [one for one in files if LONG_NAMES.get(one.lower(), one.lower()) in told - {own}]
        if others and own not in told:
            raise UserError(
                f"--styles {name}={path}: the file's name tells of style {others[0]!r}; if the two"
                " are swapped, swap them back, else give the file another name"
            )


def read_lines(
    path: Path, style: str, *, split: str = "", rewritten: bool = False
) -> list[StyledRow]:
    """Return a row for each line that is not blank; with `rewritten`, tabs part off the rewrites.

    Raises:
        UserError: the file cannot be read, is empty or not UTF-8, or only some lines have rewrites.
    """
    if path.is_file() and not path.stat().st_size:
        raise UserError(f"{path} is empty: expected one sentence a line")
    lines = [(number, line.strip()) for number, line in numbered_lines(path) if line.strip()]
    if not rewritten or not any("\t" in line for _, line in lines):
        return [StyledRow(style, line, split=split) for _, line in lines]
    rows: list[StyledRow] = []
    for number, line in lines:
        text, *rewrites = (field.strip() for field in line.split("\t"))
        if not text or not rewrites or not all(rewrites):
            raise UserError(
                f"{path} line {number}: expected a sentence and its human rewrites, separated by"
                " tabs, as on other lines"
            )
        rows.append(StyledRow(style, text, split=split, rewrites=tuple(rewrites)))
    return rows


def read_labels(path: Path, *, text_column: str, label_column: str) -> list[StyledRow]:
    """Return the rows of a table, the label of each being its style.

    Raises:
        UserError: a column is missing, a row is broken, or labels tell no styles.
    """
    wanted = {"--text-column": text_column, "--label-column": label_column}
    table = read_table(path, wanted)
    rows = [StyledRow(label.strip(), text) for text, label in table]
    labels = list(dict.fromkeys(row.style for row in rows))
    if len(labels) > MOST_STYLES:
        raise UserError(
            f"the label column {label_column!r} of {path} tells no styles: it has"
            f" {len(labels):,} different values ({', '.join(map(repr, labels[:3]))}, ...), at most"
            f" {MOST_STYLES} are taken; name another with --label-column"
        )
    return rows


def require_styles(styles: Sequence[str], where: str) -> None:
    """Raise a UserError for fewer than two styles."""
    names = list(dict.fromkeys(styles))
    if len(names) < 2:
        only = f"only one style, {names[0]!r}" if names else "no style"
        raise UserError(f"{where} gives {only}: two or more are needed; {PAIRS}")
