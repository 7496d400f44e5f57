"""The sweeps of a whole table in one picture: quality against diversity, a line for each system."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from seqgan.report.charts import Panel, Point, panels_picture
from seqgan.report.gate import PLANES
from seqgan.report.run_folder import Results, Row, section_of
from seqgan.report.table import Place, read_tables
from seqgan.report.text_sections import axis, baselines_of, points_of, real_of, rivals_of

MOST_PANELS = 3


def sweep_pictures(files: Sequence[Path], settings: Sequence[str]) -> dict[str, str]:
    """Return a picture for each corpus, as SVG: the named settings of its table, means over seeds.

    The first setting gives real text and the likelihood models too, of the others only what they
    trained is drawn (where that is nothing, their likelihood models). Corpora of which no cell of
    these settings has run have none.
    """
    _, wide = read_tables([file for file in files if file.is_file()])
    found = {}
    for corpus in dict.fromkeys(corpus for corpus, _ in wide):
        if panels := list(_panels(wide, corpus, settings)):
            found[corpus] = panels_picture(panels[:MOST_PANELS])
    return found


def _panels(
    runs: Mapping[Place, Mapping[object, Results]], corpus: str, settings: Sequence[str]
) -> Iterator[Panel]:
    """Yield a panel for every plane that has figures."""
    seeds = {
        setting: list(found.values())
        for setting in settings
        if (found := runs.get((corpus, "" if setting == "default" else setting)))
    }
    for quality, diversity in PLANES:
        systems: list[tuple[str, list[Point]]] = []
        for place, (setting, of) in enumerate(seeds.items()):
            for system in _drawn(of[0], first=place == 0):
                rows = _with(mean_rows([run.rows for run in of], system), quality, diversity)
                named = f"{system}, {setting}" if place else system
                if setting.startswith(f"{system},"):
                    named = setting
                systems.append((named, points_of(rows, quality, diversity)))
        if any(points for _, points in systems):
            shown = [(name, points) for name, points in systems if points]
            yield Panel(shown, axis(diversity), axis(quality))


def _with(rows: Sequence[Row], *names: str) -> list[Row]:
    return [row for row in rows if set(names) <= row.metrics.keys()]


def _drawn(run: Results, *, first: bool) -> list[str]:
    """Return the systems of a setting that are drawn.

    One that trained nothing beyond its baselines is there for these.
    """
    trained = [str(name) for name in section_of(run.record, "sweep").get("trained", [])]
    trained += rivals_of(run.record)
    return (
        [real_of(run.record), *baselines_of(run.record), *trained]
        if first
        else trained or baselines_of(run.record)
    )


def mean_rows(seeds: Sequence[Sequence[Row]], system: str) -> list[Row]:
    """Return a system's rows at each setting of its dial that all seeds have, the figures' means.

    >>> seeds = [[Row("a", 1.0, {"x": 1})], [Row("a", 1.0, {"x": 3}), Row("a", 1.3, {"x": 3})]]
    >>> [(row.dial, row.metrics) for row in mean_rows(seeds, "a")]
    [(1.0, {'x': 2.0})]
    """
    by_dial = [{row.dial: row for row in rows if row.system == system} for rows in seeds]
    shared = [dial for dial in by_dial[0] if all(dial in rows for rows in by_dial)]
    means = []
    for dial in shared:
        rows = [found[dial] for found in by_dial]
        names = set.intersection(*(row.metrics.keys() - row.void for row in rows))
        figures = {name: sum(row.metrics[name] for row in rows) / len(rows) for name in names}
        means.append(dataclasses.replace(rows[0], metrics=figures, void=frozenset()))
    return means
