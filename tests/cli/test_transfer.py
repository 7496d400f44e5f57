"""`seqgan transfer` as a person types it: a sentence, a file, a pipe, and every mistake."""

import errno
import io
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch

import seqgan
from made_talker import write_run
from made_transfer import MODULE, STYLES, made_recipe, sentences, write_transfer_run
from seqgan.cli import answering, main, transfer
from seqgan.text.transfer import page, rewriting
from seqgan.text.transfer.model import StyleTransferModel
from seqgan.text.transfer.ranking import Scorers

LINES = [*sentences("negative")[:5], "", "They were Slow ."]
FOREIGN = "еда была холодной"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_transfer_run(tmp_path_factory.mktemp("transfer") / "run")


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    """The recipe that made the run is there."""
    monkeypatch.setitem(sys.modules, MODULE, made_recipe())


@pytest.fixture(scope="module")
def expected(run: Path) -> list[str]:
    return [one.text for one in StyleTransferModel.load(run).transfer(LINES, "positive")]


def pipe_in(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content), encoding="utf-8"))


def one_error_line(capsys: pytest.CaptureFixture[str]) -> str:
    out, err = capsys.readouterr()
    assert out == ""
    (line,) = err.strip().splitlines()
    assert line.startswith("error: ")
    return line


def test_a_sentence_on_the_command_line(
    run: Path, expected: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["transfer", str(run), "--to", "positive", LINES[0]]) == 0
    assert capsys.readouterr().out == f"{expected[0]}\n"
    assert main(["transfer", str(run), LINES[0], "--to", "positive"]) == 0
    assert capsys.readouterr().out == f"{expected[0]}\n"


def test_the_library_does_the_same(run: Path, expected: list[str]) -> None:
    model = seqgan.load(run)
    assert isinstance(model, StyleTransferModel)
    assert [one.text for one in model.transfer(LINES, to="positive")] == expected


