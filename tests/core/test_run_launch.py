"""The run's folder, options and devices; from the command line to an exit code."""

import errno
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from toy_recipe import Config, make_batch, make_shared, play

from seqgan.core.launch import guarded, launch, parse, saved_config
from seqgan.core.run import Run
from seqgan.core.schedule import Phase, Phases, only
from seqgan.core.tracking import JsonLines
from seqgan.errors import UserError


def ends(config: Config) -> None:
    """Open the run and do nothing."""
    with Run("toy", config) as run:
        run.begin()


def error_of(capsys: pytest.CaptureFixture[str]) -> str:
    """Return the one line of the error."""
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1, lines
    assert lines[0].startswith("error: ")
    return lines[0]


def test_runs_are_numbered_so_that_a_command_can_be_typed_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert launch(Config, ends, ["--seed", "3"], prog="toy") == 0
    assert launch(Config, ends, ["--seed", "3"], prog="toy") == 0
    (tmp_path / "runs" / "toy" / "7").mkdir()
    (tmp_path / "runs" / "toy" / "notes").mkdir()
    assert launch(Config, ends, [], prog="toy") == 0
    saved = [tmp_path / "runs" / "toy" / str(n) / "config.json" for n in (1, 2, 8)]
    seeds = [json.loads(path.read_text())["config"]["seed"] for path in saved]
    assert seeds == [3, 3, 1]


