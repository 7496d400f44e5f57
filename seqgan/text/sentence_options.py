"""What a user may choose about sentences from nothing: networks, gradient path, budgets."""

import dataclasses
import sys
from dataclasses import dataclass
from typing import Literal, TypeVar

from seqgan.core.run import RunOptions
from seqgan.errors import UserError
from seqgan.games.adversary import AdversaryOptions, Objectives
from seqgan.text.generators.base import Generator
from seqgan.text.generators.language_model import RecurrentLanguageModel
from seqgan.text.generators.transformer import TransformerGenerator
from seqgan.text.options import PolicyOptions

LEAST = {
    "batch_size": 1,
    "accumulation": 1,
    "evaluate_every": 1,
    "noise_dim": 1,
    "likelihood_updates": 1,
    "continued_updates": 0,
    "discriminator_updates": 0,
    "adversarial_updates": 0,
}
Gradient = Literal["policy", "gumbel", "straight-through", "soft", "vectors"]


@dataclass(kw_only=True, frozen=True)
class SentenceGameOptions(PolicyOptions, AdversaryOptions, RunOptions):
    """How a generator of sentences and its judge are built, and how long they play."""

    gradient: Gradient = "policy"
    """How the judge's opinion reaches the generator: policy (scores as rewards); gumbel and
    straight-through (relaxed samples); soft (the critic reads distributions); vectors (the
    generator emits word vectors)."""
    generator: Literal["recurrent", "transformer"] = "recurrent"
    """The generator's network."""
    generator_dim: int = 256
    """Its width."""
    dropout: float = 0.3
    """Share dropped in the generator while it learns by likelihood."""
    discriminator: Literal["causal", "sentence"] = "causal"
    """causal scores every prefix (--gradient policy); sentence scores whole sentences by
    convolutions, and is what reads relaxed words."""
    discriminator_dim: int = 64
    """Width of the discriminator's embeddings."""
    noise_dim: int = 32
    """Numbers of noise from which a sentence starts (--gradient soft or vectors)."""
    first_temperature: float = 1.0
    """Temperature of gumbel and straight-through at the start of play, falling to the last."""
    last_temperature: float = 0.1
    """Temperature at the end of play."""
    smoothing: float = 0.0
    """Share of a real word's mass that is spread evenly (--gradient soft)."""
    batch_size: int = 64
    """Sentences in a micro-batch, over all processes."""
    accumulation: int = 1
    """Micro-batches in an update."""
    likelihood_updates: int = 2000
    """Updates of maximum likelihood."""
    likelihood_lr: float = 2e-3
    """Adam's rate for it, falling linearly to --likelihood-final-lr of it."""
    likelihood_final_lr: float = 0.05
    """Share of the rate that is left at the end of likelihood."""
    early_stop: bool = True
    """Go on from the weights of the best likelihood on the validation part, not from the last."""
    continued_updates: int = 1000
    """Updates of the copy that goes on with likelihood while the others play."""
    continued_lr: float = 1e-4
    """Adam's rate for the copy, and for teacher forcing during play."""
    discriminator_updates: int = 300
    """Updates of the discriminator alone, before play."""
    adversarial_updates: int = 1000
    """Updates of play: the discriminator's moves."""
    evaluate_every: int = 250
    """Updates between two looks at the validation part."""
    objective: Objectives = "relativistic"
    """What generator and critic minimize, where gradients pass between them."""
    critic_steps: int = 5
    """Moves of the critic or discriminator for each of the generator's."""
    generator_lr: float = 1e-4
    """Adam's rate for the generator in play."""
    critic_lr: float = 1e-3
    """Adam's rate for the critic or discriminator."""
    averaging: float = 0.95
    """Decay of the moving average of the generator's weights over its moves in play, which is what
    is judged (0: the last weights)."""
    mismatch_weight: float = 0.0
    """Without prompts there is nothing to mismatch: leave it at 0."""

    def refuse_nonsense(self) -> None:
        """Raise `UserError` for values out of range and choices without meaning together."""
        super().refuse_nonsense()
        if self.gradient == "policy":
            self.refuse_policy(self.discriminator)
        elif self.discriminator != "sentence":
            raise UserError(
                f"--gradient {self.gradient} needs a critic that reads relaxed words: "
                "--discriminator sentence"
            )
        if self.gradient in ("soft", "vectors") and self.generator != "recurrent":
            raise UserError(
                f"--gradient {self.gradient} writes from noise, which --generator "
                f"{self.generator} does not take: use recurrent"
            )
        for name, least in LEAST.items():
            if (value := getattr(self, name)) < least:
                raise UserError(f"--{name.replace('_', '-')} is {value}: {least} is the least")
        for name in ("first_temperature", "last_temperature", "likelihood_lr", "continued_lr"):
            if not getattr(self, name) > 0:
                raise UserError(f"--{name.replace('_', '-')} must be above 0")
        if not 0 < self.likelihood_final_lr <= 1:
            raise UserError(
                f"--likelihood-final-lr is {self.likelihood_final_lr}: it must lie in (0, 1]"
            )
        for name in ("dropout", "smoothing"):
            if not 0 <= getattr(self, name) < 1:
                raise UserError(f"--{name} is {getattr(self, name)}: it must lie in [0, 1)")


Options = TypeVar("Options", bound=SentenceGameOptions)


def sized(config: Options) -> Options:
    """Return the configuration with --quick and --max-updates applied."""
    most = min(config.max_updates or sys.maxsize, 30 if config.quick else sys.maxsize)
    names = [name for name in LEAST if name.endswith("_updates")]
    return dataclasses.replace(config, **{name: min(most, getattr(config, name)) for name in names})


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
