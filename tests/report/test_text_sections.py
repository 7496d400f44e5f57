"""What a report of unconditional text shows."""

import json
from pathlib import Path
from typing import Any

from seqgan.report.run_folder import RunFolder, read_results
from seqgan.report.text_sections import (
    baselines_of,
    divergence_section,
    gate_section,
    intervals_section,
    random_texts_section,
    sweep_section,
    swept,
    text_sections,
)


def _row(system: str, temperature: float | None, score: float, reverse: float) -> dict[str, Any]:
    return {
        "system": system,
        "temperature": temperature,
        "metrics": {"lm_score": score, "reverse_lm_score": reverse},
        "intervals": {"lm_score": [score - 0.1, score + 0.1]},
    }


RECORD: dict[str, Any] = {
    "rows": [
        _row("real text", None, 4.0, 4.0),
        _row("tuned MLE", 1.0, 4.6, 4.5),
        _row("tuned MLE", 0.7, 4.0, 5.5),
        _row("tuned MLE", 0.85, 4.3, 4.9),
        _row("adversarial", 1.0, 4.2, 4.9),
    ],
    "sweep": {"baselines": ["tuned MLE"]},
}


def test_the_gate_leaves_out_real_text_and_the_baseline_itself() -> None:
    text = gate_section(read_results(RECORD))
    assert "adversarial against tuned MLE, LM score at equal reverse LM score" in text
    assert "mean gap +0.100" in text
    assert "One seed: no claim." in text
    assert "real text against" not in text


def test_without_a_named_baseline_the_control_is_it() -> None:
    assert baselines_of({"comparison": {"control": "c"}}) == ["c"]
    assert gate_section(read_results({"rows": RECORD["rows"]})) == ""


def test_each_systems_divergence_curve_is_the_one_with_the_most_area() -> None:
    def kept(temperature: float, mauve: float) -> dict[str, Any]:
        return {
            "system": "MLE",
            "temperature": temperature,
            "metrics": {"mauve": mauve},
            "divergence_curve": [[0.0, 1.0], [mauve, mauve], [1.0, 0.0]],
        }

    rows = [kept(0.7, 0.25), kept(1.0, 0.75), {"system": "other", "metrics": {"mauve": 0.9}}]
    drawn = divergence_section(read_results({"rows": rows}))
    assert drawn.count("<svg") == 1
    assert ">MLE, 0.750<" in drawn
    assert "0.250" not in drawn
    assert "other" not in drawn  # kept figures may lack their points
    assert divergence_section(read_results(RECORD)) == ""


def test_a_sweep_is_drawn_along_the_temperature_with_real_text_on_it() -> None:
    results = read_results(RECORD)
    systems = dict(swept(results.rows, "lm_score", "reverse_lm_score"))
    assert [point.dial for point in systems["tuned MLE"]] == ["0.7", "", "1"]
    assert systems["real text"][0].dial == ""
    drawn = sweep_section(results)
    assert drawn.count("<svg") == 1
    for name in ("real text", "tuned MLE", "adversarial", "LM score ↓", "reverse LM score ↓"):
        assert name in drawn


def test_intervals_stand_beside_their_figures() -> None:
    text = intervals_section(read_results(RECORD))
    assert "4.600 [4.500, 4.700]" in text
    assert "reverse LM score" not in text  # it has no interval here
    row = RECORD["rows"][0]
    reverse = row | {"intervals": {"reverse_lm_score": [3.9, 4.1]}}
    assert "the reverse LM score resamples the reference" in intervals_section(
        read_results({"rows": [reverse]})
    )
    assert intervals_section(read_results({"rows": [{"system": "s", "metrics": {}}]})) == ""


def test_random_samples_print_their_seed_and_are_escaped(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    assert random_texts_section(run) == ""
    (tmp_path / "samples").mkdir()
    record = {"seed": 7, "systems": {"MLE@1": ["<b>bold</b>", "two"], "broken": 3}}
    (tmp_path / "samples" / "texts.json").write_text(json.dumps(record), encoding="utf-8")
    text = random_texts_section(run)
    assert "seed 7" in text
    assert "&lt;b&gt;bold" in text
    assert "broken" not in text


def test_other_runs_get_no_section(tmp_path: Path) -> None:
    results = read_results({"rows": [{"system": "s", "metrics": {"bleu": 1.0}}]})
    assert all(not body for _, body in text_sections(RunFolder(tmp_path), results))
    assert all(not body for _, body in text_sections(RunFolder(tmp_path), None))
