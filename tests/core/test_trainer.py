"""The trainer: who moves, what a gradient is divided by, what is logged, noticed and undone."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Generator, Tensor, nn
from toy_recipe import (
    WIDTH,
    Batch,
    Config,
    Net,
    ToyGame,
    joined,
    make_batch,
    make_shared,
    make_trainer,
    play,
    sgd_player,
)

from seqgan.core.averaging import Averages, KeepBest
from seqgan.core.game import Losses
from seqgan.core.launch import launch
from seqgan.core.monitor import Alarm, DivergenceError, Monitor
from seqgan.core.player import Player, adam_player
from seqgan.core.run import Run
from seqgan.core.schedule import Phase, Phases, alternate, only
from seqgan.core.trainer import Hook, Trainer, seed_at


class Squares:
    """Every player pulls its one weight toward the batch, a number; `scale` makes it explode."""

    def __init__(self, **weights: nn.Parameter) -> None:
        self.weights = weights
        self.scale: Callable[[int], float] = lambda call: 1.0
        self.calls = 0

    def prepare(self, batch: float, movers: Sequence[str], rng: Generator) -> float:
        """Return the batch as it is."""
        return batch

    def losses(self, player: str, batch: float, rng: Generator) -> Losses:
        """Return half the squared distance of this player's weight, for two items."""
        self.calls += 1
        gap = self.weights[player] - batch
        loss = 0.5 * gap.square() * self.scale(self.calls)
        return Losses({"half_square": loss.expand(2)}, 2, {"gap": gap.detach().abs()})


class One(nn.Module):
    """One number."""

    def __init__(self, value: float = 0.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(value, dtype=torch.float64))


def gradient_player(name: str, module: nn.Module, lr: float = 0.5, **options: Any) -> Player:
    """Return a player who moves by plain gradient descent."""
    return Player(name, {name: module}, torch.optim.SGD(module.parameters(), lr=lr), **options)


def make_run(tmp_path: Path, name: str = "run", **options: Any) -> Run:
    """Return a run in a folder of its own."""
    return Run("test", Config(output_dir=tmp_path / name, **options))


def lines_of(folder: Path) -> list[dict[str, Any]]:
    """Return the lines of metrics.jsonl."""
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def weights_of(*modules: nn.Module) -> list[Tensor]:
    """Return copies of all parameters."""
    return [p.detach().clone() for module in modules for p in module.parameters()]


def simple(run: Run, phases: Phases | None = None, **options: Any) -> tuple[Trainer, One, Squares]:
    """Return a trainer with one player `a`, its weight and its game, pulled toward 1."""
    module = One()
    player = gradient_player("a", module, **options.pop("player", {}))
    game = Squares(a=module.weight)
    phases = phases or Phases([Phase("only", 4, only("a"))])
    trainer = Trainer(run, game, players=[player], phases=phases, batches=lambda i: 1.0, **options)
    return trainer, module, game


# Who moves.


@pytest.mark.parametrize("mover", ["critic", "generator", "warm"])
def test_only_the_movers_parameters_change(tmp_path: Path, mover: str) -> None:
    """The generator's loss flows through the critic; `warm` owns the generator's weights too."""
    run = make_run(tmp_path)
    trainer = make_shared(run, lambda i: make_batch(2 * i + 1))
    critic, generator = trainer.modules["critic"], trainer.modules["generator"]
    moving, standing = (critic, generator) if mover == "critic" else (generator, critic)
    before, others = weights_of(moving), weights_of(standing)
    trainer.phases = Phases([Phase("one", 2, only(mover))])
    trainer.fit()
    assert all(map(torch.equal, weights_of(standing), others))
    assert all(p.grad is None for module in trainer.modules.values() for p in module.parameters())
    changed = [not torch.equal(a, b) for a, b in zip(weights_of(moving), before, strict=True)]
    assert sum(changed) >= len(changed) - 2  # the critic's `extra` and last bias change no loss
    moves = {name: player.moves for name, player in trainer.players.items()}
    assert moves == {name: 2 * (name == mover) for name in moves}


