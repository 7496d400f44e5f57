"""The players of a latent game from options: rates, turns, penalties, what is refused."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from seqgan.errors import UserError
from seqgan.games.adversary import (
    AdversaryOptions,
    adversaries,
    objective_named,
    objective_of,
    penalties_of,
    turns,
)
from seqgan.games.objectives import USUAL_PENALTY, Judged
from seqgan.objectives.hinge import hinge_critic_loss

DEFAULT = AdversaryOptions()


def nets() -> tuple[nn.Module, nn.Module]:
    return nn.Linear(2, 2), nn.Linear(2, 1)


def rates(options: AdversaryOptions, name: str, *, updates: int = 10) -> list[float]:
    """Return the factor of the rate at each of a player's moves."""
    player = adversaries(options, *nets(), updates=updates)[name]
    moves = {"generator": options.critic_steps, "critic": 1, "penalty": options.penalty_every}
    return [player.lr_schedule(move) for move in range(updates // moves[name])]


def test_what_the_critic_moves_alone_stretches_its_fall_and_nobody_elses() -> None:
    options = replace(DEFAULT, penalty_every=2)
    whole = adversaries(options, *nets(), updates=30, critic_alone=10)
    alone = adversaries(options, *nets(), updates=30)
    assert whole["critic"].lr_schedule(10) == pytest.approx(1 - 10 / 40)
    assert whole["penalty"].lr_schedule(5) == pytest.approx(1 - 5 / 20)
    for move in (0, 10, 29):
        assert whole["generator"].lr_schedule(move) == alone["generator"].lr_schedule(move)


def test_the_players_of_the_default() -> None:
    generator, critic = nets()
    players = adversaries(DEFAULT, generator, critic, updates=10)
    assert list(players) == ["generator", "critic"]
    assert players["generator"].averages is not None
    assert players["critic"].averages is None
    assert players["generator"].averages.source is generator
    assert players["critic"].modules == {"critic": critic}
    group = players["critic"].optimizer.param_groups[0]
    assert (group["lr"], group["betas"]) == (DEFAULT.critic_lr, DEFAULT.betas)
    DEFAULT.refuse_nonsense()


def test_all_rates_fall_alike_however_often_a_player_moves() -> None:
    options = replace(DEFAULT, critic_steps=2, penalty_every=5, final_lr=0.25)
    assert rates(options, "critic")[:3] == [1.0, 0.9, 0.8]
    assert rates(options, "critic")[-1] == 0.25
    assert rates(options, "generator") == [1.0, 0.8, 0.6, 0.4, 0.25]
    assert rates(options, "penalty") == [1.0, 0.5]
    assert rates(replace(DEFAULT, final_lr=1.0), "critic") == [1.0] * 10


def test_a_lazy_penalty_moves_the_critic_by_its_own_optimizer() -> None:
    """Its moves take the rate of the critic's moves beside them, not the first rate for ever."""
    players = adversaries(replace(DEFAULT, penalty_every=2), *nets(), updates=4)
    assert players["penalty"].optimizer is players["critic"].optimizer
    used = []
    for name in ("critic", "critic", "penalty", "critic", "critic", "penalty"):
        for weight in players[name].parameters:
            weight.grad = torch.ones_like(weight)
        players[name].step()
        used.append(players[name].optimizer.param_groups[0]["lr"] / DEFAULT.critic_lr)
    assert used == pytest.approx([1, 0.75, 1, 0.5, 0.25, 0.5])


def test_turns() -> None:
    lazy = turns(replace(DEFAULT, critic_steps=2, penalty_every=3))
    assert [lazy(update) for update in range(6)] == [
        ("critic",),
        ("critic", "generator"),
        ("critic", "penalty"),
        ("critic", "generator"),
        ("critic",),
        ("critic", "generator", "penalty"),
    ]


@pytest.mark.parametrize("penalty", ["none", "clip", "spectral"])
def test_where_weights_are_bound_no_penalty_has_a_turn(penalty: str) -> None:
    options = replace(DEFAULT, objective="hinge", penalty=penalty, penalty_every=2)
    assert turns(options)(1) == ("critic", "generator")
    assert penalties_of(options, (2,)) == {}


def test_clipping_follows_the_critics_step() -> None:
    options = replace(DEFAULT, objective="wasserstein", penalty="clip", clip=0.05)
    generator, critic = nets()
    player = adversaries(options, generator, critic, updates=4)["critic"]
    for weight in player.parameters:
        weight.grad = torch.ones_like(weight)
    player.step()
    assert all(float(weight.detach().abs().max()) < 0.0501 for weight in critic.parameters())
    assert any(float(weight.detach().abs().max()) > 0.0501 for weight in generator.parameters())


def test_pretraining_has_a_state_of_its_own() -> None:
    """Adam's averages of reconstruction say nothing of the game that follows."""
    options = replace(DEFAULT, objective="energy", pretrain_updates=3)
    players = adversaries(options, *nets(), updates=4)
    assert players["pretraining"].modules == players["critic"].modules
    assert players["pretraining"].optimizer is not players["critic"].optimizer


def test_the_usual_penalty_is_the_one_it_was_proposed_with() -> None:
    for objective, penalty in USUAL_PENALTY.items():
        assert replace(DEFAULT, objective=objective).slope_penalty == penalty  # type: ignore[arg-type]
    assert replace(DEFAULT, objective="kl").slope_penalty == "none"
    assert replace(DEFAULT, penalty="gp").slope_penalty == "gp"


def weight_of(options: AdversaryOptions, name: str, shape: tuple[int, ...] = (3,)) -> float:
    """Return what a critic of slope 3 pays."""
    point = torch.zeros(1, *shape, dtype=torch.float64, requires_grad=True)
    slope = torch.zeros(shape, dtype=torch.float64)
    slope.view(-1)[0] = 3.0

    def critic(x: torch.Tensor) -> torch.Tensor:
        return (x * slope).flatten(1).sum(1)

    judged = Judged(point, critic(point))
    penalty = penalties_of(options, shape)[name]
    return float(penalty(critic, judged, judged, torch.Generator()).detach())


def test_weights_of_penalties() -> None:
    both = replace(DEFAULT, gamma=0.5)
    assert weight_of(both, "r1") == pytest.approx(0.5 / 2 * 9)
    assert weight_of(both, "r2") == pytest.approx(0.5 / 2 * 9)
    for name in ("gp", "lp"):
        options = replace(DEFAULT, penalty=name, slope_weight=7.0)
        assert weight_of(options, name) == pytest.approx(7 * 4)


def test_gamma_grows_with_the_number_of_values() -> None:
    """As slopes do of a critic that reads the mean of them."""
    small, large = (weight_of(DEFAULT, "r1", shape) for shape in ((1, 4, 4), (1, 8, 8)))
    assert large == pytest.approx(4 * small)


def test_the_objective_of_the_options() -> None:
    real_B, fake_B = torch.randn(2, 5).unbind()
    objective = objective_of(replace(DEFAULT, objective="hinge"))
    expected_B = hinge_critic_loss(real_B, fake_B)
    torch.testing.assert_close(objective.critic(real_B, fake_B, real_B), expected_B)
    near, far = (
        objective_of(replace(DEFAULT, objective="energy", margin=margin)).critic(
            real_B * 0, fake_B * 0, real_B
        )
        for margin in (1.0, 3.0)
    )
    torch.testing.assert_close(far, 3 * near)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"critic_steps": 0}, "--critic-steps is 0: 1 is the least"),
        ({"penalty_every": -2}, "--penalty-every is -2: 1 is the least"),
        ({"gamma": 0.0}, "--gamma is 0.0: it must be above 0"),
        ({"margin": float("nan")}, "--margin is nan: it must be above 0"),
        ({"averaging": 1.0}, "--averaging is 1.0"),
        ({"betas": (0.5, 1.0)}, "--betas are"),
        ({"final_lr": -0.1}, "--final-lr is -0.1"),
        ({"objective": "alpha", "alpha": 1.0}, "use --objective kl for it"),
        ({"objective": "alpha", "alpha": 0.0}, "use --objective reverse-kl for it"),
        ({"pretrain_updates": 5}, "relativistic has none"),
        ({"objective": "energy", "pretrain_updates": -1}, "--pretrain-updates is -1"),
        ({"objective": "wasserstein", "penalty": "none"}, "only a critic of bounded slope"),
    ],
)
def test_what_is_refused(changed: dict[str, object], message: str) -> None:
    with pytest.raises(UserError, match=message.replace("(", r"\(")):
        replace(DEFAULT, **changed).refuse_nonsense()  # type: ignore[arg-type]


def test_an_unknown_objective_is_told_the_nearest_ones() -> None:
    assert objective_named("hinge") == "hinge"
    with pytest.raises(UserError, match="unknown --objective wassertein: nearest are wasserstein"):
        objective_named("wassertein")
    with pytest.raises(UserError, match="nearest are minimax, non-saturating, kl"):
        objective_named("qqq")
