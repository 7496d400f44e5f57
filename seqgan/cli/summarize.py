"""`seqgan summarize RUN FILE --words 8`: documents in a few words, from a pipe, a file, a page."""

import json
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
from seqgan.cli.wings import refuse_unsummarizing, use_cores
from seqgan.data.summary_files import TABLES, read_texts
from seqgan.errors import UserError
from seqgan.text.inputs import joined
from seqgan.text.summary.model import SummaryModel, refuse_words
from seqgan.text.summary.page import serve_page
from seqgan.text.summary.ranking import Scores
from seqgan.text.summary.summarized import Summarized
from seqgan.text.words import normalize_spaces

RunFolder = Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="RUN")]
Given = Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="[FILE|-]")]


@dataclass(frozen=True, kw_only=True)
class SummarizeOptions(AnsweringOptions):
    """Summarize documents: each line of a pipe or a file by one line, in order.

    A document that cannot be summarized, or has fewer words than are asked for, is named on stderr
    and the exit code is 2. In a pipe it gets an empty line (a record with --json) and the next ones
    go on; of a file nothing is written then. Another language is known by its script or, of
    eight words or more, told by py3langid."""

    run: RunFolder
    """Folder of a finished run, for example runs/summarize/1."""
    given: Given = "-"
    """A text file with one document a line, a table (.jsonl, .csv, .tsv) with a column of them, or
    - for standard input."""
    document_column: str = "document"
    """The column of a table that has the documents."""
    words: int | None = None
    """Words of a summary (Chinese: characters), at most; by default as many as people's short texts
    usually have in the run, or the whole document where that is shorter."""
    document: bool = False
    """Take the whole file for one document."""
    system: str = "adversarial"
    """Which of the run's systems writes: adversarial, continued, pretrained."""
    num_candidates: int = 1
    """Summaries of each document to choose from, by how well the document is recovered from them,
    how likely they are, and the words that they leave unused: the first four are found by beam
    search, more are drawn."""
    json: bool = False
    """Print JSON lines: the document, its summary, the scores, the places (in characters) of the
    words that were taken, all candidates with theirs; in a pipe, of one without a summary the
    problem."""

    def check(self) -> None:
        """Raise `UserError` for values out of range and for an output that cannot be written."""
        refuse_words(self.words)
        self.refuse_unanswerable(given=self.given, num_candidates=self.num_candidates)
        for flag, is_given in (("--document", self.document), ("--json", self.json)):
            if self.web and is_given:
                raise UserError(f"--web asks on its page: leave out {flag}")
        if self.given != "-" and not is_file(self.given):
            raise UserError(
                f"there is no file {self.given}: name one with a document a line, or send the text "
                "through a pipe"
            )


def run_summarize(args: Sequence[str]) -> int:
    """Summarize documents; returns 2 if one of a pipe could not be summarized."""
    options = tyro.cli(SummarizeOptions, args=args, prog="seqgan summarize")
    options.check()
    refuse_unsummarizing(options.run)
    use_cores(options.threads)
    model = SummaryModel.load(options.run, system=options.system)
    if options.web:
        serve_page(
            model,
            words=options.words,
            num_candidates=options.num_candidates,
            seed=options.seed,
            port=options.port,
        )
        return 0
    answerer = Answerer(
        lambda line: model.problem(line, options.words),
        lambda line: model.remarks(line, options.words),
        lambda lines, bar: answered(model, options, lines, bar),
        lambda line, problem: refusal(line, problem, options),
        lambda line: model.num_windows(line, options.words),
        unit="parts",
        one_text=options.document,
    )
    if options.given == "-" and options.output is None and not options.document:
        return answer_pipe(answerer, opening="One document a line; Ctrl-D ends.")
    lines = documents_given(options.given, column=options.document_column)
    if options.document:
        lines = [joined(lines)]
    answer_lines(answerer, lines, output=options.output, verb="summarize")
    return 0


def documents_given(given: str, *, column: str) -> list[str]:
    """Return the documents of a table, or the lines of a text file or of standard input."""
    if Path(given).suffix.lower() in TABLES:
        return read_texts(Path(given), {"--document-column": column})
    return lines_given(given)


def answered(
    model: SummaryModel, options: SummarizeOptions, lines: Sequence[str], bar: Bar | None
) -> list[str]:
    """Return what is printed for each line."""
    found = model.summarize(
        lines,
        options.words,
        num_candidates=options.num_candidates,
        seed=options.seed,
        batch_size=options.batch_size,
        bar=bar,
    )
    if not options.json:
        return [answer.text for answer in found]
    return [json.dumps(record(answer), ensure_ascii=False) for answer in found]


def refusal(line: str, problem: str, options: SummarizeOptions) -> str:
    """Return what is printed for a document that cannot be summarized."""
    if not options.json:
        return ""
    nothing = Summarized("", Scores(), document=normalize_spaces(line))
    return json.dumps(record(nothing, problem), ensure_ascii=False)


def record(answer: Summarized, problem: str | None = None) -> dict[str, Any]:
    """Return an answer for JSON; a `problem` is why there is none."""
    return {
        "document": answer.document,
        **facts(answer),
        "candidates": [facts(candidate) for candidate in answer.candidates],
        "problem": problem,
    }


def facts(answer: Summarized) -> dict[str, Any]:
    """Return a summary with its scores and the words that it took of the document."""
    return {
        "text": answer.text,
        "scores": figures(asdict(answer.scores)),
        "taken": [list(span) for span in answer.taken],
    }


def run_evaluate(args: Sequence[str]) -> int:
    """Judge a run's systems again; returns the exit code."""
    from seqgan.text.summary.finish import judge_again
    from seqgan.text.summary.options import SummaryOptions

    return judge_wing.run_evaluate(args, SummaryOptions, judge_again)