def test_no_player_leaves_gradients_to_the_next(tmp_path: Path) -> None:
    """In one update critic and generator move as if each moved in an update of its own."""
    together = make_shared(make_run(tmp_path, "together"), lambda i: make_batch(0))
    together.phases = Phases([Phase("x", 1, only("critic", "generator"))])
    apart = make_shared(make_run(tmp_path, "apart"), lambda i: make_batch(0))
    apart.phases = Phases([Phase("x", 1, only("critic")), Phase("y", 1, only("generator"))])
    together.fit()
    apart.fit()
    for name, module in together.modules.items():
        assert all(map(torch.equal, weights_of(module), weights_of(apart.modules[name])))


def test_shared_module_under_two_names_must_be_one(tmp_path: Path) -> None:
    players = [gradient_player("a", One()), gradient_player("b", One())]
    players[1].modules = {"a": players[1].modules["b"]}
    with pytest.raises(ValueError, match="both called 'a'"):
        Trainer(
            make_run(tmp_path),
            Squares(),
            players=players,
            phases=Phases([]),
            batches=lambda i: 1.0,
        )


def test_the_game_prepares_once_an_update_for_all_movers(tmp_path: Path) -> None:
    seen: list[tuple[Any, Sequence[str]]] = []

    class Counting(Squares):
        def prepare(self, batch: float, movers: Sequence[str], rng: Generator) -> float:
            seen.append((batch, movers))
            return batch

    a, b = One(), One()
    trainer = Trainer(
        make_run(tmp_path),
        Counting(a=a.weight, b=b.weight),
        players=[gradient_player("a", a), gradient_player("b", b)],
        phases=Phases([Phase("x", 2, alternate(critic="a", generator="b", critic_steps=2))]),
        batches=float,
        accumulation=2,
    )
    trainer.fit()
    assert seen == [(0.0, ("a",)), (1.0, ("a",)), (2.0, ("a", "b")), (3.0, ("a", "b"))]


# What a gradient is divided by.


def test_micro_batches_equal_one_large_batch(tmp_path: Path) -> None:
    """Unequal lengths, injected noise, and a penalty differentiated twice."""
    few = make_shared(make_run(tmp_path, "few"), lambda i: make_batch(2 * i), accumulation=3)
    whole = make_shared(
        make_run(tmp_path, "whole"),
        lambda i: joined([make_batch(2 * k) for k in range(3 * i, 3 * i + 3)]),
    )
    assert len({len(make_batch(2 * k).real_BD) for k in range(3)}) > 1
    start = weights_of(*few.modules.values())
    few.fit()
    whole.fit()
    got, expected = (weights_of(*trainer.modules.values()) for trainer in (few, whole))
    torch.testing.assert_close(got, expected, rtol=1e-10, atol=1e-12)
    assert max(float((a - b).abs().max()) for a, b in zip(got, start, strict=True)) > 0.01
    for name, value in whole.latest.items():
        if "spread" not in name:  # a deviation within the batch, by nature of the batch
            assert few.latest[name] == pytest.approx(value, rel=1e-5)


def test_the_norm_is_clipped_after_the_division(tmp_path: Path) -> None:
    """The gap is 10, so the gradient 10, clipped to 2: the weight moves by lr 0.5 times 2."""
    trainer, module, _ = simple(make_run(tmp_path), player={"max_grad_norm": 2.0})
    trainer.batches, trainer.accumulation = (lambda i: 10.0), 3
    trainer.play(0)
    assert module.weight.item() == pytest.approx(1.0)
    assert trainer.sums["a/gradient_norm"] == [pytest.approx(10.0), 1]


