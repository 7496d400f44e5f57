"""The trials of a sweep: each a run of its own, started as a command, several at a time."""

import fcntl
import json
import math
import os
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from seqgan.core.run import write_whole
from seqgan.errors import UserError
from seqgan.image.sweep import Trial
from seqgan.report.run_command import train_command
from seqgan.report.run_folder import read_results

DIVERGED = 3
"""Exit code of a recipe whose figures are no longer finite."""
PAUSE = 0.2
PATIENCE, SAVING = 3.0, 30.0
"""Seconds for trials to stop by themselves (Ctrl-C reaches them too), and once they are told to."""
FAILED = "failed.json"
LAUNCHERS = ("ACCELERATE_", "TORCHELASTIC_", "MASTER_", "GROUP_", "ROLE_", "LOCAL_")
PLACE = ("RANK", "WORLD_SIZE")


@dataclass(frozen=True)
class Outcome:
    """What became of a trial; `fid` is None if it failed, `failure` then says why."""

    trial: Trial
    fid: float | None
    seconds: float
    failure: str = ""
    results: Mapping[str, Any] | None = None


def outcome_of(trial: Trial, folder: Path) -> Outcome | None:
    """Return what became of the trial in RUN/trials; None if it has not come to an end."""
    run = folder / trial.name
    with suppress(OSError, ValueError, KeyError, TypeError):
        failed = json.loads((run / FAILED).read_text(encoding="utf-8"))
        return Outcome(trial, None, float(failed["seconds"]), str(failed["failure"]))
    with suppress(OSError, ValueError, KeyError, TypeError, IndexError):
        record = json.loads((run / "results.json").read_text(encoding="utf-8"))
        fid = read_results(record).rows[-1].metrics.get("fid", math.nan)
        seconds = float(sum(record["seconds"].values()))
        if not math.isfinite(fid):
            return Outcome(trial, None, seconds, f"its FID is {fid}", record)
        return Outcome(trial, fid, seconds, results=record)
    return None


@dataclass
class Child:
    """A trial that runs."""

    trial: Trial
    process: subprocess.Popen[bytes]
    log: Path
    started: float

    @property
    def last_line(self) -> str:
        """What the trial said last."""
        text = self.log.read_text(encoding="utf-8", errors="replace").replace("\r", "\n")
        lines = [line.strip() for line in text.split("\n") if line.strip()]
        return lines[-1] if lines else "it said nothing"


def child_environment(threads: int) -> dict[str, str]:
    """Return the environment without what a launcher of processes put there for this one."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in PLACE and not name.startswith(LAUNCHERS)
    }
    return {**kept, "OMP_NUM_THREADS": str(threads)}


def start_trial(trial: Trial, folder: Path, shared: Sequence[str], *, threads: int = 1) -> Child:
    """Start the trial, or go on with it; what it says goes to RUN/trials/NAME.log.

    Raises `UserError` if it runs already: whoever writes the log holds a lock on it.
    """
    log = folder / f"{trial.name}.log"
    command = train_command(trial.family.recipe, folder / trial.name, [*shared, *trial.options])
    with log.open("ab") as file:
        _lock(file, trial)
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            env=child_environment(threads),
        )
    return Child(trial, process, log, time.perf_counter())


def _lock(file: IO[bytes], trial: Trial) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise UserError(
            f"trial {trial.name} still runs, left over from an earlier sweep in this folder: "
            "wait for its end, or stop it"
        ) from None


def conclude(child: Child, folder: Path) -> Outcome:
    """Return what became of a trial that ended.

    Raises KeyboardInterrupt if it was stopped, `UserError` if it ended as no trial should.
    """
    code = child.process.returncode
    if code == 130:
        raise KeyboardInterrupt
    if code == DIVERGED:
        seconds = time.perf_counter() - child.started
        failed = {"failure": child.last_line, "seconds": seconds}
        write_whole(folder / child.trial.name / FAILED, json.dumps(failed, indent=1) + "\n")
    outcome = outcome_of(child.trial, folder)
    if code not in (0, DIVERGED) or outcome is None:
        raise UserError(
            f"trial {child.trial.name} ended with code {code}: {child.last_line} ({child.log} "
            f"says more). Mend that, then go on with --resume {folder.parent}"
        )
    return outcome


def play_trials(
    trials: Iterable[Trial],
    folder: Path,
    shared: Sequence[str],
    *,
    jobs: int,
    threads: int = 1,
    stop_requested: Callable[[], bool],
    on_end: Callable[[Outcome], None],
    on_wait: Callable[[], None] = lambda: None,
) -> None:
    """Run the trials in RUN/trials, so many at a time; raises KeyboardInterrupt when stopped."""
    waiting, running = deque(trials), list[Child]()
    folder.mkdir(exist_ok=True)
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                running.append(start_trial(waiting.popleft(), folder, shared, threads=threads))
            ended = [child for child in running if child.process.poll() is not None]
            if stop_requested():
                raise KeyboardInterrupt
            for child in ended:
                running.remove(child)
                on_end(conclude(child, folder))
            on_wait()
            if not ended:
                time.sleep(PAUSE)
    finally:
        settle(running)


def settle(running: Sequence[Child]) -> None:
    """Wait until trials have stopped and saved; tell those that do not, then end them."""
    processes = [child.process for child in running]
    try:
        for patience, act in (
            (PATIENCE, subprocess.Popen.terminate),
            (SAVING, subprocess.Popen.kill),
        ):
            deadline = time.monotonic() + patience
            for process in processes:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(max(deadline - time.monotonic(), 0))
            for process in processes:
                if process.poll() is None:
                    act(process)
    finally:  # Ctrl-C again
        for process in processes:
            if process.poll() is None:
                process.kill()
            process.wait()


def workers(jobs: int, threads: int, *, gpu: bool) -> tuple[int, int]:
    """Return how many trials run at a time and the threads of each; 0 means as it fits."""
    num_cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    jobs = jobs or (1 if gpu else max(num_cores // max(threads, 1), 1))
    return jobs, threads or max(num_cores // jobs, 1)
