"""Markdown of several runs: means, deviations, claims, and what was not run."""

import json
import statistics
from pathlib import Path

import pytest
from made_run import made_results

from seqgan.metrics.significance import claim
from seqgan.report.markdown import markdown
from seqgan.report.table import results_table


def _write(folder: Path, bonuses: list[float], *, corpus: str = "made") -> list[Path]:
    files = []
    for seed, bonus in enumerate(bonuses):
        file = folder / f"{corpus}-{seed}.json"
        file.write_text(json.dumps(made_results(seed=seed, bonus=bonus, corpus=corpus)))
        files.append(file)
    return files


def _line(text: str, start: str) -> str:
    return next(line for line in text.splitlines() if line.startswith(f"| {start}"))


def test_cells_are_mean_and_deviation_over_seeds(tmp_path: Path) -> None:
    text = results_table(_write(tmp_path, [0.02, 0.05, 0.11]))
    values = [0.32, 0.35, 0.41]
    shown = f"{statistics.mean(values):.3f} ± {statistics.stdev(values):.3f}"
    assert shown in _line(text, "adversarial | 1.0")
    assert "0.300 ± 0.000" in _line(text, "continued MLE | 1.0")
    assert text.startswith("### made (seeds 0, 1, 2)")


def test_differences_are_paired_and_claimed_by_the_interval(tmp_path: Path) -> None:
    text = results_table(_write(tmp_path, [0.04, 0.05, 0.06]))
    line = _line(text, "adversarial success ↑ |")
    assert str(claim([0.04, 0.05, 0.06])) in line
    assert "| better |" in line
    assert line.count("[") == 2  # at equal distinct-2 too
    weak = results_table(_write(tmp_path, [-0.04, 0.05, 0.06]))
    assert "| none |" in _line(weak, "adversarial success ↑ |")


def test_a_worse_figure_is_called_worse(tmp_path: Path) -> None:
    text = results_table(_write(tmp_path, [-0.04, -0.05, -0.06]))
    assert "| worse |" in _line(text, "relevance ↑ |")


def test_one_seed_claims_nothing_and_has_no_deviation(tmp_path: Path) -> None:
    text = results_table(_write(tmp_path, [0.5]))
    assert "one seed: no claim" in text
    assert "±" not in text
    assert "| better |" not in text


def test_what_is_missing_was_not_run(tmp_path: Path) -> None:
    files = _write(tmp_path, [0.1])
    record = json.loads(files[0].read_text())
    del record["rows"][0]["metrics"]["perplexity"]
    record["rows"][1]["void"] = ["adversarial_success"]
    files[0].write_text(json.dumps(record))
    text = results_table([*files, tmp_path / "friends-ppo-0.json"])
    assert "–" in _line(text, "human")
    assert "void" in _line(text, "retrieval")
    assert "`friends-ppo-0`: not run" in text


def test_corpora_and_settings_are_kept_apart(tmp_path: Path) -> None:
    files = _write(tmp_path, [0.1]) + _write(tmp_path, [0.1], corpus="other")
    record = made_results() | {"setting": "rollout"}
    extra = tmp_path / "rollout.json"
    extra.write_text(json.dumps(record))
    titles = [line for line in results_table([*files, extra]).splitlines() if line[:1] == "#"]
    assert titles == [
        "### made (seeds 0)",
        "### other (seeds 0)",
        "### made, rollout (seeds 0)",
    ]


def test_a_seed_counts_once_and_broken_files_are_named(tmp_path: Path) -> None:
    files = _write(tmp_path, [0.1])
    with pytest.raises(ValueError, match="there twice"):
        results_table([*files, *files])
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    with pytest.raises(ValueError, match=r"broken\.json"):
        results_table([broken])


def test_cells_cannot_break_the_table() -> None:
    assert markdown(["h"], [["a\n|b"]]).splitlines()[-1] == "| a \\|b |"
