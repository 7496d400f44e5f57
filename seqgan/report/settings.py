"""What a stranger needs to make the figures again: settings, data, time, machine, versions."""

from collections.abc import Iterator, Mapping
from typing import Any

from seqgan.report.markup import Html, element, join, table
from seqgan.report.run_folder import Record, section_of


def settings_section(config: Record, results: Record) -> Html:
    """Return the settings of a run and what its results say of data, time and versions."""
    parts = []
    figures = {
        "Settings": config or section_of(results, "config"),
        "Data": section_of(results, "data"),
        "Time and updates": _phases(results),
        "Machine": {
            name: results[name] for name in ("machine", "seed") if results.get(name) is not None
        },
        "Versions": section_of(results, "versions"),
        "Metric signatures": section_of(results, "signatures"),
    }
    for title, entries in figures.items():
        rows = [[name, shown] for name, shown in _flat(entries)]
        if rows:
            parts.append(element("h3", title))
            parts.append(table(["", "value"], rows))
    return join(parts)


def _phases(results: Record) -> dict[str, str]:
    seconds, updates = section_of(results, "seconds"), section_of(results, "updates")
    lines = {}
    for phase in dict.fromkeys([*seconds, *updates]):
        parts = []
        if isinstance(updates.get(phase), int | float):
            parts.append(f"{updates[phase]:,} updates")
        if isinstance(seconds.get(phase), int | float):
            parts.append(f"{seconds[phase]:,.0f} seconds")
        lines[str(phase)] = ", ".join(parts)
    return lines


def _flat(entries: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in entries.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", "–" if value is None else str(value)
