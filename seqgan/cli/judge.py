"""`seqgan evaluate RUN` and `seqgan report RUN`: what a run is worth, again."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import torch
import tyro

from seqgan.cli.wings import (
    config_class_of,
    learns_oracle,
    makes_pictures,
    recipe_of,
    run_among,
    summarizes,
    transfers_style,
    use_cores,
    writes_sentences,
)
from seqgan.core.launch import saved_config
from seqgan.errors import UserError
from seqgan.report.page import write_report
from seqgan.report.record import earlier_facts
from seqgan.text.dialogue.budgets import BudgetOptions, refuse_ranges, sized
from seqgan.text.dialogue.finish import MODEL_FOLDERS, MODEL_NAMES, judge_models
from seqgan.text.generators.store import load_generator, load_scorer
from seqgan.text.options import DialogueOptions
from seqgan.text.setup import load_material, refuse_other_data
from seqgan.text.vocabularies import common_vocabulary, refuse_misfit

RunFolder = Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="RUN")]


@dataclass(frozen=True)
class EvaluateOptions:
    """Judge a run's saved models on the test part again; results.json and the report are new.

    Text files are judged too: seqgan evaluate --samples FILE --help says how.
    """

    run: RunFolder
    """Folder of a finished run."""
    test_prompts: int | None = None
    """Prompts of the test part (by default as many as the run took)."""
    temperatures: tuple[float, ...] = ()
    """Sampling temperatures (by default those of the run)."""
    threads: int = 0
    """CPU threads; 0 takes all cores."""
    offline: bool = False
    """Never use the network."""


@dataclass(frozen=True)
class ReportOptions:
    """Write report.html from what lies in the run's folder; nothing is computed anew."""

    run: RunFolder
    """Folder of a run, finished or not."""


def wants_files(args: Sequence[str]) -> bool:
    """Return whether a command line asks for text files to be judged, not a run.

    >>> wants_files(["--samples", "x.txt"]), wants_files(["runs/chatbot_pg/1"])
    (True, False)
    """
    return any(arg == "--samples" or arg.startswith("--samples=") for arg in args)


def run_evaluate(args: Sequence[str]) -> int:
    """Judge a run or files again; returns the exit code."""
    if wants_files(args):
        from seqgan.cli import judge_files

        return judge_files.run_evaluate(args)
    run = run_among(args)
    if run is not None and writes_sentences(run):
        from seqgan.cli import sentences

        return sentences.run_evaluate(args)
    if run is not None and learns_oracle(run):
        from seqgan.cli import oracle

        return oracle.run_evaluate(args)
    if run is not None and transfers_style(run):
        from seqgan.cli import transfer

        return transfer.run_evaluate(args)
    if run is not None and summarizes(run):
        from seqgan.cli import summarize

        return summarize.run_evaluate(args)
    if run is not None and makes_pictures(run):
        from seqgan.cli import pictures

        return pictures.run_evaluate(args)
    options = tyro.cli(EvaluateOptions, args=args, prog="seqgan evaluate")
    use_cores(options.threads)
    name = recipe_of(options.run)
    config = saved_config(config_class_of(name), options.run)
    if not isinstance(config, BudgetOptions) or not isinstance(config, DialogueOptions):
        raise UserError(f"runs of {name} are not judged again: see {options.run}/report.html")
    config = sized(config)
    if options.test_prompts is not None:
        config = dataclasses.replace(config, test_prompts=options.test_prompts)
    if options.temperatures:
        config = dataclasses.replace(config, temperatures=options.temperatures)
    refuse_ranges(config)
    models, tokenizers = {}, []
    for label, folder in zip(MODEL_NAMES, MODEL_FOLDERS, strict=True):
        if not (options.run / folder).is_dir():
            raise UserError(f"{options.run} has no {folder}/: finish it with --resume first")
        models[label], tokenizer = load_generator(options.run / folder, offline=True)
        tokenizers.append(tokenizer)
    tokenizer = common_vocabulary(options.run, tokenizers)
    scorer = load_scorer(options.run / "discriminator")
    refuse_misfit(scorer, models[MODEL_NAMES[-1]], options.run / "discriminator", tokenizer)
    material = load_material(config, tokenizer=tokenizer, offline=options.offline)
    refuse_other_data(options.run, material.dialogues.checksum)
    facts = earlier_facts(options.run)
    with torch.no_grad():
        report = judge_models(options.run, name, config, models, scorer, material, facts)
    print(f"report: {report}")
    return 0


def run_report(args: Sequence[str]) -> int:
    """Write the report again; returns the exit code."""
    options = tyro.cli(ReportOptions, args=args, prog="seqgan report")
    recipe_of(options.run)
    print(f"report: {write_report(options.run)}")
    return 0
