"""Drawings as inline SVG: text is real text, and black follows the page's light or dark colour."""

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator, StrMethodFormatter

from seqgan.report.markup import Html, element

# Told apart by people with common kinds of colour blindness, on white and on black alike.
COLORS = ("#2f86c9", "#e08a1e", "#1f9e77", "#c75a9b", "#8c6fd1", "#b5533c", "#7d8a1f", "#5aa9a9")
MARKERS = "osD^vPX*"
INK, GREY = "#010203", "#8b8f96"
SHADES = ("#8899aa", "#ccaa66", "#77aa88", "#aa88bb")
MAX_POINTS = 240


@dataclass(frozen=True)
class Phase:
    """A named stretch of updates, shaded behind the curves."""

    name: str
    start: float
    end: float


@dataclass(frozen=True)
class Curve:
    """A figure over updates."""

    name: str
    updates: Sequence[float]
    values: Sequence[float]


@dataclass(frozen=True)
class Point:
    """A system at one setting of its dial (empty: it has none)."""

    x: float
    y: float
    dial: str


PLOT = (0.18, 0.2, 0.79, 0.73)
"""Left, bottom, width, height of a curve in its chart: a page has dozens, and a layout that
measures its labels takes as long as all the rest."""


def curve_chart(curve: Curve, phases: Sequence[Phase]) -> Html:
    """Return a small chart of one figure: the mean, the range where points are merged, phases."""
    figure = Figure(figsize=(4.2, 2.5))
    axes = figure.add_axes(PLOT)
    _shade(axes, phases)
    updates, means, lows, highs = merged(curve.updates, curve.values)
    axes.fill_between(updates, lows, highs, color=COLORS[0], alpha=0.25, linewidth=0)
    marker = "o" if len(updates) < 15 else ""
    axes.plot(updates, means, color=COLORS[0], linewidth=1.4, marker=marker, markersize=3)
    axes.set_xlabel("update")
    _bare(axes)
    return _figure(figure, caption=curve.name, name=f"curve of {curve.name}")


def tradeoff_chart(
    systems: Sequence[tuple[str, Sequence[Point]]],
    *,
    x_label: str,
    y_label: str,
    log_x: bool = False,
    log_y: bool = False,
    marked: bool = True,
) -> Html:
    """Return quality against diversity: a line for each system along its dial.

    One without points is not named: it takes a color that it has in other charts.
    """
    figure = Figure(figsize=(5.2, 4.3), layout="constrained")
    axes = figure.subplots()
    # First: which labels lie on each other depends on it.
    if log_x:
        axes.set_xscale("log")
        _write_out(axes.xaxis)
    if log_y:
        axes.set_yscale("log")
        _write_out(axes.yaxis)
    _draw_systems(axes, systems, marked=marked)
    axes.set_xlabel(x_label)
    axes.set_ylabel(y_label)
    drawn = {name for name, points in systems if points}
    figure.legend(
        handles=[line for line in axes.get_lines() if line.get_label() in drawn],
        loc="outside lower center",
        frameon=False,
        labelcolor=INK,
        fontsize=10,
        ncols=2,
    )
    return _figure(figure, caption=f"{y_label} against {x_label}", name=f"{y_label}-{x_label}")


@dataclass(frozen=True)
class Panel:
    """One drawing of a figure against another, beside others of the same systems."""

    systems: Sequence[tuple[str, Sequence[Point]]]
    x_label: str
    y_label: str
    x_ticks: Sequence[str] = ()
    """What stands beneath x = 0, 1, ... where these are no numbers of their own."""


LETTER, HANDLE, LINE = 0.075, 0.6, 0.19
"""Inches that a legend of ten points takes: a letter, what stands before a name, a line."""
APART = (22.0, 11.0)
"""Pixels between the marks of two dials that can both be read."""


def panels_picture(panels: Sequence[Panel]) -> str:
    """Return drawings side by side as an SVG file of their own, black on white.

    A system that some panels lack keeps its color in the others.
    """
    names = list(dict.fromkeys(name for panel in panels for name, _ in panel.systems))
    width = 5.2 * len(panels)
    columns = max(1, min(4, int(width / (LETTER * max(map(len, names)) + HANDLE))))
    rows = -(-len(names) // columns)
    figure = Figure(figsize=(width, 5.2 + LINE * rows), layout="constrained")
    for axes, panel in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True):
        has = dict(panel.systems)
        _draw_systems(axes, [(name, has.get(name, ())) for name in names])
        axes.set_xlabel(panel.x_label)
        axes.set_ylabel(panel.y_label)
        if panel.x_ticks:
            axes.set_xticks(range(len(panel.x_ticks)), panel.x_ticks)
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(
        handles, labels, loc="outside lower center", frameon=False, fontsize=10, ncols=columns
    )
    text = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": "panels"}):
        figure.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()


