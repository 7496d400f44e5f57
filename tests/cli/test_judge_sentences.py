"""`seqgan evaluate RUN` hands a run that writes sentences to what judges it."""

import json
from pathlib import Path
from typing import Any

import pytest

from seqgan.cli import judge, main, sentences
from seqgan.core.run import RunOptions


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Any]:
    """Put a function in the place of the one that judges; give what it was asked."""
    calls: list[Any] = []

    def judge_again(config: RunOptions, folder: Path, **given: Any) -> Path:
        calls.append((config.seed, folder, given))
        return folder / "report.html"

    monkeypatch.setattr(sentences, "judge_again", judge_again)
    monkeypatch.setattr(sentences, "config_class_of", lambda _: RunOptions)
    monkeypatch.setattr(judge, "writes_sentences", lambda _: True)
    record = {"recipe": "made", "config": {"seed": 5}}
    (tmp_path / "config.json").write_text(json.dumps(record), encoding="utf-8")
    return calls


def test_the_run_is_judged_as_asked(
    asked: list[Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", str(tmp_path), "--temperatures", "0.7", "1", "--offline"]) == 0
    given = {
        "num_samples": None,
        "temperatures": (0.7, 1.0),
        "encoder": None,
        "offline": True,
    }
    assert asked == [(5, tmp_path, given)]
    assert f"report: {tmp_path}" in capsys.readouterr().out


@pytest.mark.parametrize(
    "wrong", [["--temperatures", "0"], ["--temperatures", "-1"], ["--num-samples", "1"]]
)
def test_values_out_of_range_are_refused(
    asked: list[Any], tmp_path: Path, capsys: pytest.CaptureFixture[str], wrong: list[str]
) -> None:
    assert main(["evaluate", str(tmp_path), *wrong]) == 2
    assert capsys.readouterr().err.startswith(f"error: {wrong[0]}")
    assert asked == []
