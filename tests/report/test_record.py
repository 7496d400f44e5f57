"""results.json: what a new evaluation takes over from the training, and what it replaces."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seqgan.report.record import earlier_facts, write_results


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
