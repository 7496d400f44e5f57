"""A player: what moves, and how."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from seqgan.core.averaging import Averages


def constant(move: int) -> float:
    """Return 1 at every move: the learning rate stays what it is."""
    return 1.0


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
    lr_schedule: Callable[[int], float] = constant
    after_step: Callable[[], None] | None = None
    averages: Averages | None = None
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
    max_grad_norm: float | None = 1.0,
    lr_schedule: Callable[[int], float] = constant,
    averages: Averages | None = None,
) -> Player:
    """Return a player who moves all trainable parameters of its modules by Adam."""
    unique = {id(p): p for module in modules.values() for p in module.parameters()}
    trainable = [p for p in unique.values() if p.requires_grad]
    optimizer = torch.optim.Adam(trainable, lr=lr, betas=betas)
    return Player(
        name,
        modules,
        optimizer,
        max_grad_norm=max_grad_norm,
        lr_schedule=lr_schedule,
        averages=averages,
    )
