"""Drawings of what happens on a line and a plane, as PNG bytes on white paper.

Legend: N points, S updates or thetas.
"""

import io
import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from torch import Tensor

Floats = NDArray[np.floating]
Points = NDArray[np.floating]
"""Places of the plane, (N, 2)."""

REAL, FAKE = "#9aa0a6", "#d1495b"
COLORS = ("#1769aa", "#d1495b", "#2e8b57", "#8a5fbf", "#c77c11", "#4a4e57")
PANEL = 2.6
"""Inches of one panel's side."""
SURFACE_STEPS = 90
LONE = 200
"""Dots an inch of a panel by itself: narrower drawings are shown as pixel art."""


def png(figure: Figure) -> bytes:
    """Return the figure as PNG; no window and no global state of matplotlib is touched."""
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()


def panels(
    count: int, *, columns: int = 5, width: float = PANEL, height: float = PANEL
) -> tuple[Figure, list[Axes]]:
    """Return a figure of `count` panels in rows of at most `columns`."""
    columns = min(count, columns)
    rows = math.ceil(count / columns)
    figure = Figure(
        figsize=(columns * width, rows * height),
        dpi=110 if count > 1 else LONE,
        layout="constrained",
    )
    axes = figure.subplots(rows, columns, squeeze=False).flatten().tolist()
    for empty in axes[count:]:
        empty.set_axis_off()
    return figure, axes[:count]


def scatter_figure(
    samples: Mapping[str, Points], real_N2: Points, *, limit: float, columns: int = 5
) -> bytes:
    """Return a panel for each set of samples, named, over the real points in grey."""
    figure, axes = panels(len(samples), columns=columns)
    for axis, (name, points_N2) in zip(axes, samples.items(), strict=True):
        axis.scatter(real_N2[:, 0], real_N2[:, 1], s=4, color=REAL, alpha=0.4, linewidths=0)
        axis.scatter(points_N2[:, 0], points_N2[:, 1], s=4, color=FAKE, alpha=0.6, linewidths=0)
        _square(axis, name, limit)
    return png(figure)


def score_surface_figure(
    critics: Mapping[str, Callable[[Tensor], Tensor]],
    samples: Mapping[str, Points],
    real_N2: Points,
    *,
    limit: float,
    device: torch.device | str = "cpu",
    columns: int = 4,
) -> bytes:
    """Return each critic's scores over the square [-limit, limit]^2, brighter is higher.

    The points of `samples` under the same name lie over it, and the real ones.
    """
    axis_S = torch.linspace(-limit, limit, SURFACE_STEPS, device=device)
    places = torch.cartesian_prod(axis_S, axis_S)
    figure, axes = panels(len(critics), columns=columns, width=PANEL * 1.25)
    for axis, (name, critic) in zip(axes, critics.items(), strict=True):
        with torch.no_grad():
            score = critic(places).reshape(SURFACE_STEPS, SURFACE_STEPS).T.cpu().numpy()
        shown = axis.imshow(
            score, origin="lower", extent=(-limit, limit, -limit, limit), cmap="viridis"
        )
        figure.colorbar(shown, ax=axis, shrink=0.8).ax.tick_params(labelsize=6)
        axis.scatter(real_N2[:, 0], real_N2[:, 1], s=3, color="white", alpha=0.5, linewidths=0)
        if name in samples:
            axis.scatter(
                samples[name][:, 0], samples[name][:, 1], s=3, color=FAKE, alpha=0.8, linewidths=0
            )
        _square(axis, name, limit)
    return png(figure)


def densities_figure(
    x_N: Floats,
    target_N: Floats,
    fitted: Mapping[str, Floats],
    best: Mapping[str, Floats],
    *,
    columns: int = 5,
) -> bytes:
    """Return a panel for each fitted density over the target's area; dashed the best one."""
    figure, axes = panels(len(fitted), columns=columns, height=PANEL * 0.8)
    for axis, (name, density_N) in zip(axes, fitted.items(), strict=True):
        axis.fill_between(x_N, target_N, color=REAL, alpha=0.45, linewidth=0)
        if name in best:
            axis.plot(x_N, best[name], color="black", linestyle="--", linewidth=0.9)
        axis.plot(x_N, density_N, color=FAKE, linewidth=1.6)
        axis.set_title(name, fontsize=9)
        axis.set_ylim(0, 1.6 * float(target_N.max()))
        axis.set_yticks([])
        axis.tick_params(labelsize=7)
    return png(figure)


def lines_figure(
    charts: Sequence[tuple[str, str, Mapping[str, tuple[Floats, Floats]]]],
    *,
    marks: Mapping[str, Sequence[tuple[str, float]]] | None = None,
    log: Sequence[str] = (),
    markers: bool = False,
) -> bytes:
    """Return charts side by side, the same names in each: (title, axis label, {name: (x, y)}).

    `marks` draws named level lines into the chart of a title; charts whose titles are in `log`
    have a logarithmic axis upwards.
    """
    figure, axes = panels(len(charts), columns=3, width=PANEL * 1.7, height=PANEL * 1.25)
    for axis, (title, label, lines) in zip(axes, charts, strict=True):
        for color, (name, (x_S, y_S)) in zip(COLORS, lines.items(), strict=False):
            marker = "o" if markers else ""
            axis.plot(x_S, y_S, color=color, label=name, linewidth=1.4, marker=marker, markersize=4)
        for name, level in (marks or {}).get(title, ()):
            axis.axhline(level, color="black", linestyle=":", linewidth=0.9)
            axis.annotate(
                name, (0.99, level), xycoords=("axes fraction", "data"), fontsize=7, ha="right"
            )
        if title in log:
            axis.set_yscale("log")
        axis.set_title(title, fontsize=9)
        axis.set_xlabel(label, fontsize=8)
        axis.tick_params(labelsize=7)
    figure.legend(
        *axes[0].get_legend_handles_labels(),
        loc="outside lower center",
        ncols=4,
        fontsize=8,
        frameon=False,
    )
    return png(figure)


def _square(axis: Axes, title: str, limit: float) -> None:
    axis.set(xlim=(-limit, limit), ylim=(-limit, limit), xticks=[], yticks=[], aspect="equal")
    axis.set_title(title, fontsize=9)
