"""Copies of weights that are not trained themselves: moving averages and the best so far."""

import copy
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor, nn

Module = TypeVar("Module", bound=nn.Module)


class Averages(Generic[Module]):
    """An exponential moving average of a module's weights, for sampling (arXiv:1806.04498).

    `module`, a copy in evaluation mode, holds the average; buffers are copied as they are.
    """

    def __init__(self, source: Module, *, decay: float) -> None:
        if not 0 <= decay < 1:
            raise ValueError(f"decay is {decay}: it must lie in [0, 1), .999 is usual")
        self.source, self.decay = source, decay
        self.module: Module = copy.deepcopy(source).requires_grad_(False).eval()

    @torch.no_grad()
    def update(self) -> None:
        """Move the average toward the present weights: a <- decay a + (1 - decay) w."""
        for average, weight in zip(self.module.parameters(), self.source.parameters(), strict=True):
            average.lerp_(weight, 1 - self.decay)
        for kept, buffer in zip(self.module.buffers(), self.source.buffers(), strict=True):
            kept.copy_(buffer)

    def state_dict(self) -> dict[str, Tensor]:
        """Return the averaged weights."""
        return self.module.state_dict()

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Put saved averages back."""
        self.module.load_state_dict(state)


class KeepBest:
    """Remembers a module's weights at the lowest score seen (early stopping without stopping)."""

    def __init__(self, module: nn.Module) -> None:
        self.module = module
        self.score, self.update = float("inf"), -1
        self.weights: dict[str, Tensor] = {}

    def offer(self, score: float, *, update: int) -> bool:
        """Keep the present weights if the score is the lowest yet; return whether it is."""
        if not score < self.score:
            return False
        self.score, self.update = score, update
        self.weights = {k: v.detach().clone() for k, v in self.module.state_dict().items()}
        return True

    def restore(self) -> None:
        """Put the best weights back into the module; nothing happens before the first offer."""
        if self.weights:
            self.module.load_state_dict(self.weights)

    def state_dict(self) -> dict[str, Any]:
        """Return everything a resumed run needs."""
        return {"score": self.score, "update": self.update, "weights": self.weights}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Put a saved state back."""
        self.score, self.update, self.weights = state["score"], state["update"], state["weights"]
