"""`seqgan transfer RUN --to STYLE`: sentences in another style, from a pipe, a file or a page."""

import json
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from io import BufferedIOBase
from math import isnan
from pathlib import Path
from typing import Annotated, Any

import tyro
from tqdm import tqdm

from seqgan.cli.talk import lines_of
from seqgan.cli.wings import config_class_of, recipe_of, refuse_unstyled, use_cores
from seqgan.core.launch import saved_config
from seqgan.core.run import write_whole
from seqgan.errors import UserError
from seqgan.text.transfer.guidance import refuse_strength
from seqgan.text.transfer.model import StyleTransferModel, Transferred, refuse_counts
from seqgan.text.transfer.page import serve_page
from seqgan.text.transfer.ranking import Scores
from seqgan.text.words import normalize_spaces

CHUNK = 1024  # lines of a file answered before they are printed
READ = 1 << 16  # bytes
FILE_NAME = re.compile(r"(\S*/)?[^\s/]+\.[A-Za-z][A-Za-z0-9]{1,4}|\S*/")

RunFolder = Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="RUN")]
Given = Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="[TEXT|FILE|-]")]


@dataclass(frozen=True)
class TransferOptions:
    """Rewrite sentences in another style: each line of a pipe or a file by one line, in order.

    A line that cannot be rewritten is named on stderr and the exit code is 2. In a pipe it gets an
    empty line and the next ones go on; of a file nothing is written then."""

    run: RunFolder
    """Folder of a finished run, for example runs/style_transfer/1."""
    given: Given = "-"
    """The sentence itself, a text file with one sentence a line, or - for standard input."""
    to: str = ""
    """The style wanted, by its name in the run."""
    source: str = ""
    """The style that the sentences have (by default, of the others, the likeliest of each)."""
    system: str = "adversarial"
    """Which of the run's systems writes: adversarial, continued, back-translation."""
    strength: float = 1.0
    """How far to go: 0 says the same, 1 is what the model learned, up to 5 exaggerates."""
    num_candidates: int = 1
    """Rewritings of each sentence to choose from by style, content and fluency."""
    seed: int = 0
    """Seed of the candidates that are drawn: the same ones twice."""
    json: bool = False
    """Print JSON lines: the source, the text, its scores, all candidates with theirs."""
    output: Path | None = None
    """Write to this file in place of standard output, whole or not at all."""
    batch_size: int = 64
    """Sentences rewritten at once."""
    web: bool = False
    """As a page on this machine (127.0.0.1), which a browser shows: pip install "seqgan[web]"."""
    port: int = 0
    """Port of the page (0: the first free one from 7860 on)."""
    threads: int = 0
    """CPU threads; 0 takes all cores."""

    def check(self) -> None:
        """Raise `UserError` for values out of range and for an output that cannot be written."""
        refuse_strength(self.strength)
        refuse_counts(num_candidates=self.num_candidates, batch_size=self.batch_size)
        if self.seed < 0:
            raise UserError(f"--seed is {self.seed}: 0 is the least")
        if not 0 <= self.port <= 65535:
            raise UserError(f"--port is {self.port}: it must lie between 0 and 65535")
        if self.web and (self.given != "-" or self.output is not None):
            raise UserError("--web asks on its page: leave out the text and --output")
        if self.output is not None and (self.output.is_dir() or not self.output.parent.is_dir()):
            raise UserError(f"--output {self.output} is no file in a folder that exists")


def run_transfer(args: Sequence[str]) -> int:
    """Rewrite sentences; returns 2 if a line of a pipe could not be rewritten."""
    options = tyro.cli(TransferOptions, args=args, prog="seqgan transfer")
    options.check()
    refuse_unstyled(options.run)
    use_cores(options.threads)
    model = StyleTransferModel.load(options.run, system=options.system)
    if options.web:
        serve_page(
            model,
            to=options.to,
            strength=options.strength,
            num_candidates=options.num_candidates,
            seed=options.seed,
            port=options.port,
        )
        return 0
    if not options.to:
        raise UserError(f"--to is missing: name a style, {' or '.join(model.styles)}")
    model.ways(options.to, options.source or None)
    if options.given == "-" and options.output is None:
        return answer_pipe(model, options)
    answer_lines(model, options, read_lines(options.given))
    return 0


def read_lines(given: str) -> list[str]:
    """Return the sentence, or the lines of the file or of standard input."""
    if given == "-":
        return list(lines_of(iter(sys.stdin.buffer), "standard input"))
    if is_file(given):
        try:
            with Path(given).open("rb") as file:
                return list(lines_of(file, given))
        except OSError as error:
            raise UserError(f"{given} cannot be read: {error.strerror}") from None
    if FILE_NAME.fullmatch(given):
        raise UserError(f"there is no file {given}: send it through a pipe if it is a sentence")
    return [given]


