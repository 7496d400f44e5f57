"""A run: its folder, seed, devices, trackers, progress bar, checkpoints and way to stop."""

import dataclasses
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, Literal

import torch
from accelerate import Accelerator
from accelerate.utils import broadcast_object_list
from tqdm import tqdm

from seqgan.core.checkpoint import Checkpoints
from seqgan.core.tracking import JsonLines, TensorBoard, Tracker
from seqgan.data.folders import Claimed, Held
from seqgan.errors import UserError
from seqgan.ops.processor import use_processor


@dataclass(kw_only=True, frozen=True)
class RunOptions:
    """What every recipe lets a user choose about the run itself."""

    output_dir: Path | None = None
    """Folder of the run; by default the next free number under runs/RECIPE/."""
    resume: Path | None = None
    """Continue this run in place (on a CPU bit for bit) with the options it was started with."""
    seed: int = 1
    """Seed of everything random."""
    quick: bool = False
    """The same code path in about a minute: few updates, little to judge on."""
    max_updates: int | None = None
    """At most this many updates in each phase (for trying things out)."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where to compute; auto takes a GPU if there is one."""
    threads: int = 0
    """CPU threads of each process; 0 divides the cores among the processes."""
    precision: Literal["no", "bf16"] = "no"
    """bf16 runs the networks under bfloat16 autocast."""
    offline: bool = False
    """Never use the network; what is not cached is an error."""
    tensorboard: bool = False
    """Also write TensorBoard event files into the run's folder."""
    log_every: int = 10
    """Updates between two lines of metrics.jsonl."""
    checkpoint_every: int = 250
    """Updates between two checkpoints."""
    keep_checkpoints: int = 2
    """How many of the newest checkpoints stay."""


def make_accelerator(options: RunOptions) -> Accelerator:
    """Return the accelerator; sets up the processor.

    Raises `UserError` when the launcher started more processes than take part: each would believe
    to be alone and train its own model.
    """
    for name in ("log_every", "checkpoint_every", "keep_checkpoints"):
        if (value := getattr(options, name)) < 1:
            raise UserError(f"--{name.replace('_', '-')} is {value}: 1 is the least")
    if options.device == "cuda" and not torch.cuda.is_available():
        raise UserError("--device cuda: torch sees no GPU here; use --device cpu or auto")
    cpu = options.device == "cpu" or not torch.cuda.is_available()
    accelerator = Accelerator(cpu=cpu, mixed_precision=options.precision)
    if (launched := int(os.environ.get("WORLD_SIZE", "1"))) != accelerator.num_processes:
        raise UserError(
            f"{launched} processes were launched but {accelerator.num_processes} takes "
            "part; start with: torchrun --standalone --nproc_per_node 2 recipes/..."
        )
    local = int(os.environ.get("LOCAL_WORLD_SIZE", accelerator.num_processes))
    use_processor(options.threads, local)
    return accelerator


def _claim_folder(recipe: str, options: RunOptions) -> Claimed:
    folder = options.output_dir or Path("runs") / recipe
    if options.output_dir and any((folder / n).exists() for n in ("config.json", "checkpoints")):
        raise UserError(
            f"--output-dir {folder} holds another run: name another folder, or "
            f"continue that run with --resume {folder}"
        )
    try:
        return Claimed.make(folder, numbered=options.output_dir is None)
    except OSError as error:
        raise UserError(f"--output-dir {folder} cannot be made: {error}; name another") from error


