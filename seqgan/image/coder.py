"""Both directions of an autoencoder, to look at: pictures to codes, codes to pictures.

Legend: N pictures, B batch, L code width.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass

import torch
from torch import Tensor

from seqgan.data.pictures import Pictures, from_bytes
from seqgan.games.autoencoding import Posterior, code_figures
from seqgan.image.coded import CodeGenerator

NUM_LOOKED_AT = 1000
NUM_FITTED = 5000
BATCH = 250

Encode = Callable[[Tensor, Tensor], Posterior]
Decode = Callable[[Tensor, Tensor], Tensor]
"""Codes and labels to pictures."""


@dataclass(frozen=True)
class Coder:
    """Both directions, for looking only: pictures and labels to codes, and back.

    An autoencoder's codes are points: their log variances are those of nothing, -inf.
    """

    encode: Encode
    decode: Decode
    prior_mean: Callable[[Tensor], Tensor | float] = lambda label_B: 0.0

    @torch.no_grad()
    def codes(self, part: Pictures, *, count: int, device: torch.device | str) -> Posterior:
        """Return the codes of the part's first pictures, on the CPU, (N, L) each."""
        pieces = []
        for start in range(0, min(count, len(part)), BATCH):
            images, labels = _piece(part, start, min(start + BATCH, count), device)
            pieces.append([value.cpu() for value in self.encode(images, labels)])
        mean_NL, log_variance_NL = (torch.cat(values) for values in zip(*pieces, strict=True))
        return Posterior(mean_NL, log_variance_NL)

    @torch.no_grad()
    def reconstruct(self, part: Pictures, *, count: int, device: torch.device | str) -> Tensor:
        """Return the part's first pictures after encoder and decoder, in [-1, 1], on the CPU."""
        pieces = []
        for start in range(0, min(count, len(part)), BATCH):
            images, labels = _piece(part, start, min(start + BATCH, count), device)
            pieces.append(self.decode(self.encode(images, labels).mean_BL, labels).cpu())
        return torch.cat(pieces)

    def reconstruction_error(self, part: Pictures, *, device: torch.device | str) -> float:
        """Return the mean squared error of the part's pictures (at most 1,000), of -1 to 1."""
        output = self.reconstruct(part, count=NUM_LOOKED_AT, device=device)
        return float((output - from_bytes(part.images[: len(output)])).square().mean())

    def code_figures(self, part: Pictures, *, device: torch.device | str) -> dict[str, float]:
        """Return how the part's codes lie, seen from the prior."""
        posterior = self.codes(part, count=NUM_LOOKED_AT, device=device)
        mean = self.prior_mean(part.labels[: len(posterior.mean_BL)].to(device))
        prior_mean = mean.detach().cpu() if isinstance(mean, Tensor) else mean
        return asdict(code_figures(posterior, prior_mean))


def point_coder(encoder: Callable[[Tensor], Tensor], decode: Decode) -> Coder:
    """Return the coder of an autoencoder, whose codes (B, L) are points."""

    def encode(images: Tensor, labels: Tensor) -> Posterior:
        code_BL = encoder(images)
        return Posterior(code_BL, torch.full_like(code_BL, -torch.inf))

    return Coder(encode, decode)


def fit_codes(
    coder: Coder, generator: CodeGenerator, part: Pictures, *, device: torch.device | str
) -> None:
    """Let the generator draw codes like those of the part's pictures (at most 5,000)."""
    codes = coder.codes(part, count=NUM_FITTED, device=device)
    generator.fit(codes.mean_BL.to(device))


def _piece(
    part: Pictures, start: int, end: int, device: torch.device | str
) -> tuple[Tensor, Tensor]:
    images, labels = part.images[start:end].to(device), part.labels[start:end].to(device)
    return from_bytes(images), labels
