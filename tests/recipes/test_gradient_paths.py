"""The page of gradient paths in process: few updates, every drawing, resumed, and mistakes."""

import json
import shutil
from pathlib import Path

import pytest

from seqgan.core.launch import launch
from seqgan.recipes.gradient_paths import Config, main
from seqgan.text.gradient_paths.estimator_study import EstimatorRow
from seqgan.text.gradient_paths.estimator_table import ESTIMATORS
from seqgan.text.gradient_paths.games import PATHS, SETTINGS

TINY = ["--device", "cpu", "--max-updates", "4", "--batch-size", "4", "--log-every", "2"]
TINY += ["--checkpoint-every", "2", "--estimator-draws", "2"]


def run(folder: Path, *options: str) -> int:
    return launch(Config, main, ["--output-dir", str(folder), *TINY, *options])


def made_table(*, num_draws: int) -> list[EstimatorRow]:
    return [EstimatorRow("made", 0.0, 0.0, 1.0, 0.0, 0.0, float(num_draws))]


def test_the_page_shows_dials_writers_and_rewards(tmp_path: Path) -> None:
    assert run(tmp_path / "run") == 0
    folder = tmp_path / "run"
    results = json.loads((folder / "results.json").read_text("utf-8"))
    systems = [each["system"] for each in results["rows"]]
    assert systems[: len(PATHS)] == list(PATHS)
    assert systems[-len(ESTIMATORS) :] == [f"reward: {name}" for name in ESTIMATORS]
    assert len(results["dials"]) == 2 * len(SETTINGS)
    assert [each["estimator"] for each in results["estimators"]] == list(ESTIMATORS)
    text = (folder / "report.html").read_text("utf-8")
    assert [each["file"] for each in results["figures"]] == [
        f"samples/{name}.svg" for name in ("estimates", "directions", "training", "estimators")
    ]
    for figure in results["figures"]:
        assert "<svg" in (folder / figure["file"]).read_text("utf-8")
        assert figure["title"] in text
    assert text.count("data:image/svg+xml") == 4
    assert [each["kind"] for each in results["diagnosis"]["findings"]] == [
        "soft_words",
        "distance",
        "direction",
        "training",
        "bias_of_rewards",
        "variance_and_price",
    ]
    lines = [json.loads(x) for x in (folder / "metrics.jsonl").open(encoding="utf-8")]
    named = {name for line in lines for name in line["figures"]}
    assert "Wasserstein dials/critic/gp" in named
    assert "Jensen-Shannon dials/critic/gp" not in named
    assert {f"{name}/pair_distance" for name in PATHS} <= named
    looked = [
        line["update"] for line in lines if f"{next(iter(PATHS))}/pair_distance" in line["figures"]
    ]
    assert looked == [6, 8], "writers are looked at while they learn"
    assert not any(name.startswith("Wasserstein dials/generator") for name in named)


def test_a_resumed_run_ends_like_one_in_one_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seqgan.text.gradient_paths.page.write_report", lambda folder: folder)
    monkeypatch.setattr("seqgan.text.gradient_paths.page.estimator_table", made_table)
    folder = tmp_path / "run"
    assert run(folder) == 0
    whole = json.loads((folder / "results.json").read_text("utf-8"))
    checkpoints = sorted((folder / "checkpoints").iterdir())
    assert [int(each.name) for each in checkpoints] == [6, 8]
    shutil.rmtree(checkpoints[-1])
    (folder / "results.json").unlink()
    assert launch(Config, main, ["--resume", str(folder)]) == 0
    again = json.loads((folder / "results.json").read_text("utf-8"))
    assert again["rows"] == whole["rows"]
    assert again["dials"] == whole["dials"]


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--dial-updates", "0", "--dial-updates is 0: it must be 1 or more"),
        ("--batch-size", "0", "--batch-size is 0: it must be 1 or more"),
        ("--estimator-draws", "1", "--estimator-draws is 1: it must be 2 or more"),
    ],
)
def test_nonsense_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str, value: str, message: str
) -> None:
    assert run(tmp_path / "run", option, value) == 2
    *_, line = capsys.readouterr().err.strip().splitlines()
    assert message in line
