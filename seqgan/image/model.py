"""A trained generator of pictures, to draw from."""

import math
from pathlib import Path

import torch
from torch import Tensor, nn

from seqgan.data.pictures import to_bytes
from seqgan.errors import UserError
from seqgan.games.latent import gaussian_noise
from seqgan.image.networks import load_picture_network
from seqgan.image.samples import Sampler, draw

GENERATOR_FOLDER = "generator"


def sampler_of(generator: nn.Module, device: torch.device | str = "cpu") -> Sampler:
    """Return a function that draws pictures in [-1, 1] from a generator of standard noise."""
    noise = gaussian_noise(noise_dim(generator), device)

    def sampler(count: int, rng: torch.Generator) -> Tensor:
        pictures: Tensor = generator(noise(count, rng))
        return pictures

    return sampler


def noise_dim(generator: nn.Module) -> int:
    """Return the dimensions of a generator's noise."""
    latent_dim = generator.latent_dim
    assert isinstance(latent_dim, int), f"{type(generator).__name__} does not say its latent_dim"
    return latent_dim


class PictureModel:
    """The generator of a finished picture run.

    `seqgan.load("runs/image_gan/1").sample(64)` draws 64 pictures, uint8 (N, C, H, W).
    """

    def __init__(self, generator: nn.Module) -> None:
        self.generator = generator.eval()

    @classmethod
    def load(cls, run: str | Path) -> "PictureModel":
        """Return the model of a run; raises `UserError` if it has not come to its end."""
        folder = Path(run) / GENERATOR_FOLDER
        if not folder.is_dir():
            raise UserError(f"{run} has no {GENERATOR_FOLDER}/: finish it with --resume first")
        return cls(load_picture_network(folder))

    def sample(self, count: int, *, seed: int = 0) -> Tensor:
        """Return `count` pictures as bytes (N, C, H, W), the same ones for the same seed.

        Raises ValueError if `count` is below 1.
        """
        if count < 1:
            raise ValueError(f"{count} pictures cannot be drawn: 1 is the least")
        return draw(sampler_of(self.generator), count, seed=seed)

    @torch.no_grad()
    def between(self, pairs: int, steps: int, *, seed: int = 0) -> Tensor:
        """Return strips from one code to another, uint8 (pairs, steps, C, H, W).

        Along the great circle, so that codes on the way are as long as draws are.
        """
        rng = torch.Generator().manual_seed(seed)
        ends_2PL = torch.randn(2, pairs, noise_dim(self.generator), generator=rng)
        angle_S11 = torch.linspace(0, math.pi / 2, steps)[:, None, None]
        codes_SPL = angle_S11.cos() * ends_2PL[0] + angle_S11.sin() * ends_2PL[1]
        pictures: Tensor = to_bytes(self.generator(codes_SPL.flatten(0, 1)))
        return pictures.reshape(steps, pairs, *pictures.shape[1:]).transpose(0, 1)
