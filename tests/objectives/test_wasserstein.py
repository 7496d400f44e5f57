"""The Wasserstein critic's estimate against the exact earth mover distance of small sets.

Legend: N points.
"""

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from seqgan.metrics.divergences import earth_mover
from seqgan.objectives.penalties import gradient_penalty, slopes
from seqgan.objectives.wasserstein import (
    clip_weights_,
    wasserstein_critic_loss,
    wasserstein_generator_loss,
)

WEIGHT = 100.0


def point_sets(dim: int) -> tuple[Tensor, Tensor]:
    """Return two sets of 12 points, in places of their own."""
    rng = torch.Generator().manual_seed(5)
    real = torch.randn(12, dim, generator=rng, dtype=torch.float64)
    fake = torch.randn(12, dim, generator=rng, dtype=torch.float64) * 0.5
    fake[:, 0] += 1.5
    return real, fake


def estimate(critic: nn.Module, real: Tensor, fake: Tensor) -> float:
    """Return E D(x) - E D(G(z))."""
    with torch.no_grad():
        return -float(wasserstein_critic_loss(critic(real), critic(fake)).mean())


def network(dim: int) -> list[nn.Module]:
    torch.manual_seed(0)
    return [nn.Linear(dim, 48), nn.SiLU(), nn.Linear(48, 48), nn.SiLU(), nn.Linear(48, 1)]


@pytest.mark.parametrize("dim", [1, 2])
def test_a_penalized_critic_tells_the_earth_mover_distance(dim: int) -> None:
    """Trained on all pairs with lambda = 100, whose own bias is W / 2 lambda: within 5 %."""
    real, fake = point_sets(dim)
    critic = nn.Sequential(*network(dim)).double()
    optimizer = torch.optim.Adam(critic.parameters(), lr=5e-3, betas=(0.5, 0.99))
    rate = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.02, total_iters=1200)
    rng = torch.Generator().manual_seed(1)
    pairs_real, pairs_fake = real.repeat(12, 1), fake.repeat_interleave(12, 0)
    for _ in range(1200):
        penalty_N = gradient_penalty(critic, pairs_real, pairs_fake, rng=rng, one_sided=True)
        loss = wasserstein_critic_loss(critic(real), critic(fake)).mean()
        optimizer.zero_grad()
        (loss + WEIGHT * penalty_N.mean()).backward()
        optimizer.step()
        rate.step()
    exact = earth_mover(real.numpy(), fake.numpy())
    assert estimate(critic, real, fake) == pytest.approx(exact, rel=0.05)


@pytest.mark.parametrize("kind", ["spectral", "clip"])
def test_a_bounded_critic_never_passes_its_slope_times_the_distance(kind: str) -> None:
    """Duality: E D(x) - E D(G(z)) <= L W. Spectral norms bound L by 1 (SiLU: 1.1 a layer)."""
    real, fake = point_sets(2)
    layers = network(2)
    if kind == "spectral":
        layers = [spectral_norm(x) if isinstance(x, nn.Linear) else x for x in layers]
    critic = nn.Sequential(*layers).double()
    optimizer = torch.optim.RMSprop(critic.parameters(), lr=5e-3)
    for _ in range(150):
        optimizer.zero_grad()
        wasserstein_critic_loss(critic(real), critic(fake)).mean().backward()
        optimizer.step()
        if kind == "clip":
            clip_weights_(critic.parameters(), 0.1)
    critic.eval()
    exact = earth_mover(real.numpy(), fake.numpy())
    got = estimate(critic, real, fake)
    everywhere = torch.cartesian_prod(*[torch.linspace(-4, 5, 91, dtype=torch.float64)] * 2)
    steepest = float(slopes(critic, everywhere).max())
    assert 0 < got <= steepest * exact * 1.001
    if kind == "spectral":
        assert steepest <= 1.1**2 * 1.05
    else:
        assert all(float(p.detach().abs().max()) <= 0.1 for p in critic.parameters())


def test_losses_by_hand() -> None:
    real_B, fake_B = torch.tensor([2.0, -1.0]), torch.tensor([0.5, 3.0])
    assert wasserstein_critic_loss(real_B, fake_B).tolist() == [-1.5, 4.0]
    assert wasserstein_generator_loss(fake_B).tolist() == [-0.5, -3.0]
