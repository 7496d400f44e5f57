"""Results of many runs as Markdown tables, one seed or several in a cell."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from seqgan.metrics.significance import claim
from seqgan.report.comparison import compared, differences, matched_differences
from seqgan.report.markdown import claim_cell, figure_cell, markdown, metric_heads
from seqgan.report.markup import number
from seqgan.report.metric_names import ordered
from seqgan.report.run_folder import Record, Results, read_results, section_of
from seqgan.report.settings_table import settings_table
from seqgan.report.summary_sections import by_words
from seqgan.report.transfer_sections import by_strength

Key = tuple[str, float | None]
Place = tuple[str, str]
"""A corpus and a setting."""
Tables = dict[Place, dict[object, Results]]
"""Runs by seed in their places."""


@dataclass(frozen=True)
class _Cell:
    """The runs of one corpus and one setting, of different seeds."""

    title: str
    runs: Sequence[Results]


def results_table(files: list[Path]) -> str:
    """Return Markdown from several `results.json`: for each corpus a table and a comparison.

    Results with a name under `"setting"` are kept apart by it as well; those that say
    `"table": "settings"` share one table a corpus, with a line for each setting and system.
    Cells are the mean over seeds, with the standard deviation from two seeds on. Differences are
    paired within a run, treated minus control at temperature 1, with a 95 % t-interval over
    seeds; fewer than three seeds claim nothing. A file that does not exist is "not run". Raises
    ValueError, naming the file, if one cannot be read or if two have the same seed, corpus
    and setting.
    """
    present = [file for file in files if file.is_file()]
    missing = [file for file in files if not file.is_file()]
    long, wide = read_tables(present)
    parts = [_corpus_tables(_Cell(_title(at), list(runs.values()))) for at, runs in long.items()]
    for corpus in dict.fromkeys(corpus for corpus, _ in wide):
        runs = {setting: seeds for (name, setting), seeds in wide.items() if name == corpus}
        parts.append(settings_table(corpus, runs))
    if missing:
        parts.append("\n".join(f"- `{file.stem}`: not run" for file in missing) + "\n")
    return "\n".join(parts)


def read_tables(files: Sequence[Path]) -> tuple[Tables, Tables]:
    """Return the runs of files that are all there: those of tables by system, then by setting."""
    long: Tables = {}
    wide: Tables = {}
    for file in files:
        results = _read(file)
        _place(file, results, wide if results.record.get("table") == "settings" else long)
    return long, wide


def _place(file: Path, results: Results, cells: dict[Place, dict[object, Results]]) -> None:
    corpus = str(section_of(results.record, "data").get("corpus", "unknown corpus"))
    place = corpus, str(results.record.get("setting") or "")
    seed = results.record.get("seed")
    runs = cells.setdefault(place, {})
    if seed in runs:
        raise ValueError(f"{file}: seed {seed} of {_title(place)} is there twice; give each once")
    runs[seed] = results


def _title(place: Place) -> str:
    return ", ".join(part for part in place if part)


def _read(file: Path) -> Results:
    try:
        record: Record = json.loads(file.read_text(encoding="utf-8"))
        if not isinstance(record, dict):
            raise ValueError("holds no JSON object")
        return by_words(by_strength(read_results(record)))
    except ValueError as error:
        raise ValueError(f"{file}: {error}") from error


def _corpus_tables(cell: _Cell) -> str:
    seeds = [str(run.record.get("seed", "?")) for run in cell.runs]
    parts = [f"### {cell.title} (seeds {', '.join(seeds)})\n", _rows_table(cell)]
    parts.append(_comparison(cell))
    return "\n".join(parts)


def _rows_table(cell: _Cell) -> str:
    keys: dict[Key, None] = {}
    names: set[str] = set()
    for run in cell.runs:
        for row in run.rows:
            keys[row.system, row.temperature] = None
            names |= row.metrics.keys()
    columns = ordered(names)
    body = []
    for key in keys:
        rows = [
            row for run in cell.runs for row in run.rows if (row.system, row.temperature) == key
        ]
        system, temperature = key
        body.append(
            [system, number(temperature, digits=1), *[figure_cell(rows, name) for name in columns]]
        )
    return markdown(["system", "T", *metric_heads(columns)], body)


def _comparison(cell: _Cell) -> str:
    systems = compared(cell.runs[0].record)
    equal = _by_metric(differences(run.rows, systems) for run in cell.runs)
    matched = _by_metric(matched_differences(run.rows, systems) for run in cell.runs)
    if not equal:
        return f"{systems.treated} minus {systems.control}: not run\n"
    names = ordered(set(equal))
    body = [
        [
            head,
            str(claim(equal[name])),
            claim_cell(name, equal[name]),
            str(claim(matched[name])) if name in matched else "–",
        ]
        for name, head in zip(names, metric_heads(names), strict=True)
    ]
    title = f"{systems.treated} minus {systems.control}"
    return markdown([title, "at temperature 1", "claim", "at equal distinct-2"], body)


def _by_metric(changes: Iterable[Mapping[str, float]]) -> dict[str, list[float]]:
    lists: dict[str, list[float]] = {}
    for each in changes:
        for name, value in each.items():
            lists.setdefault(name, []).append(value)
    return lists