def test_a_learning_rate_follows_the_moves_and_after_step_the_step(tmp_path: Path) -> None:
    calls: list[float] = []
    options: dict[str, Any] = {"lr_schedule": lambda move: 1 / (1 + move)}
    trainer, module, _ = simple(make_run(tmp_path), player=options)
    trainer.players["a"].after_step = lambda: calls.append(module.weight.item())
    trainer.fit()
    expected, weight = [], 0.0
    for move in range(4):
        weight += 0.5 / (1 + move) * (1 - weight)
        expected.append(weight)
    assert calls == pytest.approx(expected)


def test_an_empty_share_of_a_batch_moves_nothing_and_spoils_no_figure(tmp_path: Path) -> None:
    """A process's share of a short last batch may have no rows."""
    trainer = make_shared(
        make_run(tmp_path), lambda i: make_batch(2 * i, rows=0 if i % 2 else 3), accumulation=2
    )
    trainer.fit()
    assert all(math.isfinite(value) for value in trainer.latest.values())
    alone = make_shared(make_run(tmp_path, "alone"), lambda i: make_batch(4 * i, rows=3))
    alone.fit()
    got, expected = (weights_of(*t.modules.values()) for t in (trainer, alone))
    torch.testing.assert_close(got, expected, rtol=1e-12, atol=0)
    assert trainer.latest == pytest.approx(alone.latest)


# Phases and randomness.


def test_an_empty_share_without_a_gradient_is_passed_over(tmp_path: Path) -> None:
    """Recurrent networks give nothing to differentiate for no rows."""

    class Sometimes(Squares):
        def losses(self, player: str, batch: float, rng: Generator) -> Losses:
            if batch:
                return super().losses(player, batch, rng)
            return Losses({"half_square": torch.zeros(0)}, 0, {"gap": torch.zeros(0).mean()})

    trainer, module, _ = simple(make_run(tmp_path))
    trainer.game = Sometimes(a=module.weight)
    trainer.batches, trainer.accumulation = (lambda i: float(i % 2)), 2
    trainer.fit()
    assert module.weight.item() == 1 - 0.5**4
    assert trainer.latest["a/gap"] == pytest.approx((0.25 + 0.125) / 2)  # of the last two updates


def test_phases_count_from_their_own_start_and_announce_it(tmp_path: Path) -> None:
    movers: list[tuple[str, ...]] = []
    starts: list[tuple[str, int]] = []

    def moves(update: int) -> tuple[str, ...]:
        movers.append((str(update),))
        return ("a",)

    phases = Phases(
        [
            Phase("first", 2, moves, lambda: starts.append(("first", trainer.update))),
            Phase("none", 0, moves, lambda: starts.append(("none", trainer.update))),
            Phase("second", 3, moves, lambda: starts.append(("second", trainer.update))),
        ]
    )
    trainer, _, _ = simple(make_run(tmp_path), phases)
    trainer.fit()
    assert starts == [("first", 0), ("second", 2)]
    assert movers == [("0",), ("1",), ("0",), ("1",), ("2",)]
    assert phases.total == 5
    assert phases.at(2)[0].name == "second"
    with pytest.raises(ValueError, match="update 5 lies outside"):
        phases.at(5)


@pytest.mark.parametrize(("stop", "expected"), [(2, ["second"]), (3, []), (1, ["second"])])
def test_a_resumed_run_announces_a_phase_only_at_its_start(
    tmp_path: Path, stop: int, expected: list[str]
) -> None:
    def phases(starts: list[str]) -> Phases:
        return Phases(
            [
                Phase("first", 2, only("a"), lambda: starts.append("first")),
                Phase("second", 3, only("a"), lambda: starts.append("second")),
            ]
        )

    trainer, _, _ = simple(make_run(tmp_path), phases([]))
    trainer.phases.total = stop
    trainer.fit()
    trainer.save()
    starts: list[str] = []
    again, _, _ = simple(Run("test", Config(resume=tmp_path / "run")), phases(starts))
    again.resume()
    again.fit()
    assert starts == expected


