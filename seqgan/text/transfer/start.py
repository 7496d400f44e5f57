"""A style transfer that plays from where a finished run stood before its play."""

import shutil
from pathlib import Path

from seqgan.core.run import Run
from seqgan.errors import UserError
from seqgan.text.likelihood_models import LikelihoodModels
from seqgan.text.starting import put, refuse_other_data, refuse_other_start, refuse_other_words
from seqgan.text.transfer.options import TransferOptions
from seqgan.text.transfer.saved import FLUENCY_FOLDER, STYLE_FOLDER, load_system
from seqgan.text.transfer.setup import Material
from seqgan.text.transfer.watch import Watch

TAKEN = ("pretrained", "continued")
"""Systems of the start: what the generator had learned before play, and what went on without."""


def start_from(
    config: TransferOptions, models: LikelihoodModels, material: Material, look: Watch
) -> None:
    """Take the models of `--start-from`, where one is given, for the run's own before play.

    A run that is resumed has them in its checkpoint.

    Raises:
        UserError: for a run that is not finished, of another recipe, family or data, or whose
            networks are built otherwise.
    """
    start = config.start_from
    if start is None or config.resume is not None:
        return
    refuse_other_start(start, {"family": config.family}, material.texts.checksum)
    for system, model in zip(TAKEN, (models.generator, models.continued), strict=True):
        learned, tokenizer, styling = load_system(start, system, device=look.run.device)
        vocabulary = material.vocabulary
        refuse_other_words(start, tokenizer, vocabulary.tokenizer)
        if (styling.styles, styling.tags) != (vocabulary.styles, vocabulary.tags):
            raise UserError(f"--start-from {start} knows other styles: {', '.join(styling.styles)}")
        put(model, learned, start)
    models.best.offer(look.measured(models.generator, 0)["shortfall"], update=0)


def take_scorers(run: Run, start: Path | None, checksum: str) -> None:
    """Copy the scorers that the start learned from the same texts, whole or not at all.

    Raises `UserError` for a start on other data.
    """
    for name in (STYLE_FOLDER, FLUENCY_FOLDER):
        if start is None or (run.folder / name).is_dir() or not (start / name).is_dir():
            continue
        refuse_other_data(start, checksum)
        fresh = run.folder / f"{name}.fresh"
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.copytree(start / name, fresh)
        fresh.rename(run.folder / name)
