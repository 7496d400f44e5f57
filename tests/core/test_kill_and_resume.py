"""A run that was stopped, killed or damaged, and resumed, equals the uninterrupted one."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from toy_recipe import Config, play

from seqgan.core.checkpoint import TENSORS
from seqgan.core.launch import launch
from seqgan.core.run import Run
from seqgan.core.trainer import Trainer

RECIPE = Path(__file__).with_name("toy_recipe.py")


def leaves(value: Any, path: str = "") -> dict[str, Any]:
    """Return the nested state as one flat dictionary."""
    if isinstance(value, dict):
        return {k: v for key in value for k, v in leaves(value[key], f"{path}/{key}").items()}
    if isinstance(value, (list, tuple)):
        return {k: v for i, one in enumerate(value) for k, v in leaves(one, f"{path}/{i}").items()}
    return {path: value}


def assert_same_run(got: Trainer, expected: Trainer) -> None:
    """Weights, optimizers, averages, counts and metrics are equal, bit for bit."""
    ours, theirs = leaves(got.state_dict()), leaves(expected.state_dict())
    ignored = {path for path in ours if path.startswith(("/seconds", "/warnings"))}
    assert ours.keys() - ignored == theirs.keys() - ignored
    for path in ours.keys() - ignored:
        same = torch.equal if isinstance(ours[path], Tensor) else lambda a, b: a == b
        assert same(ours[path], theirs[path]), path
    assert metrics(got.run.folder) == metrics(expected.run.folder)


def metrics(folder: Path) -> list[dict[str, Any]]:
    """Return the lines of metrics.jsonl without their seconds."""
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return [{k: v for k, v in line.items() if k != "seconds"} for line in lines]


@pytest.fixture
def whole(tmp_path: Path) -> Trainer:
    """Return the uninterrupted run."""
    return play(Config(output_dir=tmp_path / "whole"))


def test_killed_in_the_middle_of_each_phase(tmp_path: Path, whole: Trainer) -> None:
    """A real process, killed by SIGKILL: before the first checkpoint, and in every phase."""
    moves = ["1", "warm", "5", "warm", "7", "critic", "12", "generator", "18", "generator"]
    folder = tmp_path / "killed"
    subprocess.run([sys.executable, str(RECIPE), "killed", str(folder), *moves], check=True)
    resumed = play(Config(resume=folder))
    assert_same_run(resumed, whole)
    assert [line["update"] for line in metrics(folder)] == sorted(
        line["update"] for line in metrics(folder)
    )


class SimulatedKill(BaseException):
    """The process dies here, without a chance to tidy up."""


def die_at(update: int, player: str) -> Callable[[int, str], None]:
    """Return what ends the run in the middle of a move."""

    def interrupt(present: int, mover: str) -> None:
        if (present, mover) == (update, player):
            raise SimulatedKill

    return interrupt


@pytest.mark.parametrize(
    ("update", "player"),
    [(0, "warm"), (3, "warm"), (7, "critic"), (8, "generator"), (16, "critic")],
)
def test_killed_at_the_edges_of_phases_and_checkpoints(
    tmp_path: Path, whole: Trainer, update: int, player: str
) -> None:
    folder = tmp_path / "killed"
    with pytest.raises(SimulatedKill):
        play(Config(output_dir=folder), die_at(update, player))
    (folder / "metrics.jsonl").open("a").write('{"update": 1, "phase": "wa')  # a line cut short
    assert_same_run(play(Config(resume=folder)), whole)


def test_a_damaged_newest_checkpoint_is_named_and_the_one_before_serves(
    tmp_path: Path, whole: Trainer, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "damaged"
    with pytest.raises(SimulatedKill):
        play(Config(output_dir=folder), die_at(14, "critic"))
    newest = max((folder / "checkpoints").iterdir())
    (newest / TENSORS).write_bytes((newest / TENSORS).read_bytes()[:-5])
    resumed = play(Config(resume=folder))
    assert "warning: damaged checkpoint passed over" in capsys.readouterr().err
    assert any(w.startswith("damaged checkpoint passed over") for w in resumed.run.warnings)
    assert_same_run(resumed, whole)


def press(number: signal.Signals, update: int, times: int = 1) -> Callable[[int, str], None]:
    """Return what sends this process signals in the middle of a move."""

    pressed: list[int] = []

    def interrupt(present: int, mover: str) -> None:
        if present == update and not pressed:
            pressed.append(update)
            for _ in range(times):
                os.kill(os.getpid(), number)

    return interrupt


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_saves_says_how_to_go_on_and_exits_130(
    tmp_path: Path,
    whole: Trainer,
    number: signal.Signals,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "argv", ["recipes/toy.py"])
    folder, handler = tmp_path / "stopped", signal.getsignal(number)
    args = ["--output-dir", str(folder), "--checkpoint-every", "100"]
    code = launch(Config, lambda config: play(config, press(number, 10)), args)
    assert code == 130
    shown = capfd.readouterr()
    assert "saved up to update 11" in shown.out
    assert f"accelerate launch recipes/toy.py --resume {folder}" in shown.out
    assert "once more to stop at once" in shown.err
    assert signal.getsignal(number) is handler
    assert_same_run(play(Config(resume=folder)), whole)


def test_ctrl_c_twice_stops_at_once(
    tmp_path: Path, whole: Trainer, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the middle of the update: what the last checkpoint holds is what there is."""
    folder = tmp_path / "stopped"
    code = launch(
        Config,
        lambda config: play(config, press(signal.SIGINT, 11, times=2)),
        ["--output-dir", str(folder)],
        prog="toy",
    )
    assert code == 130
    assert "saved up to update 9" in capsys.readouterr().out
    assert_same_run(play(Config(resume=folder)), whole)


def test_a_finished_run_resumes_into_nothing(tmp_path: Path, whole: Trainer) -> None:
    before = (whole.run.folder / "metrics.jsonl").read_text()
    again = play(Config(resume=whole.run.folder))
    assert_same_run(again, whole)
    assert (whole.run.folder / "metrics.jsonl").read_text() == before


def test_warnings_survive_a_resume(tmp_path: Path) -> None:
    folder = tmp_path / "killed"
    with pytest.raises(SimulatedKill):
        play(Config(output_dir=folder), die_at(14, "critic"))
    resumed = play(Config(resume=folder))
    alarms = [warning for warning in resumed.run.warnings if "it is far off" in warning]
    assert alarms
    assert min(int(alarm.split(":")[0].removeprefix("update ")) for alarm in alarms) < 14


def test_outside_of_training_ctrl_c_stops_at_once(tmp_path: Path) -> None:
    """Fetching and judging take minutes and have no update to wait for."""
    # A shell starts background jobs with SIGINT ignored; this test needs Python's usual handler.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)

    def main(config: Config) -> None:
        with Run("toy", config):
            os.kill(os.getpid(), signal.SIGINT)
            pytest.fail("nothing stopped")

    try:
        assert launch(Config, main, ["--output-dir", str(tmp_path / "run")], prog="toy") == 130
    finally:
        signal.signal(signal.SIGINT, before)