def test_randomness_is_a_function_of_seed_update_and_process(tmp_path: Path) -> None:
    assert len({seed_at(s, u, p) for s in range(3) for u in range(50) for p in range(3)}) == 450
    assert seed_at(1, 2, 3) == seed_at(1, 2, 3)
    draws: dict[str, list[tuple[float, float]]] = {}

    class Drawing(Squares):
        def losses(self, player: str, batch: float, rng: Generator) -> Losses:
            draws[name].append((float(torch.rand(1, generator=rng)), float(torch.rand(1))))
            return super().losses(player, batch, rng)

    def hook(update: int) -> dict[str, float]:
        return {"drawn": float(torch.rand(1))}

    for name, seed, hooks in (("one", 1, []), ("looking", 1, [Hook(1, hook)]), ("two", 2, [])):
        draws[name] = []
        trainer, module, _ = simple(make_run(tmp_path, name, seed=seed), hooks=hooks)
        trainer.game = Drawing(a=module.weight)
        trainer.fit()
    assert draws["one"] == draws["looking"]
    assert len(set(draws["one"] + draws["two"])) == 8


def test_the_same_seed_gives_the_same_run_and_another_seed_another(tmp_path: Path) -> None:
    runs = {
        name: play(Config(output_dir=tmp_path / name, seed=seed))
        for name, seed in (("a", 1), ("b", 1), ("c", 2))
    }
    a, b, c = (weights_of(*runs[name].modules.values()) for name in "abc")
    assert all(map(torch.equal, a, b))
    assert not any(map(torch.equal, a[:2], c[:2]))


# Averages, figures, alarms.


def test_averages_follow_the_weights(tmp_path: Path) -> None:
    """a <- 0.75 a + 0.25 w after every move of the player, buffers copied."""
    module = Net(1, dropout=0.0).double()
    player = sgd_player("warm", {"generator": module})
    player.averages = Averages(module, decay=0.75)
    weights = [module.first.weight.detach().clone()]
    player.after_step = lambda: weights.append(module.first.weight.detach().clone())
    trainer = Trainer(
        make_run(tmp_path),
        ToyGame(module, module),
        players=[player],
        phases=Phases([Phase("x", 3, only("warm"))]),
        batches=lambda i: make_batch(i, rows=4),
    )
    module.seen += 3
    trainer.fit()
    expected = weights[0]
    for weight in weights[1:]:
        expected = 0.75 * expected + 0.25 * weight
    averaged = player.averages.module
    assert isinstance(averaged, Net)
    torch.testing.assert_close(averaged.first.weight.detach(), expected)
    assert float(averaged.seen) == 3
    assert not any(p.requires_grad for p in averaged.parameters())
    with pytest.raises(ValueError, match="decay is 1"):
        Averages(module, decay=1.0)


def test_the_best_weights_are_kept_over_worse_ones_and_a_resume() -> None:
    module = One(1.0)
    best = KeepBest(module)
    best.restore()  # nothing was offered yet
    assert module.weight.item() == 1
    for value, score, kept in ((2.0, 0.5, True), (3.0, math.nan, False), (4.0, 0.5, False)):
        torch.nn.init.constant_(module.weight, value)
        assert best.offer(score, update=int(value)) is kept
    other = One(7.0)
    again = KeepBest(other)
    again.load_state_dict(best.state_dict())
    assert (again.score, again.update) == (0.5, 2)
    assert not again.offer(0.6, update=9)
    again.restore()
    assert other.weight.item() == 2


