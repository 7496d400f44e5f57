"""The recipe of pictures in process: every objective, penalty and network; what a run leaves."""

import json
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from made_gan import TINY, write_material
from made_pictures import write_pictures
from seqgan.core.launch import launch
from seqgan.games.objectives import ObjectiveName, PenaltyName
from seqgan.recipes.image_gan import Config, main

OBJECTIVES = get_args(ObjectiveName)
PENALTIES = get_args(PenaltyName)


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return the options that name made pictures and what judges them."""
    return write_material(tmp_path_factory.mktemp("material"))


@pytest.fixture(autouse=True)
def quick_extractor(monkeypatch: pytest.MonkeyPatch) -> None:
    """Train the extractor of what has none for a moment."""
    monkeypatch.setattr("seqgan.image.extractor._updates", lambda count: 3)


def run(folder: Path, *options: str) -> int:
    """Run the recipe into folder/run; returns the exit code."""
    args = ["--output-dir", str(folder / "run"), *TINY, *options]
    return launch(Config, main, args, prog="image_gan.py")


def error_line(capsys: pytest.CaptureFixture[str]) -> str:
    """Return the one line of error, which is the last of standard error."""
    *_, line = capsys.readouterr().err.strip().splitlines()
    assert line.startswith("error: ")
    return line


def logged(folder: Path) -> dict[str, float]:
    """Return all figures of the run's log, the latest of each."""
    lines = [json.loads(line) for line in (folder / "run" / "metrics.jsonl").open()]
    return {name: value for line in lines for name, value in line["figures"].items()}


def results_of(folder: Path) -> dict[str, Any]:
    results: dict[str, Any] = json.loads((folder / "run" / "results.json").read_text("utf-8"))
    return results


def weights(folder: Path, name: str) -> dict[str, torch.Tensor]:
    return load_file(folder / "run" / name / "model.safetensors")


