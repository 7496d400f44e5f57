"""`seqgan transfer RUN --to STYLE`: sentences in another style, from a pipe, a file or a page."""

import json
import re
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import tyro

from seqgan.cli import judge_wing
from seqgan.cli.answering import (
    Answerer,
    AnsweringOptions,
    Bar,
    answer_lines,
    answer_pipe,
    figures,
    is_file,
    lines_given,
)
from seqgan.cli.wings import refuse_unstyled, use_cores
from seqgan.errors import UserError
from seqgan.text.habits import has_word
from seqgan.text.transfer.guidance import STRONGEST, refuse_strength
from seqgan.text.transfer.model import NUM_CANDIDATES, StyleTransferModel
from seqgan.text.transfer.page import serve_page
from seqgan.text.transfer.ranking import Scores
from seqgan.text.transfer.transferred import Transferred
from seqgan.text.words import normalize_spaces

FILE_NAME = re.compile(
    r"(\S*/)?[^\s/]+\.[A-Za-z][A-Za-z0-9]{1,4}|\S*/|(/|\.\.?/|~/)\S*"
    r"|.*\.(txt|csv|tsv|jsonl?|parquet|md|gz|zip|docx?|pdf)",
    re.IGNORECASE,
)
"""What is not a sentence: a name with an ending, a path, or anything that ends as files do."""

RunFolder = Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="RUN")]
Given = Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="[TEXT|FILE|-]")]


@dataclass(frozen=True, kw_only=True)
class TransferOptions(AnsweringOptions):
    """Rewrite sentences in another style: each line of a pipe or a file by one line, in order.

    A line that has the style already stays as it is. One that cannot be rewritten is named on
    stderr and the exit code is 2: in a pipe it gets an empty line (a record with --json) and the
    next ones go on; of a file nothing is written then."""

    run: RunFolder
    """Folder of a finished run, for example runs/style_transfer/1."""
    given: Given = "-"
    """The sentence itself, a text file with one sentence a line, or - for standard input."""
    to: str = ""
    """The style wanted, by its name in the run."""
    source: str = ""
    """The style that the sentences have: all of them are rewritten. By default each has the
    likeliest of the other styles, and one that has the wanted one already stays as it is."""
    system: str = "adversarial"
    """Which of the run's systems writes: adversarial, continued, pretrained."""
    strength: float | None = None
    """How far to go: 0 speaks as the sentence's own style, 1 is what the model learned, up to 5
    exaggerates; by default as far as each sentence needs (not at all where it has the style), or
    every strength where more than four candidates are asked for."""
    num_candidates: int = NUM_CANDIDATES
    """Rewritings of each sentence at a strength, to choose from by style, content and fluency: the
    first four are found by beam search, more are drawn (at every strength, which takes longer)."""
    json: bool = False
    """Print JSON lines: the source, the text, its scores, all candidates with theirs; of a line
    of a pipe that cannot be rewritten the problem."""

    def check(self) -> None:
        """Raise `UserError` for values out of range and for an output that cannot be written."""
        if self.strength is not None:
            refuse_strength(self.strength)
        self.refuse_unanswerable(given=self.given, num_candidates=self.num_candidates)
        if self.web and (self.json or self.source):
            given = "--json" if self.json else f"--source {self.source}"
            raise UserError(f"--web asks on its page: leave out {given}")


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
    kept = same = 0

    def answered(lines: Sequence[str], bar: Bar | None) -> list[str]:
        nonlocal kept, same
        found = transferred(model, options, lines, bar)
        kept += sum(answer.kept and has_word(answer.text) for answer in found)
        same += sum(map(is_unchanged, lines, found))
        return printed(lines, found, options)

    answerer = Answerer(
        model.problem,
        model.remarks,
        answered,
        lambda line, problem: refusal(line, problem, options),
        one_text=options.given != "-" and not is_file(options.given),
    )
    if options.given == "-" and options.output is None:
        code = answer_pipe(answerer, opening=f"{options.to}: one sentence a line; Ctrl-D ends.")
    else:
        lines, code = read_lines(options.given), 0
        answer_lines(answerer, lines, output=options.output, verb="transfer")
    for remark in remarks_on(kept, same, options.to, strength=options.strength):
        print(remark, file=sys.stderr)
    return code


