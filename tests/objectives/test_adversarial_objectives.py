"""Objectives of pairs: hand-computed values, best scores, and which way they push.

Legend: B batch, K places of a quadrature.
"""

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.distributions import Normal

from seqgan.metrics.divergences import jensen_shannon, places
from seqgan.objectives.energy import (
    energy_critic_loss,
    energy_generator_loss,
    loss_sensitive_critic_loss,
)
from seqgan.objectives.hinge import hinge_critic_loss, hinge_generator_loss
from seqgan.objectives.least_squares import (
    least_squares_critic_loss,
    least_squares_generator_loss,
)
from seqgan.objectives.minimax import (
    fake_loss,
    minimax_critic_loss,
    minimax_generator_loss,
    non_saturating_generator_loss,
    real_loss,
)
from seqgan.objectives.relativistic import relativistic_critic_loss, relativistic_generator_loss

F64 = torch.float64
P = Normal(torch.tensor(0.0, dtype=F64), torch.tensor(1.0, dtype=F64))
Q = Normal(torch.tensor(1.0, dtype=F64), torch.tensor(1.5, dtype=F64))


def one(*values: float) -> list[Tensor]:
    return [torch.tensor([value], dtype=F64) for value in values]


def test_energies_by_hand() -> None:
    """The margin holds back fakes of low energy alone; distances widen it pair by pair."""
    real_B = torch.tensor([1.0, 1.0, 2.0], dtype=F64)
    fake_B = torch.tensor([0.5, 4.0, 9.0], dtype=F64)
    got_B = energy_critic_loss(real_B, fake_B, margin=3.0)
    assert got_B.tolist() == [1 + 2.5, 1.0, 2.0]
    assert torch.equal(energy_generator_loss(fake_B), fake_B)
    distance_B = torch.tensor([1.0, 5.0, 7.5], dtype=F64)
    got_B = loss_sensitive_critic_loss(real_B, fake_B, distance_B, weight=2.0)
    assert got_B.tolist() == [1 + 2 * 1.5, 1 + 2 * 2.0, 2 + 2 * 0.5]


def test_energies_push_real_down_and_fakes_up_to_the_margin() -> None:
    real_B = torch.tensor([1.0, 1.0], dtype=F64, requires_grad=True)
    fake_B = torch.tensor([0.5, 4.0], dtype=F64, requires_grad=True)
    slopes = torch.autograd.grad(
        energy_critic_loss(real_B, fake_B, margin=3.0).sum(), [real_B, fake_B]
    )
    assert [slope.tolist() for slope in slopes] == [[1, 1], [-1, 0]]
    distance_B = torch.tensor([1.0, 1.0], dtype=F64)
    loss_B = loss_sensitive_critic_loss(real_B, fake_B, distance_B, weight=2.0)
    slopes = torch.autograd.grad(loss_B.sum(), [real_B, fake_B])
    assert [slope.tolist() for slope in slopes] == [[3, 1], [-2, 0]]


def test_least_squares_by_hand_with_every_label() -> None:
    real_B, fake_B = one(2.0, 5.0)
    assert least_squares_critic_loss(real_B, fake_B).item() == 0.5 * 1 + 0.5 * 25
    got = least_squares_critic_loss(real_B, fake_B, fake_label=-1.0, real_label=4.0)
    assert got.item() == 0.5 * 4 + 0.5 * 36
    assert least_squares_generator_loss(fake_B).item() == 8.0
    assert least_squares_generator_loss(fake_B, target=0.0).item() == 12.5


def test_least_squares_with_b_minus_c_1_and_b_minus_a_2_is_pearsons_divergence() -> None:
    """arXiv:1611.04076, theorem 1: at its best score 2 C(G) = chi^2 of (p + q) from 2q."""
    x_K, weight_K = places(-12, 14)
    p_K, q_K = P.log_prob(x_K).exp(), Q.log_prob(x_K).exp()
    score_K = (p_K - q_K) / (p_K + q_K)  # a = -1, b = 1: the best score
    value_K = (p_K + q_K) * least_squares_generator_loss(score_K, target=0.0)
    expected = (weight_K * (2 * q_K - (p_K + q_K)).square() / (p_K + q_K)).sum()
    assert 2 * float((weight_K * value_K).sum()) == pytest.approx(float(expected))


def test_hinge_by_hand_and_its_flat_sides() -> None:
    for real, fake, expected in ((2.0, -3.0, 0.0), (0.25, -3.0, 0.75), (-1.0, 1.0, 4.0)):
        assert hinge_critic_loss(*one(real, fake)).item() == expected
    assert hinge_generator_loss(torch.tensor([-2.5])).item() == 2.5


