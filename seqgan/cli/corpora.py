"""`seqgan corpora list | get NAME | show NAME | remove NAME`: the corpora and their cache."""

from collections.abc import Callable, Sequence
from typing import Annotated

import tyro

from seqgan.cli import nearest
from seqgan.data.cache import cache_folder, cached_bytes, load_corpus, remove_corpus
from seqgan.data.corpus import Corpus, all_corpora, find_corpus
from seqgan.errors import UserError

Name = Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="NAME")]


def list_() -> None:
    """List the corpora: name, whether and how large in the cache, licences, what they are."""
    header = ("NAME", "CACHED", "LICENCE", "LICENCE OF THE TEXT")
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


def table_row(corpus: Corpus) -> tuple[str, str, str, str]:
    """Return what `list` says of a corpus."""
    size = cached_bytes(corpus.name)
    cached = "no" if size is None else megabytes(size)
    return corpus.name, cached, corpus.licence, corpus.text_licence


def get(name: Name, offline: bool = False) -> None:
    """Fetch a corpus, verify it, and keep it in the cache; nothing happens if it is there.

    Args:
        name: Which corpus; `seqgan corpora list` names them.
        offline: Never use the network: only say whether the cache holds it.
    """
    corpus = find_corpus(name)
    rows = load_corpus(corpus, offline=offline)
    dialogues = len({row.dialogue for row in rows})
    size = megabytes(cached_bytes(name) or 0)
    print(f"{name}: {len(rows):,} turns in {dialogues:,} dialogues, {size} in {cache_folder()}")
    print(f"Licence of the text: {corpus.text_licence}")


def show(name: Name, num: int = 5, offline: bool = False) -> None:
    """Show the first turns of a corpus, which is fetched if need be.

    Args:
        name: Which corpus; `seqgan corpora list` names them.
        num: How many turns.
        offline: Never use the network: only what is in the cache.
    """
    if num < 1:
        raise UserError(f"--num {num}: give 1 or more turns to show")
    rows = load_corpus(find_corpus(name), offline=offline)
    width = max(len(row.speaker) for row in rows[:num])
    for row in rows[:num]:
        print(f"{row.dialogue:>5}  {row.speaker.ljust(width)}  {row.text}")
    if len(rows) > num:
        print(f"... and {len(rows) - num:,} more turns")


def remove(name: Name) -> None:
    """Remove a corpus from the cache.

    Args:
        name: Which corpus; `seqgan corpora list` names them.
    """
    find_corpus(name)
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
