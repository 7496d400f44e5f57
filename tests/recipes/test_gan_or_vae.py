"""The search as a command, over made trials: table, failed trials, stopped and gone on with."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from made_trials import starts, use_made_trials
from seqgan.core.launch import launch
from seqgan.data.pictures import Pictures
from seqgan.image.extractor import save_extractor, train_extractor
from seqgan.recipes.gan_or_vae import Config, main

SMALL = ["--device", "cpu", "--threads", "1", "--trials", "2", "--jobs", "2"]
FAMILIES = ["--families", "vae", "wasserstein+clip"]


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with made pictures and what judges them."""
    folder = tmp_path_factory.mktemp("material")
    images = np.random.default_rng(0).integers(0, 256, (60, 8, 8), dtype=np.uint8)
    labels = np.arange(60) % 3
    np.savez(folder / "made.npz", images=images, labels=labels, test=np.arange(60) >= 40)
    train = Pictures(torch.from_numpy(images[:40, None]), torch.from_numpy(labels[:40]))
    save_extractor(train_extractor(train, updates=2), folder / "extractor")
    return folder


def run(folder: Path, material: Path, *options: str) -> int:
    data = ["--corpus", "folder", "--corpus-path", str(material / "made.npz")]
    judge = ["--extractor", str(material / "extractor")]
    args = ["--output-dir", str(folder), *data, *judge, *SMALL, *FAMILIES, *options]
    return launch(Config, main, args)


def results_of(folder: Path) -> dict[str, Any]:
    results: dict[str, Any] = json.loads((folder / "results.json").read_text("utf-8"))
    return results


def test_a_search_is_a_table_a_figure_and_a_page(
    tmp_path: Path,
    material: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fates = {"vae-01": 3.0, "vae-02": 2.0, "wasserstein+clip-01": "diverges"}
    use_made_trials(monkeypatch, {**fates, "wasserstein+clip-02": 1.0})
    assert run(tmp_path / "run", material) == 0
    results = results_of(tmp_path / "run")
    rows = {row["system"]: row["metrics"] for row in results["rows"]}
    assert list(rows) == ["real held-out", "vae", "wasserstein+clip"]
    assert rows["real held-out"]["fid_median"] == 0.1
    assert (rows["vae"]["fid_best"], rows["vae"]["fid_median"]) == (2.0, 2.5)
    assert (rows["wasserstein+clip"]["fid_best"], rows["wasserstein+clip"]["fid_median"]) == (1, 2)
    assert rows["wasserstein+clip"]["failed_trials"] == 1
    assert rows["vae"]["seconds_a_trial"] == 2
    kept = {trial["name"]: trial for trial in results["trials"]}
    assert kept["wasserstein+clip-01"]["fid"] is None
    assert "diverged at update 7" in kept["wasserstein+clip-01"]["failure"]
    assert kept["wasserstein+clip-02"]["penalty"] == "clip"
    page = (tmp_path / "run" / "report.html").read_text("utf-8")
    assert "1 of 4 trials failed and count as the worst FID of all, 3" in page
    assert "player &#x27;critic&#x27; diverged" in page or "player 'critic' diverged" in page
    assert page.count("data:image/png") == len(results["figures"]) == 2
    assert (tmp_path / "run" / "config.json").exists()
    said = capsys.readouterr().out
    assert "| vae | 2 | 2.5 |" in said
    assert "wasserstein+clip-01: error: player 'critic' diverged" in said


def test_a_stopped_search_goes_on_with_what_is_missing(
    tmp_path: Path,
    material: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = tmp_path / "run"
    fates: dict[str, float | str] = {"wasserstein+clip-01": "diverges", "vae-02": "stopped"}
    use_made_trials(monkeypatch, fates)
    assert run(folder, material, "--jobs", "1") == 130
    hint = f"Go on with: seqgan train gan_or_vae --resume {folder}"
    assert hint in capsys.readouterr().out
    assert not (folder / "results.json").exists()
    assert not (folder / "trials" / "wasserstein+clip-02").exists()
    use_made_trials(monkeypatch, {})
    assert launch(Config, main, ["--resume", str(folder)]) == 0
    made = {path.name: starts(path) for path in (folder / "trials").iterdir() if path.is_dir()}
    assert made == {
        "vae-01": ["--output-dir"],
        "wasserstein+clip-01": ["--output-dir"],  # it failed once and for all
        "vae-02": ["--output-dir", "--resume"],
        "wasserstein+clip-02": ["--output-dir"],
    }
    first = results_of(folder)
    assert launch(Config, main, ["--resume", str(folder)]) == 0
    assert results_of(folder)["trials"] == first["trials"]


def test_a_search_in_which_all_fail_says_so(
    tmp_path: Path, material: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("vae-01", "wasserstein+clip-01")
    use_made_trials(monkeypatch, dict.fromkeys(names, "diverges"))
    assert run(tmp_path / "run", material, "--trials", "1") == 0
    results = results_of(tmp_path / "run")
    assert [row["metrics"]["failed_trials"] for row in results["rows"]] == [1, 1]
    assert results["figures"] == []
    page = (tmp_path / "run" / "report.html").read_text("utf-8")
    assert "2 of 2 trials failed" in page


def test_a_broken_trial_is_one_line_that_names_its_log(
    tmp_path: Path,
    material: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    use_made_trials(monkeypatch, {"vae-01": "breaks"})
    assert run(tmp_path / "run", material, "--jobs", "1") == 2
    *_, line = capsys.readouterr().err.strip().splitlines()
    assert line.startswith("error: trial vae-01 ended with code 1: RuntimeError: made")
    assert str(tmp_path / "run" / "trials" / "vae-01.log") in line


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--trials", "0", "--trials is 0: it must be 1 or more"),
        ("--updates", "0", "--updates is 0: it must be 1 or more"),
        ("--families", "gans", "--families gans: unknown; known are vae"),
    ],
)
def test_nonsense_starts_nothing(
    tmp_path: Path,
    material: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    option: str,
    value: str,
    message: str,
) -> None:
    use_made_trials(monkeypatch, {})
    assert run(tmp_path / "run", material, option, value) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
def test_a_real_search(tmp_path: Path, material: Path) -> None:
    tiny = ["--network", "mlp", "--width", "2", "--max-updates", "4", "--num-samples", "16"]
    assert run(tmp_path / "run", material, "--trials", "1", *tiny) == 0
    results = results_of(tmp_path / "run")
    assert all(trial["fid"] > 0 for trial in results["trials"])
