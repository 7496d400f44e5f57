"""Lines of a pipe or a file, each answered by one line, in order."""

import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import BufferedIOBase
from math import isnan
from pathlib import Path
from typing import Any

from tqdm import tqdm

from seqgan.cli.talk import lines_of
from seqgan.core.run import write_whole
from seqgan.errors import UserError
from seqgan.text.candidates import refuse_counts

CHUNK = 1024  # lines of a file answered before they are printed
AT_HAND = 64  # lines of a pipe answered at once, at most
READ = 1 << 16  # bytes
MOMENT = 2.0  # seconds
MOST_SEEDS = 1 << 62
INNER_RETURNS = (
    "carriage returns inside are read as spaces: save it with a line feed behind each line"
)

Bar = Callable[[int], object]


@dataclass(frozen=True)
class AnsweringOptions:
    """What every verb that answers lines lets a user choose about it."""

    seed: int = 0
    """Seed of the candidates that are drawn: the same ones twice."""
    output: Path | None = None
    """Write to this file in place of standard output, whole or not at all."""
    batch_size: int = 64
    """Texts, or parts of long ones, written at once."""
    web: bool = False
    """As a page on this machine (127.0.0.1), which a browser shows: pip install "seqgan[web]"."""
    port: int = 0
    """Port of the page (0: the first free one from 7860 on)."""
    threads: int = 0
    """CPU threads; 0 takes all cores."""

    def refuse_unanswerable(self, *, given: str, num_candidates: int) -> None:
        """Raise `UserError` for values out of range and for an output that cannot be written."""
        refuse_counts(num_candidates=num_candidates, batch_size=self.batch_size)
        if not 0 <= self.seed < MOST_SEEDS:
            raise UserError(f"--seed is {self.seed}: it must be 0 or more, below {MOST_SEEDS:,}")
        if not 0 <= self.port <= 65535:
            raise UserError(f"--port is {self.port}: it must lie between 0 and 65535")
        if self.web and (given != "-" or self.output is not None):
            raise UserError("--web asks on its page: leave out what stands behind RUN and --output")
        if self.output is not None:
            refuse_output(self.output)


@dataclass(frozen=True)
class Answerer:
    """How lines are answered.

    Attributes: problem (why a line cannot be answered, "" if it can), remarks (what is read
    otherwise than it stands there), answer (what is printed for each line; a bar is told how many
    more parts are done), refusal (what is printed for a line with a problem), parts (into how many
    a line is cut for its answer), unit (what the bar calls them), one_text (whether there is but
    one line, a text of many).
    """

    problem: Callable[[str], str]
    remarks: Callable[[str], list[str]]
    answer: Callable[[Sequence[str], Bar | None], list[str]]
    refusal: Callable[[str, str], str]
    parts: Callable[[str], int] = lambda _: 1
    unit: str = "lines"
    one_text: bool = False

    def place(self, number: int) -> str:
        """Return how messages call a line."""
        return "the text" if self.one_text else f"line {number}"


def refuse_output(path: Path) -> None:
    """Raise `UserError` unless a file can be written there, or one that is there replaced."""
    if not path.parent.is_dir() or (path.exists() and not path.is_file()):
        raise UserError(f"--output {path} is no file in a folder that exists")
    try:
        tempfile.TemporaryFile(dir=path.resolve().parent).close()
    except OSError as error:
        raise UserError(f"--output {path} cannot be written: {error.strerror}") from None


def is_file(given: str) -> bool:
    """Return whether the text is the name of something that can be opened.

    The name of a folder beside which it is called may be a word: a folder is one with its path.
    """
    try:
        path = Path(given)
        return bool(given.strip()) and path.exists() and not (path.name == given and path.is_dir())
    except (OSError, ValueError):  # too long for a name, or a zero byte
        return False


def lines_given(given: str) -> list[str]:
    """Return the lines of a file, or of standard input for "-"."""
    if given == "-":
        return list(lines_of(iter(standard_input()), "standard input"))
    try:
        with Path(given).open("rb") as file:
            return list(lines_of(file, given))
    except OSError as error:
        raise UserError(f"{given} cannot be read: {error.strerror}") from None


