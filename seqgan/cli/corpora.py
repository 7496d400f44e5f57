"""`seqgan corpora list | get NAME | show NAME | remove NAME`: the corpora and their cache."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated

import tyro
from torch import Tensor
from torch.nn import functional

from seqgan.cli import nearest
from seqgan.data.cache import cache_folder, cached_bytes, load_corpus, remove_corpus
from seqgan.data.corpus import AnyCorpus, Corpus, PointCorpus, Row, all_corpora, find_any
from seqgan.data.picture_corpus import PictureCorpus, load_pictures
from seqgan.data.pictures import PictureParts, Pictures
from seqgan.data.styled_corpus import StyledCorpus, StyledRows, load_styled
from seqgan.data.summary_corpus import SummaryCorpus, SummaryRows, load_summary
from seqgan.errors import UserError

Name = Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="NAME")]
SHADES = " .:-=+*#%@"
WIDEST = 28  # characters a picture
LINE = 96


def list_() -> None:
    """List the corpora: name, kind, whether and how large in the cache, licences, what they are."""
    header = ("NAME", "HOLDS", "CACHED", "LICENCE", "LICENCE OF THE CONTENT")
    corpora = all_corpora().values()
    table = [header, *(table_row(corpus) for corpus in corpora)]
    widths = [max(len(row[column]) for row in table) for column in range(len(header))]
    for row in table:
        print(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        )
    print()
    for corpus in corpora:
        print(f"{corpus.name}: {corpus.summary}\n  from {corpus.source}")
    print(f"\nCache: {cache_folder()} (another with SEQGAN_CACHE)")


def table_row(corpus: AnyCorpus) -> tuple[str, str, str, str, str]:
    """Return what `list` says of a corpus; "-" where the cache has no part in it."""
    size = cached_bytes(corpus.name)
    cached = ("no" if corpus.kept else "-") if size is None else megabytes(size)
    return corpus.name, corpus.holds, cached, corpus.licence, corpus.content_licence


def get(name: Name, offline: bool = False) -> None:
    """Fetch a corpus, verify it, and keep it in the cache; nothing happens if it is there.

    Args:
        name: Which corpus; `seqgan corpora list` names them.
        offline: Never use the network: only say whether the cache holds it.
    """
    corpus = find_any(name)
    if isinstance(corpus, PictureCorpus):
        what = count_pictures(load_pictures(name, offline=offline))
    elif isinstance(corpus, Corpus):
        what = count_turns(load_corpus(corpus, offline=offline))
    elif isinstance(corpus, StyledCorpus):
        what = count_styled(load_styled(corpus, offline=offline))
    elif isinstance(corpus, SummaryCorpus):
        what = count_summaries(load_summary(corpus, offline=offline))
    else:
        what = corpus.summary
    where = f"{megabytes(cached_bytes(name) or 0)} in {cache_folder()}"
    print(f"{name}: {what}, {where if corpus.kept else 'nothing to keep in the cache'}")
    print(f"Licence of the content: {corpus.content_licence}")


def count_turns(rows: Sequence[Row]) -> str:
    """Return how much dialogue there is."""
    return f"{len(rows):,} turns in {len({row.dialogue for row in rows}):,} dialogues"


def count_styled(content: StyledRows) -> str:
    """Return how many sentences there are, and of which style."""
    styles = sorted(Counter(row.style for row in content.rows).items())
    told = ", ".join(f"{number:,} {style}" for style, number in styles)
    return f"{len(content.rows):,} sentences ({told})"


def count_summaries(content: SummaryRows) -> str:
    """Return how many documents and short texts there are."""
    documents = sum(bool(row.document) for row in content.rows)
    return f"{documents:,} documents, {sum(bool(row.short) for row in content.rows):,} short texts"


def count_pictures(parts: PictureParts) -> str:
    """Return how many pictures there are, of which shape, in how many classes."""
    channels, height, width = parts.train.shape
    color = "grey" if channels == 1 else "color"
    classes = f" of {len(parts.train.label_names):,} classes" if parts.train.label_names else ""
    return (
        f"{len(parts.train):,} pictures{classes} to train and {len(parts.test):,} held out,"
        f" {width} x {height} {color}"
    )


def show(name: Name, num: int = 5, offline: bool = False, path: Path | None = None) -> None:
    """Show the beginning of a corpus, which is fetched if need be.

    Args:
        name: Which corpus; `seqgan corpora list` names them.
        num: How many turns, pictures, sentences of a style, or documents.
        offline: Never use the network: only what is in the cache.
        path: A local copy of a corpus of pictures, or your own: a folder or an .npz.
    """
    if num < 1:
        raise UserError(f"--num {num}: give 1 or more, of turns, pictures or texts, to show")
    corpus = find_any(name)
    if path is not None and not isinstance(corpus, PictureCorpus):
        raise UserError(f"--path is for corpora of pictures, and {name} holds {corpus.holds}")
    if isinstance(corpus, PictureCorpus):
        lines = picture_lines(load_pictures(name, path=path, offline=offline), num)
    elif isinstance(corpus, Corpus):
        lines = turn_lines(load_corpus(corpus, offline=offline), num)
    elif isinstance(corpus, StyledCorpus):
        lines = styled_lines(load_styled(corpus, offline=offline), num)
    elif isinstance(corpus, SummaryCorpus):
        lines = summary_lines(load_summary(corpus, offline=offline), num)
    elif isinstance(corpus, PointCorpus):
        lines = iter((corpus.summary, *corpus.facts))
    for line in lines:
        print(line)


def turn_lines(rows: Sequence[Row], num: int) -> Iterator[str]:
    """Yield the first turns of a dialogue, and how many more there are."""
    width = max(len(row.speaker) for row in rows[:num])
    for row in rows[:num]:
        yield f"{row.dialogue:>5}  {row.speaker.ljust(width)}  {row.text}"
    if len(rows) > num:
        yield f"... and {len(rows) - num:,} more turns"


def styled_lines(content: StyledRows, num: int) -> Iterator[str]:
    """Yield the first sentences of each style, counts, and remarks."""
    styles = sorted({row.style for row in content.rows})
    width = max(map(len, styles))
    for style in styles:
        for row in [row for row in content.rows if row.style == style][:num]:
            yield f"{style.ljust(width)}  {row.text}"
    yield count_styled(content)
    yield from content.remarks


def summary_lines(content: SummaryRows, num: int) -> Iterator[str]:
    """Yield the first documents, each over its short text, counts, and remarks."""
    for row in content.rows[:num]:
        yield f"{row.document}\n  -> {row.short}"
    yield count_summaries(content)
    yield from content.remarks


def picture_lines(parts: PictureParts, num: int) -> Iterator[str]:
    """Yield the first training pictures as characters side by side, counts, and remarks."""
    blocks = list(character_pictures(parts.train, num))
    across = max(1, LINE // (len(blocks[0][0]) + 2))
    for start in range(0, len(blocks), across):
        for line in zip(*blocks[start : start + across], strict=True):
            yield "  ".join(line).rstrip()
    yield count_pictures(parts)
    yield from parts.remarks


def character_pictures(pictures: Pictures, num: int) -> Iterator[list[str]]:
    """Yield each of the first pictures as lines of one width, its label on top.

    Characters are twice as high as wide, so two rows of pixels make a line.
    """
    _, height, width = pictures.shape
    columns = min(2 * width if 2 * width <= WIDEST else width, WIDEST)
    rows = max(1, round(columns * height / width / 2))
    grey_NHW = pictures.images[:num].float().mean(1)
    small_NHW = functional.adaptive_avg_pool2d(grey_NHW, (rows, columns))
    for label, picture_HW in zip(pictures.labels.tolist(), small_NHW, strict=False):
        title = pictures.label_names[label] if pictures.label_names else ""
        yield [title[:columns].ljust(columns), *map(shaded, picture_HW), " " * columns]


def shaded(row_W: Tensor) -> str:
    """Return a row of pixels from 0 to 255 as characters.

    >>> shaded(Tensor([0.0, 128.0, 255.0]))
    ' +@'
    """
    return "".join(SHADES[int(shade * (len(SHADES) - 1) / 255 + 0.5)] for shade in row_W.tolist())


def remove(name: Name) -> None:
    """Remove a corpus from the cache.

    Args:
        name: Which corpus; `seqgan corpora list` names them.
    """
    find_any(name)
    freed = remove_corpus(name)
    print(f"{name}: {megabytes(freed)} freed" if freed else f"{name} was not in the cache")


def megabytes(size: int) -> str:
    """Return a number of bytes as text.

    >>> megabytes(5_630_000)
    '5.6 MB'
    """
    return f"{size / 1e6:.1f} MB"


VERBS: dict[str, Callable[..., None]] = {"list": list_, "get": get, "show": show, "remove": remove}


def run_corpora(args: Sequence[str]) -> None:
    """Run one of the verbs of `seqgan corpora`."""
    if args and not args[0].startswith("-") and args[0] not in VERBS:
        raise nearest(args[0], list(VERBS), "verb")
    tyro.extras.subcommand_cli_from_dict(VERBS, args=args, prog="seqgan corpora")
