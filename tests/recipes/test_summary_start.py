"""Summarizers that play from where a finished run stood: what they take, what they refuse."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from test_summarize import TINY

from made_starts import die_and_resume, same
from seqgan.core.launch import launch
from seqgan.recipes import summarize
from seqgan.text.summary import finish
from seqgan.text.summary.evaluation import SummarySettings

BEFORE = ("pretrained", "continued", "pretrained-reconstructor")
REPORT = finish.report


@pytest.fixture(scope="module", autouse=True)
def unjudged() -> Iterator[None]:
    """End runs when their models are kept."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(finish, "report", lambda folder, *_, **__: folder / "report.html")
        yield


def write_rows(path: Path, *, end: str = "with care") -> Path:
    """Return the file with made documents and their short texts."""
    rows = [
        {
            "document": f"This is the {deed} of {number} {kind} {thing} that one may use {end}. "
            "It was written for all who like to work at a desk, or by hand, at night.",
            "short": f"{deed} of {kind} {thing} {number}",
        }
        for kind in ("old", "small", "broken", "secret", "foreign")
        for thing in ("maps", "letters", "songs", "dreams", "tables")
        for deed in ("reader", "printer", "sorter", "keeper")
        for number in ("one", "two", "three", "four", "five", "six")
    ]
    path.write_text("\n".join(map(json.dumps, rows)) + "\n", encoding="utf-8")
    return path


def play(run: Path, corpus: Path, *options: str) -> int:
    """Run the recipe into the folder; return the exit code."""
    tiny = ["76" if word == "90" else word for word in TINY]  # subwords of these few words
    args = ["--corpus-path", str(corpus), *tiny, str(run), *options]
    return launch(summarize.Config, summarize.main, args)


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run; its texts lie beside it."""
    folder = tmp_path_factory.mktemp("start")
    assert play(folder / "run", write_rows(folder / "rows.jsonl")) == 0
    return folder / "run"


def test_what_did_not_play_is_judged_once(
    start: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows of the start stand in, without what another reconstructor said of them."""
    settings = SummarySettings(num_documents=8, num_swept=3, num_resamplings=3, language_updates=4)
    monkeypatch.setattr(SummarySettings, "quick", lambda _: settings)
    monkeypatch.setattr(finish, "report", REPORT)
    corpus = start.parent / "rows.jsonl"
    assert play(tmp_path / "first", corpus) == 0
    found = json.loads((tmp_path / "first" / "results.json").read_text("utf-8"))
    for row in found["rows"]:
        row["metrics"]["copy_rate"] = 0.123
    (tmp_path / "first" / "results.json").write_text(json.dumps(found), "utf-8")
    assert play(tmp_path / "again", corpus, "--start-from", str(tmp_path / "first")) == 0
    rows = json.loads((tmp_path / "again" / "results.json").read_text("utf-8"))["rows"]
    assert [(row["system"], row["words"]) for row in rows] == [
        (row["system"], row["words"]) for row in found["rows"]
    ]
    for row in rows:
        taken = row["system"] not in ("human", "adversarial")
        assert (row["metrics"].get("copy_rate") == 0.123) == taken
        guarded = {*row["metrics"], *row["intervals"]} & {*finish.GUARDED}
        assert bool(guarded) == (not taken and row["words"] in (None, found["usual_words"]))


def test_only_the_play_is_played(start: Path, tmp_path: Path) -> None:
    """All three models are the start's before play; the reconstructor learns on in it."""
    run = tmp_path / "run"
    options = ["--realness", "0", "--start-from", str(start), "--seed", "2"]
    assert play(run, start.parent / "rows.jsonl", *options) == 0
    assert all(same(start, run, model) for model in BEFORE)
    lines = (run / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    assert {json.loads(line)["phase"] for line in lines} == {"discriminator", "adversarial"}
    before = load_file(run / "pretrained-reconstructor" / "model.safetensors")
    after = load_file(run / "reconstructor" / "model.safetensors")
    assert any(not torch.equal(value, after[name]) for name, value in before.items())


@pytest.mark.parametrize("killed", [1, 4])
def test_a_killed_run_ends_as_if_it_had_not_been(start: Path, tmp_path: Path, killed: int) -> None:
    """Killed before its first checkpoint it takes the start's models again; later it needs none."""
    corpus, options = start.parent / "rows.jsonl", ["--start-from", str(start)]
    assert play(tmp_path / "whole", corpus, *options) == 0
    halved = tmp_path / "halved"
    args = ["--resume", str(halved), "--device", "cpu", "--threads", "1"]
    die_and_resume(
        halved,
        start,
        killed=killed,
        play=lambda: play(halved, corpus, *options),
        resume=lambda: launch(summarize.Config, summarize.main, args),
    )
    for model in (*BEFORE, "adversarial", "reconstructor"):
        assert same(tmp_path / "whole", halved, model)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--pairs", "5"], "has --pairs 0, this run 5"),
        (["--learning-rate", "0.5"], "has --learning-rate 0.001, this run 0.5"),
        (["--adversarial-updates", "0"], "it must be 1 or more"),
        (["--generator-dim", "10"], "networks of another kind or size"),
        (["--vocab-size", "70"], "has another vocabulary than this run"),
        (["--language-weight", "0.5"], "learning before play, which --start-from spares"),
    ],
)
def test_a_start_that_does_not_fit_is_refused(
    start: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    message: str,
) -> None:
    run = tmp_path / "run"
    assert play(run, start.parent / "rows.jsonl", *options, "--start-from", str(start)) == 2
    assert message in capsys.readouterr().err.splitlines()[-1]
    assert not run.exists()


def test_other_data_are_refused(
    start: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    others, run = write_rows(tmp_path / "rows.jsonl", end="at night"), tmp_path / "run"
    assert play(run, others, "--start-from", str(start)) == 2
    assert "learned from other data" in capsys.readouterr().err
    assert not run.exists()
