"""A player: what moves, and how."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from seqgan.core.averaging import Averages
from seqgan.ops.fused_adam import fused_adamw


def linear_decay(move: int, *, moves: int, warmup: int, least: float) -> float:
    """Return a factor that grows to 1 over `warmup` moves and falls to `least` at the last.

    >>> [linear_decay(move, moves=4, warmup=2, least=0.1) for move in range(5)]
    [0.5, 0.75, 0.5, 0.25, 0.1]
    """
    return min((move + 1) / warmup, 1.0) * max(least, 1 - move / moves)


@dataclass
class Player:
    """Modules, the optimizer of their parameters, and what follows its step.

    Two players may own the same module (under the same name): a likelihood and a policy-gradient
    player over one generator, or the encoder of domain-adversarial training.
    `lr_schedule` maps the number of the player's move to a factor of the learning rate.
    """

    name: str
    modules: Mapping[str, nn.Module]
    optimizer: torch.optim.Optimizer
    max_grad_norm: float | None = None
    lr_schedule: Callable[[int], float] = lambda move: 1.0
    after_step: Callable[[], None] | None = None
    averages: Averages[Any] | None = None
    moves: int = 0
    base_lrs: list[float] = field(init=False)

    def __post_init__(self) -> None:
        self.base_lrs = [group["lr"] for group in self.optimizer.param_groups]

    @property
    def parameters(self) -> list[Tensor]:
        """The tensors that this player's moves change: its optimizer's."""
        return [p for group in self.optimizer.param_groups for p in group["params"]]

    def step(self) -> None:
        """Move once with the gradients that stand in the parameters, then forget them."""
        for group, lr in zip(self.optimizer.param_groups, self.base_lrs, strict=True):
            group["lr"] = lr * self.lr_schedule(self.moves)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.moves += 1
        if self.after_step is not None:
            self.after_step()
        if self.averages is not None:
            self.averages.update()


def adam_player(
    name: str,
    modules: Mapping[str, nn.Module],
    *,
    lr: float,
    betas: tuple[float, float] = (0.9, 0.999),
    weight_decay: float = 0.0,
    max_grad_norm: float | None = 1.0,
    lr_schedule: Callable[[int], float] = lambda move: 1.0,
    averages: Averages[Any] | None = None,
) -> Player:
    """Return a player who moves all trainable parameters of its modules by AdamW."""
    moved = (p for module in modules.values() for p in module.parameters() if p.requires_grad)
    optimizer = fused_adamw(dict.fromkeys(moved), lr=lr, betas=betas, weight_decay=weight_decay)
    return Player(name, modules, optimizer, max_grad_norm, lr_schedule, averages=averages)
