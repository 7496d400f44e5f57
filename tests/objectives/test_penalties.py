"""Penalties against closed forms: linear critics have one slope, quadratic ones that of place.

Legend: B batch, D dimensions.
"""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from seqgan.objectives.penalties import (
    gradient_penalty,
    slopes,
    squared_slope,
)
from seqgan.objectives.wasserstein import clip_weights_

F64 = torch.float64


def rng() -> torch.Generator:
    return torch.Generator().manual_seed(3)


def at(critic: Callable[[Tensor], Tensor], places: Tensor) -> Tensor:
    """Return the squared slope of the critic at the places."""
    item = places.detach().requires_grad_()
    return squared_slope(critic(item), item)


class Linear(nn.Module):
    """A critic w x + 5 over whatever shape the examples have."""

    def __init__(self, *shape: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(shape, dtype=F64))

    def forward(self, x: Tensor) -> Tensor:
        return (x * self.weight).reshape(len(x), -1).sum(1) + 5


@pytest.mark.parametrize("shape", [(), (1,), (3,), (2, 4, 5)], ids=str)
def test_a_linear_critic_has_its_weights_length_as_slope_everywhere(shape: tuple[int, ...]) -> None:
    critic = Linear(*shape)
    real, fake = torch.randn(2, 6, *shape, dtype=F64)
    length = critic.weight.detach().norm()
    torch.testing.assert_close(slopes(critic, real), length.expand(6))
    for penalty_B in (at(critic, real), at(critic, fake)):
        torch.testing.assert_close(penalty_B.detach(), (length**2).expand(6))
    penalty_B = gradient_penalty(critic, real, fake, rng=rng())
    torch.testing.assert_close(penalty_B.detach(), ((length - 1) ** 2).expand(6))


def test_the_quadratic_critics_slope_is_the_place() -> None:
    """|x|^2 / 2 has slope x: R1 is |x|^2."""

    def critic(x: Tensor) -> Tensor:
        return x.square().sum(1) / 2

    real = torch.randn(8, 3, dtype=F64)
    torch.testing.assert_close(at(critic, real), real.square().sum(1))
    torch.testing.assert_close(slopes(critic, real), real.norm(dim=1))


def test_the_gradient_penalty_looks_at_one_uniform_place_on_each_segment() -> None:
    """On a line from 0 to 8 the quadratic critic's slope is the place: (8 t - 1)^2."""
    real, fake = torch.zeros(4000, 1, dtype=F64), torch.full((4000, 1), 8.0, dtype=F64)
    penalty_B = gradient_penalty(lambda x: x.square().sum(1) / 2, real, fake, rng=rng()).detach()
    place_B = (penalty_B.sqrt() + 1) / 8  # exact where the slope is above 1
    assert float(penalty_B.max()) <= 49
    # The quadratic's mean over t in [0, 1] is 64/3 - 8 + 1; its spread 14.6, so .7 is 3 sigma.
    assert float(penalty_B.mean()) == pytest.approx(64 / 3 - 7, abs=0.7)
    assert len(place_B.unique()) > 3900


def test_one_sided_forgives_gentle_slopes() -> None:
    real, fake = torch.randn(2, 5, 2, dtype=F64)
    for length, two, one in ((0.25, 0.5625, 0.0), (3.0, 4.0, 4.0)):
        critic = Linear(2)
        critic.weight.data = torch.tensor([0.6, 0.8], dtype=F64) * length
        got_B = gradient_penalty(critic, real, fake, rng=rng()).detach()
        torch.testing.assert_close(got_B, torch.full_like(got_B, two))
        got_B = gradient_penalty(critic, real, fake, rng=rng(), one_sided=True).detach()
        torch.testing.assert_close(got_B, torch.full_like(got_B, one))


def test_places_come_from_the_generator_given() -> None:
    real, fake = torch.randn(2, 5, 2, dtype=F64)

    def penalty(seed: int) -> Tensor:
        places = torch.Generator().manual_seed(seed)
        return gradient_penalty(lambda x: x.pow(3).sum(1), real, fake, rng=places)

    assert torch.equal(penalty(1), penalty(1))
    assert not torch.equal(penalty(1), penalty(2))