def test_figures_are_averages_an_item_over_the_updates_since_the_last_line(
    tmp_path: Path,
) -> None:
    run = make_run(tmp_path, log_every=2)
    trainer, _, _ = simple(run, Phases([Phase("x", 3, only("a")), Phase("y", 1, only("a"))]))
    trainer.fit()
    gaps = [0.5**k for k in range(4)]  # lr 0.5 halves the gap every time
    lines = lines_of(run.folder)
    assert [(line["update"], line["phase"]) for line in lines] == [(2, "x"), (3, "x"), (4, "y")]
    for line, window in zip(lines, [gaps[:2], gaps[2:3], gaps[3:]], strict=True):
        figures = line["figures"]
        mean = sum(window) / len(window)
        assert figures["a/gap"] == pytest.approx(mean)
        assert figures["a/gradient_norm"] == pytest.approx(mean)
        square = sum(gap**2 for gap in window) / len(window) / 2
        assert figures["a/half_square"] == pytest.approx(square)
        assert line["seconds"] > 0


def test_hooks_run_in_eval_mode_without_gradient_when_due(tmp_path: Path) -> None:
    calls: list[tuple[int, bool, bool]] = []

    def look(update: int) -> Mapping[str, float]:
        calls.append((update, trainer.modules["a"].training, torch.is_grad_enabled()))
        return {"look/update": update}

    told: list[tuple[int, Mapping[str, float]]] = []
    phases = Phases([Phase("x", 5, only("a")), Phase("y", 1, only("a"))])
    trainer, module, _ = simple(
        make_run(tmp_path),
        phases,
        hooks=[Hook(2, look)],
        on_figures=lambda update, figures: told.append((update, figures)),
    )
    trainer.fit()
    assert calls == [(update, False, False) for update in (2, 4, 5, 6)]
    assert module.training
    assert told == [(update, {"look/update": update}) for update in (2, 4, 5, 6)]
    assert {"update": 4, "phase": "x"}.items() <= lines_of(tmp_path / "run")[3].items()


