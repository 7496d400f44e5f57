"""The networks for pictures by kind, and how each is built for a shape.

Legend: B batch, L latent width, O output width.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from seqgan.errors import UserError
from seqgan.nn.convolutional import ConvolutionalEncoder, ConvolutionalGenerator
from seqgan.nn.mlp import MlpEncoder, MlpGenerator
from seqgan.nn.residual import ResidualEncoder, ResidualGenerator
from seqgan.nn.resolutions import Shape

KINDS = ("residual", "dcgan", "mlp")
HIDDEN = 8
"""Values of a fully connected layer for each unit of `width`."""
DEPTH = 3
"""Its hidden layers."""


def make_decoder(kind: str, shape: Sequence[int], *, width: int, latent_dim: int) -> nn.Module:
    """Return a network from values (B, L) to pictures of the shape.

    Raises:
        UserError: if the kind is unknown, or the shape is not one of pictures it can make.
    """
    check(kind, shape)
    if kind == "mlp":
        return MlpGenerator(shape, latent_dim=latent_dim, width=HIDDEN * width, depth=DEPTH)
    make = ResidualGenerator if kind == "residual" else ConvolutionalGenerator
    return make(picture_shape(shape), latent_dim=latent_dim, width=width)


def make_trunk(kind: str, shape: Sequence[int], *, width: int, dim_out: int) -> nn.Module:
    """Return a network from pictures of the shape to values (B, O).

    Raises:
        UserError: if the kind is unknown, or the shape is not one of pictures it can read.
    """
    check(kind, shape)
    if kind == "mlp":
        return MlpEncoder(shape, dim_out=dim_out, width=HIDDEN * width, depth=DEPTH)
    make = ResidualEncoder if kind == "residual" else ConvolutionalEncoder
    return make(picture_shape(shape), dim_out=dim_out, width=width)


def check(kind: str, shape: Sequence[int]) -> None:
    """Raise UserError where there is no network of the kind for the shape."""
    if kind not in KINDS:
        raise UserError(f"--network is {kind!r}: choose one of {', '.join(KINDS)}")
    if kind == "mlp":
        return
    sides = shape[1:]
    if len(shape) != 3 or not all(4 <= side <= 128 for side in sides):
        raise UserError(
            f"a {kind} network takes pictures of 4 to 128 pixels a side, not of "
            f"{' x '.join(map(str, sides))}: scale them with --size, or take --network mlp"
        )


def picture_shape(shape: Sequence[int]) -> Shape:
    """Return channels, height and width as a tuple."""
    channels, height, width = shape
    return channels, height, width


def beside(values_BL: Tensor, label_B: Tensor | None, num_classes: int) -> Tensor:
    """Return the values with the class one-hot behind them; as they are without classes.

    >>> beside(torch.zeros(1, 1), torch.tensor([1]), 2)
    tensor([[0., 0., 1.]])
    """
    if not num_classes:
        return values_BL
    if label_B is None:
        raise ValueError(f"this network must be told one of {num_classes} classes: pass label_B")
    one_hot_BK = nn.functional.one_hot(label_B, num_classes).to(values_BL)
    return torch.cat([values_BL, one_hot_BK], dim=1)
