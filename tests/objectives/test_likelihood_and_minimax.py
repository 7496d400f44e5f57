"""Likelihood over padding, and the two halves of the original game."""

import math

import pytest
import torch

from seqgan.objectives.likelihood import sequence_logp, token_logp
from seqgan.objectives.minimax import fake_loss, real_loss


def test_token_logp_is_the_log_probability_of_each_token_and_0_at_padding() -> None:
    logits_BTV = torch.randn(2, 3, 4)
    tokens_BT = torch.tensor([[3, 1, 2], [2, 0, 0]])
    mask_BT = torch.tensor([[True, True, True], [True, False, False]])
    got_BT = token_logp(logits_BTV, tokens_BT, mask_BT)
    for b in range(2):
        for t in range(3):
            prob_V = [math.exp(x) for x in logits_BTV[b, t].tolist()]
            expected = math.log(prob_V[int(tokens_BT[b, t])] / sum(prob_V)) if mask_BT[b, t] else 0
            assert float(got_BT[b, t]) == pytest.approx(expected, abs=1e-6)
    torch.testing.assert_close(
        sequence_logp(logits_BTV, tokens_BT, mask_BT), torch.stack([got_BT[0].sum(), got_BT[1, 0]])
    )


def test_banned_padding_gives_neither_nan_nor_slope() -> None:
    """At padding the pad token's logit may be -inf: a product with the mask would be nan."""
    logits_1TV = torch.randn(1, 2, 3)
    logits_1TV[..., 0] = -torch.inf
    logits_1TV.requires_grad_()
    logp_1T = token_logp(logits_1TV, torch.tensor([[1, 0]]), torch.tensor([[True, False]]))
    assert float(logp_1T[0, 1].detach()) == 0
    (slope,) = torch.autograd.grad(logp_1T.sum(), logits_1TV)
    assert bool(slope.isfinite().all())
    assert bool((slope[0, 1] == 0).all())


def test_half_precision_logits_are_scored_in_single() -> None:
    logits_11V = torch.randn(1, 1, 50).bfloat16()
    got = token_logp(logits_11V, torch.tensor([[7]]), torch.tensor([[True]]))
    assert got.dtype == torch.float32
    assert float(got) == pytest.approx(float(logits_11V.float().log_softmax(-1)[0, 0, 7]))


@pytest.mark.parametrize("score", [-40.0, -2.0, 0.0, 1.5, 40.0])
def test_minimax_losses_in_closed_form(score: float) -> None:
    """-log sigmoid(s) and -log(1 - sigmoid(s)), exact where sigmoid rounds to 0 or 1."""
    scores = torch.tensor([score], dtype=torch.float64)
    assert float(real_loss(scores)) == pytest.approx(math.log1p(math.exp(-score)), rel=1e-6)
    assert float(fake_loss(scores)) == pytest.approx(math.log1p(math.exp(score)), rel=1e-6)


def test_the_best_discriminator_is_the_share_of_real() -> None:
    """At p(real) = .3 the expected loss is least where sigmoid(score) is .3."""
    score = torch.tensor([math.log(0.3 / 0.7)], dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(0.3 * real_loss(score) + 0.7 * fake_loss(score), score)
    assert float(slope) == pytest.approx(0, abs=1e-12)
