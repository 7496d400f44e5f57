"""The gate: does a model lie outside the curve that another one draws along its temperature?

A lower temperature buys quality with diversity, so one figure that is better proves nothing
("Language GANs falling short", arXiv:1811.02549). A model passes where its quality is better than
the best that the baseline reaches, at any temperature, with at least the same diversity.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from seqgan.metrics.significance import MIN_SEEDS, Interval, claim
from seqgan.report.metric_names import metric
from seqgan.report.run_folder import Row

Cost = tuple[float, float]
"""Diversity and quality of a system at one setting, turned so that less is better."""


@dataclass(frozen=True)
class Gate:
    """A quality compared at equal `diversity`; None where `quality` is both in one figure."""

    quality: str
    diversity: str | None = None

    @property
    def words(self) -> str:
        """What is compared."""
        if self.diversity is None:
            return f"best {metric(self.quality).label} of the sweep"
        return f"{metric(self.quality).label} at equal {metric(self.diversity).label}"


GATES = (
    Gate("nll_oracle", "nll_test"),
    Gate("nll_oracle", "reverse_lm_score"),
    Gate("lm_score", "reverse_lm_score"),
    Gate("lm_score", "frechet_embedding"),
    Gate("lm_score", "frechet_hidden"),
    Gate("bleu_corpus_4", "self_bleu_4"),
    Gate("reverse_lm_score"),
    Gate("frechet_embedding"),
    Gate("frechet_hidden"),
    Gate("frechet_ngrams"),
)


@dataclass(frozen=True)
class Passage:
    """How far a system lies outside a curve at each setting of its dial; below 0: inside.

    `gaps` are in units of the quality; settings that cannot be compared are only counted.
    """

    gate: Gate
    system: str
    baseline: str
    gaps: Mapping[float | None, float]
    num_incomparable: int

    @property
    def mean(self) -> float:
        """The mean gap over what compares."""
        return sum(self.gaps.values()) / len(self.gaps)


def gap(curve: Sequence[Cost], point: Cost) -> float | None:
    """Return by how much the point's quality beats the curve's at no less diversity.

    The curve is straight between its points, which are in the order of its dial. Less diverse
    than the whole curve, a point can only lose: colder samples of the baseline are not there to
    compare. More diverse, it must beat the curve's most diverse point. Where neither is so: None.

    >>> gap([(1.0, 4.0), (3.0, 2.0)], (2.0, 2.5))  # the curve has 3 there
    0.5
    >>> gap([(1.0, 4.0), (3.0, 2.0)], (4.0, 1.5)) is None  # colder than the sweep
    True
    """
    diversity, quality = point
    most_diverse = min(curve)
    if diversity < most_diverse[0]:
        ahead = most_diverse[1] - quality
        return ahead if ahead > 0 else None
    reached = [cost for at, cost in curve if at <= diversity]
    for (start, low), (end, high) in pairwise(curve):
        if min(start, end) <= diversity <= max(start, end) and start != end:
            reached.append(low + (high - low) * (diversity - start) / (end - start))
    ahead = min(reached) - quality
    if diversity > max(at for at, _ in curve) and ahead > 0:
        return None
    return ahead


def passage(rows: Sequence[Row], gate: Gate, *, system: str, baseline: str) -> Passage | None:
    """Return how `system` fares against the curve of `baseline`; None if either has no figures."""
    ours, theirs = _costs(rows, gate, system), _costs(rows, gate, baseline)
    if not ours or not theirs:
        return None
    if gate.diversity is None:
        best = min(cost for _, cost in theirs.values()) - min(cost for _, cost in ours.values())
        return Passage(gate, system, baseline, {None: best}, 0)
    found = {dial: gap(list(theirs.values()), point) for dial, point in ours.items()}
    gaps = {dial: value for dial, value in found.items() if value is not None}
    return Passage(gate, system, baseline, gaps, len(found) - len(gaps))


def passages(rows: Sequence[Row], *, baseline: str, real: str | None = None) -> list[Passage]:
    """Return every gate of every system but the baseline (and real text) that has figures."""
    systems = dict.fromkeys(row.system for row in rows)
    found = [
        passage(rows, gate, system=system, baseline=baseline)
        for gate in GATES
        for system in systems
        if system not in (baseline, real)
    ]
    return [each for each in found if each is not None]


def gate_sentence(seeds: Sequence[Passage]) -> str:
    """Return in words where a system stands, from its passages of one run or of several seeds.

    A claim needs three seeds and a 95 % t-interval of the mean gap that excludes 0.
    """
    first = seeds[0]
    what = f"{first.system} against {first.baseline}, {first.gate.words}"
    if not all(each.gaps for each in seeds):
        return f"{what}: the sweeps have no range in common, widen them. No claim."
    digits = metric(first.gate.quality).digits
    gaps = [value for each in seeds for value in each.gaps.values()]
    interval = claim([each.mean for each in seeds])
    sides = ("better", "no better") if first.gate.diversity is None else ("outside", "inside")
    return (
        f"{what}: {_place(gaps, sides)}{_aside(sum(each.num_incomparable for each in seeds))}, "
        f"mean gap {interval.mean:+.{digits}f}. {_standing(interval, digits, sides)}"
    )


def _place(gaps: Sequence[float], sides: tuple[str, str]) -> str:
    """Return on which side the gaps lie.

    >>> _place([0.1, -0.2], ("outside", "inside")), _place([0.1], ("outside", "inside"))
    ('outside at 1 of 2 settings', 'outside')
    """
    passed = sum(value > 0 for value in gaps)
    if passed in (0, len(gaps)):
        side = sides[0] if passed else sides[1]
        return side + (f" at all {len(gaps)} settings" if len(gaps) > 1 else "")
    return f"{sides[0]} at {passed} of {len(gaps)} settings"


def _aside(num_incomparable: int) -> str:
    return f" ({num_incomparable} more beyond the sweep)" if num_incomparable else ""


def _standing(interval: Interval, digits: int, sides: tuple[str, str]) -> str:
    if interval.num_seeds < MIN_SEEDS:
        count = "One seed" if interval.num_seeds == 1 else f"{interval.num_seeds} seeds"
        return f"{count}: no claim."
    bounds = f"[{interval.low:+.{digits}f}, {interval.high:+.{digits}f}]"
    if not interval.excludes_zero:
        return f"No claim: the 95 % interval over {interval.num_seeds} seeds is {bounds}."
    side = sides[0] if interval.mean > 0 else sides[1]
    return f"A claim: {side}, 95 % interval over {interval.num_seeds} seeds {bounds}."


def _costs(rows: Sequence[Row], gate: Gate, system: str) -> dict[float | None, Cost]:
    """Return the costs of a system's rows in the order of the dial."""
    names = [gate.quality if gate.diversity is None else gate.diversity, gate.quality]
    chosen = [
        row
        for row in rows
        if row.system == system and set(names) <= row.metrics.keys() and not set(names) & row.void
    ]
    chosen.sort(key=lambda row: row.dial or 0.0)
    return {row.dial: (_cost(row, names[0]), _cost(row, names[1])) for row in chosen}


def _cost(row: Row, name: str) -> float:
    return -row.metrics[name] if metric(name).better == "higher" else row.metrics[name]
