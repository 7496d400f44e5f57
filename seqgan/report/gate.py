"""The gate: does a model lie outside the curve that another one draws along its temperature?

A lower temperature buys quality with diversity, so one figure that is better proves nothing
("Language GANs falling short", arXiv:1811.02549). A model passes where its quality is better than
the best that the baseline reaches, at any temperature, with at least the same diversity. A setting
that another one of the same model beats in both is nobody's choice, and is left out; so a model
against itself stands at 0. What neither wins nor loses in both is not counted either: better but
less diverse than the whole curve, or more diverse and worse.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from seqgan.metrics.significance import MIN_SEEDS, Interval, claim
from seqgan.report.metric_names import metric
from seqgan.report.run_folder import Row

Cost = tuple[float, float]
"""Diversity and quality of a system at one setting, turned so that less is better."""
Curve = Sequence[Cost]
"""A system along its dial."""
ROUNDING = 1e-9


@dataclass(frozen=True)
class Gate:
    """A quality compared at equal `diversity`; None where `quality` is both in one figure.

    They may change places: diversity at equal quality.
    """

    quality: str
    diversity: str | None = None

    @property
    def words(self) -> str:
        """What is compared."""
        if self.diversity is None:
            return f"best {metric(self.quality).label} of the sweep"
        return f"{metric(self.quality).label} at equal {metric(self.diversity).label}"


PLANES = (
    ("nll_oracle", "nll_test"),
    ("nll_oracle", "reverse_lm_score"),
    ("lm_score", "reverse_lm_score"),
    ("lm_score", "frechet_embedding"),
    ("lm_score", "frechet_hidden"),
    ("bleu_corpus_4", "self_bleu_4"),
)
"""Quality and diversity, as curves are drawn."""
STYLE_GATES = tuple(
    Gate(quality, "source_bleu")
    for quality in ("accuracy_ngram", "accuracy_neural", "perplexity", "overuse")
)
"""Of style transfer, along its strength: style, fluency and variety at equal content."""
GATES = (
    *(Gate(quality, diversity) for quality, diversity in PLANES),
    # The other way round: where a curve is flat, a trifle of diversity is half a nat of quality.
    Gate("reverse_lm_score", "lm_score"),
    Gate("frechet_embedding", "lm_score"),
    Gate("frechet_hidden", "lm_score"),
    Gate("reverse_lm_score"),
    Gate("frechet_embedding"),
    Gate("frechet_hidden"),
    Gate("frechet_ngrams"),
    Gate("lm_score", "distinct_2"),
    *STYLE_GATES,
)


@dataclass(frozen=True)
class Passage:
    """How far a system lies outside the curves of baselines at each setting; below 0: inside.

    `gaps` are in units of the quality. Settings that cannot be compared, and those that the
    system's own curve beats, are only counted.
    """

    gate: Gate
    system: str
    baselines: tuple[str, ...]
    gaps: Mapping[float | None, float]
    num_incomparable: int = 0
    num_beaten: int = 0

    @property
    def mean(self) -> float:
        """The mean gap over what compares."""
        return sum(self.gaps.values()) / len(self.gaps)


def gap(curves: Sequence[Curve], point: Cost) -> float | None:
    """Return by how much the point's quality beats the best curve's at no less diversity.

    Curves are straight between their points, which are in the order of their dials. Less diverse
    than all of them, a point can only lose: colder samples of the baseline are not there to
    compare. More diverse, it must beat their most diverse point. Where neither is so: None.

    >>> gap([[(1.0, 4.0), (3.0, 2.0)]], (2.0, 2.5))  # the curve has 3 there
    0.5
    >>> gap([[(1.0, 4.0), (3.0, 2.0)]], (4.0, 1.5)) is None  # colder than the sweep
    True
    """
    diversity, quality = point
    every = [cost for curve in curves for cost in curve]
    most_diverse = min(every)
    if diversity < most_diverse[0]:
        ahead = most_diverse[1] - quality
        return ahead if ahead > 0 else None
    reached = [cost for at, cost in every if at <= diversity]
    for (start, low), (end, high) in (pair for curve in curves for pair in pairwise(curve)):
        if min(start, end) <= diversity <= max(start, end) and start != end:
            reached.append(low + (high - low) * (diversity - start) / (end - start))
    ahead = min(reached) - quality
    if diversity > max(at for at, _ in every) and ahead > 0:
        return None
    return ahead


def unbeaten(points: Mapping[float | None, Cost]) -> dict[float | None, Cost]:
    """Return the settings of a system that its own curve does not beat.

    >>> unbeaten({0.9: (2.0, 1.0), 1.0: (1.0, 2.0), 1.1: (1.5, 3.0)})  # 1.1 is worse in both
    {0.9: (2.0, 1.0), 1.0: (1.0, 2.0)}
    """
    own = list(points.values())
    return {dial: cost for dial, cost in points.items() if (gap([own], cost) or 0.0) > -ROUNDING}


def passage(
    rows: Sequence[Row], gate: Gate, *, system: str, baselines: Sequence[str]
) -> Passage | None:
    """Return how `system` fares against the curves of `baselines`; None where figures lack."""
    every, names = _costs(rows, gate, system), tuple(baselines)
    theirs = [costs for name in names if (costs := list(_costs(rows, gate, name).values()))]
    if not every or not theirs:
        return None
    if gate.diversity is None:
        lowest = min(cost for curve in theirs for _, cost in curve)
        best = lowest - min(cost for _, cost in every.values())
        return Passage(gate, system, names, {None: best})
    ours = unbeaten(every)
    found = {dial: gap(theirs, point) for dial, point in ours.items()}
    gaps = {dial: value for dial, value in found.items() if value is not None}
    return Passage(gate, system, names, gaps, len(found) - len(gaps), len(every) - len(ours))


def passages(
    rows: Sequence[Row], *, baselines: Sequence[str], real: str | None = None
) -> list[Passage]:
    """Return every gate of every system but the baselines (and real text) that has figures."""
    systems = dict.fromkeys(row.system for row in rows)
    found = [
        passage(rows, gate, system=system, baselines=baselines)
        for gate in GATES
        for system in systems
        if system not in (*baselines, real)
    ]
    return [each for each in found if each is not None]


GATE_HEADS = ("system", "against", "quality", "outside at", "mean gap", "claim")


def gate_cells(seeds: Sequence[Passage]) -> list[str]:
    """Return what `gate_sentence` says as the cells of a table under `GATE_HEADS`."""
    first = seeds[0]
    what = [first.system, " and ".join(first.baselines), first.gate.words]
    if not all(each.gaps for each in seeds):
        return [*what, "no range in common", "–", "none"]
    digits, gaps, interval = _summed(seeds)
    verdict = f"none ({interval.num_seeds} seed{'s' if interval.num_seeds > 1 else ''})"
    if interval.num_seeds >= MIN_SEEDS:
        side = "outside" if interval.mean > 0 else "inside"
        verdict = f"{side if _claimed(interval, first) else 'none'} {_bounds(interval, digits)}"
    passed = sum(value > 0 for value in gaps)
    return [*what, f"{passed} of {len(gaps)}", f"{interval.mean:+.{digits}f}", verdict]


def gate_sentence(seeds: Sequence[Passage]) -> str:
    """Return in words where a system stands, from its passages of one run or of several seeds.

    A claim needs three seeds and a 95 % t-interval of the mean gap that excludes 0.
    """
    first = seeds[0]
    what = f"{first.system} against {' and '.join(first.baselines)}, {first.gate.words}"
    if not all(each.gaps for each in seeds):
        return f"{what}: the sweeps have no range in common, widen them. No claim."
    digits, gaps, interval = _summed(seeds)
    sides = ("better", "no better") if first.gate.diversity is None else ("outside", "inside")
    return (
        f"{what}: {_place(gaps, sides)}{_aside(seeds)}, "
        f"mean gap {interval.mean:+.{digits}f}. {_standing(interval, first, sides)}"
    )


def _claimed(interval: Interval, passage: Passage) -> bool:
    """Return whether the side is established.

    "Inside" never is against several curves: the best of them at each place is best by noise too.
    """
    return interval.excludes_zero and (interval.mean > 0 or len(passage.baselines) == 1)


def _summed(seeds: Sequence[Passage]) -> tuple[int, list[float], Interval]:
    """Return the digits of the gaps, the gaps of all seeds, and the interval of their means."""
    gaps = [value for each in seeds for value in each.gaps.values()]
    digits = metric(seeds[0].gate.quality).digits
    return digits, gaps, claim([each.mean for each in seeds])


def _place(gaps: Sequence[float], sides: tuple[str, str]) -> str:
    """Return on which side the gaps lie.

    >>> _place([0.1, -0.2], ("outside", "inside")), _place([0.1], ("outside", "inside"))
    ('outside at 1 of 2 settings', 'outside')
    >>> _place([0.0, 0.0], ("outside", "inside"))
    'on the curve'
    """
    if all(abs(value) < ROUNDING for value in gaps):
        return "on the curve"
    passed = sum(value > 0 for value in gaps)
    if passed in (0, len(gaps)):
        side = sides[0] if passed else sides[1]
        return side + (f" at all {len(gaps)} settings" if len(gaps) > 1 else "")
    return f"{sides[0]} at {passed} of {len(gaps)} settings"


def _aside(seeds: Sequence[Passage]) -> str:
    beyond = sum(each.num_incomparable for each in seeds)
    beaten = sum(each.num_beaten for each in seeds)
    notes = [f"{beyond} more beyond the sweep"] if beyond else []
    notes += [f"{beaten} that its own curve beats left out"] if beaten else []
    return f" ({', '.join(notes)})" if notes else ""


def _standing(interval: Interval, passage: Passage, sides: tuple[str, str]) -> str:
    if interval.num_seeds < MIN_SEEDS:
        count = "One seed" if interval.num_seeds == 1 else f"{interval.num_seeds} seeds"
        return f"{count}: no claim."
    bounds = _bounds(interval, metric(passage.gate.quality).digits)
    if not _claimed(interval, passage):
        return f"No claim: the 95 % interval over {interval.num_seeds} seeds is {bounds}."
    side = sides[0] if interval.mean > 0 else sides[1]
    return f"A claim: {side}, 95 % interval over {interval.num_seeds} seeds {bounds}."


def _bounds(interval: Interval, digits: int) -> str:
    return f"[{interval.low:+.{digits}f}, {interval.high:+.{digits}f}]"


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
