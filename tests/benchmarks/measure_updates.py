"""Time updates on made data in a process of its own: `python` or `torchrun` starts this file.

Prints one JSON line: the median seconds of an update and the peak memory of this process.
"""

import argparse
import json
import os
import re
import resource
import tempfile
from pathlib import Path

from made_batches import made_batch, make_setting, median_seconds

from seqgan.text.batches import TextBatch

MOVERS = {"likelihood": ("likelihood",), "adversarial": ("discriminator", "generator", "teacher")}


def peak_mebibytes() -> float:
    """Return the peak memory of this process.

    Linux counts the parent's memory into `ru_maxrss` of a process that it starts.
    """
    status = Path("/proc/self/status")
    if status.exists() and (found := re.search(r"VmHWM:\s+(\d+) kB", status.read_text())):
        return int(found[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def whole_batch(number: int) -> TextBatch:
    """Return a batch of this process's own."""
    rank, world = (
        int(os.environ.get(name, less)) for name, less in (("RANK", 0), ("WORLD_SIZE", 1))
    )
    return made_batch(number * world + rank)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--phase", choices=sorted(MOVERS), required=True)
    parser.add_argument("--updates", type=int, required=True)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--whole", action="store_true", help="64 pairs for each process")
    given = parser.parse_args()
    warm = 3
    with tempfile.TemporaryDirectory() as folder:
        setting = make_setting(
            Path(folder) / "run",
            movers=MOVERS[given.phase],
            updates=warm + given.updates,
            threads=given.threads,
            batches=whole_batch if given.whole else None,
        )
        median = median_seconds(setting.trainer, warm=warm, count=given.updates)
    if setting.run.main:
        print(json.dumps({"seconds": median, "peak_memory_mib": round(peak_mebibytes())}))
    if setting.run.accelerator.num_processes > 1:
        setting.run.accelerator.end_training()


if __name__ == "__main__":
    main()
