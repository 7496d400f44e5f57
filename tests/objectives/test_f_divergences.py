"""f-divergences: each column of the table from the others, the bound and its tightness.

Legend: K places of a quadrature, B batch.
"""

import math

import pytest
import torch
from torch import Tensor, nn
from torch.distributions import Normal

from seqgan.metrics.divergences import f_divergence, places, variational_bound
from seqgan.objectives.f_divergences import (
    F_DIVERGENCES,
    GAN,
    KL,
    NEYMAN,
    PEARSON,
    FDivergence,
    alpha_divergence,
    f_critic_loss,
    f_generator_loss,
    f_generator_loss_alternative,
)
from seqgan.objectives.minimax import (
    minimax_critic_loss,
    minimax_generator_loss,
    non_saturating_generator_loss,
)

F64 = torch.float64
ALPHAS = {alpha: alpha_divergence(alpha) for alpha in (1.5, -1.0)}
ALL = [*F_DIVERGENCES.values(), *ALPHAS.values()]
SIDES = {"low": -14.0, "high": 14.0}


def name_of(divergence: FDivergence) -> str:
    own = [f"{alpha:g}" for alpha, each in ALPHAS.items() if each is divergence]
    return "-".join([divergence.name, *own])


def gaussian(mean: float, sigma: float) -> Normal:
    return Normal(torch.tensor(mean, dtype=F64), torch.tensor(sigma, dtype=F64))


# Pearson needs sigma_p^2 < 2 sigma_q^2 to be finite, Neyman the reverse: all three pairs have both.
PAIRS = [
    (gaussian(0, 1), gaussian(0.5, 1.2)),
    (gaussian(0, 1), gaussian(1, 1)),
    (gaussian(-0.4, 0.9), gaussian(0.2, 0.8)),
]


def inside(divergence: FDivergence, num: int = 4001) -> Tensor:
    """Return t all over the domain of f*, as far as ratios from e^-6 to e^6 reach."""
    u_K = torch.linspace(-6, 6, num, dtype=F64).exp()
    return divergence.derivative(u_K)


