"""Results of many settings of one corpus as one Markdown table, a line for each system."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from seqgan.metrics.significance import MIN_SEEDS, claim
from seqgan.report.comparison import compared
from seqgan.report.gate import GATE_HEADS, Passage, gate_cells
from seqgan.report.markdown import claim_cell, figure_cell, markdown, metric_heads
from seqgan.report.metric_names import metric, ordered
from seqgan.report.run_folder import Results, Row, section_of
from seqgan.report.table_data import Runs, chance_note, data_notes
from seqgan.report.text_sections import real_of, rivals_of, run_passages

GIVEN = ("best", "best_continued")
"""Models that `--start-from` lends: those of likelihood, before play."""

GATE_NOTE = (
    "Against the whole curve of another system: at how many settings of the sweep quality is "
    "better than the best that the other reaches with no less diversity, and by how much in the "
    "mean (below 0: worse)."
)
NOTE = "± is the standard deviation over seeds; a line of one seed claims nothing."


def settings_table(corpus: str, runs: Runs) -> str:
    """Return a line for each setting and system, and what was better than the default setting.

    A system with a sweep stands in the table as it is at temperature 1, or with the most candidates
    that it chooses among; whether it lies outside the baseline's whole curve is said below. Systems
    that no setting changes (real pictures) have one line for all, and those that settings which go
    on from the same models (`"started_from"`) leave as they were one for these. Differences are
    paired by seed, with a 95 % t-interval, where there are three seeds or more: the default minus
    another setting, and the first setting that goes on from some models minus another one that
    does, of the one trained system that each has or that its `"comparison"` says was treated; and,
    where it says so, the treated system minus every other one of its run.
    """
    swept, runs = runs, _at_rest(runs)
    shared = _shared(runs)
    lines = [("all", system, _rows(runs, system)) for system in shared]
    untouched = {start: _untouched(family) for start, family in _families(runs).items()}
    for setting, seeds in runs.items():
        start = _start(seeds)
        for system in (each for each in _systems(seeds.values()) if each not in shared):
            alike = untouched.get(start, {}).get(system, {})
            if setting not in alike:
                lines.append((setting or "default", system, _rows({setting: seeds}, system)))
            elif setting == next(iter(alike)):
                lines.append((f"from {start}", system, _rows(alike, system)))
    names = ordered({name for _, _, rows in lines for row in rows for name in row.metrics})
    body = [
        [setting, system, str(len(rows)), *[figure_cell(rows, name) for name in names]]
        for setting, system, rows in lines
    ]
    table = markdown(["setting", "system", "seeds", *metric_heads(names)], body)
    claims = [*_comparisons(runs, shared), *_gates(swept, untouched)]
    parts = [f"### {corpus}\n", table, f"{NOTE}\n", *claims, *chance_note(claims)]
    if notes := [*data_notes(runs), *_budgets(runs)]:
        parts.append("\n".join(notes) + "\n")
    return "\n".join(parts)


def _at_rest(runs: Runs) -> Runs:
    """Return the runs without the rows of other temperatures and noise than 1, fewer candidates."""
    return {
        setting: {seed: Results(_resting(run.rows), run.record) for seed, run in seeds.items()}
        for setting, seeds in runs.items()
    }


def _resting(rows: Sequence[Row]) -> list[Row]:
    most = {row.system: row.candidates for row in sorted(rows, key=lambda row: row.dial or 0)}
    return [
        row
        for row in rows
        if row.temperature in (None, 1.0)
        and row.noise_scale in (None, 1.0)
        and row.candidates in (None, most[row.system])
    ]


def _gates(runs: Runs, untouched: Mapping[str, Mapping[str, Runs]]) -> Iterator[str]:
    """Yield a table of where the trained systems stand against a curve of their own run.

    What several settings that go on from the same models leave as it was (`untouched`, by start
    and system) has one line.
    """
    found: list[tuple[str, str, tuple[str, ...]]] = []
    for setting, cells in _passed(runs):
        start = _start(runs[setting])
        lent = setting in untouched.get(start, {}).get(cells[0], {})
        found.append((setting, start if lent else "", tuple(cells)))
    times = Counter((start, said) for _, start, said in found)
    body = []
    for setting, start, said in found:
        if not start or times[start, said] == 1:
            body.append([setting or "default", *said])
        elif times.pop((start, said), 0):
            body.append([f"from {start}", *said])
    if body:
        yield f"{GATE_NOTE}\n"
        yield markdown(["setting", *GATE_HEADS], body)


def _passed(runs: Runs) -> Iterator[tuple[str, list[str]]]:
    """Yield settings, and how a system of theirs fares.

    Systems are those that the results name under `"sweep": {"trained"}` and its rivals, else the
    last row's.
    """
    for setting, seeds in runs.items():
        passed: dict[tuple[object, str, tuple[str, ...]], list[Passage]] = {}
        for run in seeds.values():
            if not (sweep := section_of(run.record, "sweep")):
                continue
            named = [*sweep.get("trained", [run.rows[-1].system]), *rivals_of(run.record)]
            for each in run_passages(run):
                if each.system in named and each.gate.diversity is not None:
                    key = (each.gate, each.system, each.baselines)
                    passed.setdefault(key, []).append(each)
        for found in passed.values():
            yield setting, gate_cells(found)


def _budgets(runs: Runs) -> Iterator[str]:
    """Yield for each setting how long every phase of its training took, the mean over its seeds.

    Behind it stand the updates that early stopping kept of each seed, where it did.
    """
    for setting, seeds in runs.items():
        phases: dict[str, list[tuple[float, object]]] = {}
        for run in seeds.values():
            updates = section_of(run.record, "updates")
            for phase, seconds in section_of(run.record, "seconds").items():
                if phase in updates and isinstance(seconds, int | float):
                    phases.setdefault(phase, []).append((seconds, updates[phase]))
        told = [
            f"{phase} {sum(seconds for seconds, _ in found) / len(found):.0f} s ({found[0][1]})"
            for phase, found in phases.items()
        ]
        start = f", from the models of {start}" if (start := _start(seeds)) else ""
        if told:
            kept = f"; kept of updates {kept}" if (kept := _kept(list(seeds.values()))) else ""
            yield f"- {setting or 'default'}: training (updates) {', '.join(told)}{start}{kept}."


def _kept(runs: Sequence[Results]) -> str:
    """Return the update that early stopping kept of each model, seed by seed.

    What a run was given by the one that it starts from, and did not train, is left out.
    """
    found: dict[str, list[str]] = {}
    for run in runs:
        given = GIVEN if run.record.get("started_from") else ()
        for name, update in section_of(run.record, "kept").items():
            if name not in given:
                found.setdefault(name.replace("_", " "), []).append(str(update))
    return ", ".join(f"{'/'.join(updates)} ({name})" for name, updates in found.items())


def _start(seeds: Mapping[object, Results]) -> str:
    """Return whose models a setting goes on from, "" if it learns its own."""
    starts = {str(run.record.get("started_from", "")) for run in seeds.values()} - {""}
    return ", ".join(sorted(starts))


def _families(runs: Runs) -> dict[str, dict[str, Mapping[object, Results]]]:
    """Return the settings that go on from the same models, by the names of these."""
    found: dict[str, dict[str, Mapping[object, Results]]] = {}
    for setting, seeds in runs.items():
        if start := _start(seeds):
            found.setdefault(start, {})[setting] = seeds
    return found


def _untouched(family: Runs) -> dict[str, dict[str, Mapping[object, Results]]]:
    """Return for each system the settings that have the figures of the first one, if several do.

    A figure that only some of them have (of another judge) does not count.
    """
    found = {}
    for system in _systems(run for seeds in family.values() for run in seeds.values()):
        first: list[Row] = []
        alike = {}
        for setting, seeds in family.items():
            rows = _rows({setting: seeds}, system)
            first = first or rows
            if rows and len(rows) == len(first) and all(map(_agree, first, rows)):
                alike[setting] = seeds
        if len(alike) > 1:
            found[system] = alike
    return found


def _agree(one: Row, other: Row) -> bool:
    """Return whether the figures that both rows have are the same."""
    first, second = _rounded(one), _rounded(other)
    common = first.keys() & second.keys()
    return bool(common) and all(first[name] == second[name] for name in common)


def _rounded(row: Row) -> dict[str, str]:
    return {name: f"{value:.5g}" for name, value in row.metrics.items()}


def _systems(runs: Iterable[Results]) -> list[str]:
    return list(dict.fromkeys(row.system for run in runs for row in run.rows))


def _rows(runs: Runs, system: str) -> list[Row]:
    """Return the rows of a system, one a seed: the first of those with the most figures."""
    rows: dict[object, Row] = {}
    for seeds in runs.values():
        for seed, run in seeds.items():
            for row in run.rows:
                if row.system == system and (
                    seed not in rows or len(row.metrics) > len(rows[seed].metrics)
                ):
                    rows[seed] = row
    return list(rows.values())


def _shared(runs: Runs) -> list[str]:
    """Return the systems whose figures are the same in all settings, seed by seed."""
    systems = _systems(run for seeds in runs.values() for run in seeds.values())
    return [system for system in systems if _same(runs, system)]


def _same(runs: Runs, system: str) -> bool:
    by_seed: dict[object, list[dict[str, str]]] = {}
    for seeds in runs.values():
        for seed, run in seeds.items():
            figures = [_rounded(row) for row in run.rows if row.system == system]
            by_seed.setdefault(seed, []).extend(figures)
    several = any(len(each) > 1 for each in by_seed.values())
    return several and all(each == each[:1] * len(each) for each in by_seed.values())


def _comparisons(runs: Runs, shared: Sequence[str]) -> Iterator[str]:
    for setting, seeds in runs.items():
        if len(seeds) >= MIN_SEEDS and all("comparison" in run.record for run in seeds.values()):
            yield _within(setting or "default", list(seeds.values()))
    for first, second in _compared_settings(runs):
        common = [seed for seed in runs[first] if seed in runs[second]]
        if len(common) < MIN_SEEDS:
            continue
        changes = [_change(runs[first][seed], runs[second][seed], shared) for seed in common]
        names = ordered(set(changes[0]).intersection(*changes))
        body = []
        for name, head in zip(names, metric_heads(names), strict=True):
            values = [change[name] for change in changes]
            body.append([head, str(claim(values)), claim_cell(name, values)])
        if body:
            yield markdown([f"{first or 'default'} minus {second}", "difference", "claim"], body)


def _compared_settings(runs: Runs) -> Iterator[tuple[str, str]]:
    """Yield the default with each other setting, and of those that go on from the same models the
    first with each other one.
    """
    if "" in runs:
        yield from (("", setting) for setting in runs if setting)
    for first, *others in _families(runs).values():
        yield from ((first, setting) for setting in others if first)


def _within(setting: str, runs: Sequence[Results]) -> str:
    """Return what the treated system of a setting has over the others of its runs."""
    treated = compared(runs[0].record).treated
    by_rival: dict[str, dict[str, list[float]]] = {}
    real = real_of(runs[0].record)
    for rival in (name for name in _systems(runs) if name not in (treated, real)):
        pairs = [[_row_of(run, name) for name in (treated, rival)] for run in runs]
        changes = [_minus(*pair) for pair in pairs]
        common = set(changes[0]).intersection(*changes)
        by_rival[rival] = {name: [change[name] for change in changes] for name in common}
    names = ordered({name for found in by_rival.values() for name in found})
    body = [
        [rival]
        + [
            f"{claim(found[name])}, {claim_cell(name, found[name])}" if name in found else "–"
            for name in names
        ]
        for rival, found in by_rival.items()
        if found
    ]
    return markdown([f"{setting}: {treated} minus", *metric_heads(names)], body)


def _row_of(run: Results, system: str) -> Row:
    """Return a system's row; one without figures where the run has none of that name."""
    return next((row for row in run.rows if row.system == system), Row(system, None, {}))


def _change(ours: Results, theirs: Results, shared: Sequence[str]) -> dict[str, float]:
    """Return ours minus theirs by metric; empty unless each has one system to compare."""
    pair = [
        [row for row in run.rows if row.system == compared(run.record).treated]
        if "comparison" in run.record
        else [row for row in run.rows if row.system not in shared]
        for run in (ours, theirs)
    ]
    if any(len(rows) != 1 for rows in pair):
        return {}
    (mine,), (other,) = pair
    return _minus(mine, other)


def _minus(mine: Row, other: Row) -> dict[str, float]:
    return {
        name: metric(name).gauge(value) - metric(name).gauge(other.metrics[name])
        for name, value in mine.metrics.items()
        if name in other.metrics and name not in mine.void | other.void
    }
