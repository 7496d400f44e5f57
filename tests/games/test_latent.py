"""The game of noise against a critic: closed forms on linear players, and whose network moves.

Legend: B batch.
"""

from typing import get_args

import pytest
import torch
from torch import Generator, Tensor, nn

from seqgan.errors import UserError
from seqgan.games.latent import LatentGame, gaussian_noise
from seqgan.games.objectives import (
    USUAL_PENALTY,
    ObjectiveName,
    PenaltyName,
    make_objective,
    make_penalties,
    refuse_pairs,
)

OBJECTIVES = get_args(ObjectiveName)
PENALTIES = get_args(PenaltyName)


class Linear(nn.Module):
    """Score w.x, one a point."""

    def __init__(self, *weights: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(weights, dtype=torch.float64))

    def forward(self, x: Tensor) -> Tensor:
        return x @ self.weight


class Shift(nn.Module):
    """Noise moved by a vector."""

    def __init__(self) -> None:
        super().__init__()
        self.by = nn.Parameter(torch.tensor([0.5, -0.25], dtype=torch.float64))

    def forward(self, noise: Tensor) -> Tensor:
        return noise + self.by


class Curved(nn.Module):
    """A small smooth critic in double precision."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(4)
        self.layers = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1)).double()

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x).squeeze(1)


def rng(seed: int = 3) -> Generator:
    return torch.Generator().manual_seed(seed)


def draw(count: int, rng: Generator) -> Tensor:
    return torch.randn(count, 2, generator=rng, dtype=torch.float64)


REAL_B2 = torch.tensor([[1.0, 2.0], [0.5, -1.0], [3.0, 0.0]], dtype=torch.float64)


def test_a_round_holds_fakes_only_where_a_critic_moves() -> None:
    game = LatentGame(Shift(), Linear(1, 1), make_objective("wasserstein"), draw=draw)
    assert game.prepare(REAL_B2, ("generator",), rng()).fake is None
    prepared = game.prepare(REAL_B2, ("critic", "generator"), rng())
    assert prepared.fake is not None
    torch.testing.assert_close(prepared.fake, prepared.noise + game.generator.by)


def test_the_wasserstein_game_on_a_linear_critic() -> None:
    """D(x) = w.x: the critic pays w.(G(z) - x), the generator -w.G(z), gradients follow."""
    game = LatentGame(Shift(), Linear(2, -1), make_objective("wasserstein"), draw=draw)
    prepared = game.prepare(REAL_B2, ("critic", "generator"), rng())
    assert prepared.fake is not None
    critic = game.losses("critic", prepared, rng())
    torch.testing.assert_close(critic.terms["loss"], (prepared.fake - REAL_B2) @ game.critic.weight)
    generator = game.losses("generator", prepared, rng())
    assert generator.items == 3
    (slope,) = torch.autograd.grad(generator.terms["loss"].sum(), game.generator.by)
    torch.testing.assert_close(slope, -3 * game.critic.weight.detach())


@pytest.mark.parametrize("name", ["r1", "r2", "r1r2", "gp", "lp"])
def test_penalties_on_a_linear_critic(name: PenaltyName) -> None:
    """|slope|^2 = |w|^2 = 5 everywhere."""
    penalties = make_penalties(name, weight=4.0)
    game = LatentGame(
        Shift(), Linear(2, -1), make_objective("relativistic"), draw=draw, penalties=penalties
    )
    losses = game.losses("critic", game.prepare(REAL_B2, ("critic",), rng()), rng())
    expected = 4 * (5**0.5 - 1) ** 2 if name in ("gp", "lp") else 4 / 2 * 5
    paid = {term: value for term, value in losses.terms.items() if term != "loss"}
    assert len(paid) == (2 if name == "r1r2" else 1)
    for value_B in paid.values():
        torch.testing.assert_close(value_B, torch.full((3,), expected, dtype=torch.float64))


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_a_loss_reaches_its_own_player_and_descends(objective: ObjectiveName) -> None:
    """Along its negative gradient each player's loss falls, under every objective."""
    penalties = make_penalties(USUAL_PENALTY.get(objective, "none"), weight=1.0)
    game = LatentGame(Shift(), Curved(), make_objective(objective), draw=draw, penalties=penalties)
    prepared = game.prepare(REAL_B2, ("critic", "generator"), rng())
    for player, module in (("critic", game.critic), ("generator", game.generator)):
        before = torch.stack(
            [term.sum() for term in game.losses(player, prepared, rng(5)).terms.values()]
        ).sum()
        slopes = torch.autograd.grad(before, list(module.parameters()), allow_unused=True)
        moved = 0.0
        with torch.no_grad():
            for weight, slope in zip(module.parameters(), slopes, strict=True):
                if slope is not None:
                    weight -= 1e-5 * slope
                    moved += float(slope.square().sum())
        after = sum(
            float(term.detach().sum())
            for term in game.losses(player, prepared, rng(5)).terms.values()
        )
        change = float(before.detach()) - after
        assert change == pytest.approx(1e-5 * moved, rel=1e-2, abs=1e-12)
        assert moved > 0 or objective == "loss-sensitive"


