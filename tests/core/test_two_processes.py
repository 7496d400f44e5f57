"""Two real processes on the CPU equal one, and are two."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from toy_recipe import Config, make_batch, make_shared

from seqgan.core.checkpoint import Checkpoints
from seqgan.core.run import Run
from seqgan.core.trainer import Trainer

RECIPE = Path(__file__).with_name("toy_recipe.py")


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a run on two processes."""
    folder = tmp_path_factory.mktemp("two") / "run"
    module = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2"]
    environment = os.environ | {"CUDA_VISIBLE_DEVICES": ""}
    subprocess.run(
        [*module, str(RECIPE), "shared", str(folder)], check=True, env=environment, timeout=120
    )
    return folder


@pytest.fixture
def one(tmp_path: Path) -> Trainer:
    """Return the same run on one process: the shares of both are its micro-batches."""
    run = Run("shared", Config(output_dir=tmp_path / "one", log_every=1))
    trainer = make_shared(run, make_batch, accumulation=2)
    trainer.fit()
    return trainer


def seen(folder: Path, process: int) -> dict[str, Any]:
    """Return what one of the processes saw."""
    value: dict[str, Any] = ast.literal_eval((folder / f"seen-{process}.txt").read_text())
    return value


def test_two_are_two(two: Path) -> None:
    assert [seen(two, process)["processes"] for process in (0, 1)] == [2, 2]


def test_two_processes_equal_one(two: Path, one: Trainer) -> None:
    """Unequal lengths, a penalty differentiated twice, a weight used on one process alone.

    Gradients are summed in single precision.
    """
    state = Checkpoints(two / "checkpoints").load(4)
    lengths = [len(make_batch(i).real_BD) for i in range(8)]
    assert any(a != b for a, b in zip(lengths[::2], lengths[1::2], strict=True))
    for name, module in one.modules.items():
        expected = module.state_dict()
        start = make_shared(one.run, make_batch).modules[name].state_dict()
        assert max(float((expected[key] - start[key]).abs().max()) for key in expected) > 0.01
        for key in expected.keys() - {"seen"}:
            torch.testing.assert_close(
                state["modules"][name][key], expected[key], rtol=1e-5, atol=1e-6
            )
    assert float(one.modules["generator"].state_dict()["extra"].abs().min()) > 1e-3
    for name, player in one.players.items():  # what is in no loss has no optimizer state either
        states = [state["players"][name]["optimizer"], player.optimizer.state_dict()]
        assert states[0]["state"].keys() == states[1]["state"].keys()
    assert state["players"]["critic"]["moves"] == one.players["critic"].moves == 4


def test_figures_are_averaged_over_the_items_of_both(two: Path, one: Trainer) -> None:
    """The lines of metrics.jsonl are those of one process, and every process knows them."""
    lines = [json.loads(line) for line in (two / "metrics.jsonl").open()][: 4 + 2]
    figures = [line["figures"] for line in lines if "critic/gap" in line["figures"]]
    assert len(figures) == 4
    for name, value in one.latest.items():
        assert figures[-1][name] == pytest.approx(value, rel=1e-4), name
    assert seen(two, 0)["items"] == seen(two, 1)["items"]


def test_buffers_are_averaged_before_saving(two: Path, one: Trainer) -> None:
    """Each process counted its own rows: together what one process counts, halved."""
    for update in (3, 4):
        state = Checkpoints(two / "checkpoints").load(update)
        rows = sum(len(make_batch(i).real_BD) for i in range(2 * update))
        for kept in (state["modules"]["critic"], state["stateful"]["averages/critic"]):
            assert float(kept["seen"]) == pytest.approx(rows / 2)
    assert float(one.modules["critic"].state_dict()["seen"]) == rows


def test_hooks_run_on_the_main_process_and_their_figures_reach_all(two: Path) -> None:
    expected = ["2 {'from/main': 1.0}", "4 {'from/main': 1.0}"]
    assert [seen(two, process)["figures"] for process in (0, 1)] == [expected, expected]


def test_a_signal_to_one_process_stops_both(two: Path) -> None:
    stopped = [(two / f"stopped-{process}.txt").read_text() for process in (0, 1)]
    assert stopped == ["5", "5"]
