"""How figures change from setting to setting of a table: a picture with a line for each system."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from seqgan.report.charts import Panel, Point, panels_picture
from seqgan.report.run_folder import Results
from seqgan.report.sweep_picture import mean_rows
from seqgan.report.table import read_tables
from seqgan.report.text_sections import axis


@dataclass(frozen=True)
class SettingCurve:
    """What a table names under `curve`.

    Args:
        label: what the settings differ by.
        settings: from left to right, each with what stands beneath it.
        systems: whose figures are drawn.
        figures: a panel for each.
    """

    label: str
    settings: Mapping[str, str]
    systems: Sequence[str]
    figures: Sequence[str]


def curve_pictures(files: Sequence[Path], curve: SettingCurve) -> dict[str, str]:
    """Return a picture for each corpus of which two of these settings have run, as SVG.

    Systems stand as they are at rest (at temperature 1, summaries in the usual length), the mean
    over seeds; a setting without a figure is left out of its line.
    """
    _, wide = read_tables([file for file in files if file.is_file()])
    found = {}
    for corpus in dict.fromkeys(corpus for corpus, _ in wide):
        runs = [
            list(wide.get((corpus, "" if setting == "default" else setting), {}).values())
            for setting in curve.settings
        ]
        if sum(map(bool, runs)) > 1:
            ticks = tuple(curve.settings.values())
            panels = [_panel(runs, curve, figure, ticks) for figure in curve.figures]
            found[corpus] = panels_picture(panels)
    return found


def _panel(
    runs: Sequence[Sequence[Results]], curve: SettingCurve, figure: str, ticks: tuple[str, ...]
) -> Panel:
    systems = []
    for system in curve.systems:
        points = [
            Point(place, row.metrics[figure], "")
            for place, seeds in enumerate(runs)
            if seeds
            for row in mean_rows([run.rows for run in seeds], system)
            if row.dial in (None, 1.0) and figure in row.metrics
        ]
        systems.append((system, points))
    return Panel(systems, curve.label, axis(figure), ticks)
