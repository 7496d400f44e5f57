"""A summarizer that plays from where a finished run stood before its play."""

from seqgan.core.run import Run
from seqgan.text.generators.pointer import PointerGenerator
from seqgan.text.likelihood_models import LikelihoodModels
from seqgan.text.starting import TAKEN, put, refuse_other_start, refuse_other_words, start_of
from seqgan.text.summary.options import SummaryOptions
from seqgan.text.summary.saved import FIRST_RECONSTRUCTOR_FOLDER, load_reconstructor, load_system
from seqgan.text.summary.setup import Material


def start_from(
    config: SummaryOptions,
    models: LikelihoodModels,
    reconstructor: PointerGenerator,
    material: Material,
    run: Run,
) -> None:
    """Take the models of `--start-from`, where one is given, for the run's own before play.

    Raises:
        UserError: for a run that is not finished, of another recipe, with other pairs, rate or
            data, or whose networks are built otherwise.
    """
    start = start_of(config.start_from, run)
    if start is None:
        return
    # In play the reconstructor learns on, at a tenth of that rate.
    same = {"pairs": config.pairs, "learning_rate": config.learning_rate}
    refuse_other_start(start, same, material.texts.checksum)
    for system, model in zip(TAKEN, (models.generator, models.continued), strict=True):
        learned, tokenizer, _ = load_system(start, system, device=run.device)
        refuse_other_words(start, tokenizer, material.vocabulary.tokenizer)
        put(model, learned, start)
    first = load_reconstructor(start, device=run.device, folder=FIRST_RECONSTRUCTOR_FOLDER)
    put(reconstructor, first, start)
