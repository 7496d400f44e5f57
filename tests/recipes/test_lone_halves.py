"""The recipes without an adversary, in process: autoencoder, VAE, discriminator alone."""

import json
from pathlib import Path
from types import ModuleType
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
from seqgan.recipes import autoencoder, discriminator_only, vae

TINY = ["--device", "cpu", "--network", "mlp", "--width", "2", "--batch-size", "8"]
TINY += ["--max-updates", "6", "--num-samples", "16", "--log-every", "2", "--evaluate-every", "4"]
TINY += ["--checkpoint-every", "2", "--threads", "1"]
ROUNDS = ["--rounds", "3", "--num-negatives", "8", "--search-steps", "3"]


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


def run(recipe: ModuleType, folder: Path, material: Path, *options: str) -> int:
    """Run the recipe into folder/run; return the exit code."""
    data = ["--corpus", "folder", "--corpus-path", str(material / "made.npz")]
    judge = ["--extractor", str(material / "extractor")]
    args = ["--output-dir", str(folder / "run"), *data, *judge, *TINY, *options]
    return launch(recipe.Config, recipe.main, args)


def results_of(folder: Path) -> dict[str, Any]:
    results: dict[str, Any] = json.loads((folder / "run" / "results.json").read_text("utf-8"))
    return results


def rows_of(folder: Path) -> dict[str, dict[str, float]]:
    return {row["system"]: row["metrics"] for row in results_of(folder)["rows"]}


@pytest.mark.parametrize("options", [[], ["--noise", "0.5"], ["--codes", "random"]])
def test_an_autoencoder_is_sampled(tmp_path: Path, material: Path, options: list[str]) -> None:
    assert run(autoencoder, tmp_path, material, "--latent-dim", "3", *options) == 0
    metrics = rows_of(tmp_path)["autoencoder"]
    assert metrics["reconstruction"] > 0
    assert metrics["midpoint"] > 0
    assert metrics["posterior_variance"] == 0  # codes are points
    folder = tmp_path / "run"
    for figure in results_of(tmp_path)["figures"]:
        assert (folder / figure["file"]).read_bytes().startswith(b"\x89PNG")
        assert figure["title"] in (folder / "report.html").read_text("utf-8")
    model = PictureModel.load(folder)
    fitted = not torch.equal(model.generator.scale_LL, torch.eye(3))
    assert fitted == (options != ["--codes", "random"])
    assert (folder / "encoder").exists() == fitted
    assert model.sample(5).shape == (5, 1, 8, 8)


@pytest.mark.parametrize("conditional", ["no", "means", "told"])
def test_a_variational_autoencoder_is_asked(
    tmp_path: Path, material: Path, conditional: str
) -> None:
    assert run(vae, tmp_path, material, "--latent-dim", "3", "--conditional", conditional) == 0
    metrics = rows_of(tmp_path)["VAE"]
    assert metrics["posterior_variance"] > 0
    assert {"used", "aggregate_mean", "aggregate_variance", "fid"} <= set(metrics)
    files = [figure["file"] for figure in results_of(tmp_path)["figures"]]
    assert ("samples/classes.png" in files) == (conditional != "no")
    model = PictureModel.load(tmp_path / "run")
    assert model.generator.num_classes == (0 if conditional == "no" else 3)
    assert model.sample(4).shape == (4, 1, 8, 8)
    lines = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").open()]
    assert any("codes/reconstruction" in line["figures"] for line in lines)


@pytest.mark.parametrize("negatives", ["searched", "random"])
def test_a_discriminator_draws_by_search(tmp_path: Path, material: Path, negatives: str) -> None:
    assert run(discriminator_only, tmp_path, material, *ROUNDS, "--negatives", negatives) == 0
    assert rows_of(tmp_path)["discriminator alone"]["seconds_a_sample"] > 0
    model = PictureModel.load(tmp_path / "run")
    assert model.sample(3).shape == (3, 1, 8, 8)


def test_the_plane_shows_the_score_of_every_round(tmp_path: Path, material: Path) -> None:
    options = ["--corpus", "gaussians", *ROUNDS]
    assert run(discriminator_only, tmp_path, material, *options) == 0
    rows = rows_of(tmp_path)
    assert rows["real"]["modes"] == 8
    assert "modes" in rows["discriminator alone"]
    drawn = sorted(path.name for path in (tmp_path / "run" / "samples").glob("0*.png"))
    assert drawn == ["000002.png", "000004.png", "000006.png"]
    assert "data:image" in (tmp_path / "run" / "report.html").read_text("utf-8")


@pytest.mark.parametrize("recipe", [vae, discriminator_only])
def test_a_killed_run_ends_as_if_never_killed(
    recipe: ModuleType, tmp_path: Path, material: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed in the fourth update, in the middle of the second round of search."""
    options = ROUNDS if recipe is discriminator_only else ["--latent-dim", "3"]
    assert run(recipe, tmp_path / "whole", material, *options) == 0
    play = Trainer.play

    def dying(self: Trainer, update: int) -> None:
        if update == 3:
            raise SystemExit(9)
        play(self, update)

    monkeypatch.setattr(Trainer, "play", dying)
    with pytest.raises(SystemExit):
        run(recipe, tmp_path / "killed", material, *options)
    monkeypatch.setattr(Trainer, "play", play)
    folder = tmp_path / "killed" / "run"
    assert launch(recipe.Config, recipe.main, ["--resume", str(folder)]) == 0
    once, twice = (
        load_file(tmp_path / name / "run" / "generator" / "model.safetensors")
        for name in ("whole", "killed")
    )
    for name, tensor in once.items():
        assert torch.equal(tensor, twice[name]), name
    assert rows_of(tmp_path / "whole").keys() == rows_of(tmp_path / "killed").keys()


@pytest.mark.parametrize(
    ("recipe", "options", "message"),
    [
        (autoencoder, ["--noise", "-1"], "--noise is -1.0: it must be 0 or more"),
        (autoencoder, ["--noise", "1", "--codes", "random"], "a random code sees no picture"),
        (vae, ["--weight", "-1"], "--weight is -1.0: it must be 0 or more"),
        (vae, ["--lr", "0"], "--lr is 0.0: it must be above 0"),
        (discriminator_only, ["--rounds", "0"], "--rounds is 0: it must be 1 or more"),
        (discriminator_only, ["--search-step", "0"], "--search-step is 0.0: it must be above 0"),
    ],
)
def test_nonsense_is_refused_on_one_line(
    recipe: ModuleType,
    options: list[str],
    message: str,
    tmp_path: Path,
    material: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(recipe, tmp_path, material, *options) == 2
    last = capsys.readouterr().err.strip().splitlines()[-1]
    assert last.startswith("error: ")
    assert message in last


def test_a_condition_without_labels_is_refused(
    tmp_path: Path, material: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    images = np.load(material / "made.npz")["images"]
    np.savez(tmp_path / "bare.npz", images=images)
    options = ["--corpus-path", str(tmp_path / "bare.npz"), "--conditional", "told"]
    assert run(vae, tmp_path, material, *options) == 2
    assert "--conditional needs labels" in capsys.readouterr().err
