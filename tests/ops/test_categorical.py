"""Log-probabilities and divergences of softmax against torch's own, their slopes, any part size.

Legend: N tokens, V vocabulary.
"""

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from seqgan.ops import categorical
from seqgan.ops.categorical import categorical_kl, log_softmax_at

F64 = torch.float64


def plain_kl(logits_NV: Tensor, reference_NV: Tensor) -> Tensor:
    """Return the divergence as it is defined."""
    prob_NV = logits_NV.softmax(-1)
    return (prob_NV * (prob_NV.log() - reference_NV.softmax(-1).log())).sum(-1)


@pytest.mark.parametrize("cached", [1, 30, 2**20])
def test_values_and_slopes_are_those_of_the_plain_formulas(
    cached: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(categorical, "CACHED_LOGITS", cached)
    logits_NV = torch.randn(7, 11, dtype=F64, requires_grad=True)
    reference_NV, weight_N = torch.randn(7, 11, dtype=F64), torch.randn(7, dtype=F64)
    tokens_N = torch.randint(11, (7,))
    pairs = [
        (
            log_softmax_at(logits_NV, tokens_N),
            -functional.cross_entropy(logits_NV, tokens_N, reduction="none"),
        ),
        (categorical_kl(logits_NV, reference_NV), plain_kl(logits_NV, reference_NV)),
    ]
    for got_N, plain_N in pairs:
        torch.testing.assert_close(got_N, plain_N)
        (slope,) = torch.autograd.grad(got_N @ weight_N, logits_NV, retain_graph=True)
        (plain_slope,) = torch.autograd.grad(plain_N @ weight_N, logits_NV)
        torch.testing.assert_close(slope, plain_slope)
        (again,) = torch.autograd.grad(got_N @ weight_N, logits_NV)  # a kept graph is not used up
        torch.testing.assert_close(again, plain_slope)


def test_numerical_slopes() -> None:
    logits_NV = torch.randn(3, 5, dtype=F64, requires_grad=True)
    reference_NV, tokens_N = torch.randn(3, 5, dtype=F64), torch.tensor([4, 0, 2])
    assert torch.autograd.gradcheck(lambda x: log_softmax_at(x, tokens_N), logits_NV)
    assert torch.autograd.gradcheck(lambda x: categorical_kl(x, reference_NV), logits_NV)


def test_no_rows_and_no_slopes() -> None:
    empty_0V = torch.zeros(0, 4, requires_grad=True)
    log_softmax_at(empty_0V, torch.zeros(0, dtype=torch.long)).sum().backward()
    assert empty_0V.grad is not None
    assert categorical_kl(empty_0V, empty_0V.detach()).shape == (0,)
    with torch.no_grad():
        assert not categorical_kl(torch.zeros(2, 3), torch.ones(2, 3)).requires_grad


def test_impossible_tokens_cost_nothing() -> None:
    """A logit of -inf, or of a ban, leaves values and slopes finite."""
    for ban in (-torch.inf, -3e4):
        logits_NV = torch.tensor([[ban, 0.0, 1.0]], requires_grad=True)
        logp_N = log_softmax_at(logits_NV, torch.tensor([2]))
        (slope_NV,) = torch.autograd.grad(logp_N.sum(), logits_NV)
        assert bool(slope_NV.isfinite().all())
        assert float(slope_NV[0, 0]) == 0
        assert float(logp_N.detach()) == pytest.approx(-0.313262, abs=1e-5)
