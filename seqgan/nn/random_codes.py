"""A code drawn at random for every example, and always the same for the same example.

Legend: B batch, L latent width.
"""

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

WAVES = 1000.0
BETWEEN = 64


class RandomCodes(nn.Module):
    """What an encoder is not: near examples get codes that have nothing to do with each other.

    Two steep random projections, each followed by the fractional part, make a hash; its values,
    even between 0 and 1, become standard normal. There is nothing to learn, no table to keep.

    Args:
        shape: of one example, without the batch.
        dim_out: L.
        seed: of the projections.
    """

    def __init__(self, shape: Sequence[int], *, dim_out: int, seed: int = 0) -> None:
        super().__init__()
        self.arguments = {"shape": list(shape), "dim_out": dim_out, "seed": seed}
        rng = torch.Generator().manual_seed(seed)
        widths = [math.prod(shape), BETWEEN, dim_out]
        # Doubles on the CPU, on any device: a rounding error would be a different code.
        self.projections = [
            WAVES * torch.randn(before, after, generator=rng, dtype=torch.float64)
            for before, after in pairwise(widths)
        ]

    def forward(self, x: Tensor) -> Tensor:
        """Return the codes (B, L)."""
        share = x.detach().cpu().double().flatten(1)
        for projection in self.projections:
            share = (share @ projection).remainder(1.0)
        code_BL = torch.erfinv((2 * share - 1).clamp(-1 + 1e-9, 1 - 1e-9)) * math.sqrt(2)
        return code_BL.to(x)
