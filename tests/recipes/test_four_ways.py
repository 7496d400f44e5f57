"""The comparison of four ways, in process, on made pictures."""

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
from seqgan.recipes import four_ways

TINY = ["--device", "cpu", "--network", "mlp", "--width", "2", "--batch-size", "8"]
TINY += ["--max-updates", "8", "--num-samples", "16", "--log-every", "2", "--evaluate-every", "4"]
TINY += ["--checkpoint-every", "2", "--threads", "1", "--latent-dim", "3"]
TINY += ["--rounds", "2", "--num-negatives", "8", "--search-steps", "2", "--num-components", "3"]
WAYS = ["autoencoder", "VAE", "discriminator alone", "GAN"]
FOLDERS = ["autoencoder", "vae", "discriminator", "generator"]


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with made pictures of three classes, 60 and 40, and what judges them."""
    folder = tmp_path_factory.mktemp("material")
    rng = np.random.default_rng(0)
    labels = np.arange(100) % 3
    images = rng.integers(0, 60, (100, 8, 8), dtype=np.uint8)
    for row, label in enumerate(labels):
        images[row, 2 * label : 2 * label + 3] += 150
    np.savez(folder / "made.npz", images=images, labels=labels, test=np.arange(100) >= 60)
    train = Pictures(torch.from_numpy(images[:60, None]), torch.from_numpy(labels[:60]))
    save_extractor(train_extractor(train, updates=5), folder / "extractor")
    return folder


def run(folder: Path, material: Path, *options: str) -> int:
    """Run the recipe into folder/run; return the exit code."""
    data = ["--corpus", "folder", "--corpus-path", str(material / "made.npz")]
    judge = ["--extractor", str(material / "extractor")]
    args = ["--output-dir", str(folder / "run"), *data, *judge, *TINY, *options]
    return launch(four_ways.Config, four_ways.main, args)


def results_of(folder: Path) -> dict[str, Any]:
    results: dict[str, Any] = json.loads((folder / "run" / "results.json").read_text("utf-8"))
    return results


def test_all_ways_are_in_one_table(tmp_path: Path, material: Path) -> None:
    assert run(tmp_path, material) == 0
    results = results_of(tmp_path)
    rows = {row["system"]: row["metrics"] for row in results["rows"]}
    assert list(rows) == ["real held-out", "Gaussian mixture, likelihood", *WAYS]
    for name, metrics in rows.items():
        assert 0 < metrics["sharpness"] <= 1
        assert {"fid", "precision", "nearest_train"} <= set(metrics)
        assert ("seconds_a_sample" in metrics) == (name != "real held-out")
        assert ("training_seconds" in metrics) == (name in WAYS)
        assert ("reconstruction" in metrics) == (name in WAYS[:2])
    folder = tmp_path / "run"
    assert (folder / "samples" / "ways.png").read_bytes().startswith(b"\x89PNG")
    assert "Side by side" in (folder / "report.html").read_text("utf-8")
    for name in FOLDERS:
        assert (folder / name / "model.safetensors").is_file()
    assert PictureModel.load(folder).sample(3).shape == (3, 1, 8, 8)


def test_every_way_has_its_share_of_the_updates(tmp_path: Path, material: Path) -> None:
    assert run(tmp_path, material) == 0
    lines = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").open()]
    last = {line["phase"]: line["update"] for line in lines}
    shares = [round(8 * share) for share in four_ways.SHARES.values()]
    assert shares == [8, 8, 5, 2]
    assert list(last.items()) == [
        (name, sum(shares[: place + 1])) for place, name in enumerate(WAYS)
    ]
    moved = {key.split("/")[0] for line in lines for key in line["figures"] if "gradient" in key}
    assert moved == set(WAYS)


def test_large_pictures_have_no_mixture(tmp_path: Path, material: Path) -> None:
    assert run(tmp_path, material, "--num-components", "31") == 0
    systems = [row["system"] for row in results_of(tmp_path)["rows"]]
    assert systems == ["real held-out", *WAYS]


@pytest.mark.slow
def test_a_killed_comparison_ends_as_if_never_killed(
    tmp_path: Path, material: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed in the discriminator's second round, when two ways are done and one is to come."""
    assert run(tmp_path / "whole", material) == 0
    play = Trainer.play

    def dying(self: Trainer, update: int) -> None:
        if update == 19:
            raise SystemExit(9)
        play(self, update)

    monkeypatch.setattr(Trainer, "play", dying)
    with pytest.raises(SystemExit):
        run(tmp_path / "killed", material)
    monkeypatch.setattr(Trainer, "play", play)
    folder = tmp_path / "killed" / "run"
    assert launch(four_ways.Config, four_ways.main, ["--resume", str(folder)]) == 0
    for name in FOLDERS:
        once, twice = (
            load_file(tmp_path / kind / "run" / name / "model.safetensors")
            for kind in ("whole", "killed")
        )
        for key, tensor in once.items():
            assert torch.equal(tensor, twice[key]), (name, key)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--lr", "0"], "--lr is 0.0: it must be above 0"),
        (["--rounds", "0"], "--rounds is 0: it must be 1 or more"),
        (["--gamma", "-1"], "--gamma is -1.0: it must be above 0"),
    ],
)
def test_a_comparison_refuses_nonsense(
    options: list[str],
    message: str,
    tmp_path: Path,
    material: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(tmp_path, material, *options) == 2
    assert message in capsys.readouterr().err.strip().splitlines()[-1]
