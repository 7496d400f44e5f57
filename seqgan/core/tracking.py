"""Where figures go: JSON lines always, TensorBoard when asked for."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol


class Tracker(Protocol):
    """Receives the figures of a stretch of updates."""

    def log(self, update: int, phase: str, figures: Mapping[str, float], *, seconds: float) -> None:
        """Record figures as of `update` finished updates."""
        ...

    def rewind(self, update: int) -> None:
        """Forget whatever was recorded after `update`: the run goes on from there."""
        ...


class JsonLines:
    """One line a record: `{"update", "phase", "figures", "seconds"}`, or whatever else is kept."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def log(self, update: int, phase: str, figures: Mapping[str, float], *, seconds: float) -> None:
        """Append one line; it reaches the disk before this returns."""
        self.append(update, [{"phase": phase, "figures": dict(figures), "seconds": seconds}])

    def append(self, update: int, records: Sequence[Mapping[str, Any]]) -> None:
        """Append records as of `update` finished updates."""
        with self.path.open("a", encoding="utf-8") as file:
            for record in records:
                file.write(json.dumps({"update": update, **record}, ensure_ascii=False) + "\n")

    def replace(self, update: int, records: Sequence[Mapping[str, Any]]) -> None:
        """Append records, those as of this update or later aside: a run went on from before."""
        self.path.parent.mkdir(exist_ok=True)
        self.rewind(update - 1)
        self.append(update, records)

    def rewind(self, update: int) -> None:
        """Drop the lines behind `update`, and a last line cut short by a kill."""
        if not self.path.exists():
            return
        kept = []
        for line in self.path.read_text(encoding="utf-8").split(
            "\n"
        ):  # texts may have other breaks
            try:
                if json.loads(line)["update"] <= update:
                    kept.append(line + "\n")
            except ValueError:
                break
        aside = self.path.with_suffix(".aside")
        aside.write_text("".join(kept), encoding="utf-8")
        aside.replace(self.path)


class TensorBoard:
    """Event files for `tensorboard --logdir RUN/tensorboard`."""

    def __init__(self, folder: Path) -> None:
        from torch.utils.tensorboard import SummaryWriter

        self.folder = folder
        self.make = SummaryWriter
        self.writer = SummaryWriter(str(folder))

    def log(self, update: int, phase: str, figures: Mapping[str, float], *, seconds: float) -> None:
        """Write one scalar a figure."""
        for name, value in figures.items():
            self.writer.add_scalar(name, value, update)
        self.writer.flush()

    def rewind(self, update: int) -> None:
        """Start a new event file that hides what an earlier one holds behind `update`."""
        self.writer.close()
        self.writer = self.make(str(self.folder), purge_step=update + 1)
