"""From options to the networks of a game of sentences: the generator, and who judges it."""

import dataclasses

from seqgan.nn.spectral import spectral
from seqgan.text.density_ratio import DensityRatio
from seqgan.text.encoder_scorer import EncoderScorer
from seqgan.text.encoders import encoder_folder
from seqgan.text.generators.base import Generator
from seqgan.text.generators.language_model import RecurrentLanguageModel
from seqgan.text.generators.product import ProductOfExperts
from seqgan.text.generators.store import Scorer
from seqgan.text.generators.transformer import TransformerGenerator
from seqgan.text.prefix_scorers import CausalScorer
from seqgan.text.sentence_scorer import SentenceScorer
from seqgan.text.sentences.options import SentenceGameOptions
from seqgan.text.tokenizer import Tokenizer

Judge = Scorer | DensityRatio


def make_generator(
    options: SentenceGameOptions, *, vocab_size: int, pad: int, bos: int, eos: int
) -> Generator:
    """Return the generator that the options name: it starts from noise where it must."""
    if options.generator == "transformer":
        return TransformerGenerator(
            vocab_size,
            pad=pad,
            bos=bos,
            eos=eos,
            dim=options.generator_dim,
            dropout=options.dropout,
        )
    takes_noise = options.gradient in ("soft", "vectors")
    return RecurrentLanguageModel(
        vocab_size,
        pad=pad,
        bos=bos,
        eos=eos,
        dim=options.generator_dim,
        hidden=options.generator_dim,
        dropout=options.dropout,
        noise_dim=options.noise_dim if takes_noise else 0,
    )


def make_scorer(
    options: SentenceGameOptions, generator: Generator, words: Tokenizer | None, *, length: int
) -> Judge:
    """Return the discriminator of sentences of at most `length` words; `words` are text, if any."""
    if options.discriminator == "language":
        return make_ratio(options, generator)
    if options.discriminator == "encoder":
        assert words is not None, "an encoder reads text"
        folder = encoder_folder(options.discriminator_encoder)
        return EncoderScorer.pretrained(folder, words, vocab_size=generator.num_ids, longest=length)
    kinds: dict[str, type[CausalScorer | SentenceScorer]] = {
        "causal": CausalScorer,
        "sentence": SentenceScorer,
    }
    kind, (num, pad) = kinds[options.discriminator], (generator.num_ids, generator.pad)
    dropout = options.discriminator_dropout
    if dropout is None:
        scorer = kind(num, pad=pad, dim=options.discriminator_dim)
    else:
        scorer = kind(num, pad=pad, dim=options.discriminator_dim, dropout=dropout)
    if options.slope_penalty == "spectral":
        spectral(scorer)
    return scorer


def make_ratio(options: SentenceGameOptions, generator: Generator) -> DensityRatio:
    """Return a discriminator with language models of the generator's kind, weights of their own."""
    dropout = options.discriminator_dropout
    if dropout is not None:
        options = dataclasses.replace(options, dropout=dropout)
    words = {"vocab_size": generator.vocab_size, "pad": generator.pad}
    models = [
        make_generator(options, **words, bos=generator.bos, eos=generator.eos)
        for _ in range(options.discriminator_models)
    ]
    model = models[0] if len(models) == 1 else ProductOfExperts(models)
    return DensityRatio(model, generator)


def make_critic(options: SentenceGameOptions, generator: Generator) -> tuple[SentenceScorer, int]:
    """Return what scores relaxed sentences, and the width of the vectors that it reads.

    `--gamma` grows with the values of these vectors, through which alone words are read.
    """
    of_words = options.gradient != "vectors"
    width = options.discriminator_dim if of_words else generator.word_vectors().shape[1]
    scorer = SentenceScorer(generator.vocab_size, pad=generator.pad, dim=width)
    if options.slope_penalty == "spectral":
        spectral(scorer)
    return scorer, width
