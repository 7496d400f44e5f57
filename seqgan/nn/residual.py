"""Residual convolutional networks without normalization, after R3GAN (arXiv:2501.05441).

What is kept of it: residual blocks of a 1x1, a grouped 3x3 and a 1x1 convolution, the last one 0
at the start (Fixup, arXiv:1901.09321); leaky rectifiers with biases; bilinear resampling outside
the blocks; a learned smallest picture that the noise weights, and its mirror image in the critic.

Legend: B batch, C picture channels, L latent width, O output width.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from seqgan.nn.resolutions import Shape, Size, halvings

SLOPE = 0.2
GAIN = math.sqrt(2 / (1 + SLOPE**2))
GROUP = 16
LARGEST_BLOCKED = 16


def scaled(layer: nn.Conv2d | nn.Linear, gain: float) -> nn.Module:
    """Return the layer with weights of variance gain^2 / inputs and no bias (arXiv:1502.01852)."""
    with torch.no_grad():
        layer.weight.normal_(0, gain / math.sqrt(layer.weight[0].numel()))
        if layer.bias is not None:
            layer.bias.zero_()
    return layer


def channels_last(module: nn.Module) -> None:
    """Lay out the weights as convolutions like them best: a third of the time saved on a CPU."""
    for weight in module.parameters():
        if weight.ndim == 4:
            weight.data = weight.data.contiguous(memory_format=torch.channels_last)


class ResidualBlock(nn.Module):
    """x + conv(leaky(conv(leaky(conv(x))))): the identity at the start.

    Args:
        channels: of the input and the output.
        num_blocks: of the whole network; its fourth root tames the growth (Fixup).
    """

    def __init__(self, channels: int, *, num_blocks: int) -> None:
        super().__init__()
        groups = max(1, channels // GROUP) if channels % GROUP == 0 else 1
        gain = GAIN * num_blocks**-0.25
        self.into = scaled(nn.Conv2d(channels, channels, 1), gain)
        self.across = scaled(nn.Conv2d(channels, channels, 3, padding=1, groups=groups), gain)
        self.out = scaled(nn.Conv2d(channels, channels, 1, bias=False), 0)

    def forward(self, x: Tensor) -> Tensor:
        """Return the features in the same shape."""
        y = functional.leaky_relu(self.into(x), SLOPE)
        y = functional.leaky_relu(self.across(y), SLOPE)
        result: Tensor = x + self.out(y)
        return result


class Resample(nn.Module):
    """To another size: averages of 2x2 downward, bilinear upward; channels mixed where it is cheap.

    Args:
        before: channels of the input.
        after: channels of the output.
        size: the new one.
        down: whether it is the smaller.
    """

    def __init__(self, before: int, after: int, size: Size, *, down: bool) -> None:
        super().__init__()
        self.size, self.down = size, down
        self.mix = scaled(nn.Conv2d(before, after, 1, bias=False), 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return the features at the new size."""
        if not self.down:
            return functional.interpolate(
                self.mix(x), size=self.size, mode="bilinear", align_corners=False
            )
        kernel = [1 if old == new else 2 for old, new in zip(x.shape[2:], self.size, strict=True)]
        result: Tensor = self.mix(functional.avg_pool2d(x, kernel, ceil_mode=True))
        return result


def stages(shape: Shape, width: int) -> list[tuple[Size, int]]:
    """Return size and channels where there are blocks, from fine to coarse.

    A picture of 16 pixels or more gets its first blocks at half its size.

    >>> stages((1, 28, 28), 32)
    [((14, 14), 32), ((7, 7), 64), ((4, 4), 128)]
    """
    _, height, wide = shape
    sizes = halvings(height, wide)
    sizes = sizes[1:] if min(height, wide) >= LARGEST_BLOCKED else sizes
    return [(size, width * min(2**depth, 4)) for depth, size in enumerate(sizes)]


class ResidualEncoder(nn.Module):
    """Pictures (B, C, H, W) to values (B, O).

    Args:
        shape: C, H, W.
        dim_out: O.
        width: channels of the finest blocks; doubled at each halving, at most twice.
        num_blocks: at each size.
    """

    def __init__(self, shape: Shape, *, dim_out: int, width: int, num_blocks: int = 1) -> None:
        super().__init__()
        self.arguments = {
            "shape": list(shape),
            "dim_out": dim_out,
            "width": width,
            "num_blocks": num_blocks,
        }
        levels = stages(shape, width)
        total = num_blocks * len(levels)
        stride = 1 if levels[0][0] == shape[1:] else 2
        self.stem = scaled(nn.Conv2d(shape[0], width, 3, stride, padding=1), 1)
        layers: list[nn.Module] = []
        before = width
        for depth, (size, channels) in enumerate(levels):
            layers += [Resample(before, channels, size, down=True)] if depth else []
            layers += [ResidualBlock(channels, num_blocks=total) for _ in range(num_blocks)]
            before = channels
        self.layers = nn.Sequential(*layers)
        self.basis = scaled(nn.Conv2d(before, before, levels[-1][0], groups=before, bias=False), 1)
        self.hidden = scaled(nn.Linear(before, before), GAIN)
        self.out = scaled(nn.Linear(before, dim_out), 1)
        channels_last(self)

    def forward(self, x: Tensor) -> Tensor:
        """Return the values (B, O)."""
        x = self.layers(self.stem(x.contiguous(memory_format=torch.channels_last)))
        features = self.basis(x).flatten(1)
        result: Tensor = self.out(functional.leaky_relu(self.hidden(features), SLOPE))
        return result


class ResidualGenerator(nn.Module):
    """Noise (B, L) to pictures (B, C, H, W), unbounded.

    Args:
        shape: C, H, W.
        latent_dim: L.
        width: channels of the finest blocks; doubled at each halving, at most twice.
        num_blocks: at each size.
    """

    def __init__(self, shape: Shape, *, latent_dim: int, width: int, num_blocks: int = 1) -> None:
        super().__init__()
        self.arguments = {
            "shape": list(shape),
            "latent_dim": latent_dim,
            "width": width,
            "num_blocks": num_blocks,
        }
        self.latent_dim, self.size = latent_dim, shape[1:]
        levels = stages(shape, width)[::-1]
        total = num_blocks * len(levels)
        coarse, before = levels[0]
        self.hidden = nn.Sequential(
            scaled(nn.Linear(latent_dim, before), GAIN),
            nn.LeakyReLU(SLOPE),
            scaled(nn.Linear(before, before), GAIN),
            nn.LeakyReLU(SLOPE),
            scaled(nn.Linear(before, before), 1),
        )
        self.basis = nn.Parameter(torch.randn(before, *coarse))
        layers: list[nn.Module] = []
        for depth, (size, channels) in enumerate(levels):
            layers += [Resample(before, channels, size, down=False)] if depth else []
            layers += [ResidualBlock(channels, num_blocks=total) for _ in range(num_blocks)]
            before = channels
        self.layers = nn.Sequential(*layers)
        self.out = scaled(nn.Conv2d(before, shape[0], 3, padding=1), 1)
        channels_last(self)

    def forward(self, noise_BL: Tensor) -> Tensor:
        """Return the pictures."""
        weights = self.hidden(noise_BL)
        x = self.basis * weights[:, :, None, None]
        x = self.layers(x.contiguous(memory_format=torch.channels_last))
        if x.shape[2:] != self.size:
            x = functional.interpolate(x, size=self.size, mode="bilinear", align_corners=False)
        result: Tensor = self.out(functional.leaky_relu(x, SLOPE))
        return result
