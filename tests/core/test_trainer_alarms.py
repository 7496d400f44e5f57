"""The trainer: what is noticed, undone and shown."""

import math
from pathlib import Path

import pytest
import torch
from one_weight import One, Squares, gradient_player, lines_of, make_run, simple
from torch import Generator
from toy_recipe import (
    WIDTH,
    Batch,
    Config,
    Net,
    joined,
    make_batch,
    make_trainer,
)

from seqgan.core.game import Losses
from seqgan.core.launch import launch
from seqgan.core.monitor import Alarm, DivergenceError, Monitor
from seqgan.core.player import adam_player
from seqgan.core.run import Run
from seqgan.core.schedule import Phase, Phases, only
from seqgan.core.trainer import Hook


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


def test_what_diverged_is_told_an_item(tmp_path: Path) -> None:
    module = One(1.0)

    class Shifted(Squares):
        def losses(self, player: str, batch: float, rng: Generator) -> Losses:
            lost = torch.full((2,), math.inf, dtype=torch.float64)
            return Losses({"pull": 10 * module.weight.expand(2), "lost": lost}, 2)

    trainer, _, _ = simple(make_run(tmp_path))
    trainer.game = Shifted()
    trainer.players = {"a": gradient_player("a", module)}
    with pytest.raises(DivergenceError, match=r"'pull': 10.*gradient norm 10$"):
        trainer.play(0)


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


def test_rollback_goes_behind_the_last_quiet_look(tmp_path: Path) -> None:
    """Looks every 4 updates, checkpoints every one: 5 to 7 may have collapsed unseen already."""
    run = make_run(tmp_path, checkpoint_every=1, keep_checkpoints=2)
    values = iter([0.5, 0.0, 0.0])
    weights: list[float] = []

    def act(update: int, warnings: list[str]) -> None:
        trainer.rollback()
        weights.append(module.weight.item())

    trainer, module, _ = simple(
        run,
        Phases([Phase("x", 12, only("a"))]),
        hooks=[Hook(4, lambda update: {"f": next(values)})],
        monitor=Monitor([Alarm("f", "collapse", low=0.1)]),
        on_alarm=act,
    )
    trainer.fit()
    assert weights == [1 - 0.5**4]
    assert trainer.sound == 4
    assert trainer.update == 12


def test_rollback_stays_within_the_phase(tmp_path: Path) -> None:
    """What was saved amid an earlier phase is not prepared for this one (no reference, no twin)."""
    run = make_run(tmp_path, checkpoint_every=1, keep_checkpoints=4)
    trainer, module, _ = simple(run, Phases([Phase("x", 2, only("a")), Phase("y", 2, only("a"))]))
    trainer.fit()
    for update in (2, 3, 4):
        trainer.update = update
        run.checkpoints.save(update, trainer.state_dict())
    trainer.rollback()
    assert module.weight.item() == 1 - 0.5**4
    assert run.warnings == ["there is no checkpoint without an alarm to go back to"]


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
    with make_run(tmp_path, log_every=1) as run:
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
