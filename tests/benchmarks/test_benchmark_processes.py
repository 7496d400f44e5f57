"""Two processes of one thread against one, on the same global batch; peak memory."""

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

import pytest
from made_dialogue import Record

pytestmark = pytest.mark.benchmark

SCRIPT = Path(__file__).with_name("measure_updates.py")
TWO = ["-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]


def measure(phase: str, *, updates: int, threads: int, start: list[str]) -> dict[str, float]:
    """Return what `measure_updates.py` prints when started so."""
    command = [sys.executable, *start, str(SCRIPT), "--phase", phase]
    command += ["--updates", str(updates), "--threads", str(threads)]
    env = {**os.environ, "OMP_NUM_THREADS": "1"} if threads == 1 else None
    done = subprocess.run(command, capture_output=True, text=True, env=env, timeout=900)
    assert done.returncode == 0, done.stderr[-2000:]
    figures: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return figures


@pytest.mark.parametrize("phase", ["likelihood", "adversarial"])
def test_two_processes_against_one(phase: str, updates: int, record: Record) -> None:
    one, two = [], []
    for _ in range(3):  # in turn, so that a busy machine troubles both
        one.append(measure(phase, updates=updates, threads=1, start=[])["seconds"])
        two.append(measure(phase, updates=updates, threads=1, start=TWO)["seconds"])
    record(
        f"two processes of one thread against one, {phase}",
        {
            "seconds_one": statistics.median(one),
            "seconds_two": statistics.median(two),
            "speedup": statistics.median(a / b for a, b in zip(one, two, strict=True)),
            "updates": updates,
        },
    )


@pytest.mark.parametrize("phase", ["likelihood", "adversarial"])
def test_peak_memory(phase: str, updates: int, threads: int, record: Record) -> None:
    figures = measure(phase, updates=updates, threads=threads, start=[])
    record(f"peak memory, {phase}", {"mebibytes": figures["peak_memory_mib"]})
