"""The curves of every player, from the lines of `metrics.jsonl`."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from seqgan.report.charts import Curve, Phase, curve_chart
from seqgan.report.markup import Html, element, join
from seqgan.report.run_folder import Record


@dataclass(frozen=True)
class History:
    """All figures of a run over one axis of updates, and its phases."""

    curves: Sequence[Curve]
    phases: Sequence[Phase]


def history(lines: Sequence[Record]) -> History:
    """Return the curves that `lines` hold; figures that are no finite number are left out.

    Phases that count their updates anew are put one after the other. Of an update that was
    logged twice (a run that was killed and resumed) the last one stays.
    """
    series: dict[str, dict[float, float]] = {}
    bounds: dict[str, tuple[float, float]] = {}
    for phase, update, line in _numbered(lines):
        start, end = bounds.get(phase, (update, update))
        bounds[phase] = (min(start, update), max(end, update))
        figures = line.get("figures")
        for name, value in figures.items() if isinstance(figures, dict) else ():
            if isinstance(value, int | float) and math.isfinite(value):
                series.setdefault(str(name), {})[update] = float(value)
    curves = [Curve(name, sorted(by), [by[at] for at in sorted(by)]) for name, by in series.items()]
    return History(curves, [Phase(name, *bound) for name, bound in bounds.items()])


def curves_section(past: History) -> Html:
    """Return one small chart a figure, grouped by player; empty markup without figures."""
    players: dict[str, list[Curve]] = {}
    for curve in past.curves:
        player, _, term = curve.name.rpartition("/")
        players.setdefault(player or "run", []).append(Curve(term, curve.updates, curve.values))
    parts = []
    for player, curves in players.items():
        charts = [curve_chart(curve, past.phases) for curve in curves]
        parts += [element("h3", player), element("div", *charts, class_="charts")]
    return join(parts)


def _numbered(lines: Sequence[Record]) -> Iterator[tuple[str, float, Record]]:
    offset = last = 0.0
    current: str | None = None
    for line in lines:
        update, phase = line.get("update"), str(line.get("phase", ""))
        if not isinstance(update, int | float) or not math.isfinite(update):
            continue
        if phase != current and current is not None and update + offset < last:
            offset = last
        current, last = phase, update + offset
        yield phase, last, line