def test_lazy_penalties_are_as_strong_over_time() -> None:
    """Every fourth update four times the penalty: the same sum, and none in the critic's move."""
    eager = make_penalties("r1r2", weight=1.0)
    options = {"draw": draw, "penalties": eager}
    often = LatentGame(Shift(), Curved(), make_objective("relativistic"), **options)
    rare = LatentGame(Shift(), Curved(), make_objective("relativistic"), **options, penalty_every=4)
    prepared = often.prepare(REAL_B2, ("critic", "penalty"), rng())
    each = often.losses("critic", prepared, rng()).terms
    lazy = rare.losses("penalty", prepared, rng()).terms
    assert set(rare.losses("critic", prepared, rng()).terms) == {"loss"}
    for name in ("r1", "r2"):
        torch.testing.assert_close(lazy[name], 4 * each[name])


def test_only_a_pairing_objective_scores_real_items_for_the_generator() -> None:
    class Counting(Curved):
        calls = 0

        def forward(self, x: Tensor) -> Tensor:
            self.calls += 1
            return super().forward(x)

    for name, calls in (("relativistic", 2), ("non-saturating", 1)):
        game = LatentGame(Shift(), Counting(), make_objective(name), draw=draw)
        game.losses("generator", game.prepare(REAL_B2, ("generator",), rng()), rng())
        assert game.critic.calls == calls


def test_both_kinds_of_items_are_seen_through_the_same_transform() -> None:
    def double(x: Tensor, rng: Generator) -> Tensor:
        return 2 * x

    plain = LatentGame(Shift(), Linear(1, 0), make_objective("wasserstein"), draw=draw)
    seen = LatentGame(
        Shift(), Linear(1, 0), make_objective("wasserstein"), draw=draw, transform=double
    )
    prepared = plain.prepare(REAL_B2, ("critic",), rng())
    for player in ("critic", "generator"):
        once = plain.losses(player, prepared, rng()).terms["loss"]
        torch.testing.assert_close(seen.losses(player, prepared, rng()).terms["loss"], 2 * once)


def test_pretraining_pays_the_energy_of_real_items_alone() -> None:
    game = LatentGame(Shift(), Curved(), make_objective("energy"), draw=draw)
    prepared = game.prepare(REAL_B2, ("pretraining",), rng())
    assert prepared.fake is None
    energy = game.losses("pretraining", prepared, rng()).terms["energy"]
    torch.testing.assert_close(energy, game.critic(REAL_B2))


def test_loss_sensitive_margins_grow_with_the_distance() -> None:
    """En(x) + weight max(0, |x - G(z)| + En(x) - En(G(z))), the mean absolute difference."""
    game = LatentGame(Shift(), Linear(1, 1), make_objective("loss-sensitive"), draw=draw)
    prepared = game.prepare(REAL_B2, ("critic",), rng())
    assert prepared.fake is not None
    energy_B, fake_B = REAL_B2.sum(1), prepared.fake.sum(1)
    gap_B = (REAL_B2 - prepared.fake).abs().mean(1)
    expected_B = energy_B + (gap_B + energy_B - fake_B).relu()
    torch.testing.assert_close(game.losses("critic", prepared, rng()).terms["loss"], expected_B)


def test_noise_is_standard_normal_and_repeats() -> None:
    noise = gaussian_noise(3)(20_000, rng())
    assert noise.shape == (20_000, 3)
    assert float(noise.mean().abs()) < 4 / 60_000**0.5
    assert torch.equal(noise, gaussian_noise(3)(20_000, rng()))


@pytest.mark.parametrize(
    ("objective", "penalty"),
    [
        ("energy", "gp"),
        ("wasserstein", "none"),
        ("loss-sensitive", "none"),
        ("total-variation", "lp"),
    ],
)
def test_pairs_without_meaning_are_refused(objective: ObjectiveName, penalty: PenaltyName) -> None:
    with pytest.raises(UserError, match=f"--objective {objective} with --penalty {penalty}: "):
        refuse_pairs(objective, penalty)


def test_every_objective_goes_with_its_usual_penalty() -> None:
    for objective in OBJECTIVES:
        refuse_pairs(objective, USUAL_PENALTY.get(objective, "none"))
        assert make_objective(objective)
    assert all(make_penalties(name, weight=1.0) for name in ("gp", "lp", "r1", "r2", "r1r2"))
    assert not any(make_penalties(name, weight=1.0) for name in ("none", "clip", "spectral"))
