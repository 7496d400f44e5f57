"""A metric: its name in tables, which direction is better, and what it means."""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Metric:
    """A column: `better` is "higher", "lower" or "" where neither is; `digits` are decimals."""

    label: str
    better: str = ""
    digits: int = 3
    meaning: str = ""
    best: float = math.inf

    def gauge(self, value: float) -> float:
        """Return the value as it is compared: past `best` it counts as much too high as too low."""
        return min(value, 2 * self.best - value)

    @property
    def arrow(self) -> str:
        """Which way is better, as a sign."""
        return {"higher": "↑", "lower": "↓"}.get(self.better, "")

    def improved(self, difference: float) -> bool | None:
        """Return whether a difference goes the better way; None if no way is, or none shows."""
        if not self.better or not round(difference, self.digits):
            return None
        return (difference > 0) == (self.better == "higher")
