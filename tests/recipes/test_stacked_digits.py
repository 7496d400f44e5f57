"""Stacked pictures, in process, on made ones: counted, drawn, resumed, refused."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from seqgan.core.launch import launch
from seqgan.core.trainer import Trainer
from seqgan.data.pictures import Pictures
from seqgan.image.extractor import save_extractor, train_extractor
from seqgan.image.model import PictureModel
from seqgan.recipes import stacked_digits

TINY = ["--device", "cpu", "--network", "mlp", "--width", "2", "--batch-size", "8"]
TINY += ["--max-updates", "6", "--num-samples", "500", "--log-every", "2", "--evaluate-every", "4"]
TINY += ["--checkpoint-every", "2", "--threads", "1", "--latent-dim", "3"]


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with made grey pictures of three classes, and what tells these."""
    folder = tmp_path_factory.mktemp("material")
    rng = np.random.default_rng(0)
    labels = np.arange(160) % 3
    images = rng.integers(0, 60, (160, 8, 8), dtype=np.uint8)
    for row, label in enumerate(labels):
        images[row, 2 * label : 2 * label + 3] += 150
    test = np.arange(160) >= 100
    np.savez(folder / "made.npz", images=images, labels=labels, test=test)
    np.savez(folder / "bare.npz", images=images, test=test)
    color = np.repeat(images[..., None], 3, axis=3)
    np.savez(folder / "color.npz", images=color, labels=labels, test=test)
    train = Pictures(torch.from_numpy(images[:100, None]), torch.from_numpy(labels[:100]))
    save_extractor(train_extractor(train, updates=60), folder / "extractor")
    return folder


def run(folder: Path, material: Path, *options: str, file: str = "made.npz") -> int:
    """Run the recipe into folder/run; return the exit code."""
    data = ["--corpus", "folder", "--corpus-path", str(material / file)]
    judge = ["--extractor", str(material / "extractor")]
    args = ["--output-dir", str(folder / "run"), *data, *judge, *TINY, *options]
    return launch(stacked_digits.Config, stacked_digits.main, args)


def results_of(folder: Path) -> dict[str, Any]:
    results: dict[str, Any] = json.loads((folder / "run" / "results.json").read_text("utf-8"))
    return results


def test_modes_of_stacks_are_counted(
    tmp_path: Path, material: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, material) == 0
    assert "is right on 100.00% of held-out ones" in capsys.readouterr().out
    results = results_of(tmp_path)
    rows = {row["system"]: row["metrics"] for row in results["rows"]}
    assert list(rows) == ["real held-out", "GAN"]
    real = rows["real held-out"]
    assert real["modes"] == 27
    assert real["modes_kl"] < 3 * 26 / 1000  # three times the bias of 500 samples
    assert 1 <= rows["GAN"]["modes"] <= 27
    assert rows["GAN"]["seconds_a_sample"] > 0
    assert len(results["mode_shares"]) == 27
    assert sum(results["mode_shares"]) == pytest.approx(1)
    assert (np.array(results["mode_shares"]) > 0).sum() == rows["GAN"]["modes"]
    found = results["diagnosis"]["findings"][0]
    assert f"{rows['GAN']['modes']:.0f} of 27 modes are found among 500 samples" in found["text"]
    assert results["extractor"]["accuracy"] == 1
    folder = tmp_path / "run"
    for name in ("000004", "000006", "real", "nearest", "latent"):
        assert (folder / "samples" / f"{name}.png").read_bytes().startswith(b"\x89PNG")
    assert "of 27 modes" in (folder / "report.html").read_text("utf-8")
    assert PictureModel.load(folder).sample(3).shape == (3, 3, 8, 8)
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").open()]
    seen = [line["figures"] for line in lines if "stacked/modes" in line["figures"]]
    assert len(seen) == 2
    assert all({"stacked/modes_kl", "pictures/spread"} <= set(figures) for figures in seen)


def test_a_killed_run_of_stacks_ends_as_if_never_killed(
    tmp_path: Path, material: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(tmp_path / "whole", material) == 0
    play = Trainer.play

    def dying(self: Trainer, update: int) -> None:
        if update == 5:
            raise SystemExit(9)
        play(self, update)

    monkeypatch.setattr(Trainer, "play", dying)
    with pytest.raises(SystemExit):
        run(tmp_path / "killed", material)
    monkeypatch.setattr(Trainer, "play", play)
    folder = tmp_path / "killed" / "run"
    assert launch(stacked_digits.Config, stacked_digits.main, ["--resume", str(folder)]) == 0
    once, twice = (
        load_file(tmp_path / name / "run" / "generator" / "model.safetensors")
        for name in ("whole", "killed")
    )
    for key, tensor in once.items():
        assert torch.equal(tensor, twice[key]), key
    whole, killed = (results_of(tmp_path / name) for name in ("whole", "killed"))
    assert whole["mode_shares"] == killed["mode_shares"]
    assert whole["history"] == killed["history"]


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("color.npz", "is of 3 channels: stacks are made of grey pictures"),
        ("bare.npz", "has no labels, and stacks are counted by them"),
    ],
)
def test_what_cannot_be_stacked_is_refused(
    file: str,
    message: str,
    tmp_path: Path,
    material: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(tmp_path, material, file=file) == 2
    assert message in capsys.readouterr().err.strip().splitlines()[-1]
