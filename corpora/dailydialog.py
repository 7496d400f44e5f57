"""DailyDialog: written everyday conversations for learners of English (arXiv:1710.03957).

Script datasets no longer load, so the rows come from a copy on the hub that holds parquet files,
pinned to one commit, or from local files: the folder with `dailydialog.train.txt`,
`dailydialog.valid.txt` and `dailydialog.test.txt`, one dialogue a line, turns separated by
`__eou__`, or a folder of parquet files named by their split.
"""

from pathlib import Path

from seqgan.data.corpus import Corpus, Row
from seqgan.data.files import read_dialogue
from seqgan.data.hub import load_column
from seqgan.errors import UserError

HUB = "OpenRL/daily_dialog"
REVISION = "c4712f3ef3861c73d6fc985a9ef04ba4c70997b3"
FILES = {split: f"data/{split}-*.parquet" for split in ("train", "validation", "test")}
COLUMN = "dialog"
# Curly quotes stand beside straight ones at random.
PLAIN = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"'})


def build() -> list[Row]:
    """Return the rows from the hub."""
    return rows_of(load_column(HUB, REVISION, FILES, COLUMN))


def read(path: Path) -> list[Row]:
    """Return the rows from a folder of parquet or text files, or from one text file."""
    parquet = sorted(path.rglob("*.parquet")) if path.is_dir() else []
    if parquet:
        found = {
            split: [str(file) for file in parquet if file.name.startswith(split)] for split in FILES
        }
        if not all(found.values()):
            raise UserError(
                f"{path} lacks parquet files of a split: expected names that begin with"
                f" {', '.join(FILES)}"
            )
        return rows_of(load_column("parquet", None, found, COLUMN))
    return [plain(row) for row in read_dialogue(path)]


def rows_of(splits: dict[str, list[list[str]]]) -> list[Row]:
    """Return the rows of the dialogues of each split, numbered through, speakers alternating."""
    dialogues = [(split, turns) for split, items in splits.items() for turns in items]
    return [
        plain(Row(number, "AB"[place % 2], text, split))
        for number, (split, turns) in enumerate(dialogues)
        for place, text in enumerate(turns)
    ]


def plain(row: Row) -> Row:
    """Return the row with straight quotes and no spaces outside."""
    return row._replace(text=row.text.translate(PLAIN).strip())


CORPUS = Corpus(
    name="dailydialog",
    summary="English everyday conversations, 13,118 dialogues, split by their authors",
    source=f"{HUB} on the hub at {REVISION[:7]}, or local files with --corpus-path",
    licence="CC BY-NC-SA 4.0",
    text_licence="CC BY-NC-SA 4.0",
    version=1,
    build=build,
    read=read,
    suffixes=("", ".txt"),
)
