"""Trials that take no time: real processes in which nothing is trained.

Each does what MADE_TRIALS in the environment says of it: ends with that FID, "diverges", "breaks",
is "stopped" (as after Ctrl-C) or "waits" (to be stopped).
"""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from seqgan.report.run_command import train_command

SCRIPT = """
import json, os, signal, sys, time
from pathlib import Path

start, place = sys.argv[1:3]
folder = Path(place)
folder.mkdir(parents=True, exist_ok=True)
(folder / "config.json").write_text("{}")
with (folder / "starts").open("a") as file:
    file.write(f"{start}\\n")
fate = json.loads(os.environ["MADE_TRIALS"]).get(folder.name, 1.0)
if fate == "diverges":
    sys.exit(print("error: player 'critic' diverged at update 7") or 3)
if fate == "breaks":
    sys.exit(print("RuntimeError: made") or 1)
if fate == "stopped":
    sys.exit(130)
if fate == "waits":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))
    time.sleep(60)
rows = [
    {"system": "real held-out", "temperature": None, "metrics": {"fid": 0.1}},
    {"system": "model", "temperature": None, "metrics": {"fid": float(fate)}},
]
extractor = {"name": "made", "accuracy": 0.9, "samples": 16}
results = {"rows": rows, "seconds": {"training": 2.0}, "extractor": extractor}
(folder / "results.json").write_text(json.dumps(results))
"""


def use_made_trials(patch: pytest.MonkeyPatch, fates: Mapping[str, float | str]) -> None:
    """Let trials be made ones; one whose fate is not given ends with an FID of 1."""

    def command(recipe: str, folder: Path, options: Sequence[str]) -> list[str]:
        real = train_command(recipe, folder, options)
        assert real[1:5] == ["-m", "seqgan", "train", recipe]
        return [sys.executable, "-c", SCRIPT, *real[5:]]

    patch.setattr("seqgan.image.trials.train_command", command)
    patch.setenv("MADE_TRIALS", json.dumps(dict(fates)))


def starts(folder: Path) -> list[str]:
    """Return how the trial in the folder was started, each time: --output-dir or --resume."""
    return (folder / "starts").read_text(encoding="utf-8").split()
