"""`seqgan rate RUN`: people judge a run's replies, in the terminal, in a pipe or in a browser."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from seqgan.cli.wings import config_class_of, makes_pictures, recipe_of, refuse_mute
from seqgan.core.launch import saved_config
from seqgan.errors import UserError
from seqgan.text.options import DialogueOptions
from seqgan.text.people.page import serve_page
from seqgan.text.people.ratings import (
    FOLDER,
    SCALE,
    SHEET_FILE,
    Desk,
    Item,
    RatingFile,
    Sheet,
    rater_name,
)
from seqgan.text.people.sheet import open_sheet
from seqgan.text.people.summary import summary_lines

RunFolder = Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="RUN")]
OF_THE_SHEET = ("num_prompts", "num_replies", "seed")
SILENT = "(says nothing)"


@dataclass(frozen=True)
class RateOptions:
    """Judge a run's replies without knowing which model wrote them; recipes/chatbot_human.py learns
    from it. Answers lie in RUN/ratings, each on the disk at once: stop and go on as you like."""

    run: RunFolder
    """Folder of a finished run, for example runs/chatbot_pg/1."""
    rater: str = "me"
    """Your name: each rater is asked everything once."""
    pairs: bool = False
    """Choose the better of two replies, in place of rating one from 1 to 5."""
    web: bool = False
    """As a page on this machine (127.0.0.1), which a browser shows: pip install "seqgan[web]"."""
    port: int = 0
    """Port of the page (0: the first free one from 7860 on)."""
    summary: bool = False
    """Ask nothing: say which model was judged how."""
    num_prompts: int | None = None
    """Prompts on a new sheet of questions (30, or all); all raters share one sheet."""
    num_replies: int | None = None
    """Replies to each prompt on a new sheet (4), drawn from the run's models in turn."""
    seed: int | None = None
    """Seed of the draws and of the order on a new sheet (1)."""
    offline: bool = False
    """Never use the network."""

    def check(self) -> None:
        """Raise `UserError` for values out of range."""
        for name, least in (("num_prompts", 1), ("num_replies", 2), ("seed", 0), ("port", 0)):
            if (value := getattr(self, name)) is not None and value < least:
                raise UserError(f"--{name.replace('_', '-')} is {value}: {least} is the least")
        rater_name(self.rater)
        if self.port > 65535:
            raise UserError(f"--port is {self.port}: 65535 is the most")


def sheet_of(options: RateOptions) -> Sheet:
    """Return the run's sheet of questions; raises `UserError` where there is nothing to ask."""
    if makes_pictures(options.run):
        raise UserError(f"{options.run} makes pictures: people are asked about replies only")
    name = recipe_of(options.run)
    refuse_mute(options.run)
    given = [name for name in OF_THE_SHEET if getattr(options, name) is not None]
    if (options.run / FOLDER / SHEET_FILE).exists() and given:
        option = f"--{given[0].replace('_', '-')}"
        raise UserError(
            f"{options.run / FOLDER} has its sheet of questions: leave {option} away, or move the "
            "folder elsewhere for a new one"
        )
    dialogue = saved_config(config_class_of(name), options.run)
    assert isinstance(dialogue, DialogueOptions)
    return open_sheet(
        options.run,
        dialogue,
        num_prompts=options.num_prompts,
        num_replies=4 if options.num_replies is None else options.num_replies,
        seed=1 if options.seed is None else options.seed,
        offline=options.offline,
    )


def run_rate(args: Sequence[str]) -> int:
    """Ask a person about a run's replies; returns the exit code."""
    options = tyro.cli(RateOptions, args=args, prog="seqgan rate")
    options.check()
    sheet = sheet_of(options)
    file = RatingFile(options.run / FOLDER, sheet)
    answers, remarks = file.read()
    for remark in remarks:
        print(remark, file=sys.stderr)
    if options.summary:
        print("\n".join(summary_lines(sheet, answers)))
        return 0
    if options.web:
        serve_page(file, rater=options.rater, pairs=options.pairs, port=options.port)
        return 0
    return ask_in_terminal(Desk(file, options.rater, pairs=options.pairs))


def ask_in_terminal(desk: Desk) -> int:
    """Ask until all is answered or the rater stops; 2 if a line of a pipe was no answer."""
    keys = "1 first, 2 second, 0 equal" if desk.pairs else "1 (bad) to 5 (good)"
    print(f"{keys}; s no opinion, b back, q stops (Ctrl-D too). Every answer is kept at once.")
    code, item = 0, next(iter(desk.left()), None)
    try:
        while item is not None:
            show(desk, item)
            try:
                answer = typed()
                if answer in ("q", "quit"):
                    break
                if answer == "b":
                    item = desk.last() or item
                    continue
                desk.answer(item, value_of(answer, pairs=desk.pairs))
            except UserError as error:
                print(error, file=sys.stderr)
                code = code if sys.stdin.isatty() else 2
                continue
            item = next(iter(desk.left()), None)
    except EOFError:
        print()
    except KeyboardInterrupt:
        print()
        code = 130
    left = len(desk.left())
    done = f"{len(desk.items) - left} of {len(desk.items)} answered, in {desk.file.path}"
    print(f"{done}. Thank you!" if not left else f"{done}; the same command goes on.")
    return code


def typed() -> str:
    """Return the next line in small letters; raises `UserError` if it is no text."""
    try:
        return input("> ").strip().lower()
    except UnicodeDecodeError:
        raise UserError("that line was not UTF-8 text: nothing was read") from None


def value_of(answer: str, *, pairs: bool) -> int | None:
    """Return what a typed answer means; raises `UserError` if it means nothing."""
    if answer == "s":
        return None
    if answer.isascii() and answer.isdigit():
        return int(answer)
    keys = "1, 2 or 0" if pairs else f"{SCALE[0]} to {SCALE[1]}"
    raise UserError(f"{answer!r} is no answer: type {keys}, s, b or q")


def show(desk: Desk, item: Item) -> None:
    """Print how far the rater is, the prompt, and the replies in question."""
    done = len(desk.items) - len(desk.left())
    number = min(done + 1, len(desk.items))
    prompt, replies = desk.texts(item)
    print(f"\n{number} of {len(desk.items)}\n  {prompt}")
    for key, reply in enumerate(replies, start=1):
        print(f"  {key if len(replies) > 1 else '-'}>  {reply or SILENT}")
    sys.stdout.flush()
