"""A decoder with the distribution of its codes: what an autoencoder is sampled by.

Legend: B batch, K classes, L latent width, M noise width.
"""

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn

from seqgan.image.building import beside, make_decoder

Conditional = Literal["no", "means", "told"]


class CodeGenerator(nn.Module):
    """Standard normal noise (B, M) to a code, and the code to pictures.

    The code is mean + noise scale. Without classes that is the noise itself until `fit` is called;
    with `means`, each class has a mean of its own, which is learned, and the decoder sees the code
    alone; with `told`, the decoder is told the class. With classes, the last value of the noise
    chooses one of them, all alike, so that M = L + 1; `of_class` asks for one.

    Args:
        kind: of the decoder, see `make_decoder`.
        shape: of one picture: channels, height, width.
        width: of the decoder.
        code_dim: L.
        num_classes: K; 1 or more if it is conditional.
        conditional: how the class enters.
    """

    def __init__(
        self,
        kind: str,
        shape: Sequence[int],
        *,
        width: int,
        code_dim: int,
        num_classes: int = 0,
        conditional: Conditional = "no",
    ) -> None:
        super().__init__()
        if (conditional == "no") != (num_classes == 0):
            raise ValueError(f"{num_classes} classes do not go with conditional={conditional!r}")
        self.arguments = {
            "kind": kind,
            "shape": list(shape),
            "width": width,
            "code_dim": code_dim,
            "num_classes": num_classes,
            "conditional": conditional,
        }
        self.code_dim, self.num_classes = code_dim, num_classes
        self.latent_dim = code_dim + bool(num_classes)
        self.told = num_classes if conditional == "told" else 0
        self.decoder = make_decoder(kind, shape, width=width, latent_dim=code_dim + self.told)
        self.mean_KL: Tensor
        self.scale_LL: Tensor
        if conditional == "means":
            self.mean_KL = nn.Parameter(torch.randn(num_classes, code_dim))
        else:
            self.register_buffer("mean_KL", torch.zeros(max(num_classes, 1), code_dim))
        self.register_buffer("scale_LL", torch.eye(code_dim))

    def means(self, label_B: Tensor) -> Tensor:
        """Return the mean of each label's codes, shape (B, L)."""
        return self.mean_KL[label_B if self.num_classes else torch.zeros_like(label_B)]

    def decode(self, code_BL: Tensor, label_B: Tensor | None = None) -> Tensor:
        """Return the pictures of these codes; the label counts only if the decoder is told it."""
        x: Tensor = self.decoder(beside(code_BL, label_B, self.told))
        return x

    def of_class(self, noise_BL: Tensor, label_B: Tensor) -> Tensor:
        """Return pictures of these classes."""
        return self.decode(self.means(label_B) + noise_BL @ self.scale_LL, label_B)

    def forward(self, noise_BM: Tensor) -> Tensor:
        """Return pictures, each of the class that its noise chooses."""
        chance_B = torch.special.ndtr(noise_BM[:, -1])
        label_B = (chance_B * self.num_classes).long().clamp(max=max(self.num_classes - 1, 0))
        return self.of_class(noise_BM[:, : self.code_dim], label_B)

    @torch.no_grad()
    def fit(self, code_NL: Tensor) -> None:
        """Draw codes like these from now on: by the Gaussian of their mean and covariance.

        An autoencoder's codes follow no known distribution; fitting one afterwards is what makes
        its decoder a generator (arXiv:1903.12436).
        """
        centered_NL = (code_NL - code_NL.mean(0)).cpu().double()
        variance_L, axes_LL = torch.linalg.eigh(centered_NL.T @ centered_NL / len(code_NL))
        self.scale_LL.copy_(variance_L.clamp(min=0).sqrt().unsqueeze(1) * axes_LL.T)
        self.mean_KL.copy_(code_NL.mean(0, keepdim=True))
