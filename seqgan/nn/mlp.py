"""Fully connected networks, and the two halves of a game made of them.

Legend: B batch, I input width, O output width, L latent width.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from torch import Tensor, nn

ACTIVATIONS: Mapping[str, Callable[[], nn.Module]] = {
    "relu": nn.ReLU,
    "leaky": lambda: nn.LeakyReLU(0.2),
    "silu": nn.SiLU,
    "softplus": nn.Softplus,
    "tanh": nn.Tanh,
}


class Mlp(nn.Module):
    """Linear layers with an activation between them.

    Hidden weights are drawn so that a rectifier keeps the variance (arXiv:1502.01852).

    Args:
        dim_in: I.
        dim_out: O.
        width: values of each hidden layer.
        depth: hidden layers; 0 leaves one linear layer.
        activation: a key of `ACTIVATIONS`.
    """

    def __init__(
        self, dim_in: int, dim_out: int, *, width: int, depth: int = 2, activation: str = "leaky"
    ) -> None:
        super().__init__()
        if activation not in ACTIVATIONS:
            raise ValueError(f"activation {activation!r} is none of {', '.join(ACTIVATIONS)}")
        self.arguments = {
            "dim_in": dim_in,
            "dim_out": dim_out,
            "width": width,
            "depth": depth,
            "activation": activation,
        }
        widths = [dim_in, *[width] * depth]
        layers: list[nn.Module] = []
        for before, after in pairwise(widths):
            linear = nn.Linear(before, after)
            nn.init.kaiming_normal_(linear.weight, nonlinearity="relu")
            layers += [linear, ACTIVATIONS[activation]()]
        self.layers = nn.Sequential(*layers, nn.Linear(widths[-1], dim_out))

    def forward(self, x_BI: Tensor) -> Tensor:
        """Return the outputs (B, O)."""
        y_BO: Tensor = self.layers(x_BI)
        return y_BO


class MlpGenerator(nn.Module):
    """Noise (B, L) to examples of any shape: points, pictures.

    Args:
        shape: of one example, without the batch: (2,) for points of the plane.
        latent_dim: L.
        width: values of each hidden layer.
        depth: hidden layers.
        activation: a key of `ACTIVATIONS`.
    """

    def __init__(
        self,
        shape: Sequence[int],
        *,
        latent_dim: int,
        width: int,
        depth: int = 2,
        activation: str = "leaky",
    ) -> None:
        super().__init__()
        self.arguments = {
            "shape": list(shape),
            "latent_dim": latent_dim,
            "width": width,
            "depth": depth,
            "activation": activation,
        }
        self.latent_dim, self.shape = latent_dim, tuple(shape)
        self.layers = Mlp(
            latent_dim, math.prod(shape), width=width, depth=depth, activation=activation
        )

    def forward(self, noise_BL: Tensor) -> Tensor:
        """Return examples (B, *shape)."""
        x: Tensor = self.layers(noise_BL).unflatten(1, self.shape)
        return x


class MlpEncoder(nn.Module):
    """Examples of any shape to values (B, O).

    Args:
        shape: of one example, without the batch.
        dim_out: O.
        width: values of each hidden layer.
        depth: hidden layers.
        activation: a key of `ACTIVATIONS`.
    """

    def __init__(
        self,
        shape: Sequence[int],
        *,
        dim_out: int,
        width: int,
        depth: int = 2,
        activation: str = "leaky",
    ) -> None:
        super().__init__()
        self.arguments = {
            "shape": list(shape),
            "dim_out": dim_out,
            "width": width,
            "depth": depth,
            "activation": activation,
        }
        self.layers = Mlp(
            math.prod(shape), dim_out, width=width, depth=depth, activation=activation
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return the values (B, O)."""
        y_BO: Tensor = self.layers(x.flatten(1))
        return y_BO
