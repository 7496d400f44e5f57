"""What a summarizer's rewards cost each other in play, and what they know of good summaries."""

import math
from collections.abc import Sequence
from itertools import combinations

import numpy as np

from seqgan.report.charts import Point, merged, tradeoff_chart
from seqgan.report.markup import Html, element, join, number, table
from seqgan.report.run_folder import Record, section_of
from seqgan.report.transfer_texts import listed

DRAWN = ("reconstruction", "realness", "coverage", "length", "repetition")
"""The three first that counted are drawn against each other."""
NUM_POINTS = 12
LEAST_LINES = 2
WORTH = ("likeliest", "mean", "best", "documents", "summaries")
"""What `"worth"` has beside its measures."""
BESIDE = {
    "likelihood": "“likelihood” is no reward: the log-probability a token that the model itself "
    "gives a summary, to compare with. ",
    "together": "“together” is the sum of the rewards by their weights, which play earns. ",
}
"""What measures beside single rewards mean."""

Series = dict[str, list[float]]


def rewards_section(record: Record) -> Html:
    """Return the paths that the rewards took together: `"rewards"` of the results.

    Each line there has an `update` and figures; higher is better for all. Empty markup below two.
    """
    updates, series = _series(listed(record.get("rewards")))
    if len(updates) < LEAST_LINES or not series:
        return Html("")
    weights = section_of(record, "config")
    three = [name for name in DRAWN if name in series and weights.get(name) != 0][:3]
    charts = [_path(updates, series, upward, across) for upward, across in combinations(three, 2)]
    note = (
        "Means of what the generator's summaries earned before weighting, a bunch of updates a "
        "point, in the order of the updates: up and to the right both grow; where a path turns "
        "down or back, one reward was paid for with the other. The ends are marked with updates. "
        "In the table, columns “with” another reward are correlations over the updates, from -1 to "
        "1: below 0 the one fell where the other rose."
    )
    return join(
        [
            element("p", note, class_="soft"),
            element("div", *charts, class_="plots") if charts else Html(""),
            element("div", _table(series), class_="figures"),
        ]
    )


def worth_section(record: Record) -> Html:
    """Return how rewards and ROUGE go along among summaries of one document: `"worth"`.

    Empty markup for results without it.
    """
    found = section_of(record, "worth")
    body = [
        [str(each["measure"]), number(each["correlation"]), number(each["chosen"], digits=1)]
        for each in listed(found.get("measures"))
        if isinstance(each.get("measure"), str)
        and _finite(each.get("correlation"))
        and _finite(each.get("chosen"))
    ]
    if not body or not all(_finite(found.get(name)) for name in WORTH):
        return Html("")
    likeliest, mean, best = (number(found[name], digits=1) for name in WORTH[:3])
    named = [explained for name, explained in BESIDE.items() if name in {row[0] for row in body}]
    note = (
        f"Play can gain what its rewards know. Of {found['documents']} validation documents the "
        f"model before play wrote {found['summaries']} summaries each. By the mean of ROUGE-1, -2 "
        f"and -L the likeliest have {likeliest}, all {mean}, the best of each document {best}; "
        "those that each measure would choose stand below, with the correlation (-1 to 1) of "
        "measure and ROUGE among summaries of one document. "
        f"{''.join(named)}Nothing learned from this or was chosen by it."
    )
    figures = table(["measure", "correlation", "ROUGE of what it chooses ↑"], body)
    return join([element("p", note, class_="soft"), element("div", figures, class_="figures")])


def _series(lines: Sequence[Record]) -> tuple[list[float], Series]:
    """Return the updates and each reward at all of them; rewards with gaps are left out."""
    kept = [line for line in lines if _finite(line.get("update"))]
    kept.sort(key=lambda line: float(line["update"]))
    names = dict.fromkeys(name for line in kept for name in line if name != "update")
    series = {
        name: [float(line[name]) for line in kept]
        for name in names
        if all(_finite(line.get(name)) for line in kept)
    }
    return [float(line["update"]) for line in kept], series


def _path(updates: list[float], series: Series, upward: str, across: str) -> Html:
    ends, ys, _, _ = merged(updates, series[upward], max_points=NUM_POINTS)
    _, xs, _, _ = merged(updates, series[across], max_points=NUM_POINTS)
    labels = [f"{ends[0]:g}", *[""] * (len(ends) - 2), f"{ends[-1]:g}"]
    points = [Point(x, y, label) for x, y, label in zip(xs, ys, labels, strict=True)]
    return tradeoff_chart([("generator", points)], x_label=f"{across} ↑", y_label=f"{upward} ↑")


def _table(series: Series) -> Html:
    """Return each reward in the first and last tenth, and how it went along with the others."""
    names = list(series)
    tenth = max(len(series[names[0]]) // 10, 1)
    body = []
    for name in names:
        values = series[name]
        start, end = np.mean(values[:tenth]), np.mean(values[-tenth:])
        others = [
            "" if other == name else number(_correlation(values, series[other]), digits=2)
            for other in names
        ]
        body.append([name, number(float(start)), number(float(end)), *others])
    head = ["reward", "first tenth", "last tenth", *[f"with {name}" for name in names]]
    return table(head, body)


def _correlation(first: list[float], second: list[float]) -> float | None:
    """Return the correlation over updates, None where one never moves.

    >>> _correlation([1.0, 2.0], [4.0, 2.0]), _correlation([1.0, 1.0], [0.0, 2.0])
    (-1.0, None)
    """
    if not np.std(first) or not np.std(second):
        return None
    return round(float(np.corrcoef(first, second)[0, 1]), 9)


def _finite(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)
