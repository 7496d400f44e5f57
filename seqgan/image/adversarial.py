"""The critic that an adversarial recipe plays against."""

from collections.abc import Sequence

from torch import nn

from seqgan.games.adversary import AdversaryOptions
from seqgan.image.networks import AutoencoderCritic, make_critic


def make_adversary(
    options: AdversaryOptions, kind: str, shape: Sequence[int], *, width: int
) -> nn.Module:
    """Return a critic (B, ...) -> (B,): a score, or the energy of an autoencoder's error."""
    if options.objective == "energy":
        return AutoencoderCritic(kind, shape, width=width)
    constrained = options.slope_penalty == "spectral"
    return make_critic(kind, shape, width=width, constrained=constrained)