def is_file(given: str) -> bool:
    """Return whether the text is the name of something that can be opened."""
    try:
        return bool(given.strip()) and Path(given).exists()
    except (OSError, ValueError):  # too long for a name, or a zero byte
        return False


def answer_lines(model: StyleTransferModel, options: TransferOptions, lines: list[str]) -> None:
    """Rewrite all lines; where one cannot be rewritten nothing is written."""
    for number, line in enumerate(lines, start=1):
        if problem := model.reader.problem(line):
            raise UserError(f"line {number}: {problem}")
    say_remarks(model, lines, first=1)
    written: list[str] = []
    shown = len(lines) > options.batch_size and (options.output or not sys.stdout.isatty())
    with tqdm(total=len(lines), desc="transfer", unit=" lines", disable=not shown) as bar:
        for begin in range(0, len(lines), CHUNK):
            answers = answered(model, options, lines[begin : begin + CHUNK], bar)
            if options.output is None:
                print("\n".join(answers), flush=True)
            written += answers
    if options.output is not None:
        write_whole(options.output, "".join(f"{line}\n" for line in written))


def answer_pipe(model: StyleTransferModel, options: TransferOptions) -> int:
    """Answer the lines of standard input as they come; 2 if one could not be rewritten."""
    if sys.stdin.isatty():
        print(f"{options.to}: one sentence a line; Ctrl-D ends.", file=sys.stderr)
    code, number, pipe = 0, 0, sys.stdin.buffer
    assert isinstance(pipe, BufferedIOBase), "standard input is read as it comes"
    for raw in lines_at_hand(pipe):
        lines = decoded(raw, first=number + 1)
        for place, line in enumerate(lines):
            if problem := model.reader.problem(line):
                print(f"line {number + place + 1}: {problem}", file=sys.stderr)
                lines[place], code = "", 2
        say_remarks(model, lines, first=number + 1)
        print("\n".join(answered(model, options, lines, None)), flush=True)
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


def say_remarks(model: StyleTransferModel, lines: list[str], *, first: int) -> None:
    """Say on stderr what is read otherwise than it stands there."""
    for number, line in enumerate(lines, start=first):
        for remark in model.reader.remarks(line):
            print(f"line {number}: {remark}", file=sys.stderr)


def answered(
    model: StyleTransferModel,
    options: TransferOptions,
    lines: list[str],
    bar: "tqdm[Any] | None",
) -> list[str]:
    """Return what is printed for each line."""
    found = model.transfer(
        lines,
        options.to,
        source=options.source or None,
        strength=options.strength,
        num_candidates=options.num_candidates,
        seed=options.seed,
        batch_size=options.batch_size,
        bar=None if bar is None else bar.update,
    )
    if not options.json:
        return [answer.text for answer in found]
    return [
        json.dumps(record(line, options.to, answer), ensure_ascii=False)
        for line, answer in zip(lines, found, strict=True)
    ]


def record(line: str, to: str, answer: Transferred) -> dict[str, Any]:
    """Return an answer for JSON."""
    candidates = [
        {"text": candidate.text, "scores": figures(candidate.scores)}
        for candidate in answer.candidates
    ]
    return {
        "source": normalize_spaces(line),
        "to": to,
        "text": answer.text,
        "scores": figures(answer.scores),
        "candidates": candidates,
    }


def figures(scores: Scores) -> dict[str, float | None]:
    """Return scores with four digits; JSON knows no nan, so what is missing is null.

    >>> figures(Scores(style=0.98765, content=1.0))
    {'style': 0.9877, 'content': 1.0, 'fluency': None, 'total': None}
    """
    return {
        name: None if isnan(value) else round(value, 4) for name, value in asdict(scores).items()
    }


@dataclass(frozen=True)
class EvaluateOptions:
    """Judge a run's saved systems on the test sentences again; results.json and the report are new.

    The judges are trained anew, on the half of the texts that no system has seen.
    """

    run: RunFolder
    """Folder of a finished run."""
    threads: int = 0
    """CPU threads; 0 takes all cores."""
    offline: bool = False
    """Never use the network."""


def run_evaluate(args: Sequence[str]) -> int:
    """Judge a run's systems again; returns the exit code."""
    from seqgan.text.transfer.finish import judge_again
    from seqgan.text.transfer.options import TransferOptions as RecipeOptions

    options = tyro.cli(EvaluateOptions, args=args, prog="seqgan evaluate")
    use_cores(options.threads)
    config = saved_config(config_class_of(recipe_of(options.run)), options.run)
    assert isinstance(config, RecipeOptions)
    report = judge_again(config, options.run, offline=options.offline, say=tqdm.write)
    print(f"report: {report}")
    return 0
