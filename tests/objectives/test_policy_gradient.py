"""Policy-gradient objectives by enumeration and in closed form.

Legend: B batch, T time, V vocabulary.
"""

import pytest
import torch
from torch.distributions import Categorical, kl_divergence

from seqgan.objectives.policy_gradient import clipped_loss, reinforce_loss, token_kl

F64 = torch.float64


@pytest.mark.parametrize("baseline", [0.0, 3.0])
def test_policy_gradient_is_unbiased(baseline: float) -> None:
    """Averaged over every action, the surrogate's gradient is the exact one."""
    logits_V = torch.randn(5, dtype=F64, requires_grad=True)
    reward_V = torch.randn(5, dtype=F64)
    prob_V = logits_V.softmax(0)
    surrogate = prob_V.detach() @ reinforce_loss(prob_V.log(), reward_V - baseline)
    (got,) = torch.autograd.grad(surrogate, logits_V, retain_graph=True)
    (exact,) = torch.autograd.grad(-prob_V @ reward_V, logits_V)
    torch.testing.assert_close(got, exact)


def test_no_gradient_flows_into_advantages_or_the_old_policy() -> None:
    logp, old, advantage = torch.randn(3, 2, 4, dtype=F64, requires_grad=True)
    with pytest.raises(RuntimeError):
        torch.autograd.grad(reinforce_loss(logp.detach(), advantage).sum(), advantage)
    loss = clipped_loss(logp, old, advantage, clip=0.2).sum()
    slopes = torch.autograd.grad(loss, [old, advantage], allow_unused=True)
    assert all(slope is None for slope in slopes)


@pytest.mark.parametrize(
    ("ratio", "advantage", "loss", "slope"),
    [
        # ratio, A -> -min(r A, clamp(r) A) and its slope in log p: -r A inside, 0 where clipped
        (1.0, 2.0, -2.0, -2.0),
        (1.1, 2.0, -2.2, -2.2),
        (1.5, 2.0, -2.4, 0.0),  # too likely already: no more of it
        (0.5, 2.0, -1.0, -1.0),  # has become unlikely though good: pulled back
        (1.1, -2.0, 2.2, 2.2),
        (1.5, -2.0, 3.0, 3.0),  # has become likely though bad: pushed back
        (0.5, -2.0, 1.6, 0.0),  # too unlikely already: no less of it
        (0.5, 0.0, 0.0, 0.0),
    ],
)
def test_clipped_loss_in_closed_form(
    ratio: float, advantage: float, loss: float, slope: float
) -> None:
    old_11 = torch.tensor([[-1.3]], dtype=F64)
    logp_11 = (old_11 + torch.tensor(ratio, dtype=F64).log()).requires_grad_()
    got_11 = clipped_loss(logp_11, old_11, torch.full((1, 1), advantage, dtype=F64), clip=0.2)
    assert got_11.item() == pytest.approx(loss)
    (slope_11,) = torch.autograd.grad(got_11.sum(), logp_11)
    assert slope_11.item() == pytest.approx(slope)


def test_at_equal_policies_the_clipped_gradient_is_reinforces() -> None:
    logp_BT = torch.randn(3, 4, dtype=F64, requires_grad=True)
    advantage_BT = torch.randn(3, 4, dtype=F64)
    (got,) = torch.autograd.grad(
        clipped_loss(logp_BT, logp_BT.detach(), advantage_BT, clip=0.2).sum(), logp_BT
    )
    (expected,) = torch.autograd.grad(reinforce_loss(logp_BT, advantage_BT).sum(), logp_BT)
    torch.testing.assert_close(got, expected)


def test_token_kl_is_the_exact_divergence_of_the_policy_from_the_reference() -> None:
    logits_BTV, reference_BTV = torch.randn(2, 3, 4, 6) * 2
    got_BT = token_kl(logits_BTV, reference_BTV)
    expected_BT = kl_divergence(Categorical(logits=logits_BTV), Categorical(logits=reference_BTV))
    torch.testing.assert_close(got_BT, expected_BT)
    assert got_BT.shape == (3, 4)
    assert bool((got_BT > 0).all())
    other_BT = token_kl(reference_BTV, logits_BTV)
    assert not torch.allclose(got_BT, other_BT, rtol=0.05)  # the direction matters


def test_token_kl_is_zero_at_the_reference_with_zero_slope_and_finite_at_bans() -> None:
    logits_1TV = torch.randn(1, 3, 5)
    logits_1TV[..., 0] = -3e4
    policy_1TV = logits_1TV.clone().requires_grad_()
    kl_1T = token_kl(policy_1TV, logits_1TV)
    torch.testing.assert_close(kl_1T.detach(), torch.zeros(1, 3), rtol=0, atol=1e-6)
    (slope,) = torch.autograd.grad(kl_1T.sum(), policy_1TV)
    torch.testing.assert_close(slope, torch.zeros_like(slope), rtol=0, atol=1e-6)


def test_token_kl_leaves_the_reference_alone() -> None:
    logits, reference = torch.randn(2, 1, 2, 4, requires_grad=True)
    loss = token_kl(logits, reference).sum()
    assert torch.autograd.grad(loss, reference, allow_unused=True) == (None,)