@pytest.fixture
def unjudged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let runs end with their networks saved: what judges them is the same for all."""

    def save(run: Any, config: Any, trainer: Any, systems: Any, parts: Any, **rest: Any) -> None:
        from seqgan.nn.saving import save_built

        for name, network in rest["networks"].items():
            save_built(network.eval(), run.folder / name)

    monkeypatch.setattr("seqgan.recipes.image_gan.finish_pictures", save)


def test_a_run_leaves_everything_behind(tmp_path: Path, material: list[str]) -> None:
    assert run(tmp_path, *material, "--max-updates", "4") == 0
    folder = tmp_path / "run"
    kept = {path.name for path in folder.iterdir()}
    wanted = {"config.json", "metrics.jsonl", "samples", "checkpoints", "data.sha256"}
    assert kept >= wanted | {"results.json", "report.html", "generator", "critic"}
    drawn = {path.name for path in (folder / "samples").iterdir()}
    assert drawn >= {"000002.png", "000004.png", "real.png", "nearest.png", "latent.png"}
    assert "training.gif" in drawn
    results = results_of(tmp_path)
    assert [row["system"] for row in results["rows"]] == ["real held-out", "GAN"]
    assert all({"fid", "kid", "coverage", "modes"} <= set(r["metrics"]) for r in results["rows"])
    assert results["diagnosis"]["findings"]
    assert [seen["update"] for seen in results["history"]] == [2, 4]
    assert results["data"]["corpus"] == "made.npz"
    assert results["data"]["train"] == 60
    assert results["extractor"]["samples"] == 16
    figures = logged(tmp_path)
    assert {"critic/r1", "critic/r2", "critic/real_score", "generator/loss"} <= set(figures)
    assert "pictures/coverage" in figures


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.usefixtures("unjudged")
def test_every_objective_moves_both_players(
    objective: str, tmp_path: Path, material: list[str]
) -> None:
    assert run(tmp_path, *material, "--objective", objective) == 0
    figures = logged(tmp_path)
    assert figures["critic/gradient_norm"] > 0
    assert figures["generator/gradient_norm"] > 0


@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.usefixtures("unjudged")
def test_every_penalty_is_paid(penalty: str, tmp_path: Path, material: list[str]) -> None:
    assert run(tmp_path, *material, "--objective", "hinge", "--penalty", penalty) == 0
    paid = {name.removeprefix("critic/") for name in logged(tmp_path)} & {"gp", "lp", "r1", "r2"}
    assert paid == {"r1r2": {"r1", "r2"}, "gp": {"gp"}, "lp": {"lp"}}.get(
        penalty, {penalty} & {"r1", "r2"}
    )
    critic = weights(tmp_path, "critic")
    assert any("parametrizations" in name for name in critic) == (penalty == "spectral")
    largest = max(float(weight.abs().max()) for weight in critic.values())
    assert (largest <= 0.0100001) == (penalty == "clip")


@pytest.mark.parametrize(
    "options",
    [
        ["--network", "residual", "--augment", "color", "translation", "cutout", "--flips"],
        ["--network", "dcgan", "--penalty-every", "2", "--accumulation", "2"],
        ["--objective", "energy", "--pretrain-updates", "2", "--network", "dcgan"],
        ["--objective", "alpha", "--alpha", "0.3", "--alternative"],
        ["--size", "12", "--network", "residual", "--precision", "bf16"],
        ["--averaging", "0", "--critic-steps", "2", "--tensorboard"],
    ],
    ids=["augmented", "lazy", "energy", "alpha", "resized", "last-weights"],
)
@pytest.mark.usefixtures("unjudged")
def test_choices_run(options: list[str], tmp_path: Path, material: list[str]) -> None:
    """Judged by an extractor of their own."""
    assert run(tmp_path, *material[:4], *options) == 0
    assert logged(tmp_path)["generator/gradient_norm"] > 0


@pytest.mark.usefixtures("unjudged")
def test_lazy_penalties_are_paid_at_their_turn(tmp_path: Path, material: list[str]) -> None:
    options = ["--max-updates", "5", "--penalty-every", "2"]
    assert run(tmp_path, *material, *options) == 0
    lines = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").open()]
    paid = [line["update"] for line in lines if "penalty/r1" in line["figures"]]
    assert paid == [2, 4]
    assert "critic/r1" not in logged(tmp_path)


@pytest.mark.usefixtures("unjudged")
def test_the_most_updates_hold_for_each_phase(tmp_path: Path, material: list[str]) -> None:
    options = ["--objective", "energy", "--pretrain-updates", "50"]
    assert run(tmp_path, *material, *options) == 0
    lines = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").open()]
    last = {line["phase"]: line["update"] for line in lines}
    assert last == {"pretraining": 2, "adversarial": 4}


@pytest.mark.usefixtures("unjudged")
def test_the_average_is_what_is_saved(tmp_path: Path, material: list[str]) -> None:
    """With a decay of 0 it is the weights themselves; else it lags behind them."""
    from seqgan.core.checkpoint import Checkpoints

    for name, averaging in (("last", "0"), ("mean", "0.9")):
        assert run(tmp_path / name, *material, "--averaging", averaging) == 0
        state = Checkpoints(tmp_path / name / "run" / "checkpoints").load(2)["modules"]
        saved = weights(tmp_path / name, "generator")
        same = all(torch.equal(saved[key], state["generator"][key]) for key in saved)
        assert same == (name == "last")


@pytest.mark.usefixtures("unjudged")
def test_a_batch_larger_than_the_corpus_is_the_whole_of_it(
    tmp_path: Path, material: list[str]
) -> None:
    assert run(tmp_path, *material, "--batch-size", "1000") == 0


def test_a_folder_of_color_without_labels_and_with_a_broken_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_pictures(tmp_path / "mine", 80)
    (folder / "007.png").write_bytes(b"no picture at all")
    assert run(tmp_path, "--corpus", "folder", "--corpus-path", str(folder)) == 0
    warnings = [x for x in capsys.readouterr().err.splitlines() if x.startswith("warning: ")]
    results = results_of(tmp_path)
    assert any("007.png" in warning for warning in warnings)
    assert any("007.png" in warning for warning in results["warnings"])
    assert results["data"]["corpus"] == "mine"
    assert np.isfinite([row["metrics"]["fid"] for row in results["rows"]]).all()


@pytest.mark.usefixtures("unjudged")
def test_a_resumed_run_refuses_other_pictures(
    tmp_path: Path, material: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.npz"
    images = np.load(material[3])["images"]
    np.savez(path, images=images)
    assert run(tmp_path, *material[4:], "--corpus", "folder", "--corpus-path", str(path)) == 0
    np.savez(path, images=images[::-1])
    assert launch(Config, main, ["--resume", str(tmp_path / "run")], prog="image_gan.py") == 2
    assert "not those" in error_line(capsys)


@pytest.mark.usefixtures("unjudged")
def test_a_folder_that_holds_a_run_and_options_of_another(
    tmp_path: Path, material: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, *material) == 0
    before = (tmp_path / "run" / "metrics.jsonl").read_bytes()
    assert run(tmp_path, *material) == 2
    assert "--resume" in error_line(capsys)
    args = ["--resume", str(tmp_path / "run"), "--objective", "hinge"]
    assert launch(Config, main, args, prog="image_gan.py") == 2
    assert "--objective was relativistic, now hinge" in error_line(capsys)
    assert (tmp_path / "run" / "metrics.jsonl").read_bytes() == before


def test_divergence_is_named_and_exits_3(
    tmp_path: Path, material: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--objective", "kl", "--critic-lr", "1e20", "--max-updates", "30"]
    assert run(tmp_path, *material, *options) == 3
    assert "diverged at update" in error_line(capsys)
