"""The plain convolutional pair: strided convolutions and no shortcuts (DCGAN, arXiv:1511.06434).

Legend: B batch, C picture channels, L latent width, O output width.
"""

import math
from itertools import pairwise

from torch import Tensor, nn

from seqgan.nn.resolutions import Shape, Size, halvings, step

SLOPE = 0.2


def steps(height: int, width: int) -> list[tuple[Size, Size]]:
    """Return what each layer leads from and to; a small picture gets one at its full size first.

    >>> steps(28, 28)
    [((28, 28), (14, 14)), ((14, 14), (7, 7)), ((7, 7), (4, 4))]
    >>> steps(8, 8)
    [((8, 8), (8, 8)), ((8, 8), (4, 4))]
    """
    sizes = halvings(height, width)
    return list(pairwise(sizes if len(sizes) > 2 else [sizes[0], *sizes]))


def widths(num_layers: int, width: int) -> list[int]:
    """Return the channels after each layer, from fine to coarse.

    >>> widths(4, 32)
    [32, 64, 128, 128]
    """
    return [width * min(2**depth, 4) for depth in range(num_layers)]


class ConvolutionalEncoder(nn.Module):
    """Pictures (B, C, H, W) to values (B, O).

    Without DCGAN's batch normalization: a picture's score depends on that picture alone, as slope
    penalties require (arXiv:1704.00028, section 4).

    Args:
        shape: C, H, W.
        dim_out: O.
        width: channels after the first layer; doubled at each further one, at most twice.
    """

    def __init__(self, shape: Shape, *, dim_out: int, width: int) -> None:
        super().__init__()
        self.arguments = {"shape": list(shape), "dim_out": dim_out, "width": width}
        sizes = steps(*shape[1:])
        channels = widths(len(sizes), width)
        layers: list[nn.Module] = []
        before = shape[0]
        for (fine, coarse), after in zip(sizes, channels, strict=True):
            kernel, stride = step(fine, coarse)
            layers += [nn.Conv2d(before, after, kernel, stride, padding=1), nn.LeakyReLU(SLOPE)]
            before = after
        self.layers = nn.Sequential(*layers)
        self.out = nn.Linear(before * math.prod(sizes[-1][1]), dim_out)

    def forward(self, x: Tensor) -> Tensor:
        """Return the values (B, O)."""
        y_BO: Tensor = self.out(self.layers(x).flatten(1))
        return y_BO


class ConvolutionalGenerator(nn.Module):
    """Noise (B, L) to pictures (B, C, H, W), unbounded, with batch normalization.

    Args:
        shape: C, H, W.
        latent_dim: L.
        width: channels before the last layer; doubled at each coarser one, at most twice.
    """

    def __init__(self, shape: Shape, *, latent_dim: int, width: int) -> None:
        super().__init__()
        self.arguments = {"shape": list(shape), "latent_dim": latent_dim, "width": width}
        self.latent_dim = latent_dim
        sizes = steps(*shape[1:])
        channels = widths(len(sizes), width)
        self.smallest = (channels[-1], *sizes[-1][1])
        self.into = nn.Linear(latent_dim, math.prod(self.smallest))
        layers: list[nn.Module] = []
        before = channels[-1]
        for (fine, coarse), after in zip(sizes[::-1], [*channels[-2::-1], shape[0]], strict=True):
            kernel, stride = step(fine, coarse)
            layers += [nn.BatchNorm2d(before), nn.ReLU()]
            layers += [nn.ConvTranspose2d(before, after, kernel, stride, padding=1)]
            before = after
        self.layers = nn.Sequential(*layers)

    def forward(self, noise_BL: Tensor) -> Tensor:
        """Return the pictures."""
        x: Tensor = self.layers(self.into(noise_BL).unflatten(1, self.smallest))
        return x