class Run:
    """One training run on disk: config.json, metrics.jsonl, samples/, checkpoints/, report.html."""

    def __init__(self, recipe: str, options: RunOptions) -> None:
        self.options, self.recipe, self.seed = options, recipe, options.seed
        self.accelerator = make_accelerator(options)
        self.device = self.accelerator.device
        self.main = self.accelerator.is_main_process
        self._claimed: Claimed | None = None  # until it begins; one that is resumed has begun
        if self.main and options.resume is None:
            self._claimed = _claim_folder(recipe, options)
        folder: list[Any] = [self._claimed.folder if self._claimed else options.resume]
        (self.folder,) = broadcast_object_list(folder)
        self.checkpoints = Checkpoints(self.folder / "checkpoints", keep=options.keep_checkpoints)
        self.trackers: list[Tracker] = []
        self._held = Held(self.folder) if self.main else None
        if self.main:
            self._open_files()
        self.warnings: list[str] = []
        self.started = time.perf_counter()
        self._bar: tqdm[Any] | None = None
        self._stop = False
        torch.manual_seed(self.seed)

    def _open_files(self) -> None:
        (self.folder / "samples").mkdir(exist_ok=True)
        self.trackers.append(JsonLines(self.folder / "metrics.jsonl"))
        if self.options.tensorboard:
            self.trackers.append(TensorBoard(self.folder / "tensorboard"))

    def begin(self) -> None:
        """Write config.json: from now on the folder holds a run that can be resumed.

        What ends with an error before leaves nothing.
        """
        self._claimed = None
        if self.main and self.options.resume is None:
            config = {"recipe": self.recipe, "config": config_to_json(self.options)}
            text = json.dumps(config, indent=2, ensure_ascii=False)
            write_whole(self.folder / "config.json", text + "\n")

    def log(self, update: int, phase: str, figures: Mapping[str, float]) -> None:
        """Send figures to all trackers (main process)."""
        for tracker in self.trackers:
            tracker.log(update, phase, figures, seconds=time.perf_counter() - self.started)

    def rewind(self, update: int) -> None:
        """Make all trackers forget what lies behind `update`."""
        for tracker in self.trackers:
            tracker.rewind(update)

    def say(self, text: str) -> None:
        """Print on the main process, above the progress bar."""
        if self.main:
            tqdm.write(text, file=sys.stdout)

    def warn(self, text: str) -> None:
        """Print a warning and keep it for the report."""
        self.warnings.append(text)
        if self.main:
            tqdm.write(f"warning: {text}", file=sys.stderr)

    def show_progress(
        self, phase: str, done: int, total: int, figures: Mapping[str, float]
    ) -> None:
        """Move the bar of this phase; figures are shown behind it."""
        if not self.main:
            return
        if self._bar is None or self._bar.desc != phase:
            self.close_progress()
            self._bar = tqdm(
                total=total, initial=done - 1, desc=phase, dynamic_ncols=True, mininterval=0.5
            )
        shown = {k.split("/", 1)[-1]: f"{v:.3g}" for k, v in figures.items() if "norm" not in k}
        self._bar.set_postfix(shown, refresh=False)
        self._bar.update(done - self._bar.n)
        if done == total:
            self.close_progress()

    def close_progress(self) -> None:
        """Finish the present bar, if there is one."""
        if self._bar is not None:
            self._bar.close()
        self._bar = None

    def stop_requested(self) -> bool:
        """Return whether any process was asked to stop."""
        if self.accelerator.num_processes == 1:
            return self._stop
        flag = torch.tensor([float(self._stop)], device=self.device)
        torch.distributed.all_reduce(flag)
        return bool(flag.item())

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self._stop:  # a second Ctrl-C does not wait for the end of the update
            raise KeyboardInterrupt
        self._stop = True
        if self.main:
            os.write(2, b"\nstopping after this update; once more to stop at once\n")

    @contextmanager
    def stopping_gently(self) -> Iterator[None]:
        """Within, Ctrl-C waits for the end of the update."""
        main_thread = threading.current_thread() is threading.main_thread()
        numbers = (signal.SIGINT, signal.SIGTERM) if main_thread else ()
        handlers = {number: signal.signal(number, self._on_signal) for number in numbers}
        try:
            yield
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)

    def __enter__(self) -> "Run":
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        self.close_progress()
        if kind is not None and self._claimed is not None:
            self._claimed.give_back()
        if self._held is not None:
            self._held.release()
        if kind is KeyboardInterrupt and self.checkpoints.updates():
            count, script = self.accelerator.num_processes, f"seqgan train {self.recipe}"
            if Path(sys.argv[0]).name == f"{self.recipe}.py":
                many = f"torchrun --standalone --nproc_per_node {count}"
                script = f"{many if count > 1 else 'accelerate launch'} {sys.argv[0]}"
            saved = f"saved up to update {self.checkpoints.updates()[-1]}"
            self.say(f"stopped; {saved}. Go on with: {script} --resume {self.folder}")
        if self.accelerator.num_processes > 1 and kind is None:
            self.accelerator.end_training()


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file aside, then rename it: never half of it; a full disk is a `UserError`."""
    aside = path.with_name(f".{path.name}.aside")
    try:
        aside.write_bytes(content.encode() if isinstance(content, str) else content)
        aside.replace(path)
    except OSError as error:
        aside.unlink(missing_ok=True)
        raise UserError(f"cannot write {path}: {error}; make room or write elsewhere") from error


def config_to_json(options: Any) -> dict[str, Any]:
    """Return the options as JSON: paths as text."""
    values = dataclasses.asdict(options)
    return {k: str(v) if isinstance(v, Path) else v for k, v in values.items()}
