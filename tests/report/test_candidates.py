"""Systems whose dial is no temperature: gated, drawn and listed along it."""

from typing import Any

import pytest

from seqgan.report.gate import GATES, Gate, passage, passages
from seqgan.report.results_section import results_table_section
from seqgan.report.run_folder import Results, read_results
from seqgan.report.settings_table import settings_table
from seqgan.report.text_sections import intervals_section, run_passages, sweep_section, swept


def row(system: str, quality: float, diversity: float, **dial: Any) -> dict[str, Any]:
    metrics = {"nll_oracle": quality, "reverse_lm_score": diversity}
    intervals = {"nll_oracle": [quality, quality]}
    return {"system": system, "metrics": metrics, "intervals": intervals, **dial}


@pytest.fixture
def results() -> Results:
    """The baseline draws a curve; of 2 candidates is inside of it, of 8 outside."""
    rows = [
        row("oracle", 5.0, 5.0),
        *[row("MLE", 8 - at, 6 + at, temperature=1 - at / 2) for at in (0.0, 1.0)],
        row("MLE, resampled", 7.9, 6.2, candidates=2),
        row("MLE, resampled", 7.0, 6.4, candidates=8),
        row("adversarial", 7.8, 6.1, temperature=1.0),
    ]
    sweep = {"baselines": ["MLE"], "real": "oracle", "trained": ["adversarial", "MLE, resampled"]}
    return read_results({"rows": rows, "sweep": sweep, "data": {"corpus": "made"}})


def test_the_gate_compares_every_number_of_candidates(results: Results) -> None:
    gate = Gate("nll_oracle", "reverse_lm_score")
    assert gate in GATES
    found = passage(results.rows, gate, system="MLE, resampled", baselines=["MLE"])
    assert found is not None
    assert found.gaps == pytest.approx({2: -0.1, 8: 0.6})


def test_they_are_one_line_of_the_sweep(results: Results) -> None:
    lines = dict(swept(results.rows, "nll_oracle", "reverse_lm_score"))
    assert [point.dial for point in lines["MLE, resampled"]] == ["of 2", "of 8"]
    assert [point.dial for point in lines["MLE"]] == ["0.5", "1"]
    assert "of 8" in str(sweep_section(results))
    assert "of 8" in str(intervals_section(results))


def test_a_table_takes_the_most_and_gates_all_trained(results: Results) -> None:
    text = settings_table("made", {"": {1: results}})
    found = [line for line in text.splitlines() if line.startswith("| default | MLE, resampled")]
    assert "7.000" in found[0]
    gated = [line for line in text.splitlines() if "at equal" in line]
    systems = ("adversarial", "MLE, resampled")
    assert [any(f"| {name} | MLE |" in line for line in gated) for name in systems] == [True, True]
    assert len(gated) == len(
        [
            each
            for each in passages(results.rows, baselines=["MLE"], real="oracle")
            if each.gate.diversity is not None
        ]
    )


def test_what_was_trained_stands_against_rivals_as_well() -> None:
    """A rival is no part of the baseline's curve: both have a sentence of their own."""
    curves = {"MLE": 8.0, "MLE product": 7.0, "adversarial": 7.5}
    rows = [row("oracle", 5.0, 5.0)] + [
        row(name, quality - at, 6 + at, temperature=1 - at / 2)
        for name, quality in curves.items()
        for at in (0.0, 1.0)
    ]
    sweep = {"baselines": ["MLE"], "trained": ["adversarial"], "rivals": ["MLE product"]}
    results = read_results({"rows": rows, "sweep": {**sweep, "real": "oracle"}, "data": {}})
    found = {
        (each.system, each.baselines): each.mean
        for each in run_passages(results)
        if each.gate == Gate("nll_oracle", "reverse_lm_score")
    }
    assert found == {
        ("MLE product", ("MLE",)): pytest.approx(1.0),
        ("adversarial", ("MLE",)): pytest.approx(0.5),
        ("adversarial", ("MLE product",)): pytest.approx(-0.5),
    }
    text = settings_table("made", {"": {1: results}})
    for named in ("| adversarial | MLE |", "| adversarial | MLE product |"):
        assert named in text
    assert "| MLE product | MLE |" in text


def test_a_system_that_writes_from_noise_has_its_scale_for_a_dial() -> None:
    """Every scale is gated and drawn; a table of settings shows the noise of training."""
    rows = [
        row("oracle", 5.0, 5.0),
        *[row("MLE", 8 - at, 6 + at, temperature=1 - at / 2) for at in (0.0, 1.0)],
        row("adversarial", 7.9, 6.2, noise_scale=0.5),
        row("adversarial", 7.7, 6.1, noise_scale=1.0),
    ]
    sweep = {"baselines": ["MLE"], "real": "oracle", "trained": ["adversarial"]}
    results = read_results({"rows": rows, "sweep": sweep, "data": {"corpus": "made"}})
    gate = Gate("nll_oracle", "reverse_lm_score")
    found = passage(results.rows, gate, system="adversarial", baselines=["MLE"])
    assert found is not None
    assert found.gaps == pytest.approx({1.0: 0.2})  # 0.5 is worse in both than 1 is
    assert found.num_beaten == 1
    lines = dict(swept(results.rows, "nll_oracle", "reverse_lm_score"))
    assert [point.dial for point in lines["adversarial"]] == ["noise 0.5", "noise 1"]
    text = settings_table("made", {"": {1: results}})
    line, _ = [line for line in text.splitlines() if line.startswith("| default | adversarial")]
    assert "7.700" in line


def test_temperatures_that_round_alike_are_told_apart() -> None:
    rows = [row("MLE", 8.0, 6.0, temperature=at) for at in (0.55, 0.6, 1.0)]
    results = read_results({"rows": rows, "data": {"corpus": "made"}})
    page = str(results_table_section(results))
    assert all(f">{cell}<" in page for cell in ("0.55", "0.6", "1.0"))