def _write_out(axis: Axis) -> None:
    """Write 50 and 1,000 at a logarithmic axis, no powers of ten."""
    axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_major_formatter(StrMethodFormatter("{x:,g}"))
    axis.set_minor_locator(NullLocator())


def _draw_systems(
    axes: Axes, systems: Sequence[tuple[str, Sequence[Point]]], *, marked: bool = True
) -> None:
    lines = [name for name, points in systems if len(points) > 1]
    for place, (name, points) in enumerate(systems):
        line = lines.index(name) if name in lines else -1
        axes.plot(
            [point.x for point in points],
            [point.y for point in points],
            color=GREY if line < 0 else COLORS[line % len(COLORS)],
            marker=marker_of(place) if marked else "",
            linestyle="-" if line < len(COLORS) else "--",
            linewidth=1.4,
            markersize=6,
            label=name.replace("$", r"\$"),  # no formula
        )
    axes.margins(0.1)
    _bare(axes)
    _label(axes, [point for _, points in systems for point in points])


def _label(axes: Axes, points: Sequence[Point]) -> None:
    """Write the dial beside each point, but where another one's stands already."""
    axes.autoscale_view()
    taken: list[tuple[float, float]] = []
    for point in points:
        if not point.dial:
            continue
        x, y = axes.transData.transform((point.x, point.y))
        if any(abs(x - left) < APART[0] and abs(y - low) < APART[1] for left, low in taken):
            continue
        taken.append((x, y))
        axes.annotate(
            point.dial,
            (point.x, point.y),
            xytext=(5, 5),
            textcoords="offset points",
            fontsize=9,
            color=INK,
        )


def marker_of(place: int) -> str:
    """Return a system's marker; from the ninth on colors come again, with other markers.

    >>> marker_of(0) == marker_of(8)
    False
    """
    return MARKERS[(place + place // len(COLORS)) % len(MARKERS)]


def merged(
    updates: Sequence[float], values: Sequence[float], *, max_points: int = MAX_POINTS
) -> tuple[list[float], list[float], list[float], list[float]]:
    """Return at most `max_points` points: last update, mean, lowest and highest of each bunch.

    >>> merged([1, 2, 3, 4], [0.0, 2.0, 4.0, 4.0], max_points=2)
    ([2, 4], [1.0, 4.0], [0.0, 4.0], [2.0, 4.0])
    """
    size = -(-len(values) // max_points) or 1
    bunches = [values[start : start + size] for start in range(0, len(values), size)]
    ends = [updates[min(start + size, len(updates)) - 1] for start in range(0, len(values), size)]
    means = [sum(bunch) / len(bunch) for bunch in bunches]
    return ends, means, [min(bunch) for bunch in bunches], [max(bunch) for bunch in bunches]


def _shade(axes: Axes, phases: Sequence[Phase]) -> None:
    for place, phase in enumerate(phases):
        if phase.end <= phase.start:
            continue
        color = SHADES[place % len(SHADES)]
        axes.axvspan(phase.start, phase.end, color=color, alpha=0.16, linewidth=0)
        axes.text(
            (phase.start + phase.end) / 2,
            1.02,
            phase.name if phase.end - phase.start > 0.14 * phases[-1].end else "",
            transform=axes.get_xaxis_transform(),
            ha="center",
            fontsize=8,
            color=INK,
        )


def _bare(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(INK)
    axes.tick_params(colors=INK, labelsize=9)
    axes.xaxis.label.set_color(INK)
    axes.yaxis.label.set_color(INK)
    axes.set_facecolor("none")


def _figure(figure: Figure, *, caption: str, name: str) -> Html:
    text = io.StringIO()
    # Names of clip paths come from the salt: two drawings on a page must not share them.
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": name}):
        figure.savefig(text, format="svg", transparent=True, metadata={"Date": None})
    svg = text.getvalue()
    svg = svg[svg.index("<svg") :].replace(INK, "currentColor")
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", svg, count=1)
    # Every drawing numbers its groups alike; only the hashed names are referred to.
    svg = re.sub(r'<g id="\w+">', "<g>", svg)
    return element("figure", Html(svg), element("figcaption", caption))