@pytest.mark.parametrize(("real", "fake"), [(0.0, 0.0), (3.0, -1.0), (-200.0, 200.0)])
def test_relativistic_sees_differences_alone_and_mirrors_the_sides(
    real: float, fake: float
) -> None:
    real_B, fake_B = one(real, fake)
    got = relativistic_critic_loss(real_B, fake_B)
    difference = torch.tensor(fake - real, dtype=F64)
    assert got.item() == pytest.approx(torch.logaddexp(difference, 0 * difference).item())
    torch.testing.assert_close(relativistic_critic_loss(real_B + 7, fake_B + 7), got)
    torch.testing.assert_close(relativistic_generator_loss(fake_B, real_B), got)


def expected_slope(loss: Callable[[Tensor, Tensor], Tensor], score_K: Tensor) -> Tensor:
    """Return the slope of the expected loss of pairs in the score at each place."""
    x_K, _ = places(-6, 6, num_places=101)
    score_K = score_K.clone().requires_grad_()
    nowhere = torch.zeros_like(score_K)
    p_K, q_K = P.log_prob(x_K).exp(), Q.log_prob(x_K).exp()
    # Pairs split into halves: what the other half adds is a constant.
    total = (p_K * loss(score_K, nowhere) + q_K * loss(nowhere, score_K)).sum()
    (slope_K,) = torch.autograd.grad(total, score_K)
    return slope_K


def test_best_scores_in_closed_form() -> None:
    """Minimax: log p/q. Least squares: (b p + a q) / (p + q)."""
    x_K, _ = places(-6, 6, num_places=101)
    p_K, q_K = P.log_prob(x_K).exp(), Q.log_prob(x_K).exp()
    zero_K = torch.zeros_like(x_K)
    slope_K = expected_slope(minimax_critic_loss, (p_K / q_K).log())
    torch.testing.assert_close(slope_K, zero_K, rtol=0, atol=1e-15)
    slope_K = expected_slope(least_squares_critic_loss, p_K / (p_K + q_K))
    torch.testing.assert_close(slope_K, zero_K, rtol=0, atol=1e-15)


def game_value(score: Callable[[Tensor], Tensor]) -> float:
    """Return V = E_P[log D] + E_Q[log(1 - D)] of a score by quadrature."""
    x_K, weight_K = places(-14, 16)
    with torch.no_grad():
        score_K = score(x_K)
    p_K, q_K = P.log_prob(x_K).exp(), Q.log_prob(x_K).exp()
    return float(-(weight_K * (p_K * real_loss(score_K) + q_K * fake_loss(score_K))).sum())


def test_at_the_best_critic_the_game_is_worth_2_jsd_minus_2_log_2() -> None:
    worth = 2 * jensen_shannon(P.log_prob, Q.log_prob, low=-14, high=16) - 2 * math.log(2)
    assert game_value(lambda x: P.log_prob(x) - Q.log_prob(x)) == pytest.approx(worth)
    assert game_value(lambda x: torch.zeros_like(x)) == pytest.approx(-2 * math.log(2))


def test_a_critic_trained_on_samples_approaches_log_p_over_q() -> None:
    """40,000 pairs: the value of the game within 2 % of the gap, the score near log p/q."""
    torch.manual_seed(0)
    real_B1, fake_B1 = P.sample((40_000, 1)), Q.sample((40_000, 1))
    critic = nn.Sequential(nn.Linear(1, 8), nn.Tanh(), nn.Linear(8, 1)).double()
    optimizer = torch.optim.LBFGS(critic.parameters(), max_iter=60, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss: Tensor = minimax_critic_loss(critic(real_B1), critic(fake_B1)).mean()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimizer.step(closure)  # type: ignore[arg-type]
    worth = 2 * jensen_shannon(P.log_prob, Q.log_prob, low=-14, high=16) - 2 * math.log(2)
    value = game_value(lambda x_K: critic(x_K[:, None]).squeeze(1))
    assert worth - value < 0.02 * (worth + 2 * math.log(2))
    x_K = torch.linspace(-2, 2.5, 10, dtype=F64)
    score_K = critic(x_K[:, None]).squeeze(1).detach()
    torch.testing.assert_close(score_K, P.log_prob(x_K) - Q.log_prob(x_K), rtol=0, atol=0.1)


def test_saturating_and_non_saturating_share_direction_not_strength() -> None:
    """Slopes in the score are -sigmoid(D) and -sigmoid(-D): equal at 0 alone."""
    for score in (-20.0, 0.0, 3.0):
        score_B = torch.tensor([score], dtype=F64, requires_grad=True)
        for loss, strength in (
            (minimax_generator_loss, 1 / (1 + math.exp(-score))),
            (non_saturating_generator_loss, 1 / (1 + math.exp(score))),
        ):
            (slope,) = torch.autograd.grad(loss(score_B).sum(), score_B)
            assert float(slope) == pytest.approx(-strength, rel=1e-6)
