"""Reading a run folder, finished or not: what is missing or broken is said, never fatal."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Row:
    """One system at one setting of its dial, and which metrics are void.

    The dial is the sampling temperature; of a system that chooses its texts, the number of
    candidates it chooses among; of one that writes from noise, the scale of that; None where there
    is none.
    """

    system: str
    temperature: float | None
    metrics: Mapping[str, float]
    void: frozenset[str] = frozenset()
    candidates: int | None = None
    noise_scale: float | None = None
    label: str = ""
    """How its dial is written where that is not the number itself."""

    @property
    def dial(self) -> float | None:
        """The number at which its dial stands."""
        if self.noise_scale is not None:
            return self.noise_scale
        return self.temperature if self.candidates is None else self.candidates

    @property
    def setting(self) -> str:
        """The dial in words; empty where there is none."""
        if self.label:
            return self.label
        if self.candidates is not None:
            return f"of {self.candidates}"
        if self.noise_scale is not None:
            return f"noise {self.noise_scale:g}"
        return "" if self.temperature is None else f"{self.temperature:g}"


@dataclass(frozen=True)
class Results:
    """The parts of `results.json` that comparisons need; `record` is all of it."""

    rows: Sequence[Row]
    record: Record


@dataclass
class RunFolder:
    """Reads the files of a run; `problems` collects in words what could not be read."""

    path: Path
    problems: list[str] = field(default_factory=list)

    def document(self, name: str) -> Record | None:
        """Return the JSON object in the file `name`, or None with a problem noted if broken."""
        file = self.path / name
        if not file.is_file():
            return None
        try:
            record = json.loads(file.read_text(encoding="utf-8"))
        except ValueError as error:
            self.problems.append(f"{name} cannot be read ({error}); it is left out.")
            return None
        if not isinstance(record, dict):
            self.problems.append(f"{name} holds no JSON object; it is left out.")
            return None
        return record

    def lines(self, name: str) -> list[Record]:
        """Return the JSON objects of the lines of the file `name`; broken lines are left out."""
        file = self.path / name
        if not file.is_file():
            return []
        records: list[Record] = []
        broken: list[int] = []
        # Not splitlines(): a reply may hold a line separator that JSON leaves as it is.
        text = file.read_bytes().decode("utf-8", errors="replace")
        for position, line in enumerate(text.split("\n"), start=1):
            if not line.strip():
                continue
            try:
                record = json.loads(line)
            except ValueError:
                broken.append(position)
                continue
            if isinstance(record, dict):
                records.append(record)
            else:
                broken.append(position)
        if broken:
            shown = ", ".join(map(str, broken[:5])) + (" ..." if len(broken) > 5 else "")
            self.problems.append(f"{name}: left out what is no JSON object, line {shown}.")
        return records

    def results(self) -> Results | None:
        """Return the results of a finished run, or None with the reason noted if broken."""
        record = self.document("results.json")
        if record is None:
            return None
        try:
            return read_results(record)
        except ValueError as error:
            self.problems.append(f"results.json: {error}; it is left out.")
            return None


def read_results(record: Record) -> Results:
    """Return the results that `record`, a parsed `results.json`, holds; ValueError if broken."""
    try:
        rows = [
            Row(
                str(row["system"]),
                None if row.get("temperature") is None else float(row["temperature"]),
                {
                    str(name): float(value)
                    for name, value in row["metrics"].items()
                    if value is not None
                },
                frozenset(map(str, row.get("void", []))),
                None if row.get("candidates") is None else int(row["candidates"]),
                None if row.get("noise_scale") is None else float(row["noise_scale"]),
            )
            for row in record.get("rows", [])
        ]
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"a row needs `system` and figures in `metrics` ({error!r})") from error
    return Results(rows, record)


def section_of(record: Record, name: str) -> Record:
    """Return the object under `name`, empty if it is missing or no object."""
    value = record.get(name)
    return value if isinstance(value, dict) else {}
