"""Style transfers that play from where a finished run stood: what they take, what they refuse."""

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from test_style_transfer import TINY

from made_starts import die_and_resume, same
from made_style_files import write_styles
from seqgan.core.launch import launch
from seqgan.recipes import style_transfer
from seqgan.text.transfer import finish, model
from seqgan.text.transfer.evaluation import TransferSettings

BEFORE = ("pretrained", "continued")
REPORT = finish.report


@pytest.fixture(scope="module", autouse=True)
def hasty() -> Iterator[None]:
    """Let scorers learn for a moment, answers try two settings of the dial, and end runs early."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(finish, "QUICK_UPDATES", 4)
        patch.setattr(model, "RUNGS", (1.0, 2.5))
        patch.setattr(finish, "report", lambda folder, *_, **__: folder / "report.html")
        yield


def play(run: Path, corpus: Path, *options: str) -> int:
    """Run the recipe into the folder; return the exit code."""
    args = ["--output-dir", str(run), "--corpus-path", str(corpus), *TINY, *options]
    return launch(style_transfer.Config, style_transfer.main, args)


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run; its sentences lie beside it."""
    folder = tmp_path_factory.mktemp("start")
    assert play(folder / "run", write_styles(folder / "styles")) == 0
    return folder / "run"


def test_only_the_play_is_played(start: Path, tmp_path: Path) -> None:
    """Models and scorers are the start's; the play is the run's own, here without the critic."""
    run = tmp_path / "run"
    options = ["--adversarial-weight", "0", "--start-from", str(start), "--seed", "2"]
    assert play(run, start.parent / "styles", *options) == 0
    assert all(same(start, run, system) for system in BEFORE)
    lines = (run / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    logged = [json.loads(line) for line in lines]
    assert {each["phase"] for each in logged} == {"adversarial"}
    terms = {name for each in logged for name in each["figures"]}
    assert "generator/policy" in terms
    assert "generator/adversarial" not in terms
    assert not any(name.startswith("critic/") for name in terms)  # nobody hears it: it rests
    for scorer in ("style-scorer/network-0", "style-scorer/network-1", "fluency-scorer"):
        assert same(start, run, scorer)


def test_what_did_not_play_is_judged_once(
    tmp_path: Path, start: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows of the start stand in for models that are the start's, where it was judged alike."""
    settings = TransferSettings(
        num_sentences=4, num_resamplings=3, classifier_updates=4, language_updates=4
    )
    monkeypatch.setattr(
        TransferSettings, "quick", lambda of: dataclasses.replace(settings, seed=of.seed)
    )
    monkeypatch.setattr(finish, "QUICK_UPDATES", 4)
    monkeypatch.setattr(finish, "report", REPORT)
    first, corpus = tmp_path / "first", start.parent / "styles"
    assert play(first, corpus) == 0
    found = json.loads((first / "results.json").read_text("utf-8"))
    marked = {"system": "continued, ranked", "strength": None, "metrics": {"copy_rate": 0.123}}
    found["rows"] = [marked if row["system"] == marked["system"] else row for row in found["rows"]]
    (first / "results.json").write_text(json.dumps(found), "utf-8")

    assert play(tmp_path / "own", corpus, "--start-from", str(first)) == 0
    results = json.loads((tmp_path / "own" / "results.json").read_text("utf-8"))
    own = {row["system"]: row["metrics"] for row in results["rows"]}
    assert list(own) == list(dict.fromkeys(row["system"] for row in found["rows"]))
    assert own["continued, ranked"] == marked["metrics"]
    assert len(own["adversarial, ranked"]) > 1


@pytest.mark.parametrize("killed", [1, 4])
def test_a_killed_run_ends_as_if_it_had_not_been(start: Path, tmp_path: Path, killed: int) -> None:
    """Killed before its first checkpoint it takes the start's models again; later it needs none."""
    corpus, options = start.parent / "styles", ["--start-from", str(start)]
    assert play(tmp_path / "whole", corpus, *options) == 0
    halved = tmp_path / "halved"
    args = ["--resume", str(halved), "--device", "cpu", "--threads", "1"]
    die_and_resume(
        halved,
        start,
        killed=killed,
        play=lambda: play(halved, corpus, *options),
        resume=lambda: launch(style_transfer.Config, style_transfer.main, args),
    )
    for system in (*BEFORE, "adversarial"):
        assert same(tmp_path / "whole", halved, system)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--family", "common"], "takes no code critic, which runs do not keep"),
        (["--family", "common", "--code-weight", "0"], "has --family cycle, this run common"),
        (["--separate"], "has --separate False, this run True"),
        (["--back-weight", "2"], "play keeps it with --chosen-weight 0"),
        (["--generator-dim", "10"], "networks of another kind or size"),
        (["--vocab-size", "40"], "has another vocabulary than this run"),
        (["--learning-rate", "0.5"], "learning before play, which --start-from spares"),
        (["--plain"], "phases before play, which --plain is without"),
        (["--adversarial-weight", "0", "--critic-lr", "1"], "a critic: --adversarial-weight above"),
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
    assert play(run, start.parent / "styles", *options, "--start-from", str(start)) == 2
    assert message in capsys.readouterr().err.splitlines()[-1]
    assert not run.exists()


def test_other_data_and_what_is_no_run_are_refused(
    start: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    others, run = write_styles(tmp_path / "others", end="!"), tmp_path / "run"
    assert play(run, others, "--start-from", str(start)) == 2
    assert "learned from other data" in capsys.readouterr().err
    assert play(run, start.parent / "styles", "--start-from", str(others)) == 2
    assert "is no run" in capsys.readouterr().err
    assert not run.exists()
