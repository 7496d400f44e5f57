"""The game of a generator of pictures and its critic, from options."""

from collections.abc import Sequence

import torch
from torch import nn

from seqgan.games.adversary import AdversaryOptions, objective_of, penalties_of
from seqgan.games.latent import LatentGame, Transform, gaussian_noise
from seqgan.image.networks import AutoencoderCritic, make_critic, make_generator


def picture_game(
    options: AdversaryOptions,
    kind: str,
    shape: Sequence[int],
    *,
    width: int,
    latent_dim: int,
    device: torch.device | str = "cpu",
    transform: Transform | None = None,
) -> LatentGame:
    """Return the game for items of this shape, both networks of one kind and width."""
    generator = make_generator(kind, shape, width=width, latent_dim=latent_dim)
    return LatentGame(
        generator.to(device),
        make_adversary(options, kind, shape, width=width).to(device),
        objective_of(options),
        draw=gaussian_noise(latent_dim, device),
        penalties=penalties_of(options, shape),
        penalty_every=options.penalty_every,
        transform=transform,
    )


def make_adversary(
    options: AdversaryOptions, kind: str, shape: Sequence[int], *, width: int
) -> nn.Module:
    """Return a critic (B, ...) -> (B,): a score, or the energy of an autoencoder's error."""
    if options.objective == "energy":
        return AutoencoderCritic(kind, shape, width=width)
    constrained = options.slope_penalty == "spectral"
    return make_critic(kind, shape, width=width, constrained=constrained)
