"""The curves of every player, from the lines of `metrics.jsonl`."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from seqgan.report.charts import Curve, Phase, curve_chart
from seqgan.report.markup import Html, element, join
from seqgan.report.run_folder import Record

MEANINGS = {
    "missed": "mean share of the word budget by which summaries are too long or too short",
    "same": "share of the summaries that repeat another document's",
    "nats": "a word of what was written, by the run's own language model",
    "shortfall": "what is lacking from 100 in the score of accuracy, content, fluency and variety "
    "that early stopping goes by",
    "mismatched": "the discriminator's loss on people's texts beside another's prompt or document; "
    "0 where it learns from none",
    "reply_length": "mean number of tokens of what the generator wrote in this move",
}
"""What the names of curves leave open."""


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
    """Return one small chart a figure, grouped by player; empty markup without figures.

    Names that are not plain are explained first.
    """
    players: dict[str, list[Curve]] = {}
    for curve in past.curves:
        player, _, term = curve.name.rpartition("/")
        players.setdefault(player or "run", []).append(Curve(term, curve.updates, curve.values))
    terms = {curve.name for curves in players.values() for curve in curves}
    told = [
        element("li", element("b", name), f": {words}")
        for name, words in MEANINGS.items()
        if name in terms
    ]
    parts = [element("ul", *told, class_="soft")] if told else []
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
