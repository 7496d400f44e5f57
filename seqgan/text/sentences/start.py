"""A game of sentences that starts where the likelihood of a finished run ended.

Legend: N sentences, T sentence length.
"""

from pathlib import Path

from torch import Tensor

from seqgan.core.run import Run
from seqgan.errors import UserError
from seqgan.text.generators.base import Generator
from seqgan.text.generators.product import experts
from seqgan.text.generators.store import load_generator
from seqgan.text.likelihood_models import LikelihoodModels
from seqgan.text.sentences.game import Cast, language_of
from seqgan.text.sentences.options import SentenceGameOptions
from seqgan.text.sentences.writing import PRODUCT, folder_of
from seqgan.text.starting import put, refuse_other_start, refuse_other_words, start_of
from seqgan.text.tokenizer import Tokenizer
from seqgan.text.validation import nll_figures

DATA_OPTIONS = ("pool", "max_words", "vocab_size", "length", "num_train")
"""Options that say, beside the data's checksum, which sentences are learned from, and how cut."""


def start_from(
    config: SentenceGameOptions,
    run: Run,
    cast: Cast,
    models: LikelihoodModels,
    validation_NT: Tensor,
    *,
    checksum: str,
    tokenizer: Tokenizer,
) -> None:
    """Take the likelihood models of `--start-from`, where one is given, for the run's own.

    The generator's, and those of a judge that is made of language models; `checksum` is that of the
    run's data.

    Raises:
        UserError: for a run that is not finished, on other data or another recipe's, or whose
            networks are built otherwise.
    """
    start = start_of(config.start_from, run)
    if start is None:
        return
    same = {name: getattr(config, name) for name in DATA_OPTIONS if hasattr(config, name)}
    refuse_other_start(start, same, checksum)
    put(models.generator, kept(start, "MLE", tokenizer), start)
    own = language_of(cast.discriminator)
    if own:
        learned = experts(kept(start, PRODUCT, tokenizer))[1:]  # the generator itself comes first
        if len(learned) < len(own):
            raise UserError(
                f"--start-from {start} has {len(learned)} language models beside its generator, "
                f"--discriminator-models {len(own)} are asked for"
            )
        for model, theirs in zip(own.values(), learned, strict=False):
            put(model, theirs, start)
    found = nll_figures(models.phase, models.generator, validation_NT)
    models.keep_best(0, found)


def kept(run: Path, system: str, tokenizer: Tokenizer) -> Generator:
    """Return a likelihood model of a run; raises `UserError` if it keeps none of these words."""
    folder = run / folder_of(system)
    if not folder.is_dir():
        raise UserError(
            f"--start-from {run} has no {folder.name}/: name a finished run of this recipe"
            + (" with --discriminator language" if system == PRODUCT else "")
        )
    generator, own = load_generator(folder, offline=True)
    refuse_other_words(run, own, tokenizer)
    return generator