@pytest.mark.parametrize("divergence", ALL, ids=name_of)
def test_the_conjugate_of_the_conjugate_is_f(divergence: FDivergence) -> None:
    """f(u) = sup_t (ut - f*(t)), over a grid of t that holds the best ones."""
    u_U = torch.tensor([0.02, 0.3, 0.9, 1.0, 1.4, 5.0, 30.0], dtype=F64)
    t_K = inside(divergence, 40_001)
    if divergence.name == "total-variation":
        t_K = torch.linspace(-0.5, 0.5, 101, dtype=F64)
    best_U = (u_U[:, None] * t_K - divergence.conjugate(t_K)).amax(1)
    torch.testing.assert_close(best_U, divergence.f(u_U), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("divergence", ALL, ids=name_of)
def test_the_derivative_is_that_of_f(divergence: FDivergence) -> None:
    u_U = torch.tensor([0.02, 0.3, 0.9, 1.4, 5.0, 30.0], dtype=F64, requires_grad=True)
    (slope_U,) = torch.autograd.grad(divergence.f(u_U).sum(), u_U)
    torch.testing.assert_close(slope_U, divergence.derivative(u_U.detach()))


@pytest.mark.parametrize("divergence", ALL, ids=name_of)
def test_raw_scores_stay_inside_the_domain_and_enter_the_conjugate(divergence: FDivergence) -> None:
    score_K = torch.linspace(-5, 5, 401, dtype=F64)
    t_K = divergence.activation(score_K)
    low, high = divergence.domain
    assert bool(((t_K > low) & (t_K < high)).all())
    assert bool((t_K.diff() > 0).all()), "g must ascend: high scores mean real"
    torch.testing.assert_close(divergence.activated_conjugate(score_K), divergence.conjugate(t_K))


@pytest.mark.parametrize("divergence", ALL, ids=name_of)
def test_every_best_t_of_a_ratio_is_within_reach_of_a_score(divergence: FDivergence) -> None:
    low, high = divergence.activation(torch.tensor([-30.0, 30.0], dtype=F64)).tolist()
    u_U = torch.tensor([0.1, 0.5, 2.0, 10.0], dtype=F64)
    t_U = divergence.derivative(u_U)
    assert bool(((t_U >= low - 1e-12) & (t_U <= high + 1e-12)).all())


@pytest.mark.parametrize("divergence", ALL, ids=name_of)
def test_f_is_zero_at_equality_except_for_the_gan(divergence: FDivergence) -> None:
    expected = -2 * math.log(2) if divergence.name == "gan" else 0.0
    assert float(divergence.f(torch.ones(1, dtype=F64))) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("pair", PAIRS, ids=["wider", "shifted", "both"])
@pytest.mark.parametrize("divergence", ALL, ids=name_of)
def test_the_bound_at_the_best_t_is_the_divergence(
    divergence: FDivergence, pair: tuple[Normal, Normal]
) -> None:
    """E_P[f'(u)] - E_Q[f*(f'(u))] = E_Q[f(u)], by quadrature."""
    p, q = pair
    x_K, weight_K = places(-9, 9)
    p_K, q_K = p.log_prob(x_K).exp(), q.log_prob(x_K).exp()
    t_K = divergence.derivative(p_K / q_K)
    bound = (weight_K * (p_K * t_K - q_K * divergence.conjugate(t_K))).sum()
    exact = f_divergence(divergence, p.log_prob, q.log_prob, low=-9, high=9)
    assert float(bound) == pytest.approx(exact, rel=1e-6)


@pytest.mark.parametrize("divergence", ALL, ids=name_of)
def test_no_critic_passes_the_divergence(divergence: FDivergence) -> None:
    p, q = PAIRS[0]
    exact = f_divergence(divergence, p.log_prob, q.log_prob, low=-9, high=9)
    for seed in range(5):
        a, b, c = torch.randn(3, generator=torch.Generator().manual_seed(seed), dtype=F64) / 2
        bound = variational_bound(
            divergence,
            lambda x, a=a, b=b, c=c: a + b * x + c * (2 * x).sin(),
            p.log_prob,
            q.log_prob,
            low=-9,
            high=9,
        )
        assert bound < exact


def trained_score(divergence: FDivergence, p: Normal, q: Normal) -> nn.Module:
    """Return a small critic trained on the game's own loss, every place weighted by its mass."""
    torch.manual_seed(0)
    critic = nn.Sequential(
        nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 16), nn.Tanh(), nn.Linear(16, 1)
    ).double()
    x_K, weight_K = places(-7, 7, num_places=281)
    p_K, q_K = p.log_prob(x_K).exp() * weight_K, q.log_prob(x_K).exp() * weight_K
    optimizer = torch.optim.LBFGS(
        critic.parameters(), max_iter=250, line_search_fn="strong_wolfe", tolerance_change=1e-12
    )
    nowhere = torch.zeros(1, dtype=F64)

    def closure() -> Tensor:
        optimizer.zero_grad()
        score_K = critic(x_K[:, None]).squeeze(1)
        # The loss of pairs splits into one half for real and one for fake examples.
        real_K = f_critic_loss(score_K, nowhere, divergence=divergence)
        fake_K = f_critic_loss(nowhere, score_K, divergence=divergence)
        loss: Tensor = (p_K * real_K + q_K * fake_K).sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimizer.step(closure)  # type: ignore[arg-type]
    return critic


@pytest.mark.parametrize("divergence", F_DIVERGENCES.values(), ids=name_of)
def test_a_trained_critic_comes_within_2_percent(divergence: FDivergence) -> None:
    p, q = gaussian(0, 1), gaussian(1, 1.1)
    critic = trained_score(divergence, p, q)
    bound = variational_bound(
        divergence,
        lambda x_K: critic(x_K[:, None]).squeeze(1),
        p.log_prob,
        q.log_prob,
        low=-8,
        high=8,
    )
    exact = f_divergence(divergence, p.log_prob, q.log_prob, low=-14, high=14)
    floor = GAN.f(torch.ones(1, dtype=F64)).item() if divergence is GAN else 0.0
    # The GAN's value starts at -2 log 2: what the critic finds is counted from there.
    assert exact - floor > 0.1
    assert bound <= exact + 1e-9
    assert bound - floor == pytest.approx(exact - floor, rel=0.02)


