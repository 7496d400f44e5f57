"""Tables in Markdown, and what stands in a cell that sums up several runs."""

import math
import statistics
from collections.abc import Sequence

from seqgan.metrics.significance import claim
from seqgan.report.markup import number
from seqgan.report.metric_names import metric
from seqgan.report.run_folder import Row


def markdown(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table, first column left, others right.

    >>> print(markdown(["a|b", "c"], [["x", "1"]]), end="")
    | a\\|b | c |
    | :--- | ---: |
    | x | 1 |
    """
    lines = [header, [":---", *["---:"] * (len(header) - 1)], *rows]
    return "".join(
        f"| {' | '.join(' '.join(cell.split()).replace('|', chr(92) + '|') for cell in line)} |\n"
        for line in lines
    )


def metric_heads(names: Sequence[str]) -> list[str]:
    """Return the labels of metrics, with the arrow that says which way is better.

    >>> metric_heads(["fid", "length"])
    ['Fréchet (FID) ↓', 'length']
    """
    return [f"{metric(name).label} {metric(name).arrow}".strip() for name in names]


def figure_cell(rows: Sequence[Row], name: str) -> str:
    """Return the mean of a metric over rows of different seeds, and its standard deviation."""
    values = [row.metrics[name] for row in rows if name in row.metrics and name not in row.void]
    if not values:
        return "void" if any(name in row.void for row in rows) else "–"
    shown = number(statistics.fmean(values), digits=metric(name).digits)
    if len(values) > 1 and all(map(math.isfinite, values)):
        shown += f" ± {number(statistics.stdev(values), digits=metric(name).digits)}"
    return shown if len(values) == len(rows) else f"{shown} ({len(values)} of {len(rows)})"


def claim_cell(name: str, changes: Sequence[float]) -> str:
    """Return what may be claimed of paired differences of a metric: better, worse or none."""
    interval = claim(changes)
    if not interval.excludes_zero:
        return "none"
    better = metric(name).improved(interval.mean)
    return {True: "better", False: "worse", None: "different"}[better]
