"""Results of many runs as Markdown tables, one seed or several in a cell."""

import json
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from seqgan.metrics.significance import claim
from seqgan.report.comparison import compared, differences, matched_differences
from seqgan.report.markup import number
from seqgan.report.metric_names import metric, ordered
from seqgan.report.run_folder import Record, Results, Row, read_results, section_of

Key = tuple[str, float | None]


@dataclass(frozen=True)
class _Cell:
    """The runs of one corpus and one setting, of different seeds."""

    title: str
    runs: Sequence[Results]


def results_table(files: list[Path]) -> str:
    """Return Markdown from several `results.json`: for each corpus a table and a comparison.

    Results with a name under `"setting"` are kept apart by it as well.
    Cells are the mean over seeds, with the standard deviation from two seeds on. Differences are
    paired within a run, treated minus control at temperature 1, with a 95 % t-interval over
    seeds; fewer than three seeds claim nothing. A file that does not exist is "not run". Raises
    ValueError, naming the file, if one cannot be read or if two have the same seed, corpus
    and setting.
    """
    present = [file for file in files if file.is_file()]
    missing = [file for file in files if not file.is_file()]
    parts = [_corpus_tables(cell) for cell in _grouped(present)]
    if missing:
        parts.append("\n".join(f"- `{file.stem}`: not run" for file in missing) + "\n")
    return "\n".join(parts)


def _grouped(files: Sequence[Path]) -> list[_Cell]:
    groups: dict[str, dict[object, Results]] = {}
    for file in files:
        results = _read(file)
        title = str(section_of(results.record, "data").get("corpus", "unknown corpus"))
        if results.record.get("setting"):
            title += f", {results.record['setting']}"
        seed = results.record.get("seed")
        runs = groups.setdefault(title, {})
        if seed in runs:
            raise ValueError(f"{file}: seed {seed} of {title} is there twice; give each once")
        runs[seed] = results
    return [_Cell(title, list(runs.values())) for title, runs in groups.items()]


def _read(file: Path) -> Results:
    try:
        record: Record = json.loads(file.read_text(encoding="utf-8"))
        if not isinstance(record, dict):
            raise ValueError("holds no JSON object")
        return read_results(record)
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
            [system, number(temperature, digits=1), *[_figure(rows, name) for name in columns]]
        )
    heads = [f"{metric(name).label} {metric(name).arrow}".strip() for name in columns]
    return markdown(["system", "T", *heads], body)


def _figure(rows: Sequence[Row], name: str) -> str:
    values = [row.metrics[name] for row in rows if name in row.metrics and name not in row.void]
    if not values:
        return "void" if any(name in row.void for row in rows) else "–"
    shown = number(statistics.fmean(values), digits=metric(name).digits)
    if len(values) > 1:
        shown += f" ± {number(statistics.stdev(values), digits=metric(name).digits)}"
    return shown if len(values) == len(rows) else f"{shown} ({len(values)} of {len(rows)})"


def _comparison(cell: _Cell) -> str:
    systems = compared(cell.runs[0].record)
    equal = _by_metric(differences(run.rows, systems) for run in cell.runs)
    matched = _by_metric(matched_differences(run.rows, systems) for run in cell.runs)
    if not equal:
        return f"{systems.treated} minus {systems.control}: not run\n"
    body = [
        [
            f"{metric(name).label} {metric(name).arrow}".strip(),
            str(claim(equal[name])),
            _verdict(name, equal[name]),
            str(claim(matched[name])) if name in matched else "–",
        ]
        for name in ordered(set(equal))
    ]
    title = f"{systems.treated} minus {systems.control}"
    return markdown([title, "at temperature 1", "claim", "at equal distinct-2"], body)


def _verdict(name: str, changes: Sequence[float]) -> str:
    interval = claim(changes)
    if not interval.excludes_zero:
        return "none"
    better = metric(name).improved(interval.mean)
    return {True: "better", False: "worse", None: "different"}[better]


def _by_metric(changes: Iterable[Mapping[str, float]]) -> dict[str, list[float]]:
    lists: dict[str, list[float]] = {}
    for each in changes:
        for name, value in each.items():
            lists.setdefault(name, []).append(value)
    return lists


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
