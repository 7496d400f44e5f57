"""The recipe of pictures, killed in the middle of every phase, ends as if never killed."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from made_gan import write_material
from seqgan.core.checkpoint import Checkpoints
from seqgan.core.launch import launch
from seqgan.core.trainer import Trainer
from seqgan.recipes import image_gan

TINY = [
    *("--device", "cpu", "--threads", "1", "--width", "2", "--latent-dim", "3"),
    *("--batch-size", "8", "--num-samples", "16", "--updates", "6", "--log-every", "2"),
    *("--evaluate-every", "2", "--checkpoint-every", "3"),
]
TWO_PHASES = ["--network", "mlp", "--objective", "energy", "--pretrain-updates", "4"]
RICH = ["--network", "dcgan", "--objective", "hinge", "--penalty", "spectral", "--flips"]
LAZY = ["--network", "residual", "--penalty-every", "2", "--critic-steps", "2", "--augment"]
LAZY += ["color", "translation", "--accumulation", "2"]


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return the options that name made pictures and what judges them."""
    return write_material(tmp_path_factory.mktemp("material"))


def metrics(folder: Path) -> list[dict[str, Any]]:
    """Return the lines of metrics.jsonl without their seconds."""
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return [{k: v for k, v in line.items() if k != "seconds"} for line in lines]


def assert_same(got: Any, expected: Any, path: str = "") -> None:
    """Compare two states, bit for bit, but for the seconds."""
    assert type(got) is type(expected), path
    if isinstance(expected, Tensor):
        assert torch.equal(got, expected), path
    elif isinstance(expected, dict):
        assert list(got) == list(expected), path
        for key in expected.keys() - {"seconds", "warnings"}:
            assert_same(got[key], expected[key], f"{path}/{key}")
    elif isinstance(expected, list):
        assert len(got) == len(expected), path
        for i, (one, other) in enumerate(zip(got, expected, strict=True)):
            assert_same(one, other, f"{path}/{i}")
    else:
        assert got == expected, path


def assert_same_run(got: Path, expected: Path, last: int) -> None:
    """Weights, averages, optimizers, the watch's history, metrics, drawings: all are equal."""
    ours, theirs = (Checkpoints(run / "checkpoints").load(last) for run in (got, expected))
    assert theirs["stateful"].keys() == {"watch", "averages/generator", "monitor"}
    assert len(theirs["stateful"]["watch"]["history"]) >= 3
    assert_same(ours, theirs)
    assert metrics(got) == metrics(expected)
    drawn = sorted(path.name for path in (expected / "samples").iterdir())
    assert sorted(path.name for path in (got / "samples").iterdir()) == drawn
    for name in drawn:
        assert (got / "samples" / name).read_bytes() == (expected / "samples" / name).read_bytes()


class SimulatedKill(BaseException):
    """The process dies here, without a chance to tidy up."""


@pytest.mark.parametrize("options", [RICH, LAZY], ids=["rich", "lazy"])
def test_stopped_here_and_there(
    options: list[str], tmp_path: Path, material: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Batch normalization, spectral vectors, augmentation, lazy penalties; nothing is judged."""
    monkeypatch.setattr(image_gan, "finish_pictures", lambda *args, **more: None)
    args, play = [*material, *TINY, *options], Trainer.play
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    config = image_gan.Config
    assert launch(config, image_gan.main, [*args, "--output-dir", str(whole)]) == 0
    start = [*args, "--output-dir", str(stopped)]
    for deadly in (1, 4, 5):

        def dying(self: Trainer, update: int, last: int = deadly) -> None:
            play(self, update)
            if update == last:
                raise SimulatedKill

        with monkeypatch.context() as patch:
            patch.setattr(Trainer, "play", dying)
            with pytest.raises(SimulatedKill):
                launch(config, image_gan.main, start)
        start = ["--resume", str(stopped)]
    assert launch(config, image_gan.main, start) == 0
    assert_same_run(stopped, whole, last=6)


KILLED = """
import os, signal, sys
from seqgan.core.launch import launch
from seqgan.core.trainer import Trainer
from seqgan.games.latent import LatentGame
from seqgan.recipes.image_gan import Config, main

folder, args, present = sys.argv[1], sys.argv[2:], []
play, losses = Trainer.play, LatentGame.losses
at, mover = -1, "nobody"

def noted_play(self, update):
    present[:] = [update]
    play(self, update)

def deadly_losses(self, player, *rest):
    if present == [at] and player == mover:
        os.kill(os.getpid(), signal.SIGKILL)
    return losses(self, player, *rest)

Trainer.play, LatentGame.losses = noted_play, deadly_losses
where = [*args, "--output-dir", folder]
for at, mover in ((1, "pretraining"), (3, "pretraining"), (5, "critic"), (8, "generator")):
    if not (child := os.fork()):
        os._exit(launch(Config, main, where))
    status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status), f"to be killed at {at}, {mover}: {status}"
    where = ["--resume", folder]
"""


@pytest.mark.slow
def test_killed_for_real_in_the_middle_of_each_phase(tmp_path: Path, material: list[str]) -> None:
    """By SIGKILL, through the command line, to the table of results."""
    args = [*material, *TINY, *TWO_PHASES]
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    config, main = image_gan.Config, image_gan.main
    assert launch(config, main, [*args, "--output-dir", str(whole)]) == 0
    environment = os.environ | {"CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", KILLED, str(killed), *args]
    subprocess.run(command, check=True, env=environment, timeout=240)
    assert not (killed / "results.json").exists()
    assert launch(config, main, ["--resume", str(killed)]) == 0
    assert_same_run(killed, whole, last=10)
    assert {line["phase"] for line in metrics(whole)} == {"pretraining", "adversarial"}
    tables = [json.loads((folder / "results.json").read_text()) for folder in (killed, whole)]
    for table in tables:
        for row in table["rows"]:
            row["metrics"].pop("seconds_a_sample", None)
    assert tables[0]["rows"] == tables[1]["rows"]
    assert tables[0]["history"] == tables[1]["history"]
