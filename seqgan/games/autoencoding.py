"""A decoder trained without an adversary: autoencoders, plain, denoising and variational.

Legend: B batch, N items of a set, L latent; items may have any shape behind B.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Generator, Tensor

from seqgan.core.game import Losses
from seqgan.objectives.variational import gaussian_kl, squared_error

ReconstructionError = Callable[[Tensor, Tensor], Tensor]
"""(output, target) -> one value an item."""


class Corrupted(NamedTuple):
    """Items, and what the encoder is shown of them."""

    item: Tensor
    shown: Tensor


class AutoencoderGame:
    """Reconstruction alone. Player: "autoencoder"; batches are items.

    With `noise`, the encoder is shown the item plus normal noise of that standard deviation, and
    the clean item is wanted back (denoising, Vincent et al. 2008).
    """

    def __init__(
        self,
        encode: Callable[[Tensor], Tensor],
        decode: Callable[[Tensor], Tensor],
        *,
        noise: float = 0.0,
        error: ReconstructionError = squared_error,
    ) -> None:
        self.encode, self.decode = encode, decode
        self.noise, self.error = noise, error

    def prepare(self, batch: Tensor, movers: Sequence[str], rng: Generator) -> Corrupted:
        """Return the batch with its corrupted form."""
        if not self.noise:
            return Corrupted(batch, batch)
        return Corrupted(batch, batch + self.noise * torch.empty_like(batch).normal_(generator=rng))

    def losses(self, player: str, batch: Corrupted, rng: Generator) -> Losses:
        """Return the error of each reconstruction."""
        error_B = self.error(self.decode(self.encode(batch.shown)), batch.item)
        return Losses({"reconstruction": error_B}, len(batch.item))


class Posterior(NamedTuple):
    """What the encoder believes about each item's code: an independent normal each."""

    mean_BL: Tensor
    log_variance_BL: Tensor

    def draw(self, rng: Generator) -> Tensor:
        """Return one code an item, shape (B, L), with a path for the gradient (arXiv:1312.6114)."""
        noise_BL = torch.empty_like(self.mean_BL).normal_(generator=rng)
        return self.mean_BL + (self.log_variance_BL / 2).exp() * noise_BL


class VariationalGame:
    """Reconstruction plus weight times the code's divergence (VAE, arXiv:1312.6114).

    Player: "autoencoder"; batches are pairs of items and labels.

    Args:
        encode: items and labels to means and log variances side by side, (B, 2L).
        decode: codes and labels to items.
        prior_mean: labels to the mean of the prior: 0, or a class's learned mean (CVAE).
        weight: of the divergence; also the variance that the squared error supposes.
        error: of a reconstruction.
    """

    def __init__(
        self,
        encode: Callable[[Tensor, Tensor], Tensor],
        decode: Callable[[Tensor, Tensor], Tensor],
        *,
        prior_mean: Callable[[Tensor], Tensor | float] = lambda label_B: 0.0,
        weight: float = 1.0,
        error: ReconstructionError = squared_error,
    ) -> None:
        self.encode, self.decode, self.prior_mean = encode, decode, prior_mean
        self.weight, self.error = weight, error

    def prepare(
        self, batch: tuple[Tensor, Tensor], movers: Sequence[str], rng: Generator
    ) -> tuple[Tensor, Tensor]:
        """Return the batch as it is."""
        return batch

    def posterior(self, item: Tensor, label_B: Tensor) -> Posterior:
        """Return the distribution of each item's code."""
        mean_BL, log_variance_BL = self.encode(item, label_B).chunk(2, dim=1)
        return Posterior(mean_BL, log_variance_BL)

    def losses(self, player: str, batch: tuple[Tensor, Tensor], rng: Generator) -> Losses:
        """Return reconstruction error and weighted divergence of each item."""
        item, label_B = batch
        posterior = self.posterior(item, label_B)
        error_B = self.error(self.decode(posterior.draw(rng), label_B), item)
        kl_B = gaussian_kl(*posterior, prior_mean=self.prior_mean(label_B))
        terms = {"reconstruction": error_B, "divergence": self.weight * kl_B}
        variance = posterior.log_variance_BL.detach().exp().mean()
        return Losses(terms, len(item), {"posterior_variance": variance})


@dataclass(frozen=True)
class CodeFigures:
    """How the codes of a set of items lie, seen from the prior.

    `posterior_variance`: mean over items and dimensions; 1 throughout means that codes say
    nothing, near 0 that the autoencoder became a plain one. `used`: dimensions whose mean
    divergence from the prior exceeds .01 nats. The aggregate posterior, the codes of all items
    together, should be the prior: `aggregate_mean` is the root mean square over dimensions of its
    mean, `aggregate_variance` the mean over dimensions of its variance (0 and 1 at best).
    """

    posterior_variance: float
    used: int
    aggregate_mean: float
    aggregate_variance: float


def code_figures(posterior: Posterior, prior_mean: Tensor | float = 0.0) -> CodeFigures:
    """Return how these items' codes lie.

    >>> nothing = Posterior(torch.zeros(3, 2), torch.zeros(3, 2))
    >>> code_figures(nothing)
    CodeFigures(posterior_variance=1.0, used=0, aggregate_mean=0.0, aggregate_variance=1.0)
    """
    variance_NL = posterior.log_variance_BL.exp()
    offset_NL = posterior.mean_BL - prior_mean
    kl_NL = (offset_NL.square() + variance_NL - posterior.log_variance_BL - 1) / 2
    aggregate_L = variance_NL.mean(0) + offset_NL.var(0, correction=0)
    return CodeFigures(
        posterior_variance=float(variance_NL.mean()),
        used=int((kl_NL.mean(0) > 0.01).sum()),
        aggregate_mean=float(offset_NL.mean(0).square().mean().sqrt()),
        aggregate_variance=float(aggregate_L.mean()),
    )
