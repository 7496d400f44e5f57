"""The likelihood baseline of small pictures: a mixture of Gaussians over all pixels.

Legend: N pictures, B batch, D pixels of a picture, K components.
"""

import math
from collections.abc import Sequence

import torch
from sklearn.mixture import GaussianMixture
from torch import Tensor, nn

from seqgan.data.pictures import Pictures, from_bytes

MAX_PIXELS = 256
"""A component has D^2 / 2 covariances: beyond 16 by 16 there are too many to fit."""
LEAST_VARIANCE = 1e-3
"""Added to each pixel's variance, of -1 to 1: pixels that are always black have none."""


class PixelMixture(nn.Module):
    """Standard normal noise (B, D + 1) to pictures; the last value chooses the component.

    Args:
        shape: of one picture: channels, height, width.
        num_components: K.
    """

    weight_K: Tensor
    mean_KD: Tensor
    scale_KDD: Tensor

    def __init__(self, shape: Sequence[int], *, num_components: int) -> None:
        super().__init__()
        self.arguments = {"shape": list(shape), "num_components": num_components}
        self.shape, self.num_components = tuple(shape), num_components
        pixels = math.prod(shape)
        self.latent_dim = pixels + 1
        self.register_buffer("weight_K", torch.full((num_components,), 1 / num_components))
        self.register_buffer("mean_KD", torch.zeros(num_components, pixels))
        self.register_buffer("scale_KDD", torch.eye(pixels).repeat(num_components, 1, 1))

    def forward(self, noise_BM: Tensor) -> Tensor:
        """Return pictures, each of the component that its noise chooses."""
        chance_B = torch.special.ndtr(noise_BM[:, -1]).contiguous()
        component_B = torch.searchsorted(self.weight_K.cumsum(0), chance_B)
        component_B = component_B.clamp(max=self.num_components - 1)
        spread_BD = torch.einsum("bde,be->bd", self.scale_KDD[component_B], noise_BM[:, :-1])
        x_BD: Tensor = self.mean_KD[component_B] + spread_BD
        return x_BD.view(-1, *self.shape)


def applies(train: Pictures, *, num_components: int) -> bool:
    """Return whether pictures are small enough, and enough, for such a mixture."""
    return math.prod(train.shape) <= MAX_PIXELS and len(train) >= 2 * num_components


@torch.no_grad()
def fitted_mixture(train: Pictures, num_components: int, *, seed: int) -> PixelMixture:
    """Return the mixture of greatest likelihood that EM finds from k-means.

    It minimizes KL(P || Q) over the training pictures: Q must cover all of them, and so it also
    draws what lies between them.
    """
    x_ND = from_bytes(train.images).flatten(1).double().numpy()
    found = GaussianMixture(num_components, reg_covar=LEAST_VARIANCE, random_state=seed).fit(x_ND)
    mixture = PixelMixture(train.shape, num_components=num_components)
    mixture.weight_K.copy_(torch.from_numpy(found.weights_))
    mixture.mean_KD.copy_(torch.from_numpy(found.means_))
    mixture.scale_KDD.copy_(torch.linalg.cholesky(torch.from_numpy(found.covariances_)))
    return mixture
