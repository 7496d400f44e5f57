"""The recipe of 25 Gaussians in process: rows, drawings, resume, what makes no sense."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from seqgan.core.launch import launch
from seqgan.core.trainer import Trainer
from seqgan.recipes.gaussians import Config, main

TINY = ["--device", "cpu", "--threads", "1", "--width", "2", "--batch-size", "16"]
TINY += ["--max-updates", "4", "--evaluate-every", "2", "--log-every", "1"]
TINY += ["--checkpoint-every", "3"]


@pytest.fixture(autouse=True)
def quick_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fit the mixture of greatest likelihood to few points."""
    monkeypatch.setattr("seqgan.image.grid_run.LIKELIHOOD_POINTS", 500)


def run(folder: Path, *options: str) -> int:
    """Run the recipe into folder/run; returns the exit code."""
    return launch(Config, main, ["--output-dir", str(folder / "run"), *TINY, *options])


def results_of(folder: Path) -> dict[str, Any]:
    results: dict[str, Any] = json.loads((folder / "run" / "results.json").read_text("utf-8"))
    return results


def test_real_points_and_the_mixture_stand_beside_the_generator(tmp_path: Path) -> None:
    assert run(tmp_path) == 0
    results = results_of(tmp_path)
    rows = {row["system"]: row["metrics"] for row in results["rows"]}
    assert list(rows) == ["real", "Gaussian mixture, likelihood", "GAN"]
    assert rows["real"]["modes"] == 25
    assert rows["real"]["modes_kl"] < 0.02
    assert rows["real"]["high_quality"] > 0.98
    assert rows["Gaussian mixture, likelihood"]["modes"] > rows["GAN"]["modes"]
    assert results["diagnosis"]["findings"][0]["kind"] == "unreal"
    assert len(results["mode_shares"]) == 25
    folder = tmp_path / "run"
    assert {path.name for path in (folder / "generator").iterdir()} >= {"model.safetensors"}
    drawn = {path.name for path in (folder / "samples").iterdir()}
    assert drawn >= {"000002.png", "000004.png", "grid.png", "training.gif"}
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").open(encoding="utf-8")]
    named = {name for line in lines for name in line["figures"]}
    assert {"grid/modes", "grid/modes_kl", "grid/high_quality", "grid/modes_lost"} <= named
    assert "25 modes" in (folder / "report.html").read_text("utf-8")


def test_a_killed_run_ends_as_if_never_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Energy, so that there are two phases; killed in each, the most modes so far kept."""
    options = ["--objective", "energy", "--pretrain-updates", "3"]
    assert run(tmp_path / "whole", *options) == 0
    folder, play = tmp_path / "killed" / "run", Trainer.play
    start = ["--output-dir", str(folder), *TINY, *options]
    for death in (1, 5):

        def dying(self: Trainer, update: int, last: int = death) -> None:
            if update == last:
                raise SystemExit(9)
            play(self, update)

        monkeypatch.setattr(Trainer, "play", dying)
        with pytest.raises(SystemExit):
            launch(Config, main, start)
        start = ["--resume", str(folder)]
    monkeypatch.setattr(Trainer, "play", play)
    assert launch(Config, main, start) == 0
    for name in ("generator", "critic"):
        once, twice = (
            load_file(tmp_path / which / "run" / name / "model.safetensors")
            for which in ("whole", "killed")
        )
        for key, tensor in once.items():
            assert torch.equal(tensor, twice[key]), key
    assert results_of(tmp_path / "whole")["rows"] == results_of(tmp_path / "killed")["rows"]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--objective", "wasserstein", "--penalty", "none"], "bounded slope"),
        (["--width", "0"], "--width is 0: it must be 1 or more"),
        (["--batch-size", "1"], "--batch-size is 1: it must be 2 or more"),
        (["--evaluate-every", "0"], "--evaluate-every is 0: it must be 1 or more"),
        (["--max-updates", "0"], "--max-updates is 0: it must be 1 or more"),
        (["--seed", "-1"], "--seed is -1"),
    ],
)
def test_what_makes_no_sense_is_refused(
    options: list[str], reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, *options) == 2
    *_, line = capsys.readouterr().err.strip().splitlines()
    assert line.startswith("error: ")
    assert reason in line
    assert not (tmp_path / "run").exists()
