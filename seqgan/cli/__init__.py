"""`seqgan VERB ...`: a module for each group of verbs, imported when it is used."""

import difflib
import importlib
import sys
from collections.abc import Callable, Sequence
from io import TextIOWrapper

from seqgan.core.launch import guarded
from seqgan.errors import UserError
from seqgan.version import __version__

VERBS = {
    "corpora": ("corpora", "list, get, show or remove a corpus"),
    "train": ("train", "run a recipe: seqgan train chatbot_pg"),
    "sample": ("talk", "sampled replies, or a PNG of pictures, of a trained run"),
    "chat": ("talk", "talk with a trained run, or answer a pipe line by line"),
    "transfer": ("transfer", "sentences in another style: seqgan transfer RUN --to STYLE TEXT"),
    "summarize": ("summarize", "documents in a few words: seqgan summarize RUN FILE --words 8"),
    "rate": ("rate", "let people judge a run's replies, in the terminal or --web"),
    "evaluate": ("judge", "judge a run's models on held-out data again"),
    "results": ("results", "run the missing cells of a results table"),
    "report": ("judge", "write a run's report.html again, finished or not"),
}


def usage() -> str:
    """Return the help of the whole command."""
    verbs = "\n".join(f"  {name:<10}{what}" for name, (_, what) in VERBS.items())
    return (
        f"usage: seqgan VERB ...     (seqgan VERB --help says more)\n\nverbs:\n{verbs}\n\n"
        "  --version prints the version"
    )


def nearest(name: str, known: Sequence[str], what: str) -> UserError:
    """Return the error for an unknown name, with the nearest known one."""
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {close[0]}?" if close else f"known: {', '.join(known)}"
    return UserError(f"unknown {what} {name!r}: {hint}")


def run_verb(verb: str, args: Sequence[str]) -> int:
    """Run one verb; returns the exit code."""
    if verb not in VERBS:
        raise nearest(verb, list(VERBS), "verb")
    module = importlib.import_module(f"seqgan.cli.{VERBS[verb][0]}")
    action: Callable[[Sequence[str]], int | None] = getattr(module, f"run_{verb}")
    return action(args) or 0


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8")  # as texts are read, whatever the terminal's is
    args = list(sys.argv[1:] if argv is None else argv)
    if not args or args[0] in ("-h", "--help"):
        print(usage())
        return 0 if args else 2
    if args[0] == "--version":
        print(f"seqgan {__version__}")
        return 0
    return guarded(lambda: run_verb(args[0], args[1:]))
