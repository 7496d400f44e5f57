"""Alarms on the figures of a run: lost diversity, a saturated discriminator, divergence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


class DivergenceError(Exception):
    """A loss or gradient that is not finite; names the player and the update."""


@dataclass(frozen=True)
class Alarm:
    """Sounds when a figure leaves [low, high] `patience` times in a row."""

    figure: str
    meaning: str
    low: float = -float("inf")
    high: float = float("inf")
    patience: int = 2


class Monitor:
    """Counts how often in a row each alarm's figure was out of bounds."""

    def __init__(self, alarms: Sequence[Alarm]) -> None:
        self.alarms = alarms
        self.counts = [0] * len(alarms)

    def check(self, figures: Mapping[str, float]) -> list[str]:
        """Return one warning for each alarm that sounds now; figures not given do not count."""
        warnings = []
        for i, alarm in enumerate(self.alarms):
            if (value := figures.get(alarm.figure)) is None:
                continue
            self.counts[i] = 0 if alarm.low <= value <= alarm.high else self.counts[i] + 1
            if self.counts[i] >= alarm.patience:
                warnings.append(f"{alarm.meaning} ({alarm.figure} is {value:.3g})")
        return warnings

    @property
    def quiet(self) -> bool:
        """Whether no figure is out of bounds."""
        return not any(self.counts)

    def state_dict(self) -> dict[str, list[int]]:
        """Return the counts."""
        return {"counts": list(self.counts)}

    def load_state_dict(self, state: dict[str, list[int]]) -> None:
        """Put saved counts back."""
        self.counts = list(state["counts"])
