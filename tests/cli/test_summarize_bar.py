"""The bar of `seqgan summarize`: it counts windows, and does not mix with the answers."""

import io
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from made_summary import DOCUMENTS, MODULE, made_recipe, write_summary_run
from seqgan.cli import answering, main
from seqgan.text.summary.model import SummaryModel

LINES = [DOCUMENTS[0], "", *DOCUMENTS[1:]]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_summary_run(tmp_path_factory.mktemp("summary") / "run")


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    """The recipe that made the run is there."""
    monkeypatch.setitem(sys.modules, MODULE, made_recipe())


@pytest.fixture(autouse=True)
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything takes longer than a moment."""
    monkeypatch.setattr(answering, "MOMENT", 0)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "lines.txt"
    path.write_text("\n".join(LINES) + "\n", "utf-8")
    return path


def summarize(run: Path, *options: str) -> list[str]:
    """Return the lines of both streams as a terminal shows them: each overwrites what it can."""
    screen = io.StringIO()
    with redirect_stdout(screen), redirect_stderr(screen):
        assert main(["summarize", str(run), "--threads", "1", *options]) == 0
    *lines, rest = screen.getvalue().split("\n")
    assert rest == ""
    return [line.rpartition("\r")[2] for line in lines]


def test_one_long_document_has_a_bar_of_its_parts(
    run: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two of four parts are read again; the bar ends before the summary is printed."""
    asked = (str(file), "--document", "--words", "10", "--batch-size", "5")
    remark, bar, answer = summarize(run, *asked)
    assert "4 parts" in remark
    assert bar.startswith("summarize: 100%")
    assert "| 6/6 [" in bar
    assert answer == SummaryModel.load(run).summarize([" ".join(LINES)], 10)[0].text
    monkeypatch.setattr(answering, "MOMENT", 600)
    assert summarize(run, *asked) == [remark, answer]


def test_the_bar_goes_on_over_all_lines_of_a_file(
    run: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "CHUNK", 2)
    lines = summarize(run, str(file), "--words", "3", "--batch-size", "1")
    (bar,) = (line for line in lines if line.startswith("summarize"))
    assert "| 5/5 [" in bar
    texts = [one.text for one in SummaryModel.load(run).summarize(LINES, 3)]
    assert [line for line in lines if line != bar] == texts
