"""Networks for pictures by kind: generators, critics, encoders, and the critic that reconstructs.

Pictures are float, about -1 to 1. A kind of `mlp` takes points and other shapes too.

Legend: B batch, L latent width, O output width.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from seqgan.errors import UserError
from seqgan.image.building import HIDDEN, beside, make_decoder, make_trunk
from seqgan.image.coded import CodeGenerator
from seqgan.image.searched import SearchGenerator
from seqgan.nn.saving import load_weights, read_config
from seqgan.nn.spectral import spectral


class PictureGenerator(nn.Module):
    """Noise (B, L) to pictures; told the class as well if `num_classes` is not 0.

    Args:
        kind: one of `KINDS`.
        shape: of one picture: channels, height, width.
        width: of the network, see its module.
        latent_dim: L.
        num_classes: 0, or how many classes it can be told.
    """

    def __init__(
        self,
        kind: str,
        shape: Sequence[int],
        *,
        width: int,
        latent_dim: int,
        num_classes: int = 0,
    ) -> None:
        super().__init__()
        self.arguments = {
            "kind": kind,
            "shape": list(shape),
            "width": width,
            "latent_dim": latent_dim,
            "num_classes": num_classes,
        }
        self.latent_dim, self.num_classes = latent_dim, num_classes
        inputs = latent_dim + num_classes
        self.network = make_decoder(kind, shape, width=width, latent_dim=inputs)

    def forward(self, noise_BL: Tensor, label_B: Tensor | None = None) -> Tensor:
        """Return the pictures; `label_B` is required if there are classes."""
        x: Tensor = self.network(beside(noise_BL, label_B, self.num_classes))
        return x


class PictureEncoder(nn.Module):
    """Pictures to values (B, O); told the class as well if `num_classes` is not 0.

    Args:
        kind: one of `KINDS`.
        shape: of one picture: channels, height, width.
        width: of the network, see its module.
        dim_out: O.
        num_classes: 0, or how many classes it can be told.
    """

    def __init__(
        self, kind: str, shape: Sequence[int], *, width: int, dim_out: int, num_classes: int = 0
    ) -> None:
        super().__init__()
        self.arguments = {
            "kind": kind,
            "shape": list(shape),
            "width": width,
            "dim_out": dim_out,
            "num_classes": num_classes,
        }
        self.num_classes = num_classes
        features = HIDDEN * width if num_classes else dim_out
        self.network = make_trunk(kind, shape, width=width, dim_out=features)
        self.head = nn.Linear(features + num_classes, dim_out) if num_classes else None

    def forward(self, x: Tensor, label_B: Tensor | None = None) -> Tensor:
        """Return the values (B, O); `label_B` is required if there are classes."""
        values_BF: Tensor = self.network(x)
        if self.head is None:
            return values_BF
        told_BF = beside(nn.functional.leaky_relu(values_BF, 0.2), label_B, self.num_classes)
        values_BO: Tensor = self.head(told_BF)
        return values_BO


class PictureCritic(nn.Module):
    """Pictures to one unbounded score each, (B,).

    Args:
        kind: one of `KINDS`.
        shape: of one picture: channels, height, width.
        width: of the network, see its module.
        constrained: whether every layer has spectral normalization, see `spectral`.
    """

    def __init__(
        self, kind: str, shape: Sequence[int], *, width: int, constrained: bool = False
    ) -> None:
        super().__init__()
        self.arguments = {
            "kind": kind,
            "shape": list(shape),
            "width": width,
            "constrained": constrained,
        }
        self.network = make_trunk(kind, shape, width=width, dim_out=1)
        if constrained:
            spectral(self.network)

    def forward(self, x: Tensor) -> Tensor:
        """Return the scores (B,)."""
        score_B: Tensor = self.network(x).squeeze(1)
        return score_B


class AutoencoderCritic(nn.Module):
    """A critic whose score is the error of its reconstruction: an energy, low for real pictures.

    EBGAN, arXiv:1609.03126. The error is the mean square over the values of a picture, so that a
    margin means the same at every size: 1 is the error of a grey reconstruction of black and
    white.

    Args:
        kind: one of `KINDS`.
        shape: of one picture: channels, height, width.
        width: of both networks.
        code_dim: width of the code between them.
    """

    def __init__(self, kind: str, shape: Sequence[int], *, width: int, code_dim: int = 32) -> None:
        super().__init__()
        self.arguments = {
            "kind": kind,
            "shape": list(shape),
            "width": width,
            "code_dim": code_dim,
        }
        self.encoder = make_trunk(kind, shape, width=width, dim_out=code_dim)
        self.decoder = make_decoder(kind, shape, width=width, latent_dim=code_dim)

    def reconstruct(self, x: Tensor) -> Tensor:
        """Return what is left of the pictures after the code."""
        reconstruction: Tensor = self.decoder(self.encoder(x))
        return reconstruction

    def forward(self, x: Tensor) -> Tensor:
        """Return the energies (B,)."""
        return (self.reconstruct(x) - x).square().flatten(1).mean(1)


def make_generator(
    kind: str, shape: Sequence[int], *, width: int, latent_dim: int
) -> PictureGenerator:
    """Return a generator of pictures of this shape from noise (B, L)."""
    return PictureGenerator(kind, shape, width=width, latent_dim=latent_dim)


def make_critic(
    kind: str, shape: Sequence[int], *, width: int, constrained: bool = False
) -> PictureCritic:
    """Return a critic of pictures of this shape, optionally with spectral normalization."""
    return PictureCritic(kind, shape, width=width, constrained=constrained)


NETWORKS: Mapping[str, Callable[..., nn.Module]] = {
    made.__name__: made
    for made in (
        PictureGenerator,
        PictureEncoder,
        PictureCritic,
        AutoencoderCritic,
        CodeGenerator,
        SearchGenerator,
    )
}


def load_picture_network(folder: Path, *, device: torch.device | str = "cpu") -> nn.Module:
    """Return the network that `save_module` left in the folder, in evaluation mode.

    Raises:
        UserError: if the folder holds no such network or a damaged one.
    """
    config: dict[str, Any] = read_config(folder)
    name, arguments = str(config.get("architecture")), config.get("arguments")
    if name not in NETWORKS or not isinstance(arguments, dict):
        raise UserError(
            f"{folder} holds a {name}, which is no network for pictures: "
            f"those are {', '.join(NETWORKS)}"
        )
    try:
        module = NETWORKS[name](**arguments)
    except (TypeError, ValueError) as error:
        raise UserError(f"{folder / 'config.json'} does not describe a {name}: {error}") from None
    load_weights(module, folder, device=device)
    return module.to(device).eval()
