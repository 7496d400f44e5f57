"""The page of divergences in process: few updates, every picture, every kind of mistake."""

import json
from pathlib import Path

import pytest

from seqgan.core.launch import launch
from seqgan.objectives.f_divergences import F_DIVERGENCES
from seqgan.recipes.divergences import Config, main

TINY = ["--device", "cpu", "--max-updates", "4", "--batch-size", "16", "--log-every", "2"]
TINY += ["--critic-steps", "2", "--checkpoint-every", "4"]


def run(folder: Path, *options: str) -> int:
    return launch(Config, main, ["--output-dir", str(folder / "run"), *TINY, *options])


def test_the_page_shows_fits_gauges_and_slopes(tmp_path: Path) -> None:
    assert run(tmp_path) == 0
    folder = tmp_path / "run"
    results = json.loads((folder / "results.json").read_text("utf-8"))
    rows = {row["system"]: row["metrics"] for row in results["rows"]}
    assert next(iter(rows)) == "likelihood"
    assert set(F_DIVERGENCES) <= set(rows)
    for name in F_DIVERGENCES:
        assert rows[name]["best_divergence"] <= rows[name]["divergence"] + 1e-3
    assert rows["Wasserstein critic at distance 2"]["theta"] == 2
    assert rows["Wasserstein critic, clip"]["largest_slope"] > 0
    text = (folder / "report.html").read_text("utf-8")
    for figure in results["figures"]:
        assert (folder / figure["file"]).read_bytes().startswith(b"\x89PNG")
        assert figure["title"] in text
    assert text.count("data:image/png") == len(results["figures"]) == 4
    assert {each["kind"] for each in results["diagnosis"]["findings"]} >= {
        "covering",
        "seeking",
        "distance",
        "largest_slope",
    }

    lines = [json.loads(x) for x in (folder / "metrics.jsonl").open(encoding="utf-8")]
    named = {name for line in lines for name in line["figures"]}
    assert "gradient penalty/largest_slope" in named
    for name in ("fits/critic/kl", "fits/generator/kl", "lines/critic/Wasserstein at 2"):
        assert name in named
    assert not any(name.startswith("lines/generator") for name in named), "that line stands still"


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--fit-updates", "0", "--fit-updates is 0: it must be 1 or more"),
        ("--batch-size", "1", "--batch-size is 1: it must be 2 or more"),
        ("--clip", "0", "--clip is 0.0: it must be above 0"),
    ],
)
def test_nonsense_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str, value: str, message: str
) -> None:
    assert run(tmp_path, option, value) == 2
    *_, line = capsys.readouterr().err.strip().splitlines()
    assert message in line
