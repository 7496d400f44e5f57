"""Pictures that are looked at while a model trains, always of the same noise."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from seqgan.core.run import Run
from seqgan.data.pictures import to_bytes
from seqgan.image.drawing import picture_grid, save_png
from seqgan.image.watch import Watch

Sampler = Callable[[int, torch.Generator], Tensor]
"""Draws pictures in [-1, 1], shape (N, C, H, W)."""

BATCH = 250
NUM_SHOWN = 64
COLUMNS = 8


@torch.no_grad()
def draw(sampler: Sampler, count: int, *, seed: int, device: torch.device | str = "cpu") -> Tensor:
    """Return `count` pictures as bytes on the CPU, the same ones for the same seed."""
    rng = torch.Generator(device).manual_seed(seed)
    sizes = [min(BATCH, count - start) for start in range(0, count, BATCH)]
    return torch.cat([to_bytes(sampler(size, rng)).cpu() for size in sizes])


@dataclass(frozen=True)
class SampleHook:
    """A hook: writes `samples/NNNNNN.png`, and lets a `Watch` look at more samples.

    `critic` is watched for overfitting, where there is one.
    """

    run: Run
    sampler: Sampler
    watch: Watch
    critic: Callable[[Tensor], Tensor] | None = None

    def __call__(self, update: int) -> Mapping[str, float]:
        """Draw and keep the samples after so many updates; return what was seen."""
        count = max(self.watch.count, NUM_SHOWN)
        samples = draw(self.sampler, count, seed=self.run.seed, device=self.run.device)
        path = self.run.folder / "samples" / f"{update:06d}.png"
        save_png(picture_grid(samples[:NUM_SHOWN], columns=COLUMNS), path)
        self.run.say(f"update {update}: samples in {path}")
        return self.watch.figures(update, samples.to(self.run.device), self.critic)
