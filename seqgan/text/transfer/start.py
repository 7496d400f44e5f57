"""A style transfer that plays from where a finished run stood before its play."""

import shutil
from pathlib import Path

from seqgan.core.run import Run
from seqgan.errors import UserError
from seqgan.text.generators.store import replacing
from seqgan.text.kept_systems import folder_of
from seqgan.text.likelihood_models import LikelihoodModels
from seqgan.text.starting import TAKEN, put, refuse_other_start, refuse_other_words, start_of
from seqgan.text.transfer.options import TransferOptions
from seqgan.text.transfer.saved import FLUENCY_FOLDER, STYLE_FOLDER, STYLING_FILE, load_system
from seqgan.text.transfer.setup import Material
from seqgan.text.transfer.watch import Watch


def refuse_start(config: TransferOptions, material: Material, run: Run) -> None:
    """Raise `UserError` for a `--start-from` that this run cannot play on from.

    That is one that is not finished, of another recipe, family or data.
    """
    start = start_of(config.start_from, run)
    if start is None:
        return
    same = {name: getattr(config, name) for name in ("family", "separate", "plain")}
    refuse_other_start(start, same, material.texts.checksum)
    for system in TAKEN:
        folder_of(start, system, STYLING_FILE)


def start_from(
    config: TransferOptions, models: LikelihoodModels, material: Material, run: Run, look: Watch
) -> None:
    """Take the models of `--start-from`, where one is given, for the run's own before play.

    Raises `UserError` for networks that are built otherwise, and for other words or styles.
    """
    start = start_of(config.start_from, run)
    if start is None:
        return
    for system, model in zip(TAKEN, (models.generator, models.continued), strict=True):
        learned, tokenizer, styling = load_system(start, system, device=run.device)
        vocabulary = material.vocabulary
        refuse_other_words(start, tokenizer, vocabulary.tokenizer)
        if (styling.styles, styling.tags) != (vocabulary.styles, vocabulary.tags):
            raise UserError(f"--start-from {start} knows other styles: {', '.join(styling.styles)}")
        put(model, learned, start)
    models.best.offer(look.measured(models.generator, 0)["shortfall"], update=0)
    models.best_continued.offer(look.measured(models.continued, 0)["shortfall"], update=0)


def take_scorers(run: Run, start: Path | None) -> None:
    """Copy the scorers that the start learned from the same texts, whole or not at all."""
    for name in (STYLE_FOLDER, FLUENCY_FOLDER):
        if start is None or (run.folder / name).is_dir() or not (start / name).is_dir():
            continue
        with replacing(run.folder / name) as fresh:
            shutil.copytree(start / name, fresh, dirs_exist_ok=True)
