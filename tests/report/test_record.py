"""results.json: what a new evaluation takes over from the training, and what it replaces."""

import json
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from seqgan.report.record import earlier_facts, rows_of_start, write_results


@dataclass(frozen=True)
class Config:
    """What a run varies."""

    seed: int = 3


def judged(folder: Path, facts: dict[str, Any], *warnings: str) -> dict[str, Any]:
    """Write the results of an evaluation that warned; return what stands in the file."""
    write_results(
        folder,
        recipe="made",
        config=Config(),
        data={},
        packages=(),
        facts=facts,
        findings={"rows": [], "warnings": list(warnings)},
        evaluation_seconds=1.0,
    )
    results: dict[str, Any] = json.loads((folder / "results.json").read_text("utf-8"))
    return results


def test_warnings_of_the_training_stay_and_those_of_judging_are_replaced(tmp_path: Path) -> None:
    trained = {"processes": 2, "seconds": {"play": 9.0}, "updates": {"play": 4}}
    first = judged(tmp_path, trained | {"warnings": ["lost diversity", "both"]}, "few", "both")
    assert first["warnings"] == ["lost diversity", "both", "few"]
    facts = earlier_facts(tmp_path)
    assert facts["warnings"] == ["lost diversity", "both"]
    second = judged(tmp_path, facts, "many")
    assert second["warnings"] == ["lost diversity", "both", "many"]
    assert (second["processes"], second["updates"]) == (2, {"play": 4})
    assert earlier_facts(tmp_path)["warnings"] == ["lost diversity", "both"]


def test_results_that_do_not_tell_warnings_apart_keep_them_all(tmp_path: Path) -> None:
    old = {"warnings": ["lost diversity", "few"], "processes": 1}
    (tmp_path / "results.json").write_text(json.dumps(old), encoding="utf-8")
    assert earlier_facts(tmp_path)["warnings"] == ["lost diversity", "few"]


def rows_taken(start: Path, **changed: Any) -> list[str]:
    """Return the systems whose rows a run takes that is judged like the start but for this."""
    usual: dict[str, Any] = {
        "packages": ["torch"],
        "evaluation": {"seed": 1},
        "checksum": "made",
        "real": {"system": "real text", "metrics": {"perplexity": 57.6}},
    }
    rows = rows_of_start(start, played="adversarial", **usual | changed)
    return [row["system"] for row in rows]


def test_rows_of_a_start_are_taken_where_both_are_judged_alike(tmp_path: Path) -> None:
    """Never those of what played; none by other judges, settings (a seed), data or versions."""
    assert rows_taken(tmp_path) == []  # it has no results
    systems = {"real text": 57.6, "copy": 57.6, "continued": 60.0, "adversarial, ranked": 58.0}
    results = {
        "rows": [{"system": name, "metrics": {"perplexity": x}} for name, x in systems.items()],
        "evaluation": {"seed": 1},
        "data": {"checksum": "made"},
        "versions": {"torch": version("torch")},
    }
    (tmp_path / "results.json").write_text(json.dumps(results), encoding="utf-8")
    assert rows_taken(tmp_path) == ["real text", "copy", "continued"]
    assert rows_taken(tmp_path, evaluation={"seed": 2}) == []
    assert rows_taken(tmp_path, checksum="other") == []
    assert rows_taken(tmp_path, packages=["torch", "numpy"]) == []
    real = {"system": "real text", "metrics": {"perplexity": 57.7}}
    assert rows_taken(tmp_path, real=real) == []
