"""What stands in a table's picture: which systems, at which figures."""

import json
from pathlib import Path

from seqgan.cli.results import run_results
from seqgan.report.run_folder import Row
from seqgan.report.sweep_picture import mean_rows, sweep_pictures

TOML = """
recipe = "oracle"
corpora = ["made"]
picture = ["default", "other", "likelihood"]
[settings.default]
seeds = [1, 2]
options = []
[settings.other]
seeds = [1]
options = []
[settings.likelihood]
seeds = [1]
options = []
"""


SWEEP = {"baselines": ["MLE"], "real": "truth", "trained": ["adversarial"]}


def record(setting: str, seed: int, shift: float) -> dict[str, object]:
    def row(system: str, temperature: float | None, nll: float) -> dict[str, object]:
        return {
            "system": system,
            "temperature": temperature,
            "metrics": {"nll_oracle": nll, "nll_test": 20 - nll},
        }

    learned = [row(name, t, 9 + t + shift) for name in ("MLE", "adversarial") for t in (0.7, 1.0)]
    return {
        "recipe": "oracle",
        "config": {},
        "seed": seed,
        "data": {"corpus": "made"},
        "setting": setting,
        "rows": [row("truth", None, 5.0), *learned],
        "table": "settings",
        "sweep": SWEEP,
    }


def cells(folder: Path) -> Path:
    """Return a table of which all cells have run."""
    (folder / "oracle.toml").write_text(TOML)
    (folder / "oracle").mkdir()
    for name, content in {
        "made-default-1": record("", 1, 0.0),
        "made-default-2": record("", 2, 0.5),
        "made-other-1": record("other", 1, 0.1),
        "made-likelihood-1": record("likelihood", 1, 0.2) | {"sweep": {**SWEEP, "trained": []}},
    }.items():
        (folder / "oracle" / f"{name}.json").write_text(json.dumps(content))
    return folder / "oracle.toml"


def test_the_table_gets_its_picture(tmp_path: Path) -> None:
    docs, table = tmp_path / "README.md", cells(tmp_path)
    docs.write_text("<!-- table oracle -->\n<!-- end -->\n")
    assert run_results([str(table), "--docs", str(docs), "--dry"]) == 0
    assert "![made: quality against diversity](oracle/made.svg)" in docs.read_text()
    svg = (tmp_path / "oracle" / "made.svg").read_text()
    assert svg.count("<svg") == 1
    for drawn in ("truth", "MLE", "adversarial", "adversarial, other"):
        assert f"<!-- {drawn} -->" in svg
    assert "<!-- MLE, likelihood -->" in svg  # which trained nothing else
    assert "<!-- MLE, other -->" not in svg  # the other setting gives what it trained, nothing else
    before = (tmp_path / "oracle" / "made.svg").read_bytes()
    assert run_results([str(table), "--docs", str(docs), "--dry"]) == 0
    assert (tmp_path / "oracle" / "made.svg").read_bytes() == before  # nothing new: no diff


def test_a_corpus_without_cells_of_these_settings_has_no_picture(tmp_path: Path) -> None:
    files = sorted((cells(tmp_path).with_suffix("")).glob("*.json"))
    assert list(sweep_pictures(files, ["default"])) == ["made"]
    assert list(sweep_pictures(files, ["missing"])) == []
    assert list(sweep_pictures([tmp_path / "none.json"], ["default"])) == []


def test_only_settings_of_the_dial_that_all_seeds_have_are_averaged() -> None:
    seeds = [
        [Row("a", 0.7, {"x": 1.0}), Row("a", 1.0, {"x": 2.0, "y": 1.0}), Row("b", 1.0, {"x": 9.0})],
        [Row("a", 1.0, {"x": 4.0}, frozenset({"y"}))],
    ]
    (only,) = mean_rows(seeds, "a")
    assert (only.dial, only.metrics) == (1.0, {"x": 3.0})