@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
def test_a_pipe_is_answered_line_by_line(
    run: Path,
    expected: list[str],
    ending: bytes,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pipe_in(monkeypatch, b"\xef\xbb\xbf" + ending.join(line.encode() for line in LINES))
    assert main(["transfer", str(run), "--to", "positive"]) == 0
    assert capsys.readouterr() == ("".join(f"{line}\n" for line in expected), "")


def test_an_answer_comes_before_the_next_line_is_there() -> None:
    reads, writes = os.pipe()
    with open(reads, "rb") as pipe:
        pieces = answering.lines_at_hand(pipe)
        os.write(writes, b"one\n")
        assert next(pieces) == [b"one"]
        os.write(writes, b"two\nthr")
        assert next(pieces) == [b"two"]
        os.write(writes, b"ee\nfour\nfi")
        assert next(pieces) == [b"three", b"four"]
        os.close(writes)
        assert list(pieces) == [[b"fi"]]


def test_a_long_pipe_is_answered_a_few_lines_at_a_time() -> None:
    text = b"".join(b"line %d\n" % number for number in range(30_000)) + b"x" * 200_000
    pieces = list(answering.lines_at_hand(io.BytesIO(text), most=100))
    assert [line for piece in pieces for line in piece] == text.split(b"\n")
    assert max(map(len, pieces)) == 100


def test_a_pipe_that_is_closed(
    run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", None)  # as Python has it after `<&-`
    for options in ([], ["--output", "answers.txt"]):
        assert main(["transfer", str(run), "--to", "positive", *options]) == 2
        assert "standard input is closed" in one_error_line(capsys)


def test_an_output_that_cannot_be_written_is_refused_before_the_work(
    run: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def full(**options: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(answering.tempfile, "TemporaryFile", full)
    assert (
        main(["transfer", str(run), "--to", "positive", "a", "--output", str(tmp_path / "x")]) == 2
    )
    assert "x cannot be written: Read-only file system" in one_error_line(capsys)


def test_an_output_that_is_a_link_stays_one(
    run: Path, expected: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "file")
    (tmp_path / "file").write_text("before", "utf-8")
    args = ["transfer", str(run), "--to", "positive", LINES[0], "--output", str(tmp_path / "link")]
    assert main(args) == 0
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_text("utf-8") == f"{expected[0]}\n"


def test_carriage_returns_inside_are_told(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "old.txt").write_bytes(b"it was cold .\rthey were slow .\r\n")
    assert main(["transfer", str(run), "--to", "positive", str(tmp_path / "old.txt")]) == 0
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 1
    assert err.startswith("line 1: carriage returns inside are read as spaces")


def test_a_file_is_answered_in_order_with_a_bar(
    run: Path,
    expected: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "lines.txt"
    file.write_text("\n".join(LINES * 3) + "\n", "utf-8")
    args = ["transfer", str(run), "--to", "positive", str(file), "--batch-size", "4"]
    for moment in (60.0, 0.0):
        monkeypatch.setattr(answering, "MOMENT", moment)
        assert main(args) == 0
        out, err = capsys.readouterr()
        assert out.splitlines() == expected * 3
        assert ("21/21" in err) == (moment == 0.0)  # only of what takes longer
    output = tmp_path / "out.txt"
    assert main([*args, "--output", str(output)]) == 0
    assert capsys.readouterr().out == ""
    assert output.read_text("utf-8").splitlines() == expected * 3


def test_chunks_of_a_file_make_no_difference(
    run: Path,
    expected: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(answering, "CHUNK", 3)
    (tmp_path / "lines").write_text("\n".join(LINES), "utf-8")
    args = ["transfer", str(run), "--to", "positive", str(tmp_path / "lines")]
    assert main(args) == 0
    assert capsys.readouterr().out.splitlines() == expected
    assert main([*args, "--output", str(tmp_path / "out")]) == 0
    assert (tmp_path / "out").read_text("utf-8").splitlines() == expected


def test_json_holds_scores_and_candidates(
    run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pipe_in(monkeypatch, "\n".join(LINES).encode())
    assert main(["transfer", str(run), "--to", "positive", "--json", "--num-candidates", "4"]) == 0
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [record["source"] for record in records] == LINES
    for record in records:
        assert record["to"] == "positive"
        if not record["source"]:
            assert (record["text"], record["candidates"]) == ("", [])
            continue
        assert record["text"] == record["candidates"][0]["text"]
        assert record["scores"] == record["candidates"][0]["scores"]
        assert 1 <= len(record["candidates"]) <= 4
        assert set(record["scores"]) == {"style", "content", "fluency", "total"}


@pytest.mark.parametrize("where", ["text", "file", "output"])
def test_another_script_writes_nothing(
    run: Path,
    where: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    output = tmp_path / "out.txt"
    (tmp_path / "mixed.txt").write_text(f"{LINES[0]}\n{FOREIGN}\n", "utf-8")
    given = {
        "text": [FOREIGN],
        "file": [str(tmp_path / "mixed.txt")],
        "output": [str(tmp_path / "mixed.txt"), "--output", str(output)],
    }[where]
    assert main(["transfer", str(run), "--to", "positive", *given]) == 2
    place = "the text" if where == "text" else "line 2"
    line = one_error_line(capsys)
    assert f"{place}: 15 of its 15 letters" in line
    assert "learned from another script" in line
    assert not output.exists()


def test_in_a_pipe_another_script_keeps_its_place(
    run: Path,
    expected: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pipe_in(monkeypatch, f"{LINES[0]}\n{FOREIGN}\n{LINES[1]}\n".encode())
    assert main(["transfer", str(run), "--to", "positive"]) == 2
    out, err = capsys.readouterr()
    assert out.split("\n") == [expected[0], "", expected[1], ""]
    (line,) = err.splitlines()
    assert line.startswith("line 2: 15 of its 15 letters")


def test_ten_thousand_words_on_a_line_are_refused_and_the_others_answered(
    run: Path,
    expected: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    long = "they were slow . " * 2500
    pipe_in(monkeypatch, f"{long}\n{LINES[0]}\n".encode())
    assert main(["transfer", str(run), "--to", "positive"]) == 2
    out, err = capsys.readouterr()
    assert out.splitlines() == ["", expected[0]]
    assert "line 1: it has 10,000 words, which no sentence has: give one sentence a line" in err


def test_what_is_no_line_of_text_is_passed_over_and_the_others_answered(
    run: Path,
    expected: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines = [LINES[0].encode(), b"caf\xe9", b"e" * 60_000, LINES[1].encode()]
    pipe_in(monkeypatch, b"\n".join(lines) + b"\n")
    assert main(["transfer", str(run), "--to", "positive"]) == 2
    out, err = capsys.readouterr()
    assert out.split("\n") == [expected[0], "", "", expected[1], ""]
    first, second = err.splitlines()
    assert first.startswith("line 2: it is not UTF-8 text")
    assert second.startswith("line 3: it has a word of 60,000 characters")
    pipe_in(monkeypatch, b"\n".join(lines) + b"\n")
    assert main(["transfer", str(run), "--to", "positive", "--json"]) == 2
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [record["text"] for record in records] == [expected[0], "", "", expected[1]]
    assert [len(record["source"]) for record in records][2] == 60_000
    problems = [line.partition(": ")[2] for line in err.splitlines()]
    assert [record["problem"] for record in records] == [None, *problems, None]


def test_what_has_the_style_already_stays_and_is_counted(
    run: Path,
    expected: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    class Found:
        """Finds the style in what is served warm, and in what has no negative word."""

        def probabilities(self, texts: Sequence[str]) -> torch.Tensor:
            return torch.tensor([[0.1, 0.9] if "warm" in text else [0.9, 0.1] for text in texts])

    monkeypatch.setattr(
        "seqgan.text.transfer.model.load_scorers", lambda run, num_styles: Scorers(Found())
    )
    lines = ["It was warm!!", LINES[0], "😀 ;-)", "", "so warm"]
    pipe_in(monkeypatch, "\n".join(lines).encode())
    assert main(["transfer", str(run), "--to", "positive", "--json"]) == 0
    out, err = capsys.readouterr()
    found = [json.loads(line) for line in out.splitlines()]
    assert [record["kept"] for record in found] == [True, False, True, False, True]
    assert [r["text"] for r in found if r["kept"]] == [lines[0], lines[2], lines[4]]
    assert found[1]["text"] != LINES[0]
    assert err.splitlines()[-1].startswith("2 lines stay as typed: positive already (--source")
    for forced in (["--source", "negative"], ["--strength", "1"]):
        pipe_in(monkeypatch, "\n".join(lines).encode())
        assert main(["transfer", str(run), "--to", "positive", "--json", *forced]) == 0
        out, err = capsys.readouterr()
        kept = [json.loads(line)["kept"] for line in out.splitlines()]
        assert kept == [False, False, True, False, False]  # no strength makes words of a smiley
        assert "stay" not in err


def test_what_comes_back_as_it_was_is_counted(
    run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(rewriting.Rewriter, "_text", lambda self, tokens: LINES[0])
    pipe_in(monkeypatch, f"{LINES[0]}\n\n{LINES[1]}\n".encode())
    assert main(["transfer", str(run), "--to", "positive"]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines() == [LINES[0], "", LINES[0]]
    assert err.startswith("1 line comes back as it was: nothing better was found (--strength 2")


def test_a_paragraph_is_rewritten_sentence_by_sentence(
    run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pipe_in(monkeypatch, ("they were slow . " * 50 + "\n").encode())
    assert main(["transfer", str(run), "--to", "positive"]) == 0
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 1
    assert err == "line 1: its 200 words are read in 50 parts, each by itself\n"


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--to", "happy", "it was cold"], "--to is 'happy': this run knows negative, positive"),
        (["it was cold"], "--to is missing: name a style, negative or positive"),
        (["--to", "positive", "a b", "--source", "sad"], "--source is 'sad'"),
        (["--to", "positive", "a b", "--source", "positive"], "both positive: name two styles"),
        (["--to", "positive", "a b", "--strength", "-1"], "--strength is -1"),
        (["--to", "positive", "--web", "--json"], "--web asks on its page: leave out --json"),
        (["--to", "positive", "--web", "--source", "negative"], "leave out --source negative"),
        (["--to", "positive", "a b", "--num-candidates", "0"], "--num-candidates is 0"),
        (["--to", "positive", "a b", "--batch-size", "0"], "--batch-size is 0"),
        (["--to", "positive", "a b", "--seed", "-1"], "--seed is -1"),
        (["--to", "positive", "a b", "--seed", str(1 << 64)], "--seed is 1844674407370955161"),
        (["--to", "positive", "caf\udce9 was bad"], "the sentence is not UTF-8 text"),
        (["--to", "positive", "a b", "--output", "/dev/null"], "--output /dev/null is no file"),
        (["--to", "positive", "a b", "--threads", "-1"], "--threads is -1"),
        (["--to", "positive", "a b", "--system", "best"], "no system 'best'"),
        (["--to", "positive", "missing.txt"], "there is no file missing.txt"),
        (["--to", "positive", "my reviews.txt"], "there is no file my reviews.txt"),
        (["--to", "positive", "data.parquet"], "there is no file data.parquet"),
        (["--to", "positive", "./missing/file"], "there is no file ./missing/file"),
        (["--to", "positive", "/tmp/none/x"], "there is no file /tmp/none/x"),
        (["--to", "positive", "a b", "--output", "/no/such/x"], "--output /no/such/x is no file"),
        (["--web", "a b"], "leave out what stands behind RUN"),
        (["--web", "--port", "70000"], "--port is 70000"),
        (["--web", "--to", "happy"], "--to is 'happy'"),
    ],
)
def test_what_cannot_be_asked(
    run: Path, options: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["transfer", str(run), *options]) == 2
    assert reason in one_error_line(capsys)


def test_what_is_no_text(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "latin.txt").write_bytes(b"fine\ncaf\xe9\n")
    assert main(["transfer", str(run), "--to", "positive", str(tmp_path / "latin.txt")]) == 2
    assert "line 2 is not UTF-8 text" in one_error_line(capsys)
    assert main(["transfer", str(run), "--to", "positive", str(tmp_path)]) == 2
    assert "cannot be read: Is a directory" in one_error_line(capsys)


def test_an_empty_sentence_and_an_empty_file(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["transfer", str(run), "--to", "positive", ""]) == 0
    assert capsys.readouterr() == ("\n", "")
    (tmp_path / "empty.txt").write_bytes(b"")
    assert main(["transfer", str(run), "--to", "positive", str(tmp_path / "empty.txt")]) == 0
    assert capsys.readouterr() == ("", "")


def test_a_sentence_too_long_for_a_name_is_no_file() -> None:
    assert not answering.is_file("so " * 5000)
    assert not answering.is_file("a\0b")
    assert transfer.read_lines("great. really great.") == ["great. really great."]


def test_a_folder_that_is_no_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["transfer", str(tmp_path), "--to", "positive", "a"]) == 2
    assert "is no run" in one_error_line(capsys)


def test_a_run_that_has_not_ended(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = write_transfer_run(tmp_path / "run", systems=())
    assert main(["transfer", str(run), "--to", "positive", "a"]) == 2
    assert "no trained system yet: finish it with --resume" in one_error_line(capsys)


@pytest.mark.parametrize(
    ("recipe", "reason"),
    [
        ("image_gan", "makes pictures and does nothing else: draw some with seqgan sample"),
        ("text_gan", "writes sentences that answer nobody: read some with seqgan sample"),
        ("oracle", "writes sentences that answer nobody: read some with seqgan sample"),
        ("gradient_paths", "neither talk nor draw"),
        ("gone", "made by 'gone', which is no recipe here"),
    ],
)
def test_a_run_of_another_recipe_is_named(
    recipe: str, reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"recipe": recipe, "config": {}}), "utf-8")
    assert main(["transfer", str(tmp_path), "--to", "positive", "a"]) == 2
    assert reason in one_error_line(capsys)


def test_a_chatbot_is_talked_with(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    talker = write_run(tmp_path / "made")
    assert main(["transfer", str(talker), "--to", "positive", "a"]) == 2
    assert "was made by chatbot_pg, it can talk: seqgan chat" in one_error_line(capsys)


@pytest.mark.parametrize("verb", ["chat", "rate"])
def test_a_transfer_does_not_talk(verb: str, run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([verb, str(run)]) == 2
    assert "rewrites sentences and does nothing else: seqgan transfer" in one_error_line(capsys)


def test_every_option_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["transfer", "--help"])
    assert end.value.code == 0
    out = capsys.readouterr().out
    assert "--strength" in out
    assert "[TEXT|FILE|-]" in out


def test_the_page_without_gradio(
    run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "gradio", None)
    assert main(["transfer", str(run), "--web"]) == 2
    line = one_error_line(capsys)
    assert 'pip install "seqgan[web]", or rewrite in the terminal' in line


def test_the_page_is_served_with_what_was_asked(
    run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: dict[str, object] = {}

    def opened(model: StyleTransferModel, **options: object) -> tuple[object, str]:
        asked.update(options, styles=model.styles)
        return object(), "http://here/"

    monkeypatch.setattr(page, "open_page", opened)
    monkeypatch.setattr(page, "serve_until_stopped", lambda blocks, opening, ending: print(opening))
    assert main(["transfer", str(run), "--web", "--to", "negative", "--strength", "2"]) == 0
    assert "rewrite at http://here/" in capsys.readouterr().out
    assert asked == {
        "styles": STYLES,
        "to": "negative",
        "strength": 2.0,
        "num_candidates": 4,
        "seed": 0,
        "port": 0,
    }