def test_an_output_folder_with_another_run_is_refused_and_untouched(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    args = ["--output-dir", str(tmp_path / "run")]
    assert launch(Config, play, [*args, "--seed", "3"]) == 0
    files = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    capsys.readouterr()
    assert launch(Config, play, args) == 2
    message = error_of(capsys)
    assert "holds another run" in message
    assert f"--resume {tmp_path / 'run'}" in message
    (tmp_path / "run" / "config.json").unlink()  # what is left is a run all the same
    assert launch(Config, play, args) == 2
    assert {p for p in tmp_path.rglob("*") if p.is_file()} == files.keys() - {
        tmp_path / "run" / "config.json"
    }


def test_an_output_folder_that_cannot_be_made_is_a_users_mistake(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert launch(Config, ends, ["--output-dir", str(tmp_path / "file" / "run")]) == 2
    assert "cannot be made" in error_of(capsys)


def test_the_usual_place_of_runs_that_cannot_be_made_is_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs").write_text("")
    assert launch(Config, ends, []) == 2
    assert "--output-dir" in error_of(capsys)


def mistaken(config: Config) -> None:
    """Open the run, write into its folder, and end before training."""
    with Run("toy", config) as run:
        (run.folder / "tokenizer").mkdir()
        (run.folder / "data.sha256").write_text("half")
        raise UserError("no such corpus")


def test_a_run_that_never_began_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither its folder nor those above it, unless they were there; nothing of theirs is lost."""
    monkeypatch.chdir(tmp_path)
    assert launch(Config, mistaken, ["--output-dir", "new/deep/run"], prog="toy") == 2
    assert launch(Config, mistaken, [], prog="toy") == 2
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "run" / "notes").mkdir(parents=True)
    (tmp_path / "runs" / "toy" / "7").mkdir(parents=True)
    before = sorted(tmp_path.rglob("*"))
    assert launch(Config, mistaken, ["--output-dir", "run"], prog="toy") == 2
    assert launch(Config, mistaken, [], prog="toy") == 2
    assert sorted(tmp_path.rglob("*")) == before


def test_a_run_that_began_keeps_what_it_wrote(tmp_path: Path) -> None:
    """It can be resumed, also when the resumed one fails at once."""

    def late(config: Config) -> None:
        with Run("toy", config) as run:
            (run.folder / "kept").write_text("all")
            run.begin()
            raise UserError("no room")

    args = ["--output-dir", str(tmp_path / "run")]
    assert launch(Config, late, args, prog="toy") == 2
    assert launch(Config, mistaken, ["--resume", args[1]], prog="toy") == 2
    assert {path.name for path in (tmp_path / "run").iterdir()} >= {"kept", "config.json"}


def test_a_run_that_never_began_leaves_its_folder_free(tmp_path: Path) -> None:
    """A mistake in the data is found before training: the mended command may be typed again."""

    folder = str(tmp_path / "run")
    assert launch(Config, mistaken, ["--output-dir", folder], prog="toy") == 2
    assert launch(Config, ends, ["--output-dir", folder], prog="toy") == 0
    assert launch(Config, ends, ["--output-dir", folder], prog="toy") == 2


def test_resume_with_a_changed_option_shows_the_difference(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(tmp_path / "run")
    assert launch(Config, ends, ["--output-dir", folder, "--warm-updates", "5"]) == 0
    assert launch(Config, ends, ["--resume", folder, "--lr", "0.5", "--widths", "4"]) == 2
    message = error_of(capsys)
    assert "--lr was 0.01, now 0.5" in message
    assert "--widths was (8, 8), now (4,)" in message
    assert "warm-updates" not in message


def test_resume_takes_the_runs_options_and_free_ones_may_differ(
    tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    folder = tmp_path / "run"
    given = ["--output-dir", str(folder), "--warm-updates", "5", "--widths", "1", "2", "3"]
    assert launch(Config, ends, given) == 0
    before = (folder / "config.json").read_text()
    free = ["--offline", "--tensorboard", "--keep-checkpoints", "5", "--output-dir", "elsewhere"]
    again = parse(Config, ["--resume", str(folder), "--warm-updates", "5", *free], prog="toy")
    assert (again.warm_updates, again.widths, again.resume) == (5, (1, 2, 3), folder)
    assert again.offline
    assert again.tensorboard
    assert again.keep_checkpoints == 5
    seen: list[Run] = []

    def look(config: Config) -> None:
        with Run("toy", config) as run:
            seen.append(run)

    assert launch(Config, look, ["--resume", str(folder), *free]) == 0
    assert seen[0].folder == folder
    assert (folder / "config.json").read_text() == before
    assert (folder / "tensorboard").is_dir()
    assert not Path("elsewhere").exists()
    assert not [w for w in recwarn if "widths" in str(w.message)]


@pytest.mark.parametrize(
    "text", [None, "", "{", "[]", "{}", '{"config": 3}', '{"config": {"unheard_of": 1}}', "\xff"]
)
def test_resuming_what_is_no_run_is_a_users_mistake(
    tmp_path: Path, text: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    if text is not None:
        (tmp_path / "config.json").write_bytes(text.encode("latin-1"))
    assert launch(Config, ends, ["--resume", str(tmp_path)]) == 2
    message = error_of(capsys)
    assert f"--resume {tmp_path}" in message
    assert "config.json" in message
    with pytest.raises(UserError):
        saved_config(Config, tmp_path / "not there")


def test_an_unknown_option_exits_with_2_and_suggests_the_nearest(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as exit_:
        launch(Config, ends, ["--warm-update", "3"], prog="toy")
    assert exit_.value.code == 2
    assert "--warm-updates" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["log-every", "checkpoint-every", "keep-checkpoints"])
def test_intervals_below_one_are_refused(
    tmp_path: Path, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "run"
    assert launch(Config, play, ["--output-dir", str(folder), f"--{option}", "0"]) == 2
    assert f"--{option} is 0: 1 is the least" in error_of(capsys)
    assert not folder.exists()


@pytest.mark.parametrize("number", ["nan", "inf", "-inf"])
def test_numbers_that_are_none_are_refused(
    tmp_path: Path, number: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "run"
    assert launch(Config, play, ["--output-dir", str(folder), "--lr", number]) == 2
    assert f"--lr is {number}: it must be a finite number" in error_of(capsys)
    assert not folder.exists()


def test_a_gpu_that_is_not_there_is_a_users_mistake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    folder = tmp_path / "run"
    assert launch(Config, ends, ["--device", "cuda", "--output-dir", str(folder)]) == 2
    assert "torch sees no GPU" in error_of(capsys)
    assert not folder.exists()


@pytest.mark.parametrize(("threads", "local", "expected"), [(1, "1", 1), (0, "1", 6), (0, "4", 1)])
def test_threads_divide_the_cores_among_the_processes_of_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, threads: int, local: str, expected: int
) -> None:
    """Although the launcher sets OMP_NUM_THREADS to 1."""
    chosen: list[int] = []
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("LOCAL_WORLD_SIZE", local)
    monkeypatch.setattr("os.sched_getaffinity", lambda pid: set(range(6)), raising=False)
    monkeypatch.setattr(torch, "set_num_threads", chosen.append)
    Run("toy", Config(output_dir=tmp_path / "run", threads=threads))
    assert chosen == [expected]


def test_processes_that_would_each_be_alone_are_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Run("toy", Config(output_dir=tmp_path / "one"))  # accelerate has made up its mind: one process
    monkeypatch.setenv("WORLD_SIZE", "2")
    folder = tmp_path / "run"
    assert launch(Config, ends, ["--output-dir", str(folder)]) == 2
    message = error_of(capsys)
    assert "2 processes were launched but 1 takes part" in message
    assert "torchrun --standalone --nproc_per_node 2" in message
    assert not folder.exists()


def test_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    def raises(error: BaseException) -> int:
        def action() -> None:
            raise error

        return guarded(action)

    assert guarded(lambda: None) == 0
    assert raises(UserError("two\nlines")) == 2
    assert capsys.readouterr().err == "error: two lines\n"
    assert raises(OSError(errno.ENOSPC, "No space left on device")) == 2
    assert "no space left on the disk" in error_of(capsys)
    assert raises(KeyboardInterrupt()) == 130
    assert raises(BrokenPipeError()) == 141
    with pytest.raises(FileNotFoundError):
        raises(FileNotFoundError(errno.ENOENT, "a mistake of ours"))


def test_a_disk_full_while_logging_ends_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*arguments: Any, **options: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(JsonLines, "log", full)
    assert launch(Config, play, ["--output-dir", str(tmp_path / "run")]) == 2
    assert "no space left on the disk" in capsys.readouterr().err


def test_tensorboard_gets_the_same_figures(tmp_path: Path) -> None:
    from tensorboard.backend.event_processing import event_accumulator  # type: ignore[import-untyped]

    run = Run("toy", Config(output_dir=tmp_path / "run", tensorboard=True, log_every=1))
    trainer = make_shared(run, make_batch)
    trainer.phases = Phases([Phase("x", 3, only("warm"))])
    trainer.fit()
    events = event_accumulator.EventAccumulator(str(tmp_path / "run" / "tensorboard"))
    events.Reload()
    values = [(e.step, e.value) for e in events.Scalars("warm/distance")]
    lines = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").open()]
    expected = [
        (line["update"], pytest.approx(line["figures"]["warm/distance"], rel=1e-5))
        for line in lines
        if "warm/distance" in line["figures"]
    ]
    assert values == expected
    assert len(values) == 3


def test_rewind_drops_what_lies_behind_and_a_line_cut_short(tmp_path: Path) -> None:
    tracker = JsonLines(tmp_path / "metrics.jsonl")
    tracker.rewind(3)  # nothing there yet
    for update in (2, 4, 4, 6):
        tracker.log(update, "x", {"a": 1.0}, seconds=0.5)
    with tracker.path.open("a") as file:
        file.write('{"update": 4, "ph')
    tracker.rewind(4)
    lines = [json.loads(line) for line in tracker.path.read_text().splitlines()]
    assert [line["update"] for line in lines] == [2, 4, 4]
    assert lines[0] == {"update": 2, "phase": "x", "figures": {"a": 1.0}, "seconds": 0.5}
    assert [p.name for p in tmp_path.iterdir()] == ["metrics.jsonl"]
    tracker.replace(4, [{"text": "é"}, {"text": "b"}])  # seen again after going back to 3
    lines = [json.loads(line) for line in tracker.path.read_text("utf-8").splitlines()]
    assert lines[1:] == [{"update": 4, "text": "é"}, {"update": 4, "text": "b"}]
    tracker.append(5, [{"text": "one\u2028line"}, {"text": "another"}])
    tracker.rewind(5)
    kept = tracker.path.read_text("utf-8").removesuffix("\n").split("\n")
    assert [json.loads(line)["text"] for line in kept[-2:]] == ["one\u2028line", "another"]


def test_a_run_that_is_being_written_is_not_resumed_beside(tmp_path: Path) -> None:
    """Two that write one run would ruin it: the second is told, and the first goes on."""
    folder = tmp_path / "run"
    with Run("toy", Config(output_dir=folder, device="cpu")) as first:
        first.begin()
        again = Config(resume=folder, device="cpu")
        with pytest.raises(UserError, match="is being written already"):
            Run("toy", again)
    with Run("toy", again):
        pass
