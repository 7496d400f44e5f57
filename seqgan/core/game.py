"""What a modality supplies to the trainer: each player's objective on a batch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from torch import Generator, Tensor


@dataclass(frozen=True)
class Losses:
    """What one player minimizes on one micro-batch.

    `terms`: named, already weighted, one value an item or already summed; the trainer adds all
    of their entries up. `items`: the number of rows or tokens they are averaged over, one unit a
    player. The trainer divides by that number summed over micro-batches and processes, so that
    unequal lengths weigh what they should. `figures`: scalars worth a curve, not minimized.
    """

    terms: Mapping[str, Tensor]
    items: int
    figures: Mapping[str, Tensor | float] = field(default_factory=dict)


class Game(Protocol):
    """The objectives of all players."""

    def prepare(self, batch: Any, movers: Sequence[str], rng: Generator) -> Any:
        """Return the batch with what the movers of this update need, computed once.

        No gradient flows through it: the fakes of this batch, say.
        """
        ...

    def losses(self, player: str, batch: Any, rng: Generator) -> Losses:
        """Return this player's weighted terms and the number of items."""
        ...
