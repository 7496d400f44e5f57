"""A summarizer that plays from where a finished run stood before its play."""

from seqgan.core.run import Run
from seqgan.text.generators.pointer import PointerGenerator
from seqgan.text.likelihood_models import LikelihoodModels
from seqgan.text.starting import put, refuse_other_start, refuse_other_words
from seqgan.text.summary.options import SummaryOptions
from seqgan.text.summary.saved import FIRST_RECONSTRUCTOR_FOLDER, load_reconstructor, load_system
from seqgan.text.summary.setup import Material

TAKEN = ("pretrained", "continued")
"""Systems of the start: what the generator had learned before play, and what went on without."""


def start_from(
    config: SummaryOptions,
    models: LikelihoodModels,
    reconstructor: PointerGenerator,
    material: Material,
    run: Run,
) -> None:
    """Take the models of `--start-from`, where one is given, for the run's own before play.

    A run that is resumed has them in its checkpoint.

    Raises:
        UserError: for a run that is not finished, of another recipe, other pairs or data, or whose
            networks are built otherwise.
    """
    start = config.start_from
    if start is None or config.resume is not None:
        return
    refuse_other_start(start, {"pairs": config.pairs}, material.texts.checksum)
    for system, model in zip(TAKEN, (models.generator, models.continued), strict=True):
        learned, tokenizer, _ = load_system(start, system, device=run.device)
        refuse_other_words(start, tokenizer, material.vocabulary.tokenizer)
        put(model, learned, start)
    first = load_reconstructor(start, device=run.device, folder=FIRST_RECONSTRUCTOR_FOLDER)
    put(reconstructor, first, start)