def answer_lines(
    answerer: Answerer, lines: Sequence[str], *, output: Path | None, verb: str
) -> None:
    """Answer all lines; where one cannot be answered nothing is written.

    A bar with the name of the verb is shown if it takes longer than a moment.
    """
    problems = {number: answerer.problem(line) for number, line in enumerate(lines, start=1)}
    if refused := [number for number, problem in problems.items() if problem]:
        others = f", and {len(refused) - 1:,} more cannot be answered" if refused[1:] else ""
        hint = "" if answerer.one_text else " (through a pipe all other lines are answered)"
        raise UserError(f"{answerer.place(refused[0])}: {problems[refused[0]]}{others}{hint}")
    say_remarks(answerer, lines, first=1)
    written: list[str] = []
    total = sum(map(answerer.parts, lines))
    with tqdm(total=total, desc=verb, unit=f" {answerer.unit}", delay=MOMENT) as bar:
        for begin in range(0, len(lines), CHUNK):
            answers = answerer.answer(lines[begin : begin + CHUNK], bar.update)
            written += answers
            if len(written) == len(lines):
                bar.close()
            elif output is None and bar.format_dict["elapsed"] > MOMENT:
                bar.clear()
            if output is None:
                print("\n".join(answers), flush=True)
    if output is not None:
        write_whole(output.resolve(), "".join(f"{line}\n" for line in written))


def answer_pipe(answerer: Answerer, *, opening: str) -> int:
    """Answer the lines of standard input as they come; 2 if one could not be answered.

    `opening` greets a person who types.
    """
    pipe = standard_input()
    if sys.stdin.isatty():
        print(opening, file=sys.stderr)
    code, number = 0, 0
    for raw in lines_at_hand(pipe):
        lines, broken = decoded(raw, first=number + 1)
        refused: dict[int, str] = {}
        for place, line in enumerate(lines):
            if problem := broken.get(place) or answerer.problem(line):
                print(f"{answerer.place(number + place + 1)}: {problem}", file=sys.stderr)
                refused[place], lines[place], code = answerer.refusal(line, problem), "", 2
        say_remarks(answerer, lines, first=number + 1)
        answers = dict(enumerate(answerer.answer(lines, None)))
        print("\n".join((answers | refused).values()), flush=True)
        number += len(lines)
    return code


def standard_input() -> BufferedIOBase:
    """Return the bytes of standard input; raises `UserError` where there is none."""
    if sys.stdin is None:  # closed: `seqgan ... <&-`
        raise UserError("standard input is closed: send lines through a pipe, or name a file")
    assert isinstance(sys.stdin.buffer, BufferedIOBase), "standard input is read as it comes"
    return sys.stdin.buffer


def lines_at_hand(pipe: BufferedIOBase, *, most: int = AT_HAND) -> Iterator[list[bytes]]:
    """Yield the whole lines that can be read without waiting, so many at once, then the next ones.

    So a program that waits for each answer gets it, and what is in front of a long file is answered
    before all of that is.
    """
    begun: list[bytes] = []  # of a line that goes on
    while piece := pipe.read1(READ):
        first, *others = piece.split(b"\n")
        begun.append(first)
        if others:
            *whole, last = [b"".join(begun), *others]
            begun = [last]
            for begin in range(0, len(whole), most):
                yield whole[begin : begin + most]
    if rest := b"".join(begun):
        yield [rest]


def decoded(lines: Sequence[bytes], *, first: int) -> tuple[list[str], dict[int, str]]:
    """Return lines of UTF-8 text, and why some are none, by their place: these are empty.

    >>> decoded([b"fine", b"caf\\xe9"], first=1)
    (['fine', ''], {1: 'it is not UTF-8 text: unexpected end of data'})
    """
    texts: list[str] = []
    broken: dict[int, str] = {}
    for place, line in enumerate(lines):
        try:
            texts.append(line.decode("utf-8-sig" if place + first == 1 else "utf-8"))
        except UnicodeDecodeError as error:
            texts.append("")
            broken[place] = f"it is not UTF-8 text: {error.reason}"
    return texts, broken


def say_remarks(answerer: Answerer, lines: Sequence[str], *, first: int) -> None:
    """Say on stderr what is read otherwise than it stands there."""
    for number, line in enumerate(lines, start=first):
        inner = [INNER_RETURNS] if "\r" in line.strip() else []
        for remark in inner + answerer.remarks(line):
            print(f"{answerer.place(number)}: {remark}", file=sys.stderr)


def figures(scores: dict[str, Any]) -> dict[str, float | None]:
    """Return scores with four digits; JSON knows no nan, so what is missing is null.

    >>> figures({"style": 0.98765, "content": 1.0, "fluency": float("nan")})
    {'style': 0.9877, 'content': 1.0, 'fluency': None}
    """
    return {name: None if isnan(value) else round(value, 4) for name, value in scores.items()}
