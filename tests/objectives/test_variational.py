"""The variational terms against torch's distributions and by hand.

Legend: B batch, L latent.
"""

import math

import pytest
import torch
from torch.distributions import Bernoulli, Normal, kl_divergence

from seqgan.objectives.variational import bernoulli_error, gaussian_kl, squared_error

F64 = torch.float64


@pytest.mark.parametrize("conditional", [False, True])
def test_the_kl_is_exact(conditional: bool) -> None:
    mean_BL, log_variance_BL, class_mean_BL = torch.randn(3, 4, 5, dtype=F64)
    prior_BL = class_mean_BL if conditional else torch.zeros(4, 5, dtype=F64)
    posterior = Normal(mean_BL, (log_variance_BL / 2).exp())
    expected_B = kl_divergence(posterior, Normal(prior_BL, 1)).sum(1)
    got_B = (
        gaussian_kl(mean_BL, log_variance_BL, class_mean_BL)
        if conditional
        else gaussian_kl(mean_BL, log_variance_BL)
    )
    torch.testing.assert_close(got_B, expected_B)
    assert got_B.shape == (4,)


def test_the_kl_is_least_at_the_prior_with_zero_slope() -> None:
    mean_BL, log_variance_BL = torch.zeros(2, 1, 3, dtype=F64, requires_grad=True)
    kl_B = gaussian_kl(mean_BL, log_variance_BL)
    assert kl_B.tolist() == [0.0]
    for slope in torch.autograd.grad(kl_B.sum(), [mean_BL, log_variance_BL]):
        assert not slope.any()


def test_reconstruction_is_minus_log_likelihood() -> None:
    output, target = torch.randn(2, 3, 1, 4, 4, dtype=F64)
    constant = 16 * math.log(2 * math.pi) / 2
    expected_B = -Normal(output, 1).log_prob(target).flatten(1).sum(1) - constant
    torch.testing.assert_close(squared_error(output, target), expected_B)
    bits = (target > 0).double()
    expected_B = -Bernoulli(logits=output).log_prob(bits).flatten(1).sum(1)
    torch.testing.assert_close(bernoulli_error(output, bits), expected_B)
