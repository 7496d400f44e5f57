"""Pictures found by climbing a critic: a generator without a generator.

Legend: B batch, L latent width: here the number of a picture's values.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from seqgan.games.search import ascend
from seqgan.image.building import make_trunk


class SearchGenerator(nn.Module):
    """Noise (B, L), the picture to start from, to the picture that its critic likes best nearby.

    Args:
        kind: of the critic, see `make_trunk`.
        shape: of one picture: channels, height, width.
        width: of the critic.
        steps: of the search.
        step: how far the first moves a value, in the root mean square.
        noise: of the search, a share of the step.
    """

    def __init__(
        self,
        kind: str,
        shape: Sequence[int],
        *,
        width: int,
        steps: int,
        step: float,
        noise: float = 0.0,
    ) -> None:
        super().__init__()
        self.arguments = {
            "kind": kind,
            "shape": list(shape),
            "width": width,
            "steps": steps,
            "step": step,
            "noise": noise,
        }
        self.latent_dim, self.shape = math.prod(shape), tuple(shape)
        self.steps, self.step, self.noise = steps, step, noise
        self.network = make_trunk(kind, shape, width=width, dim_out=1)

    def score(self, x: Tensor) -> Tensor:
        """Return the critic's scores (B,)."""
        score_B: Tensor = self.network(x).squeeze(1)
        return score_B

    def start(self, noise_BL: Tensor) -> Tensor:
        """Return pictures of that noise, grey on average."""
        x: Tensor = noise_BL.unflatten(1, self.shape)
        return x.clamp(-1, 1)

    def forward(self, noise_BL: Tensor) -> Tensor:
        """Return what is found; the same for the same batch of noise, which seeds the search's."""
        seed = int(noise_BL.double().square().sum() * 2**20) % 2**31
        rng = torch.Generator(noise_BL.device).manual_seed(seed)
        return ascend(
            self.score,
            self.start(noise_BL),
            steps=self.steps,
            step=self.step,
            noise=self.noise,
            rng=rng,
        )
