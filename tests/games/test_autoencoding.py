import math

import pytest
import torch
from torch import Tensor, nn

from seqgan.games.autoencoding import (
    AutoencoderGame,
    Posterior,
    VariationalGame,
    code_figures,
)

F64 = torch.float64


def rng() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def test_a_plain_autoencoder_pays_half_its_squared_error() -> None:
    game = AutoencoderGame(lambda x: x[:, :1], lambda code: torch.cat([code, code], 1))
    batch = game.prepare(torch.tensor([[1.0, 3.0], [2.0, 2.0]]), ("autoencoder",), rng())
    losses = game.losses("autoencoder", batch, rng())
    assert losses.items == 2
    assert losses.terms["reconstruction"].tolist() == [2.0, 0.0]


def test_denoising_shows_the_noise_and_wants_the_clean_item() -> None:
    shown = []

    def encode(x: Tensor) -> Tensor:
        shown.append(x)
        return x

    game = AutoencoderGame(encode, lambda code: code, noise=0.5)
    item = torch.randn(20000, 1, dtype=F64)
    batch = game.prepare(item, ("autoencoder",), rng())
    error_B = game.losses("autoencoder", batch, rng()).terms["reconstruction"]
    added = shown[0] - item
    assert abs(added.std() - 0.5) < 5 * 0.5 / math.sqrt(2 * len(item))
    torch.testing.assert_close(error_B, added.square().sum(1) / 2)


def linear_game(
    slope: Tensor, bias: Tensor, deviation: Tensor, *, weight: float
) -> VariationalGame:
    """x = slope z + bias + noise, encoded by its exact posterior for a unit prior."""

    def encode(x: Tensor, label_B: Tensor) -> Tensor:
        precision = 1 + slope**2 / deviation**2
        mean = (x - bias) * slope / deviation**2 / precision
        return torch.cat([mean, -precision.log().expand_as(mean)], dim=1)

    return VariationalGame(encode, lambda code, label_B: slope * code + bias, weight=weight)


def test_the_bound_is_tight_where_the_posterior_is_exact() -> None:
    """One dimension, all Gaussian: the loss at weight s^2 is s^2 times -log p(x) and a constant.

    Its expectation over draws is estimated from 200,000 of them, to 5 standard errors.
    """
    slope, bias, deviation = (torch.tensor(v, dtype=F64) for v in (1.5, 0.3, 0.7))
    game = linear_game(slope, bias, deviation, weight=float(deviation**2))
    x = torch.full((200_000, 1), 2.0, dtype=F64)
    losses = game.losses("autoencoder", (x, torch.zeros(len(x), dtype=torch.long)), rng())
    value_N = (losses.terms["reconstruction"] + losses.terms["divergence"]) / deviation**2
    evidence = torch.distributions.Normal(bias, (slope**2 + deviation**2).sqrt()).log_prob(x[0])
    exact = -evidence - deviation.log() - math.log(2 * math.pi) / 2
    standard_error = value_N.std() / math.sqrt(len(value_N))
    assert abs(value_N.mean() - exact) < 5 * standard_error


def test_the_learned_class_mean_moves_toward_its_codes() -> None:
    means = nn.Parameter(torch.zeros(2, 1, dtype=F64))
    code = torch.tensor([[3.0], [5.0], [-2.0]], dtype=F64)
    game = VariationalGame(
        lambda x, label_B: torch.cat([x, torch.zeros_like(x)], 1),
        lambda z, label_B: z,
        prior_mean=lambda label_B: means[label_B],
    )
    terms = game.losses("autoencoder", (code, torch.tensor([0, 0, 1])), rng()).terms
    terms["divergence"].sum().backward()
    assert means.grad.flatten().tolist() == [-8.0, 2.0]  # sum of mean - code
    assert terms["divergence"].tolist() == pytest.approx([4.5, 12.5, 2.0])


def test_labels_reach_encoder_and_decoder() -> None:
    label_B = torch.tensor([0, 3])
    game = VariationalGame(
        lambda x, label: torch.cat([label[:, None].to(x), torch.full_like(x, -80.0)], 1),
        lambda code, label: code + 10 * label[:, None],
    )
    x = torch.zeros(2, 1, dtype=F64)
    terms = game.losses("autoencoder", (x, label_B), rng()).terms
    assert terms["reconstruction"].tolist() == pytest.approx([0.0, 33.0**2 / 2])


def test_drawn_codes_have_the_moments_of_their_posterior() -> None:
    posterior = Posterior(torch.full((40000, 1), 2.0), torch.full((40000, 1), math.log(0.25)))
    code = posterior.draw(rng())
    assert abs(code.mean() - 2) < 5 * 0.5 / 200
    assert abs(code.var() - 0.25) < 5 * 0.25 * math.sqrt(2) / 200


def test_code_figures_tell_the_prior_from_a_point() -> None:
    """Codes that are the prior in total, but sharp each: variance 1 in all, 0.04 for each."""
    half = math.sqrt(0.96)
    mean = torch.tensor([[half, 0.0], [-half, 0.0]], dtype=F64)
    log_variance = torch.tensor([[math.log(0.04), 0.0]] * 2, dtype=F64)
    figures = code_figures(Posterior(mean, log_variance))
    assert figures.used == 1  # the second dimension says nothing
    assert figures.posterior_variance == pytest.approx(0.52)
    assert figures.aggregate_variance == pytest.approx(1.0)
    assert figures.aggregate_mean == pytest.approx(0.0)
    shifted = code_figures(Posterior(mean + 3, log_variance), prior_mean=torch.full((2, 2), 2.0))
    assert shifted.aggregate_mean == pytest.approx(1.0)
