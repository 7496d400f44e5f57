"""Time updates on made data in a process of its own: `python` or `torchrun` starts this file.

Prints one JSON line: the median seconds of an update and the peak memory of this process.
"""

import argparse
import json
import resource
import statistics
import tempfile
import time
from pathlib import Path

from made_dialogue import make_setting

MOVERS = {"likelihood": ("likelihood",), "adversarial": ("discriminator", "generator", "teacher")}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--phase", choices=sorted(MOVERS), required=True)
    parser.add_argument("--updates", type=int, required=True)
    parser.add_argument("--threads", type=int, default=0)
    given = parser.parse_args()
    warm = 3
    with tempfile.TemporaryDirectory() as folder:
        setting = make_setting(
            Path(folder) / "run",
            movers=MOVERS[given.phase],
            updates=warm + given.updates,
            threads=given.threads,
        )
        seconds = []
        for update in range(warm + given.updates):
            start = time.perf_counter()
            setting.trainer.play(update)
            seconds.append(time.perf_counter() - start)
    if setting.run.main:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        median = statistics.median(seconds[warm:])
        print(json.dumps({"seconds": median, "peak_memory_mib": round(peak)}))
    if setting.run.accelerator.num_processes > 1:
        setting.run.accelerator.end_training()


if __name__ == "__main__":
    main()
