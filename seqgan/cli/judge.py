"""`seqgan evaluate RUN` and `seqgan report RUN`: what a run is worth, again."""

import dataclasses
import importlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import torch
import tyro

from seqgan.core.launch import saved_config
from seqgan.core.run import use_threads
from seqgan.errors import UserError
from seqgan.report.page import write_report
from seqgan.text.budgets import refuse_ranges, sized
from seqgan.text.finish import MODEL_FOLDERS, MODEL_NAMES, judge_models
from seqgan.text.generators.store import load_generator, load_scorer
from seqgan.text.setup import load_material, refuse_other_data

RunFolder = Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="RUN")]


@dataclass(frozen=True)
class EvaluateOptions:
    """Judge a run's saved models on the test part again; results.json and the report are new."""

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


def earlier_facts(run: Path) -> dict[str, Any]:
    """Return what an earlier evaluation knew of the training."""
    try:
        results = json.loads((run / "results.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        results = {}
    machine = {"machine": results["machine"]} if "machine" in results else {}
    return {
        **machine,
        "processes": results.get("processes", 1),
        "seconds": results.get("seconds", {}),
        "updates": results.get("updates", {}),
        "warnings": results.get("warnings", []),
    }


def recipe_of(run: Path) -> str:
    """Return the name of the recipe that made the run."""
    try:
        name = json.loads((run / "config.json").read_text(encoding="utf-8"))["recipe"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{run} is no run: config.json cannot be read ({error})") from None
    return str(name)


def run_evaluate(args: Sequence[str]) -> int:
    """Judge a run again; returns the exit code."""
    options = tyro.cli(EvaluateOptions, args=args, prog="seqgan evaluate")
    use_threads(options.threads, 1)
    name = recipe_of(options.run)
    config = sized(
        saved_config(importlib.import_module(f"seqgan.recipes.{name}").Config, options.run)
    )
    if options.test_prompts is not None:
        config = dataclasses.replace(config, test_prompts=options.test_prompts)
    if options.temperatures:
        config = dataclasses.replace(config, temperatures=options.temperatures)
    refuse_ranges(config)
    models = {}
    for label, folder in zip(MODEL_NAMES, MODEL_FOLDERS, strict=True):
        if not (options.run / folder).is_dir():
            raise UserError(f"{options.run} has no {folder}/: finish it with --resume first")
        models[label], tokenizer = load_generator(options.run / folder, offline=True)
    material = load_material(config, tokenizer=tokenizer, offline=options.offline)
    refuse_other_data(options.run, material)
    scorer = load_scorer(options.run / "discriminator")
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