def test_alarms_sound_after_their_patience_and_may_act(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    values = iter([0.5, 0.01, 0.01, 0.5, 0.01, math.nan])
    acted: list[int] = []
    run = make_run(tmp_path)
    trainer, _, _ = simple(
        run,
        Phases([Phase("x", 6, only("a"))]),
        hooks=[Hook(1, lambda update: {"replies/distinct_2": next(values)})],
        monitor=Monitor([Alarm("replies/distinct_2", "the replies lose diversity", low=0.1)]),
        on_alarm=lambda update, warnings: acted.append(update),
    )
    trainer.fit()
    assert acted == [3, 6]
    assert run.warnings[0] == ("update 3: the replies lose diversity (replies/distinct_2 is 0.01)")
    assert "warning: update 3: the replies lose diversity" in capsys.readouterr().err


def test_a_figure_of_the_players_may_sound_an_alarm_too() -> None:
    monitor = Monitor([Alarm("d/real", "saturated", low=0.1, patience=1), Alarm("x", "y", high=1)])
    assert monitor.check({"d/real": 0.2}) == []
    assert monitor.quiet
    assert monitor.check({"d/real": 0.05, "x": 2.0}) == ["saturated (d/real is 0.05)"]
    assert not monitor.quiet
    other = Monitor(monitor.alarms)
    other.load_state_dict(monitor.state_dict())
    assert other.check({"x": 2.0}) == ["y (x is 2)"]
    assert other.counts == [1, 2]  # a figure that is not given changes nothing


@pytest.mark.parametrize("scale", [math.nan, math.inf])
def test_a_loss_that_is_not_finite_names_player_and_update_and_saves_nothing(
    tmp_path: Path, scale: float, capsys: pytest.CaptureFixture[str]
) -> None:
    def main(config: Config) -> None:
        with Run("test", config) as run:
            trainer, module, game = simple(run, Phases([Phase("x", 9, only("a"))]))
            game.scale = lambda call: scale if call == 6 else 1.0
            try:
                trainer.fit()
            finally:
                assert module.weight.item() == 1 - 0.5**5

    folder = tmp_path / "run"
    args = ["--output-dir", str(folder), "--checkpoint-every", "2"]
    assert launch(Config, main, args) == 3
    assert [p.name for p in sorted((folder / "checkpoints").iterdir())] == ["00000002", "00000004"]
    error = capsys.readouterr().err
    assert "player 'a' diverged at update 5" in error
    assert "half_square" in error
    assert "last good checkpoint is untouched" in error


def test_a_gradient_that_is_not_finite_is_noticed_though_the_loss_is(tmp_path: Path) -> None:
    module = One()

    class Root(Squares):
        def losses(self, player: str, batch: float, rng: Generator) -> Losses:
            return Losses({"root": module.weight.abs().sqrt().expand(1)}, 1)  # slope inf * 0 at 0

    trainer, _, _ = simple(make_run(tmp_path))
    trainer.game = Root()
    trainer.players = {"a": gradient_player("a", module)}
    with pytest.raises(DivergenceError, match="player 'a' diverged at update 0"):
        trainer.play(0)
    assert module.weight.item() == 0


def test_rollback_restores_the_last_quiet_checkpoint_and_goes_on(tmp_path: Path) -> None:
    """At update 4 the alarm sounds: back to the weights of update 2, the count goes on."""
    values = iter([0.5, 0.5, 0.0, 0.0, 0.5, 0.5])
    run = make_run(tmp_path, checkpoint_every=1, keep_checkpoints=1)
    weights: list[float] = []

    def act(update: int, warnings: list[str]) -> None:
        seconds = dict(trainer.seconds)
        trainer.rollback()
        assert dict(trainer.seconds) == seconds
        assert trainer.update == update
        weights.append(module.weight.item())

    trainer, module, _ = simple(
        run,
        Phases([Phase("x", 6, only("a"))]),
        hooks=[Hook(1, lambda update: {"f": next(values)})],
        monitor=Monitor([Alarm("f", "collapse", low=0.1)]),
        on_alarm=act,
    )
    trainer.fit()
    assert weights == [1 - 0.5**2]
    assert module.weight.item() == 1 - 0.5**4
    assert trainer.update == 6
    assert trainer.players["a"].moves == 4
    assert run.warnings == ["update 4: collapse (f is 0)"]


def test_rollback_without_a_good_checkpoint_warns_and_goes_on(tmp_path: Path) -> None:
    trainer, module, _ = simple(make_run(tmp_path))
    trainer.play(0)
    trainer.rollback()
    assert module.weight.item() == 0.5
    assert trainer.run.warnings == ["there is no checkpoint without an alarm to go back to"]


def test_progress_is_shown_with_losses(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    trainer, _, _ = simple(make_run(tmp_path, log_every=1))
    trainer.fit()
    shown = capfd.readouterr().err
    assert "only: 100%" in shown
    assert "4/4" in shown
    assert "half_square=" in shown
    assert "gradient_norm" not in shown


def test_adam_player_owns_each_trainable_parameter_once() -> None:
    shared = Net(1, dropout=0.0)
    shared.extra.requires_grad_(False)
    player = adam_player("a", {"one": shared, "two": shared}, lr=0.1)
    assert len(player.parameters) == 4
    assert {id(p) for p in player.parameters} == {
        id(p) for p in shared.parameters() if p.requires_grad
    }


def test_resume_without_checkpoints_starts_anew_and_forgets_the_old_lines(tmp_path: Path) -> None:
    """A run killed before its first checkpoint has lines already."""
    run = make_run(tmp_path, log_every=1)
    run.log(1, "warm", {"x": 1.0})
    again = Run("test", Config(resume=tmp_path / "run"))
    trainer = make_trainer(again, Config())
    trainer.resume()
    assert trainer.update == 0
    assert lines_of(tmp_path / "run") == []


def test_batch_helpers_hold_what_the_tests_rely_on() -> None:
    one = joined([make_batch(0), make_batch(2)])
    assert isinstance(one, Batch)
    assert one.real_BD.shape == (3, WIDTH)
