"""Which wing a run belongs to: verbs that every wing has ask here."""

import importlib
import json
from collections.abc import Sequence
from pathlib import Path

from seqgan.core.run import RunOptions
from seqgan.errors import UserError
from seqgan.ops.processor import use_processor


def recipe_of(run: Path) -> str:
    """Return the name of the recipe that made the run; `UserError` if the folder is no run."""
    try:
        name = json.loads((run / "config.json").read_text(encoding="utf-8"))["recipe"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{run} is no run: config.json cannot be read ({error})") from None
    return str(name)


def config_class_of(recipe: str) -> type[RunOptions]:
    """Return the class of a recipe's options."""
    try:
        config: type[RunOptions] = importlib.import_module(f"seqgan.recipes.{recipe}").Config
    except ModuleNotFoundError:
        raise UserError(f"the run was made by {recipe!r}, which is no recipe here") from None
    return config


def makes_pictures(run: Path) -> bool:
    """Return whether a picture recipe made the run; False where there is none to ask."""
    if not (run / "config.json").is_file():
        return False
    from seqgan.image.options import CorpusOptions

    return issubclass(config_class_of(recipe_of(run)), CorpusOptions)


def writes_sentences(run: Path) -> bool:
    """Return whether the run writes sentences from nothing; False where there is none to ask."""
    if not (run / "config.json").is_file():
        return False
    from seqgan.text.sentences.corpus import SentenceOptions

    return issubclass(config_class_of(recipe_of(run)), SentenceOptions)


def learns_oracle(run: Path) -> bool:
    """Return whether the run writes an oracle's sentences; False where there is none to ask."""
    if not (run / "config.json").is_file():
        return False
    from seqgan.text.sentences.oracle_run import OracleOptions

    return issubclass(config_class_of(recipe_of(run)), OracleOptions)


def transfers_style(run: Path) -> bool:
    """Return whether the run rewrites sentences in another style; False where none can be asked."""
    if not (run / "config.json").is_file():
        return False
    from seqgan.text.transfer.corpus import StyleOptions

    return issubclass(config_class_of(recipe_of(run)), StyleOptions)


def summarizes(run: Path) -> bool:
    """Return whether the run summarizes documents; False where none can be asked."""
    if not (run / "config.json").is_file():
        return False
    from seqgan.text.summary.corpus import SummaryCorpusOptions

    return issubclass(config_class_of(recipe_of(run)), SummaryCorpusOptions)


def refuse_unsummarizing(run: Path) -> None:
    """Raise `UserError` for a run that cannot summarize; it names the verb for what it has."""
    if summarizes(run):
        return
    recipe = recipe_of(run)
    refuse_mute(run)
    raise UserError(f"{run} was made by {recipe}, it can talk: seqgan chat {run}")


def refuse_unstyled(run: Path) -> None:
    """Raise `UserError` for a run that has no style to give; it names the verb for what it has."""
    if transfers_style(run):
        return
    recipe = recipe_of(run)
    refuse_mute(run)
    raise UserError(f"{run} was made by {recipe}, it can talk: seqgan chat {run}")


def refuse_mute(run: Path) -> None:
    """Raise `UserError` for a run that has nothing to say; it names the verb for what it has."""
    if not (run / "config.json").is_file():
        return  # whoever loads the run says what is missing
    from seqgan.text.options import DialogueOptions

    recipe = recipe_of(run)
    if makes_pictures(run):
        raise UserError(
            f"{run} makes pictures and does nothing else: draw some with seqgan sample {run} "
            "--output grid.png"
        )
    if writes_sentences(run) or learns_oracle(run):
        raise UserError(
            f"{run} writes sentences that answer nobody: read some with seqgan sample {run}"
        )
    if transfers_style(run):
        raise UserError(
            f"{run} rewrites sentences and does nothing else: seqgan transfer {run} --to STYLE TEXT"
        )
    if summarizes(run):
        raise UserError(
            f"{run} summarizes documents and does nothing else: seqgan summarize {run} FILE "
            "--words 8"
        )
    if not issubclass(config_class_of(recipe), DialogueOptions):
        raise UserError(f"runs of {recipe} neither talk nor draw: see {run}/report.html")


def use_cores(threads: int) -> None:
    """Compute with so many threads, 0 with all cores; `UserError` for fewer."""
    if threads < 0:
        raise UserError(f"--threads is {threads}: 0 (all cores) is the least")
    use_processor(threads, 1)


def run_among(args: Sequence[str]) -> Path | None:
    """Return the run folder that a command line names, before its options are parsed."""
    return next((Path(arg) for arg in args if _is_run(Path(arg))), None)


def _is_run(folder: Path) -> bool:
    """Return whether a recipe made the folder: models are kept beside a config.json too."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(config, dict) and "recipe" in config
