"""Distributions on a line and a plane, where everything can be drawn and computed.

Legend: N points, D dimensions (1 or 2), K components, B batch.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor, nn

GRID_SIGMA = 0.05


@dataclass(frozen=True)
class Mixture:
    """Round Gaussians: means (K, D), standard deviations (K,), shares (K,) that sum to 1."""

    mean_KD: Tensor
    sigma_K: Tensor
    share_K: Tensor

    def __call__(self, count: int, rng: Generator) -> Tensor:
        """Return points (N, D) on the generator's device."""
        mean_KD, sigma_K = self.mean_KD.to(rng.device), self.sigma_K.to(rng.device)
        chosen_N = torch.multinomial(
            self.share_K.to(rng.device), count, replacement=True, generator=rng
        )
        size = (count, mean_KD.shape[1])
        noise_ND = torch.randn(size, generator=rng, device=rng.device, dtype=mean_KD.dtype)
        return mean_KD[chosen_N] + sigma_K[chosen_N, None] * noise_ND

    def log_density(self, points_ND: Tensor) -> Tensor:
        """Return the log-density of each point, (N,)."""
        mean_KD, sigma_K = self.mean_KD.to(points_ND), self.sigma_K.to(points_ND)
        square_NK = (points_ND[:, None] - mean_KD).square().sum(2) / sigma_K.square()
        scale_K = sigma_K.log() + math.log(2 * math.pi) / 2
        part_NK = self.share_K.to(points_ND).log() - mean_KD.shape[1] * scale_K - square_NK / 2
        return part_NK.logsumexp(1)

    def log_density_on_line(self, x_N: Tensor) -> Tensor:
        """Return the log-density at places of a line, (N,); for mixtures in one dimension."""
        return self.log_density(x_N[:, None])


def even_mixture(mean_KD: Tensor, *, sigma: float) -> Mixture:
    """Return a mixture of equal shares and one standard deviation."""
    count = len(mean_KD)
    return Mixture(mean_KD, torch.full((count,), sigma), torch.full((count,), 1 / count))


def grid(*, side: int = 5, step: float = 2.0, sigma: float = GRID_SIGMA) -> Mixture:
    """Return side x side Gaussians around 0, by default 25 from -4 to 4 (arXiv:1611.02163)."""
    axis = (torch.arange(side) - (side - 1) / 2) * step
    return even_mixture(torch.cartesian_prod(axis, axis), sigma=sigma)


def ring(*, count: int = 8, radius: float = 2.0, sigma: float = 0.02) -> Mixture:
    """Return Gaussians on a circle (arXiv:1611.02163)."""
    angle_K = torch.arange(count) * (2 * math.pi / count)
    mean_K2 = radius * torch.stack([angle_K.cos(), angle_K.sin()], 1)
    return even_mixture(mean_K2, sigma=sigma)


def two_modes(*, apart: float = 3.2, sigma: float = 0.5, left_share: float = 0.65) -> Mixture:
    """Return two Gaussians on a line, the left one heavier: one Gaussian cannot be both."""
    mean_21 = torch.tensor([[-apart / 2], [apart / 2]])
    return Mixture(mean_21, torch.full((2,), sigma), torch.tensor([left_share, 1 - left_share]))


def gaussian(mean: float, sigma: float) -> Mixture:
    """Return one Gaussian on a line, float64 for quadrature."""
    one = torch.ones(1, dtype=torch.float64)
    return Mixture(one[:, None] * mean, one * sigma, one)


def uniform_heights(count: int, rng: Generator) -> Tensor:
    """Return heights in [0, 1], (N, 1): the noise of points on an upright line."""
    return torch.rand(count, 1, generator=rng, device=rng.device)


class UprightLine(nn.Module):
    """Points (theta, height) of the plane from heights (B, 1) (arXiv:1701.07875, example 1)."""

    def __init__(self, theta: float) -> None:
        super().__init__()
        self.arguments = {"theta": theta}
        self.latent_dim = 1
        self.theta = nn.Parameter(torch.tensor(theta))

    def forward(self, height_B1: Tensor) -> Tensor:
        """Return the points (B, 2)."""
        return torch.cat([self.theta.expand(len(height_B1), 1), height_B1], 1)


class GaussianGenerator(nn.Module):
    """One Gaussian on a line from noise (B, 1): two parameters, mean and log of the spread."""

    def __init__(self, mean: float = 0.0, sigma: float = 1.0) -> None:
        super().__init__()
        self.arguments = {"mean": mean, "sigma": sigma}
        self.latent_dim = 1
        self.mean = nn.Parameter(torch.tensor(mean))
        self.log_sigma = nn.Parameter(torch.tensor(math.log(sigma)))

    def forward(self, noise_B1: Tensor) -> Tensor:
        """Return the points (B, 1)."""
        return self.mean + self.log_sigma.exp() * noise_B1


def likelihood_mixture(
    points_ND: NDArray[np.floating], *, num_components: int, seed: int
) -> Mixture:
    """Return the mixture of round Gaussians of greatest likelihood that EM finds from k-means.

    It minimizes KL(P || Q) over the points: what a generator without a critic can reach. Raises
    ValueError if there are fewer points than components.
    """
    if len(points_ND) < num_components:
        raise ValueError(
            f"{num_components} components for {len(points_ND)} points: give at least as many points"
        )
    from sklearn.mixture import GaussianMixture  # seconds to import, and few need it

    model = GaussianMixture(num_components, covariance_type="spherical", random_state=seed).fit(
        points_ND
    )
    return Mixture(
        torch.from_numpy(model.means_).float(),
        torch.from_numpy(model.covariances_).sqrt().float(),
        torch.from_numpy(model.weights_).float(),
    )
