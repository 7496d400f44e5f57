"""Drawings of a sweep: what a budget buys, and which rates work.

Legend: N trials.
"""

import math
from collections.abc import Mapping, Sequence
from itertools import cycle

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullFormatter

from seqgan.image.plane_figures import COLORS, PANEL, panels, png
from seqgan.image.sweep import RATES
from seqgan.metrics.search_budget import best_of

STYLES = ("-", "--", ":")
WIDE = 8.0
"""Largest over smallest figure from which on an axis is logarithmic."""


def budget_figure(scores: Mapping[str, Sequence[float]], *, real: float = math.nan) -> bytes:
    """Return the best score expected of 1, 2, ... trials of each family, with its spread.

    `real` is the level of real pictures.
    """
    figure, (axis,) = panels(1, width=PANEL * 2.8, height=PANEL * 1.9)
    for (name, scores_N), (color, style) in zip(scores.items(), _looks(), strict=False):
        budgets = np.arange(1, len(scores_N) + 1)
        pairs = np.array([best_of(scores_N, int(budget)) for budget in budgets])
        mean, spread = pairs[:, 0], pairs[:, 1]
        low, high = np.maximum(mean - spread, min(scores_N)), mean + spread
        axis.fill_between(budgets, low, high, color=color, alpha=0.13, linewidth=0)
        marker = "o" if len(budgets) < 15 else ""
        axis.plot(budgets, mean, style, color=color, marker=marker, markersize=3, label=name)
    axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    _finish(figure, axis, [x for scores_N in scores.values() for x in scores_N], real)
    axis.set_xlabel("trials", fontsize=9)
    axis.set_ylabel("expected best FID", fontsize=9)
    return png(figure)


def rates_figure(
    points: Mapping[str, Sequence[tuple[float, float, bool]]], *, real: float = math.nan
) -> bytes:
    """Return every trial's score over its learning rate: (rate, score, whether it failed)."""
    figure, (axis,) = panels(1, width=PANEL * 2.8, height=PANEL * 1.9)
    for (name, trials), (color, _) in zip(points.items(), _looks(), strict=False):
        for failed, marker in ((False, "o"), (True, "x")):
            chosen = [(rate, score) for rate, score, broke in trials if broke == failed]
            rates, scores = [rate for rate, _ in chosen], [score for _, score in chosen]
            label = None if failed else name
            axis.scatter(rates, scores, s=26, color=color, marker=marker, label=label, alpha=0.85)
    axis.set_xscale("log")
    axis.set_xlim(RATES[0] * 0.9, RATES[1] * 1.1)
    axis.xaxis.set_minor_formatter(NullFormatter())
    _finish(figure, axis, [score for trials in points.values() for _, score, _ in trials], real)
    axis.set_xlabel("learning rate (of the generator); crosses: failed", fontsize=9)
    axis.set_ylabel("FID", fontsize=9)
    return png(figure)


def _looks() -> "cycle[tuple[str, str]]":
    return cycle([(color, style) for style in STYLES for color in COLORS])


def _finish(figure: Figure, axis: Axes, scores: Sequence[float], real: float) -> None:
    if min(scores) > 0 and max(scores) > WIDE * min(scores):
        axis.set_yscale("log")
    if math.isfinite(real):
        axis.axhline(real, color="black", linestyle=":", linewidth=0.9, label="real held-out")
    axis.tick_params(labelsize=8)
    figure.legend(loc="outside right upper", fontsize=8, frameon=False)
