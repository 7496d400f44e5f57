"""`seqgan sample RUN` and `seqgan evaluate RUN` for runs that make pictures."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from seqgan.cli.wings import config_class_of, recipe_of, use_cores
from seqgan.core.launch import saved_config
from seqgan.errors import UserError
from seqgan.image.drawing import picture_grid, save_png
from seqgan.image.finish import earlier_history, judge_pictures
from seqgan.image.model import PictureModel, sampler_of
from seqgan.image.options import PictureOptions, sized
from seqgan.image.setup import corpus_parts, extractor_of, refuse_other_data
from seqgan.report.record import earlier_facts, earlier_findings, earlier_systems

RunFolder = Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="RUN")]


@dataclass(frozen=True)
class SampleOptions:
    """Draw pictures from a trained run into one PNG."""

    run: RunFolder
    """Folder of a finished run, for example runs/image_gan/1."""
    num_samples: int = 64
    """How many."""
    output: Path = Path("samples.png")
    """The file to write."""
    columns: int = 8
    """Pictures in a row."""
    scale: int = 0
    """Enlarge so many times (0: until they can be made out)."""
    seed: int = 0
    """Seed of the draws."""


@dataclass(frozen=True)
class EvaluateOptions:
    """Judge a run's generator again; results.json and the report are new."""

    run: RunFolder
    """Folder of a finished run."""
    num_samples: int | None = None
    """Pictures to judge (by default as many as the run took)."""
    extractor: Path | None = None
    """Folder of another feature extractor to judge by."""
    threads: int = 0
    """CPU threads; 0 takes all cores."""
    offline: bool = False
    """Never use the network."""


def run_sample(args: Sequence[str]) -> int:
    """Draw pictures; returns the exit code."""
    options = tyro.cli(SampleOptions, args=args, prog="seqgan sample")
    for name in ("num_samples", "columns"):
        if (value := getattr(options, name)) < 1:
            raise UserError(f"--{name.replace('_', '-')} is {value}: 1 is the least")
    if options.scale < 0:
        raise UserError(f"--scale is {options.scale}: 0 or more")
    if options.output.suffix.lower() != ".png":
        raise UserError(f"--output {options.output}: a name that ends in .png is needed")
    if not options.output.parent.is_dir():
        raise UserError(f"--output {options.output}: there is no folder {options.output.parent}")
    if options.output.is_dir():
        raise UserError(f"--output {options.output} is a folder: name a file")
    pictures = PictureModel.load(options.run).sample(options.num_samples, seed=options.seed)
    if pictures.dim() != 4:
        raise UserError(f"{options.run} makes points, not pictures: see {options.run}/report.html")
    grid = picture_grid(pictures, columns=options.columns, scale=options.scale or None)
    save_png(grid, options.output)
    print(f"{options.num_samples} pictures: {options.output}")
    return 0


def run_evaluate(args: Sequence[str]) -> int:
    """Judge a run again; returns the exit code."""
    options = tyro.cli(EvaluateOptions, args=args, prog="seqgan evaluate")
    use_cores(options.threads)
    recipe = recipe_of(options.run)
    config = saved_config(config_class_of(recipe), options.run)
    systems = earlier_systems(options.run)
    if not isinstance(config, PictureOptions) or len(systems) != 2:
        raise judged_once(options.run, recipe)
    config = sized(config)
    if options.num_samples is not None:
        config = dataclasses.replace(config, num_samples=options.num_samples)
    if options.extractor is not None:
        config = dataclasses.replace(config, extractor=options.extractor)
    config = sized(config)
    model = PictureModel.load(options.run)
    parts = corpus_parts(config, offline=options.offline)
    refuse_other_data(options.run, parts)
    if model.sample(1).shape[1:] != parts.train.shape:
        raise judged_once(options.run, recipe)
    extractor = extractor_of(config, parts)
    samplers = {systems[-1]: sampler_of(model.generator)}
    facts, history = earlier_facts(options.run), earlier_history(options.run)
    known = earlier_findings(options.run, systems[-1])
    report = judge_pictures(
        options.run,
        recipe,
        config,
        samplers,
        parts,
        extractor,
        facts,
        history=history,
        figures=known.figures,
        more_metrics={systems[-1]: known.metrics},
    )
    print(f"report: {report}")
    return 0


def judged_once(run: Path, recipe: str) -> UserError:
    """Return the error for runs whose recipe judges them in its own way, at their end."""
    return UserError(f"runs of {recipe} are judged at their end only: see {run}/report.html")
