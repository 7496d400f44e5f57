"""The drawings of `gradient_paths.py`, as SVG bytes on white paper.

Legend: S updates or settings of a dial.
"""

import io
import math
import textwrap
from collections.abc import Callable, Mapping, Sequence

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from seqgan.report.charts import COLORS
from seqgan.text.gradient_paths.estimator_study import EstimatorRow
from seqgan.text.gradient_paths.games import JENSEN_SHANNON, RIGHTNESS, SHARPNESS, WASSERSTEIN
from seqgan.text.gradient_paths.language import MadeLanguage, blurred_distance
from seqgan.text.gradient_paths.measures import Reading, chance

Floats = NDArray[np.float64]
Series = tuple[Floats, Floats]
Readings = Mapping[str, Sequence[Reading]]
WIDE, HIGH = 6.6, 3.2
"""Inches of a drawing of two panels: two drawings stand side by side on the page."""
NOTHING = 1e-6
"""Figures up to this are rounding errors."""
NAME_WIDTH = 30
"""Characters of a bar's name on one line."""
SHADES = matplotlib.colormaps["viridis_r"](np.linspace(0.12, 0.95, len(SHARPNESS)))


def svg(figure: Figure, name: str) -> bytes:
    """Return the figure as SVG, the same bytes for the same drawing."""
    file = io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": name}):
        figure.savefig(file, format="svg", metadata={"Date": None})
    return file.getvalue()


def two_panels(*titles: str, label: str) -> tuple[Figure, list[Axes]]:
    """Return a figure of two titled panels side by side, both over the same axis."""
    figure = Figure(figsize=(WIDE, HIGH), layout="constrained")
    axes = figure.subplots(1, 2).tolist()
    for axis, title in zip(axes, titles, strict=True):
        axis.set_title(title, fontsize=10)
        axis.set_xlabel(label, fontsize=9)
        axis.tick_params(labelsize=8)
        axis.spines[["top", "right"]].set_visible(False)
    return figure, axes


def keyed(figure: Figure, axis: Axes, *, columns: int) -> None:
    """Write the key of one panel's lines below all panels."""
    figure.legend(
        *axis.get_legend_handles_labels(),
        loc="outside lower center",
        ncols=columns,
        fontsize=8,
        frameon=False,
    )


def marked(axis: Axes, name: str, level: float, *, above: bool = True) -> None:
    """Draw a dotted line at a level, its name at the right end, above or below it."""
    axis.axhline(level, color="black", linestyle=":", linewidth=0.9)
    axis.annotate(
        name,
        (0.99, level),
        xycoords=("axes fraction", "data"),
        xytext=(0, 2 if above else -2),
        textcoords="offset points",
        ha="right",
        va="bottom" if above else "top",
        fontsize=7,
    )


def estimates_figure(readings: Readings, language: MadeLanguage) -> bytes:
    """Return what either critic says over rightness, a line for each sharpness, with what is known.

    Known are Jensen-Shannon of one-hot words, by enumeration, and the distance of right sentences.
    """
    figure, axes = two_panels(
        "Jensen-Shannon critic says (nats)", "Wasserstein critic says", label="rightness"
    )
    for axis, name in zip(axes, (JENSEN_SHANNON, WASSERSTEIN), strict=True):
        for sharpness, color in zip(SHARPNESS, SHADES, strict=True):
            own = [each for each in readings[name] if each.setting.sharpness == sharpness]
            label = "one-hot words" if sharpness == 1 else f"sharpness {sharpness:g}"
            axis.plot(
                [each.setting.rightness for each in own],
                [each.estimate for each in own],
                color=color,
                label=label,
                linewidth=1.5,
                marker="o",
                markersize=4,
            )
    exact = [language.jensen_shannon(rightness) for rightness in RIGHTNESS]
    axes[0].plot(RIGHTNESS, exact, "x", color="black", markersize=7, label="known exactly")
    marked(axes[0], "log 2", math.log(2))
    numbers = {"vocab_size": language.vocab_size, "length": language.length}
    blur = [blurred_distance(sharpness, **numbers) for sharpness in SHARPNESS]
    axes[1].plot([1.0] * len(blur), blur, "x", color="black", markersize=7)
    for axis in axes:
        axis.set_ylim(bottom=min(-0.03, axis.get_ylim()[0]))
    axes[0].set_ylim(top=max(0.78, axes[0].get_ylim()[1]))
    keyed(figure, axes[0], columns=3)
    return svg(figure, "estimates")


def directions_figure(readings: Readings, vocab_size: int) -> bytes:
    """Return what the gradient of wrong sentences is made of, over sharpness, for both critics."""
    figure, axes = two_panels(
        "share that sharpens", "share toward the words that are wanted", label="sharpness"
    )
    shares: list[Callable[[Reading], float]] = [lambda x: x.sharpens, lambda x: x.rights]
    for axis, share in zip(axes, shares, strict=True):
        for name, color in zip((JENSEN_SHANNON, WASSERSTEIN), COLORS, strict=False):
            wrong = [each for each in readings[name] if each.setting.rightness == 0]
            sharpness = [each.setting.sharpness for each in wrong]
            axis.plot(sharpness, list(map(share, wrong)), color=color, label=name, marker="o")
        axis.set_ylim(0, 1)
        marked(axis, "a random direction", chance(vocab_size), above=False)
    keyed(figure, axes[0], columns=2)
    return svg(figure, "directions")


def training_figure(
    entropy: Mapping[str, Series],
    distance: Mapping[str, Series],
    levels: Mapping[str, float],
) -> bytes:
    """Return how sharp and how right each writer is over the updates; `levels` name distances."""
    figure, axes = two_panels(
        "entropy of the words (nats)", "pairs of words: distance to the language", label="update"
    )
    for axis, curves in zip(axes, (entropy, distance), strict=True):
        for (name, (updates_S, values_S)), color in zip(curves.items(), COLORS, strict=False):
            marker = "o" if len(updates_S) < 3 else ""
            axis.plot(updates_S, values_S, color=color, label=name, linewidth=1.5, marker=marker)
        axis.set_ylim(bottom=min(0, axis.get_ylim()[0]))
    for name, level in levels.items():
        marked(axes[1], name, level)
    keyed(figure, axes[0], columns=2)
    return svg(figure, "training")


def estimators_figure(rows: Sequence[EstimatorRow]) -> bytes:
    """Return bias, variance and price of each reward estimator as bars with their figures."""
    panels: dict[str, list[float]] = {
        "bias": [row.bias for row in rows],
        "variance": [row.variance for row in rows],
        "steps of the\ngenerator": [row.token_steps for row in rows],
        "texts\nscored": [row.texts_scored for row in rows],
    }
    figure = Figure(figsize=(WIDE, 0.31 * len(rows) + 0.5), layout="constrained")
    axes = figure.subplots(1, len(panels), sharey=True).tolist()
    names = [textwrap.fill(row.estimator, NAME_WIDTH) for row in rows]
    for axis, (title, values), color in zip(axes, panels.items(), COLORS, strict=False):
        bars = axis.barh(names, values, color=color, height=0.65)
        told = [f"{value:.2g}" if value > NOTHING else "0" for value in values]
        axis.bar_label(bars, told, fontsize=7, padding=2)
        axis.set_title(title, fontsize=9)
        axis.set_xlim(0, 1.45 * max(*values, NOTHING))
        axis.tick_params(labelsize=7)
        axis.set_xticks([])
        axis.spines[["top", "right", "bottom"]].set_visible(False)
    axes[0].invert_yaxis()
    return svg(figure, "estimators")
