"""`seqgan rate` as a person types it: through a pipe, in sittings, with every mistake."""

import io
import json
import shutil
import sys
from pathlib import Path

import pytest

from made_talker import rate_all, write_run
from seqgan.cli import main
from seqgan.text import local_page
from seqgan.text.people import page as rating_page
from seqgan.text.people.ratings import FOLDER, RATINGS_FILE

SMALL = ["--num-prompts", "2", "--num-replies", "2"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("rate") / "made")


@pytest.fixture
def run(made: Path, tmp_path: Path) -> Path:
    """A run of one's own, without ratings."""
    shutil.copytree(made, tmp_path / "run", ignore=shutil.ignore_patterns(FOLDER))
    return tmp_path / "run"


def type_in(monkeypatch: pytest.MonkeyPatch, *keys: str) -> None:
    text = "".join(f"{key}\n" for key in keys)
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def values(run: Path) -> list[object]:
    lines = (run / FOLDER / RATINGS_FILE).read_text("utf-8").splitlines()
    return [json.loads(line)["value"] for line in lines]


def one_error_line(capsys: pytest.CaptureFixture[str]) -> str:
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert line.startswith("error: ")
    return line


def test_a_sitting_ends_and_the_next_goes_on(
    run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    type_in(monkeypatch, "4", "q")
    assert main(["rate", str(run), *SMALL]) == 0
    out = capsys.readouterr().out
    assert "\n1 of 4\n" in out
    assert "\n2 of 4\n" in out
    assert "mle" not in out
    assert "1 of 4 answered" in out
    type_in(monkeypatch, "5", "s")  # then the pipe ends, as with Ctrl-D
    assert main(["rate", str(run)]) == 0
    assert "3 of 4 answered" in capsys.readouterr().out
    type_in(monkeypatch, "1")
    assert main(["rate", str(run)]) == 0
    assert "4 of 4 answered" in (out := capsys.readouterr().out)
    assert "Thank you!" in out
    assert values(run) == [4, 5, None, 1]


def test_ctrl_c_loses_nothing(
    run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = iter(["2"])

    def typed(prompt: str) -> str:
        for key in keys:
            return key
        raise KeyboardInterrupt

    monkeypatch.setattr("builtins.input", typed)
    assert main(["rate", str(run), *SMALL]) == 130
    assert "1 of 4 answered" in capsys.readouterr().out
    assert values(run) == [2]


def test_what_is_no_answer_is_asked_again(
    run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    type_in(monkeypatch, "6", "good", "", "3", "q")
    assert main(["rate", str(run), *SMALL]) == 2
    out, err = capsys.readouterr()
    assert out.count("\n1 of 4\n") == 4
    assert err.splitlines() == [
        "the answer is 6: it must be 1 to 5",
        "'good' is no answer: type 1 to 5, s, b or q",
        "'' is no answer: type 1 to 5, s, b or q",
    ]
    assert values(run) == [3]


def test_a_line_that_is_no_text_is_passed_over(
    run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = iter([b"\xff", b"4", b"q"])
    monkeypatch.setattr("builtins.input", lambda _: next(lines).decode())
    assert main(["rate", str(run), *SMALL]) == 2
    assert "not UTF-8 text" in capsys.readouterr().err
    assert values(run) == [4]


def test_back_puts_the_last_answer_right(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    type_in(monkeypatch, "3", "b", "5", "1", "q")
    assert main(["rate", str(run), *SMALL]) == 0
    assert values(run) == [3, 5, 1]
    answers = [json.loads(line) for line in (run / FOLDER / RATINGS_FILE).open()]
    assert answers[0]["replies"] == answers[1]["replies"] != answers[2]["replies"]


def test_pairs_and_raters(
    run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for rater in ("Ann", "Ben"):
        type_in(monkeypatch, "1", "0")
        options = SMALL if rater == "Ann" else []
        assert main(["rate", str(run), "--pairs", "--rater", rater, *options]) == 0
        assert "2 of 2 answered" in capsys.readouterr().out
    assert main(["rate", str(run), "--summary"]) == 0
    out = capsys.readouterr().out
    assert "answers: 4, raters: 2, prompts asked about: 2" in out
    assert "generator: share of choices won" in out


def test_a_broken_last_line_is_said_and_left_behind(
    run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    type_in(monkeypatch, "4", "q")
    main(["rate", str(run), *SMALL])
    path = run / FOLDER / RATINGS_FILE
    path.write_bytes(path.read_bytes() + b'{"sheet": "x", "ra')
    capsys.readouterr()
    type_in(monkeypatch, "2", "q")
    assert main(["rate", str(run)]) == 0
    out, err = capsys.readouterr()
    assert err == f"{path}: line 2 was cut off and is left out\n"
    assert "\n2 of 4\n" in out
    assert len(path.read_bytes().splitlines()) == 3


def test_answers_of_another_run_are_refused(
    run: Path, made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(run, tmp_path / "other")
    for folder, prompts in ((run, 8), (tmp_path / "other", 9)):
        (folder.parent / "made.jsonl").write_bytes((made.parent / "made.jsonl").read_bytes())
        rate_all(folder, num_prompts=prompts)
    shutil.copy(run / FOLDER / RATINGS_FILE, tmp_path / "other" / FOLDER / RATINGS_FILE)
    assert main(["rate", str(tmp_path / "other")]) == 2
    assert "line 1: it answers another sheet of questions" in one_error_line(capsys)


def test_a_sheet_is_not_drawn_twice(
    run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    type_in(monkeypatch, "q")
    main(["rate", str(run), *SMALL])
    capsys.readouterr()
    assert main(["rate", str(run), "--seed", "4"]) == 2
    assert "leave --seed away" in one_error_line(capsys)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--num-prompts", "0"], "--num-prompts is 0: 1 is the least"),
        (["--num-replies", "1"], "--num-replies is 1: 2 is the least"),
        (["--num-prompts", "999"], "the validation part has"),
        (["--port", "70000"], "--port is 70000"),
        (["--rater", " "], "1 to 40 characters, not 0"),
    ],
)
def test_options_out_of_range(
    run: Path, options: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rate", str(run), *options]) == 2
    assert reason in one_error_line(capsys)


def test_every_option_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["rate", "--help"])
    assert end.value.code == 0
    assert "--web" in capsys.readouterr().out


def test_a_folder_that_is_no_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rate", str(tmp_path)]) == 2
    assert "is no run" in one_error_line(capsys)


def test_a_run_that_has_not_ended(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(run / "generator")
    assert main(["rate", str(run)]) == 2
    assert "no trained model yet: finish it with --resume" in one_error_line(capsys)
    assert not (run / FOLDER).exists()


def test_a_run_of_pictures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = {"recipe": "image_gan", "config": {}}
    (tmp_path / "config.json").write_text(json.dumps(config), "utf-8")
    assert main(["rate", str(tmp_path)]) == 2
    assert "makes pictures: people are asked about replies only" in one_error_line(capsys)


def test_the_page_without_gradio(
    run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "gradio", None)
    assert main(["rate", str(run), "--web", *SMALL]) == 2
    assert 'pip install "seqgan[web]"' in one_error_line(capsys)


def test_the_page_is_served_until_ctrl_c(
    run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Closing:
        closed = False

        def close(self, verbose: bool) -> None:
            self.closed = True

    class Interrupted:
        def wait(self) -> None:
            raise KeyboardInterrupt

    page = Closing()
    monkeypatch.setattr(rating_page, "open_page", lambda *args, **options: (page, "http://here/"))
    monkeypatch.setattr(local_page.threading, "Event", Interrupted)
    assert main(["rate", str(run), "--web", "--pairs", *SMALL]) == 0
    assert "rate at http://here/ (keys 1, 2, 0, s, b)" in capsys.readouterr().out
    assert page.closed
