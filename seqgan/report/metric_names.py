"""How metrics are called in tables, which direction is better, and what they mean."""

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


METRICS = {
    "adversarial_success": Metric(
        "adversarial success",
        "higher",
        3,
        "1 - balanced accuracy of a fresh discriminator between human replies and these; "
        ".5 is best: it cannot tell them apart, and differences are in the nearness to .5",
        0.5,
    ),
    "relevance": Metric(
        "relevance",
        "higher",
        3,
        "how often a separately trained matcher prefers the true prompt to a random other one; "
        ".5 is chance, the human row sets the scale",
    ),
    "perplexity": Metric(
        "perplexity",
        "lower",
        1,
        "held out, per whitespace word (Chinese: character), ends of sentences counted",
    ),
    "distinct_1": Metric("distinct-1", "higher", 3, "different words over all words"),
    "distinct_2": Metric(
        "distinct-2", "higher", 3, "different pairs of neighbouring words over all pairs"
    ),
    "top10_share": Metric(
        "top-10 share", "lower", 3, "share that the ten most frequent replies take together"
    ),
    "length": Metric("length", "", 1, "mean number of words and marks (Chinese: characters)"),
    "frechet": Metric(
        "Fréchet", "lower", 3, "Fréchet distance to human replies in the matcher's embedding"
    ),
    "bleu": Metric("BLEU", "higher", 2, "corpus BLEU against the one human reply (sacrebleu)"),
    "chrf": Metric("chrF", "higher", 2, "corpus chrF2 against the one human reply (sacrebleu)"),
}


def metric(name: str) -> Metric:
    """Return how the metric `name` is shown; one that is not listed keeps its name.

    >>> metric("some_score").label
    'some score'
    """
    return METRICS.get(name) or Metric(name.replace("_", " "))


def ordered(names: set[str]) -> list[str]:
    """Return metric names in the order of the table: listed ones first, then by name."""
    order = {name: place for place, name in enumerate(METRICS)}
    return sorted(names, key=lambda name: (order.get(name, len(order)), name))
