"""Losses of judgements: constants by hand, minima, symmetries, and the fit of a known scale."""

import math

import pytest
import torch

from seqgan.objectives.preference import bradley_terry_loss, rating_loss

F64 = torch.float64


def tensor(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=F64)


@pytest.mark.parametrize(
    ("first", "second", "share", "loss"),
    [
        (0.0, 0.0, 1.0, math.log(2)),
        (0.0, 0.0, 0.3, math.log(2)),
        (math.log(3), 0.0, 1.0, math.log(4 / 3)),  # sigmoid(log 3) = 3/4
        (math.log(3), 0.0, 0.0, math.log(4)),
        (math.log(3), 0.0, 0.5, math.log(16 / 3) / 2),
        (5.0 + math.log(3), 5.0, 0.75, 0.75 * math.log(4 / 3) + 0.25 * math.log(4)),
    ],
)
def test_bradley_terry_by_hand(first: float, second: float, share: float, loss: float) -> None:
    got = bradley_terry_loss(tensor(first), tensor(second), tensor(share))
    assert got.item() == pytest.approx(loss)


def test_a_judgement_read_the_other_way_round_costs_the_same() -> None:
    first, second = torch.randn(2, 6, dtype=F64)
    share = torch.rand(6, dtype=F64)
    there = bradley_terry_loss(first, second, share)
    torch.testing.assert_close(there, bradley_terry_loss(second, first, 1 - share))


def test_a_rating_is_a_judgement_against_an_example_of_score_zero() -> None:
    score, share = torch.randn(6, dtype=F64), torch.rand(6, dtype=F64)
    against_zero = bradley_terry_loss(score, torch.zeros(6, dtype=F64), share)
    torch.testing.assert_close(rating_loss(score, share), against_zero)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_the_slope_vanishes_where_the_model_says_the_share(share: float) -> None:
    at = tensor(math.log(share / (1 - share))).requires_grad_()
    (slope,) = torch.autograd.grad(rating_loss(at, tensor(share)).sum(), at)
    assert slope.item() == pytest.approx(0, abs=1e-12)
    (slope,) = torch.autograd.grad(rating_loss(at + 1, tensor(share)).sum(), at)
    assert slope.item() > 0


def test_extreme_scores_stay_finite_in_single_precision() -> None:
    far = torch.tensor([1e4, -1e4])
    assert rating_loss(far, torch.tensor([0.0, 1.0])).tolist() == [1e4, 1e4]
    assert rating_loss(far, torch.tensor([1.0, 0.0])).tolist() == [0, 0]


def test_scores_of_a_known_tournament_are_found() -> None:
    """Fitted to the expected votes among four examples, score differences are the true ones."""
    true_E = tensor(-1.0, 0.0, 0.5, 2.0)
    pairs_P2 = torch.combinations(torch.arange(4))
    share_P = (true_E[pairs_P2[:, 0]] - true_E[pairs_P2[:, 1]]).sigmoid()
    score_E = torch.zeros(4, dtype=F64, requires_grad=True)
    optimizer = torch.optim.LBFGS([score_E], max_iter=100, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = bradley_terry_loss(*score_E[pairs_P2].unbind(1), share_P).sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimizer.step(closure)  # type: ignore[no-untyped-call]
    torch.testing.assert_close(
        score_E.detach() - score_E.detach().mean(), true_E - true_E.mean(), rtol=0, atol=1e-4
    )
