"""Relaxed words: exact draws, one-hot going forward, soft going backward."""

import itertools

import pytest
import torch
from torch import Tensor

from seqgan.ops.relaxations import (
    geometric_fall,
    gumbel,
    gumbel_softmax,
    one_hot,
    smoothed,
    straight_through,
)

LOGITS_V = torch.tensor([0.3, -1.2, 1.1, 0.0], dtype=torch.float64)


def noise(*shape: int, seed: int = 0) -> Tensor:
    rng = torch.Generator().manual_seed(seed)
    return gumbel(torch.rand(*shape, generator=rng, dtype=torch.float64))


def test_gumbel_noise_has_its_mean_and_variance_and_is_finite_at_the_ends() -> None:
    drawn_N = noise(400_000)
    assert float(drawn_N.mean()) == pytest.approx(0.5772156649, abs=0.01)
    assert float(drawn_N.var()) == pytest.approx(torch.pi**2 / 6, abs=0.02)
    ends = gumbel(torch.tensor([0.0, 1 - 2**-24, 1.0]))
    assert bool(ends.isfinite().all())
    assert bool((ends.diff() > 0).all())


@pytest.mark.parametrize("temperature", [0.05, 0.7, 3.0])
def test_the_largest_entry_is_an_exact_draw_at_any_temperature(temperature: float) -> None:
    num = 200_000
    soft_NV = gumbel_softmax(LOGITS_V, noise(num, 4), temperature=temperature)
    share_V = one_hot(soft_NV.argmax(-1), 4).double().mean(0)
    prob_V = LOGITS_V.softmax(0)
    statistic = float((num * (share_V - prob_V).square() / prob_V).sum())
    assert statistic < 16.3  # chi-square, 3 degrees of freedom, .001
    assert torch.equal(straight_through(soft_NV).argmax(-1), soft_NV.argmax(-1))


def test_falling_temperature_leads_to_the_draw_and_rising_to_the_uniform() -> None:
    drawn_V = noise(4)
    hard_V = one_hot((LOGITS_V + drawn_V).argmax(), 4).double()
    cold_V = gumbel_softmax(LOGITS_V, drawn_V, temperature=1e-3)
    warm_V = gumbel_softmax(LOGITS_V, drawn_V, temperature=1e6)
    torch.testing.assert_close(cold_V, hard_V)
    torch.testing.assert_close(warm_V, torch.full((4,), 0.25).double(), rtol=1e-4, atol=1e-4)
    with pytest.raises(ValueError, match="above 0"):
        gumbel_softmax(LOGITS_V, drawn_V, temperature=0.0)


def test_straight_through_is_one_hot_forward_and_soft_backward() -> None:
    logits_V = LOGITS_V.clone().requires_grad_()
    weight_V = torch.tensor([1.0, -2.0, 0.5, 3.0], dtype=torch.float64)
    soft_V = gumbel_softmax(logits_V, noise(4), temperature=0.8)
    hard_V = straight_through(soft_V)
    assert sorted(hard_V.tolist()) == [0.0, 0.0, 0.0, 1.0]
    (slope_V,) = torch.autograd.grad(hard_V @ weight_V, logits_V, retain_graph=True)
    (soft_slope_V,) = torch.autograd.grad(soft_V @ weight_V, logits_V)
    assert torch.equal(slope_V, soft_slope_V)
    assert float(slope_V.abs().sum()) > 0.01


def test_the_relaxed_gradient_at_low_temperature_is_that_of_enumeration() -> None:
    """d/dlogits E[f(word)], f linear in the word: the mean of the relaxed slopes comes close."""
    weight_V = torch.tensor([1.0, -2.0, 0.5, 3.0], dtype=torch.float64)
    logits_V = LOGITS_V.clone().requires_grad_()
    (exact_V,) = torch.autograd.grad(logits_V.softmax(0) @ weight_V, logits_V)
    soft_NV = gumbel_softmax(logits_V, noise(200_000, 4), temperature=0.1)
    (mean_V,) = torch.autograd.grad((soft_NV @ weight_V).mean(), logits_V)
    torch.testing.assert_close(mean_V, exact_V, rtol=0.05, atol=0.02)


def test_smoothing_keeps_the_mass_and_the_word() -> None:
    words_KV = smoothed(one_hot(torch.arange(4), 4), 0.3)
    torch.testing.assert_close(words_KV.sum(1), torch.ones(4))
    assert torch.equal(words_KV.argmax(1), torch.arange(4))
    assert torch.equal(smoothed(words_KV, 0.0), words_KV)


def test_a_geometric_fall_has_one_factor() -> None:
    falls = [geometric_fall(move, moves=10, first=2.0, last=0.2) for move in range(11)]
    ratios = [after / before for before, after in itertools.pairwise(falls)]
    assert falls[0] == 2.0
    assert falls[-1] == pytest.approx(0.2)
    assert max(ratios) == pytest.approx(min(ratios))
    assert geometric_fall(3, moves=0, first=1.0, last=0.5) == 0.5