def test_penalties_have_the_right_slope_in_the_weights() -> None:
    """d |w|^2 / dw = 2w for R1; of (|w| - 1)^2 it is 2 (|w| - 1) w / |w|."""
    critic = Linear(3)
    real, fake = torch.randn(2, 5, 3, dtype=F64)
    weight = critic.weight.detach()
    length = weight.norm()
    for penalty, expected in (
        (at(critic, real), 2 * weight),
        (gradient_penalty(critic, real, fake, rng=rng()), 2 * (length - 1) * weight / length),
    ):
        (slope,) = torch.autograd.grad(penalty.mean(), critic.weight)
        torch.testing.assert_close(slope, expected)


def test_no_gradient_reaches_the_examples_nor_the_generator_behind_them() -> None:
    critic = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1)).double()
    scale = torch.ones(3, dtype=F64, requires_grad=True)
    real, fake = torch.randn(2, 5, 3, dtype=F64) * scale
    for penalty in (at(critic, fake), gradient_penalty(critic, real, fake, rng=rng())):
        assert torch.autograd.grad(penalty.sum(), scale, allow_unused=True) == (None,)


def test_a_penalty_moves_a_real_networks_weights_as_differences_say() -> None:
    """Double backward through a network, against central differences."""
    torch.manual_seed(1)
    critic = nn.Sequential(nn.Linear(2, 5), nn.Softplus(), nn.Linear(5, 1)).double()
    real, fake = torch.randn(2, 7, 2, dtype=F64)
    weight = critic[0].weight

    def penalty() -> Tensor:
        return gradient_penalty(critic, real, fake, rng=rng()).sum() + at(critic, real).sum()

    (slope,) = torch.autograd.grad(penalty(), weight)
    for i, j in ((0, 0), (3, 1)):
        ends = []
        for step in (1e-6, -1e-6):
            with torch.no_grad():
                weight[i, j] += step
            ends.append(float(penalty().detach()))
            with torch.no_grad():
                weight[i, j] -= step
        assert float(slope[i, j]) == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-5)


def test_patch_scores_are_summed_and_a_flat_critic_gives_no_nan() -> None:
    patches = nn.Conv2d(1, 1, 2).double()
    nn.init.ones_(patches.weight)
    real = torch.randn(3, 1, 2, 3, dtype=F64)
    # Two patches: the middle column counts twice, slopes 1 2 1 in both rows.
    torch.testing.assert_close(slopes(patches, real).square(), torch.full((3,), 12.0, dtype=F64))
    flat = Linear(2)
    nn.init.zeros_(flat.weight)
    penalty_B = gradient_penalty(flat, *torch.randn(2, 4, 2, dtype=F64), rng=rng())
    assert penalty_B.tolist() == [1, 1, 1, 1]
    (slope,) = torch.autograd.grad(penalty_B.sum(), flat.weight)
    assert bool(slope.isfinite().all())


def test_penalties_run_in_single_precision_under_autocast() -> None:
    critic = nn.Linear(4, 1)
    real = torch.randn(3, 4).bfloat16()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        penalty_B = gradient_penalty(critic, real, real, rng=rng())
    assert penalty_B.dtype == torch.float32
    exact = (critic.weight.detach().norm() - 1).square()
    torch.testing.assert_close(penalty_B.detach(), exact.expand(3))


def test_slopes_are_measured_under_no_grad_and_carry_none() -> None:
    critic = nn.Linear(2, 1)
    with torch.no_grad():
        got_B = slopes(critic, torch.randn(3, 2))
    assert not got_B.requires_grad
    assert bool((got_B > 0).all())


def test_clipping_cuts_in_place_and_refuses_no_room() -> None:
    critic = nn.Linear(3, 2)
    before = critic.weight.detach().clone()
    weight = critic.weight
    clip_weights_(critic.parameters(), 0.1)
    assert critic.weight is weight
    assert torch.equal(weight.detach(), before.clamp(-0.1, 0.1))
    with pytest.raises(ValueError, match=r"is 0: it must be above 0"):
        clip_weights_([], 0)


def test_an_empty_share_of_a_batch_pays_nothing() -> None:
    item = torch.zeros(0, 3, 2, requires_grad=True)
    assert squared_slope(item.flatten(1).sum(1), item).shape == (0,)
    assert slopes(lambda x: x.flatten(1).sum(1), item).shape == (0,)
