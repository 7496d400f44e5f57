"""A table of results: missing cells run, finished ones stay, figures alone are kept."""

import json
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from made_chat import TINY, write_corpus
from seqgan.cli import main
from seqgan.cli.results import cells_of
from seqgan.errors import UserError


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A table of two cells on a made corpus, in a folder of its own; cells run in process."""
    monkeypatch.chdir(tmp_path)
    short = [option if option != "4" else "1" for option in TINY]
    options, whole = json.dumps(short), json.dumps([*short, "--reward", "sequence"])
    path = tmp_path / "made.toml"
    path.write_text(
        'recipe = "chatbot_pg"\ncorpora = ["friends"]\n'
        f"[settings.default]\nseeds = [1]\noptions = {options}\n"
        f"[settings.'whole replies']\nseeds = [1]\noptions = {whole}\n",
        encoding="utf-8",
    )
    (tmp_path / "docs.md").write_text(
        "before\n<!-- table made -->\nold\n<!-- end -->\nafter\n", encoding="utf-8"
    )

    def run(command: list[str], check: bool) -> SimpleNamespace:
        return SimpleNamespace(returncode=main(command[3:]))

    monkeypatch.setattr(subprocess, "run", run)
    return path


def fill(table: Path, *options: str) -> int:
    """Run the verb on the table with the made corpus."""
    corpus = write_corpus(table.parent)
    args = ["--corpus-path", f"friends={corpus}", "--docs", str(table.parent / "docs.md")]
    return main(["results", str(table), *args, *options])


def test_cells_are_filled_one_by_one(table: Path) -> None:
    docs = table.parent / "docs.md"
    assert fill(table, "--most", "1") == 0
    kept = sorted(path.name for path in (table.parent / "made").iterdir())
    assert kept == ["friends-default-1.json"]
    text = docs.read_text(encoding="utf-8")
    assert "`friends-whole_replies-1`: not run" in text
    assert "old" not in text
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    first = (table.parent / "made" / kept[0]).read_bytes()
    assert fill(table) == 0
    assert (table.parent / "made" / kept[0]).read_bytes() == first
    assert "not run`" not in docs.read_text(encoding="utf-8")
    assert "friends, whole replies" in docs.read_text(encoding="utf-8")


def test_a_cell_made_with_other_options_is_named(table: Path) -> None:
    docs = table.parent / "docs.md"
    fill(table, "--only", "default")
    assert "made with" not in docs.read_text(encoding="utf-8")
    text = table.read_text(encoding="utf-8")
    table.write_text(text.replace('options = ["', 'options = ["--ppo-moves", "7", "', 1), "utf-8")
    assert fill(table, "--dry") == 0
    told = "- `friends-default-1`: made with ppo_moves 2, now 7\n"
    assert told in docs.read_text(encoding="utf-8")


def test_a_kept_cell_names_no_path_and_quotes_no_text(table: Path) -> None:
    fill(table, "--only", "default")
    text = (table.parent / "made" / "friends-default-1.json").read_text(encoding="utf-8")
    assert str(table.parent) not in text
    assert "moon" not in text
    assert json.loads(text)["data"]["corpus"] == "friends"


def test_a_dry_run_trains_nothing(table: Path) -> None:
    assert fill(table, "--dry") == 0
    assert not (table.parent / "made").exists()


def test_mistakes_are_one_line(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["results", str(table), "--corpus-path", "friends"]) == 2
    assert "NAME=PATH" in capsys.readouterr().err
    assert fill(table, "--only", "whole replies") == 2
    assert "no cell is called so; friends-" in capsys.readouterr().err
    with pytest.raises(UserError, match="no table of results"):
        cells_of(table.parent / "nowhere.toml")
    table.write_text("recipe = ", encoding="utf-8")
    with pytest.raises(UserError, match="no table of results"):
        cells_of(table)


def test_docs_without_a_place_for_the_table_stop_before_anything_runs(
    table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (table.parent / "docs.md").write_text("nothing here\n", encoding="utf-8")
    assert fill(table) == 2
    assert "<!-- table made -->" in capsys.readouterr().err
    (table.parent / "docs.md").unlink()
    assert fill(table) == 2
    assert not (table.parent / "made").exists()


def test_a_run_that_diverges_is_a_row(table: Path) -> None:
    options = ["--quick", "--objective", "kl", "--critic-lr", "1e30", "--log-every", "1"]
    table.write_text(
        'recipe = "gaussians"\n[settings.kl]\nseeds = [1]\n'
        f"options = {json.dumps([*options, '--device', 'cpu'])}\n",
        encoding="utf-8",
    )
    assert fill(table) == 0
    kept = json.loads((table.parent / "made" / "kl-1.json").read_text(encoding="utf-8"))
    (row,) = kept["rows"]
    assert row["metrics"] == {}
    assert row["system"].startswith("diverged after update ")
    assert row["system"] in (table.parent / "docs.md").read_text(encoding="utf-8")


def test_a_run_that_refuses_is_passed_over_and_named_at_the_end(
    table: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Of two corpora that are not here one must not keep the other cells from running."""
    quick = ["--quick", "--max-updates", "2", "--log-every", "1", "--device", "cpu"]
    table.write_text(
        'recipe = "gaussians"\n'
        f"[settings.wrong]\nseeds = [1]\noptions = {json.dumps([*quick, '--batch-size', '0'])}\n"
        f"[settings.right]\nseeds = [1]\noptions = {json.dumps(quick)}\n",
        encoding="utf-8",
    )
    assert fill(table) == 2
    assert [path.name for path in (table.parent / "made").iterdir()] == ["right-1.json"]
    err = capfd.readouterr().err
    assert "cell wrong-1 is passed over: its run refuses, see above" in err
    assert err.splitlines()[-1].endswith("1 cells were passed over, see above: wrong-1")


def test_a_setting_that_starts_from_another_gets_its_run(
    table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The other one is run first where its folder is gone, and no figures of it are written."""
    options = ["--device", "cpu", "--threads", "1", "--max-updates", "1", "--num-train", "40"]
    options += ["--num-test", "20", "--num-samples", "20", "--length", "4", "--batch-size", "8"]
    table.write_text(
        'recipe = "oracle"\ncorpora = ["made"]\n'
        f"[settings.late]\nseeds = [2]\nstart = 'early'\noptions = {json.dumps(options)}\n"
        f"[settings.early]\nseeds = [2]\noptions = {json.dumps(options)}\n",
        encoding="utf-8",
    )
    assert fill(table, "--only", "late") == 0
    assert "first made-early-2, from which it starts" in capsys.readouterr().out
    runs, made = table.parent / "runs" / "made" / "cells", table.parent / "made"
    assert [path.name for path in made.iterdir()] == ["made-late-2.json"]
    kept = json.loads((made / "made-late-2.json").read_text(encoding="utf-8"))
    assert kept["started_from"] == "made-early-2"
    assert "start_from" not in kept["config"]
    models = [runs / name / "mle" / "model.safetensors" for name in ("made-early-2", "made-late-2")]
    assert models[0].read_bytes() == models[1].read_bytes()
    assert fill(table, "--only", "early") == 0  # its run is there: judged already, not run again
    assert (made / "made-early-2.json").exists()


def test_a_start_that_is_no_setting_is_a_mistake(
    table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = table.read_text(encoding="utf-8").replace("seeds", "start = 'nowhere'\nseeds", 1)
    table.write_text(text, encoding="utf-8")
    assert fill(table) == 2
    assert "starts from friends-nowhere-1, which is none" in capsys.readouterr().err
