"""Two processes of one thread against one, and peak memory."""

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

import pytest
from made_batches import Record

pytestmark = pytest.mark.benchmark

SCRIPT = Path(__file__).with_name("measure_updates.py")
TWO = ["-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]


def measure(
    phase: str, *, updates: int, threads: int, start: list[str], whole: bool = False
) -> dict[str, float]:
    """Return what `measure_updates.py` prints when started so."""
    command = [sys.executable, *start, str(SCRIPT), "--phase", phase]
    command += [
        "--updates",
        str(updates),
        "--threads",
        str(threads),
        *(["--whole"] if whole else []),
    ]
    env = {**os.environ, "OMP_NUM_THREADS": "1"} if threads == 1 else None
    done = subprocess.run(command, capture_output=True, text=True, env=env, timeout=900)
    assert done.returncode == 0, done.stderr[-2000:]
    figures: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return figures


@pytest.mark.parametrize("phase", ["likelihood", "adversarial"])
def test_two_processes_against_one(phase: str, updates: int, record: Record) -> None:
    """Throughput where the two share a batch, and where each has one of its own."""
    settings: dict[str, list[str]] = {"one": [], "two": TWO, "two_whole": TWO}
    seconds: dict[str, list[float]] = {name: [] for name in settings}
    for _ in range(3):  # in turn, so that a busy machine troubles all
        for name, start in settings.items():
            whole = name == "two_whole"
            figures = measure(phase, updates=updates, threads=1, start=start, whole=whole)
            seconds[name].append(figures["seconds"])
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    record(
        f"two processes of one thread against one, {phase}",
        {
            "seconds_one": medians["one"],
            "seconds_two_sharing_64_pairs": medians["two"],
            "seconds_two_of_64_pairs_each": medians["two_whole"],
            "speedup_sharing": medians["one"] / medians["two"],
            "speedup_of_64_pairs_each": 2 * medians["one"] / medians["two_whole"],
            "updates": updates,
        },
    )


@pytest.mark.parametrize("phase", ["likelihood", "adversarial"])
def test_peak_memory(phase: str, updates: int, threads: int, record: Record) -> None:
    figures = measure(phase, updates=updates, threads=threads, start=[])
    record(f"peak memory, {phase}", {"mebibytes": figures["peak_memory_mib"]})
