"""What tests of runs that start from another one share: same weights, and a death in play."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from seqgan.core.trainer import Trainer

Launch = Callable[[], int]


def same(first: Path, second: Path, model: str) -> bool:
    """Return whether two runs keep the same weights of a model."""
    one, other = (load_file(run / model / "model.safetensors") for run in (first, second))
    return all(torch.equal(value, other[name]) for name, value in one.items())


def die_and_resume(halved: Path, start: Path, *, killed: int, play: Launch, resume: Launch) -> None:
    """Let `play` die in an update and resume it; after a checkpoint the start is out of reach."""
    own = Trainer.play

    def die(self: Trainer, update: int) -> None:
        if update == killed:
            raise RuntimeError("killed")
        own(self, update)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Trainer, "play", die)
        with pytest.raises(RuntimeError, match="killed"):
            play()
    checkpoints = list((halved / "checkpoints").glob("*"))
    assert bool(checkpoints) == (killed == 4)
    moved = start.rename(start.with_name("moved")) if killed == 4 else start
    try:
        assert resume() == 0
    finally:
        moved.rename(start)
