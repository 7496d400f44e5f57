"""A game of single weights pulled toward numbers, and short ways to play it."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Generator, Tensor, nn
from toy_recipe import (
    Config,
)

from seqgan.core.game import Losses
from seqgan.core.player import Player
from seqgan.core.run import Run
from seqgan.core.schedule import Phase, Phases, only
from seqgan.core.trainer import Trainer


class Squares:
    """Every player pulls its one weight toward the batch, a number; `scale` makes it explode."""

    def __init__(self, **weights: nn.Parameter) -> None:
        self.weights = weights
        self.scale: Callable[[int], float] = lambda call: 1.0
        self.calls = 0

    def prepare(self, batch: float, movers: Sequence[str], rng: Generator) -> float:
        """Return the batch as it is."""
        return batch

    def losses(self, player: str, batch: float, rng: Generator) -> Losses:
        """Return half the squared distance of this player's weight, for two items."""
        self.calls += 1
        gap = self.weights[player] - batch
        loss = 0.5 * gap.square() * self.scale(self.calls)
        return Losses({"half_square": loss.expand(2)}, 2, {"gap": gap.detach().abs()})


class One(nn.Module):
    """One number."""

    def __init__(self, value: float = 0.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(value, dtype=torch.float64))


def gradient_player(name: str, module: nn.Module, lr: float = 0.5, **options: Any) -> Player:
    """Return a player who moves by plain gradient descent."""
    return Player(name, {name: module}, torch.optim.SGD(module.parameters(), lr=lr), **options)


def make_run(tmp_path: Path, name: str = "run", **options: Any) -> Run:
    """Return a run in a folder of its own."""
    return Run("test", Config(output_dir=tmp_path / name, **options))


def lines_of(folder: Path) -> list[dict[str, Any]]:
    """Return the lines of metrics.jsonl."""
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def weights_of(*modules: nn.Module) -> list[Tensor]:
    """Return copies of all parameters."""
    return [p.detach().clone() for module in modules for p in module.parameters()]


def simple(run: Run, phases: Phases | None = None, **options: Any) -> tuple[Trainer, One, Squares]:
    """Return a trainer with one player `a`, its weight and its game, pulled toward 1."""
    module = One()
    player = gradient_player("a", module, **options.pop("player", {}))
    game = Squares(a=module.weight)
    phases = phases or Phases([Phase("only", 4, only("a"))])
    trainer = Trainer(run, game, players=[player], phases=phases, batches=lambda i: 1.0, **options)
    return trainer, module, game