def test_known_values() -> None:
    """Closed forms of Gaussians; the direction of KL, Pearson and Neyman matters."""
    p, q = gaussian(0, 1), gaussian(0.7, 1.2)

    def exact(divergence: FDivergence) -> float:
        return f_divergence(divergence, p.log_prob, q.log_prob, **SIDES)

    def kl(first: Normal, second: Normal) -> float:
        return float(torch.distributions.kl_divergence(first, second))

    assert exact(KL) == pytest.approx(kl(p, q))
    assert exact(F_DIVERGENCES["reverse-kl"]) == pytest.approx(kl(q, p))
    # Equal spreads s, means d apart: the chi-squared divergence is exp(d^2 / s^2) - 1.
    a, b = gaussian(0, 2), gaussian(1, 2)
    for divergence in (PEARSON, NEYMAN):
        got = f_divergence(divergence, a.log_prob, b.log_prob, low=-28, high=28)
        assert got == pytest.approx(math.expm1(0.25))
    # Pearson is the integral of p^2 / q, less 1; with q and p exchanged it is Neyman's.
    x_K, weight_K = places(**SIDES)
    p_K, q_K = p.log_prob(x_K).exp(), q.log_prob(x_K).exp()
    assert exact(PEARSON) == pytest.approx(float((weight_K * p_K**2 / q_K).sum()) - 1)
    assert exact(NEYMAN) == pytest.approx(float((weight_K * q_K**2 / p_K).sum()) - 1)
    assert exact(PEARSON) != pytest.approx(exact(NEYMAN), rel=0.05)


def test_relations_between_divergences() -> None:
    p, q = PAIRS[0]
    exact = {
        name: f_divergence(divergence, p.log_prob, q.log_prob, **SIDES)
        for name, divergence in F_DIVERGENCES.items()
    }
    assert exact["gan"] == pytest.approx(2 * exact["jensen-shannon"] - 2 * math.log(2))
    assert exact["alpha"] == pytest.approx(2 * exact["squared-hellinger"])
    for alpha, name in ((2.0, "pearson"), (-1.0, "neyman")):
        got = f_divergence(alpha_divergence(alpha), p.log_prob, q.log_prob, **SIDES)
        assert got == pytest.approx(exact[name] / 2)
    near = f_divergence(alpha_divergence(1.001), p.log_prob, q.log_prob, **SIDES)
    assert near == pytest.approx(exact["kl"], rel=0.01)


@pytest.mark.parametrize("alpha", [0.0, 1.0])
def test_alpha_at_its_limits_is_refused(alpha: float) -> None:
    with pytest.raises(ValueError, match="kl, choose that one"):
        alpha_divergence(alpha)


def test_the_gan_divergence_is_the_minimax_game() -> None:
    real_B, fake_B = torch.randn(2, 50, dtype=F64) * 5
    pairs = [
        (f_critic_loss(real_B, fake_B, divergence=GAN), minimax_critic_loss(real_B, fake_B)),
        (f_generator_loss(fake_B, divergence=GAN), minimax_generator_loss(fake_B)),
        (
            f_generator_loss_alternative(fake_B, divergence=GAN),
            non_saturating_generator_loss(fake_B),
        ),
    ]
    for got_B, expected_B in pairs:
        torch.testing.assert_close(got_B, expected_B)


@pytest.mark.parametrize("divergence", F_DIVERGENCES.values(), ids=name_of)
def test_the_generator_lowers_the_bound_that_the_critic_raises(divergence: FDivergence) -> None:
    """In the fake's score the generator's slope is minus the critic's."""
    real_B, fake_B = torch.randn(2, 6, dtype=F64, requires_grad=True)
    loss = f_critic_loss(real_B, fake_B, divergence=divergence)
    real_slope, fake_slope = torch.autograd.grad(loss.sum(), [real_B, fake_B])
    (slope,) = torch.autograd.grad(f_generator_loss(fake_B, divergence=divergence).sum(), fake_B)
    torch.testing.assert_close(slope, -fake_slope)
    assert bool((real_slope < 0).all())
    (other,) = torch.autograd.grad(
        f_generator_loss_alternative(fake_B, divergence=divergence).sum(), fake_B
    )
    assert bool((other < 0).all())


@pytest.mark.parametrize("divergence", F_DIVERGENCES.values(), ids=name_of)
def test_large_scores_stay_finite_in_single_precision(divergence: FDivergence) -> None:
    score_B = torch.tensor([-60.0, 60.0], requires_grad=True)
    loss = f_critic_loss(score_B, score_B, divergence=divergence).sum()
    assert bool(loss.isfinite())
    (slope,) = torch.autograd.grad(loss, score_B)
    assert bool(slope.isfinite().all())
