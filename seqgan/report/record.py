"""What every run's `results.json` says: options, data, versions, machine, time."""

import json
import platform
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from seqgan.core.averaging import KeepBest
from seqgan.core.run import Run, config_to_json, write_whole
from seqgan.core.trainer import Trainer
from seqgan.errors import UserError


def machine() -> str:
    """Return the kind of machine, without its name."""
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else "no GPU"
    return f"{platform.machine()}, {torch.get_num_threads()} CPU threads, {device}"


def training_facts(run: Run, trainer: Trainer) -> dict[str, Any]:
    """Return what only the training knows: processes, seconds, updates, warnings.

    `kept` names the update at which each model that early stopping kept was at its best.
    """
    updates: dict[str, int] = defaultdict(int)
    for phase in trainer.phases.phases:
        updates[phase.name] += phase.updates
    return {
        "processes": run.accelerator.num_processes,
        "seconds": dict(trainer.seconds),
        "updates": dict(updates),
        "kept": {
            name: each.update
            for name, each in trainer.stateful.items()
            if isinstance(each, KeepBest) and each.weights
        },
        "warnings": run.warnings,
    }


def earlier_facts(run: Path) -> dict[str, Any]:
    """Return what the results of an earlier evaluation of the run say of its training.

    Warnings of that evaluation are left out: the next one has its own. (Results of old runs do not
    tell the two apart; all of theirs stay.)
    """
    try:
        results = json.loads((run / "results.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        results = {}
    if not isinstance(results, dict):
        results = {}
    known = {"processes": 1, "seconds": {}, "updates": {}, "kept": {}, "warnings": []}
    facts = {name: results.get(name, default) for name, default in known.items()}
    facts["warnings"] = results.get("training_warnings", facts["warnings"])
    return facts | ({"machine": results["machine"]} if "machine" in results else {})


def rows_of_start(
    start: Path | None,
    *,
    played: str,
    packages: Sequence[str],
    evaluation: Mapping[str, Any],
    checksum: str,
    real: Mapping[str, Any],
) -> list[dict[str, Any]]:
    """Return the rows of the run that another starts from, which it need not judge again.

    Those of what `played` are not among them, whatever stands behind its name. None are unless both
    runs are judged alike: by the same versions, settings (seed among them) and data, and by judges
    that say the same of real text, whose row is `real`; other code, or another machine, may train
    others.
    """
    if start is None:
        return []
    try:
        results = json.loads((start / "results.json").read_text(encoding="utf-8"))
        told = [row["metrics"] for row in results["rows"] if row["system"] == real["system"]]
    except (OSError, ValueError, KeyError, TypeError):
        return []  # missing or damaged: all is judged again
    alike = (
        any(real["metrics"].items() <= each.items() for each in told)
        and results.get("evaluation") == evaluation
        and results.get("data", {}).get("checksum") == checksum
        and results.get("versions") == {package: version(package) for package in packages}
    )
    return [row for row in results["rows"] if alike and not row["system"].startswith(played)]


def earlier_systems(run: Path) -> list[str]:
    """Return the names of the systems in the run's results; raises `UserError` without any."""
    try:
        rows = json.loads((run / "results.json").read_text(encoding="utf-8"))["rows"]
        systems = [str(row["system"]) for row in rows]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{run} has no results ({error}): finish it with --resume") from None
    if not systems:
        raise UserError(f"{run}/results.json has no rows: finish the run with --resume")
    return systems


@dataclass(frozen=True)
class Known:
    """What an earlier evaluation found that judging samples again does not: it stays."""

    metrics: Mapping[str, float]
    figures: Sequence[Mapping[str, str]]


def earlier_findings(run: Path, system: str) -> Known:
    """Return a system's figures and the run's drawings as its results have them."""
    results = json.loads((run / "results.json").read_text(encoding="utf-8"))
    rows = [row["metrics"] for row in results["rows"] if row["system"] == system]
    return Known(rows[-1], results.get("figures", []))


def write_results(
    folder: Path,
    *,
    recipe: str,
    config: Any,
    data: Mapping[str, Any],
    packages: Sequence[str],
    facts: Mapping[str, Any],
    findings: Mapping[str, Any],
    evaluation_seconds: float,
) -> None:
    """Write `results.json`: `facts` of the training, `findings` of the evaluation.

    Both may warn: `warnings` holds everything, `training_warnings` what outlives the next judging.
    """
    trained, judged = list(facts["warnings"]), findings.get("warnings", [])
    results = {
        "recipe": recipe,
        "config": config_to_json(config),
        "seed": config.seed,
        "data": dict(data),
        "versions": {package: version(package) for package in packages},
        "machine": machine(),
        **facts,
        **findings,
        "warnings": list(dict.fromkeys([*trained, *judged])),
        "training_warnings": trained,
    }
    results["seconds"] = {**facts["seconds"], "evaluation": evaluation_seconds}
    text = json.dumps(results, indent=1, ensure_ascii=False)
    write_whole(folder / "results.json", text + "\n")