def is_unchanged(line: str, answer: Transferred) -> bool:
    """Return whether a line that was to be rewritten comes back as it was."""
    return bool(answer.text) and not answer.kept and answer.text == normalize_spaces(line)


def remarks_on(kept: int, same: int, to: str, *, strength: float | None = None) -> list[str]:
    """Return what to say of so many lines that stay as they are, and so many that come back so.

    >>> remarks_on(0, 1, "formal")
    ['1 line comes back as it was: nothing better was found (--strength 2 goes further)']
    >>> remarks_on(0, 2, "formal", strength=4.5)
    ['2 lines come back as they were: nothing better was found']
    """
    remarks = []
    if kept:
        lines = "1 line stays" if kept == 1 else f"{kept:,} lines stay"
        remarks.append(f"{lines} as typed: {to} already (--source rewrites those too)")
    if same:
        lines = (
            "1 line comes back as it was" if same == 1 else f"{same:,} lines come back as they were"
        )
        further = 2 * (strength or 1.0)
        hint = f" (--strength {further:g} goes further)" if further <= STRONGEST else ""
        remarks.append(f"{lines}: nothing better was found{hint}")
    return remarks


def read_lines(given: str) -> list[str]:
    """Return the sentence, or the lines of the file or of standard input."""
    if given == "-" or is_file(given):
        return lines_given(given)
    if FILE_NAME.fullmatch(given):
        raise UserError(f"there is no file {given}: send it through a pipe if it is a sentence")
    try:
        given.encode()
    except UnicodeEncodeError:
        raise UserError("the sentence is not UTF-8 text") from None
    return [given]


def transferred(
    model: StyleTransferModel, options: TransferOptions, lines: Sequence[str], bar: Bar | None
) -> list[Transferred]:
    """Return the answer to each line."""
    return model.transfer(
        lines,
        options.to,
        source=options.source or None,
        strength=options.strength,
        num_candidates=options.num_candidates,
        seed=options.seed,
        batch_size=options.batch_size,
        bar=bar,
    )


def printed(
    lines: Sequence[str], found: Sequence[Transferred], options: TransferOptions
) -> list[str]:
    """Return what is printed for each line."""
    if not options.json:
        return [answer.text for answer in found]
    return [
        json.dumps(record(line, options.to, answer), ensure_ascii=False)
        for line, answer in zip(lines, found, strict=True)
    ]


def refusal(line: str, problem: str, options: TransferOptions) -> str:
    """Return what is printed for a line that cannot be rewritten."""
    if not options.json:
        return ""
    nothing = record(line, options.to, Transferred("", Scores()), problem)
    return json.dumps(nothing, ensure_ascii=False)


def record(line: str, to: str, answer: Transferred, problem: str | None = None) -> dict[str, Any]:
    """Return an answer for JSON; a `problem` is why there is none."""
    candidates = [
        {"text": candidate.text, "scores": figures(asdict(candidate.scores))}
        for candidate in answer.candidates
    ]
    return {
        "source": normalize_spaces(line),
        "to": to,
        "text": answer.text,
        "scores": figures(asdict(answer.scores)),
        "candidates": candidates,
        "kept": answer.kept,
        "problem": problem,
    }


def run_evaluate(args: Sequence[str]) -> int:
    """Judge a run's systems again; returns the exit code."""
    from seqgan.text.transfer.finish import judge_again
    from seqgan.text.transfer.options import TransferOptions as RecipeOptions

    return judge_wing.run_evaluate(args, RecipeOptions, judge_again)
