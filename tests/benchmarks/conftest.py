"""Options of `make bench` and the collector of its figures."""

import json
import os
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
from made_batches import Figures, Record

from seqgan.report.record import machine


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--bench-json", type=Path, help="write all figures to this file")
    parser.addoption("--bench-updates", type=int, default=20, help="updates behind each median")
    parser.addoption("--bench-threads", type=int, default=0, help="CPU threads; 0 takes all cores")


@pytest.fixture(scope="session")
def updates(request: pytest.FixtureRequest) -> int:
    """How many updates stand behind each median."""
    return int(request.config.getoption("--bench-updates"))


@pytest.fixture(scope="session")
def threads(request: pytest.FixtureRequest) -> int:
    """CPU threads where one process is measured alone; 0 takes all cores.

    Other tests run on one thread, and so would what a benchmark starts in a process of its own.
    """
    return int(request.config.getoption("--bench-threads")) or len(os.sched_getaffinity(0))


@pytest.fixture(scope="session")
def record(request: pytest.FixtureRequest) -> Iterator[Record]:
    """Print a benchmark's figures; all of them go to --bench-json at the end."""
    figures: dict[str, Figures] = {}

    def keep(name: str, values: Figures) -> None:
        figures[name] = {
            key: float(f"{value:.4g}") if isinstance(value, float) else value
            for key, value in values.items()
        }
        print(f"\n{name}: {json.dumps(figures[name])}")

    yield keep
    path: Path | None = request.config.getoption("--bench-json")
    if path is not None:
        content = {"machine": machine(), "torch": version("torch"), **figures}
        path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
