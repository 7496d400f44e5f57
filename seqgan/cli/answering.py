"""Lines of a pipe or a file, each answered by one line, in order."""

import sys
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

CHUNK = 1024  # lines of a file answered before they are printed
READ = 1 << 16  # bytes

Bar = Callable[[int], object]


@dataclass(frozen=True)
class Answerer:
    """How lines are answered.

    Attributes: problem (why a line cannot be answered, "" if it can), remarks (what is read
    otherwise than it stands there), answer (what is printed for each line; a bar is told how many
    more are done).
    """

    problem: Callable[[str], str]
    remarks: Callable[[str], list[str]]
    answer: Callable[[Sequence[str], Bar | None], list[str]]


def refuse_output(output: Path | None) -> None:
    """Raise `UserError` for an output that is no file in a folder that exists."""
    if output is not None and (output.is_dir() or not output.parent.is_dir()):
        raise UserError(f"--output {output} is no file in a folder that exists")


def is_file(given: str) -> bool:
    """Return whether the text is the name of something that can be opened."""
    try:
        return bool(given.strip()) and Path(given).exists()
    except (OSError, ValueError):  # too long for a name, or a zero byte
        return False


def lines_given(given: str) -> list[str]:
    """Return the lines of a file, or of standard input for "-"."""
    if given == "-":
        return list(lines_of(iter(sys.stdin.buffer), "standard input"))
    try:
        with Path(given).open("rb") as file:
            return list(lines_of(file, given))
    except OSError as error:
        raise UserError(f"{given} cannot be read: {error.strerror}") from None


def answer_lines(
    answerer: Answerer, lines: Sequence[str], *, output: Path | None, verb: str, shown: bool
) -> None:
    """Answer all lines; where one cannot be answered nothing is written.

    A bar with the name of the verb is `shown` where it does not mix with the answers.
    """
    for number, line in enumerate(lines, start=1):
        if problem := answerer.problem(line):
            raise UserError(f"line {number}: {problem}")
    say_remarks(answerer, lines, first=1)
    written: list[str] = []
    shown = shown and (output is not None or not sys.stdout.isatty())
    with tqdm(total=len(lines), desc=verb, unit=" lines", disable=not shown) as bar:
        for begin in range(0, len(lines), CHUNK):
            answers = answerer.answer(lines[begin : begin + CHUNK], bar.update)
            if output is None:
                print("\n".join(answers), flush=True)
            written += answers
    if output is not None:
        write_whole(output, "".join(f"{line}\n" for line in written))


def answer_pipe(answerer: Answerer, *, opening: str) -> int:
    """Answer the lines of standard input as they come; 2 if one could not be answered.

    `opening` greets a person who types.
    """
    if sys.stdin.isatty():
        print(opening, file=sys.stderr)
    code, number, pipe = 0, 0, sys.stdin.buffer
    assert isinstance(pipe, BufferedIOBase), "standard input is read as it comes"
    for raw in lines_at_hand(pipe):
        lines = decoded(raw, first=number + 1)
        for place, line in enumerate(lines):
            if problem := answerer.problem(line):
                print(f"line {number + place + 1}: {problem}", file=sys.stderr)
                lines[place], code = "", 2
        say_remarks(answerer, lines, first=number + 1)
        print("\n".join(answerer.answer(lines, None)), flush=True)
        number += len(lines)
    return code


def lines_at_hand(pipe: BufferedIOBase) -> Iterator[list[bytes]]:
    """Yield the whole lines that can be read without waiting, then the next ones.

    So a program that waits for each answer gets it, and a file is read in large pieces.
    """
    rest = b""
    while piece := pipe.read1(READ):
        *lines, rest = (rest + piece).split(b"\n")
        if lines:
            yield lines
    if rest:
        yield [rest]


def decoded(lines: list[bytes], *, first: int) -> list[str]:
    """Return lines of UTF-8 text; raises `UserError` with the number of one that is not."""
    texts = []
    for number, line in enumerate(lines, start=first):
        try:
            texts.append(line.decode("utf-8-sig" if number == 1 else "utf-8"))
        except UnicodeDecodeError as error:
            raise UserError(
                f"standard input, line {number} is not UTF-8 text: {error.reason}"
            ) from None
    return texts


def say_remarks(answerer: Answerer, lines: Sequence[str], *, first: int) -> None:
    """Say on stderr what is read otherwise than it stands there."""
    for number, line in enumerate(lines, start=first):
        for remark in answerer.remarks(line):
            print(f"line {number}: {remark}", file=sys.stderr)


def figures(scores: dict[str, Any]) -> dict[str, float | None]:
    """Return scores with four digits; JSON knows no nan, so what is missing is null.

    >>> figures({"style": 0.98765, "content": 1.0, "fluency": float("nan")})
    {'style': 0.9877, 'content': 1.0, 'fluency': None}
    """
    return {name: None if isnan(value) else round(value, 4) for name, value in scores.items()}
