"""`seqgan summarize` as a person types it: a file, a pipe, a document, and every mistake."""

import io
import json
import sys
from dataclasses import fields
from pathlib import Path

import pytest

import seqgan
from made_summary import DOCUMENTS, MODULE, USUAL_WORDS, made_recipe, write_summary_run
from made_talker import write_run
from seqgan.cli import main
from seqgan.cli.summarize import SummarizeOptions
from seqgan.core.run import RunOptions
from seqgan.text.summary import finish, options, page
from seqgan.text.summary.model import SummaryModel
from seqgan.text.words import count_words

LINES = [DOCUMENTS[0], "", *DOCUMENTS[1:]]
FOREIGN = "еда была холодной сегодня"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_summary_run(tmp_path_factory.mktemp("summary") / "run")


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    """The recipe that made the run is there."""
    monkeypatch.setitem(sys.modules, MODULE, made_recipe())


@pytest.fixture(scope="module")
def expected(run: Path) -> list[str]:
    return [one.text for one in SummaryModel.load(run).summarize(LINES, 3)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "lines.txt"
    path.write_text("\n".join(LINES) + "\n", "utf-8")
    return path


def pipe_in(monkeypatch: pytest.MonkeyPatch, content: str) -> None:
    monkeypatch.setattr(
        sys, "stdin", io.TextIOWrapper(io.BytesIO(content.encode()), encoding="utf-8")
    )


def summarize(run: Path, *options: str) -> int:
    """Type the command; one thread, for the machine may have other work."""
    return main(["summarize", str(run), "--threads", "1", *options])


def one_error_line(capsys: pytest.CaptureFixture[str]) -> str:
    out, err = capsys.readouterr()
    assert out == ""
    (line,) = err.strip().splitlines()
    assert line.startswith("error: ")
    return line


def test_the_library_and_a_file_say_the_same(
    run: Path, expected: list[str], file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = seqgan.load(run)
    assert isinstance(model, SummaryModel)
    assert [one.text for one in model.summarize(LINES, words=3)] == expected
    assert summarize(run, str(file), "--words", "3") == 0
    assert capsys.readouterr() == ("".join(f"{line}\n" for line in expected), "")
    output = file.with_name("out.txt")
    args = [str(file), "--words", "3", "--batch-size", "2", "--output", str(output)]
    assert summarize(run, *args) == 0
    assert output.read_text("utf-8").splitlines() == expected


def test_a_pipe_is_answered_line_by_line(
    run: Path,
    expected: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pipe_in(monkeypatch, "\ufeff" + "\r\n".join(LINES))
    assert summarize(run, "-", "--words", "3") == 0
    assert capsys.readouterr() == ("".join(f"{line}\n" for line in expected), "")


def test_without_a_number_of_words_the_runs_own_is_taken(
    run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pipe_in(monkeypatch, f"{DOCUMENTS[0]}\nold maps\n")
    assert summarize(run) == 0
    out, err = capsys.readouterr()
    model = SummaryModel.load(run)
    texts = [model.summarize([DOCUMENTS[0]], USUAL_WORDS)[0].text]
    texts.append(model.summarize(["old maps"], 2)[0].text)
    assert out.splitlines() == texts
    assert err == "line 2: it has no more than 2 words, its summary neither\n"


def test_a_whole_file_is_one_document(
    run: Path,
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    whole = " ".join(DOCUMENTS)
    (answer,) = SummaryModel.load(run).summarize([whole], 10)
    assert summarize(run, str(file), "--document", "--words", "10") == 0
    out, err = capsys.readouterr()
    assert out == f"{answer.text}\n"
    assert err == "the text: its 39 words are read in 4 parts, its summary tells of 2\n"
    pipe_in(monkeypatch, "\n".join(LINES))
    assert summarize(run, "--document", "--words", "10") == 0
    assert capsys.readouterr().out == out
    pipe_in(monkeypatch, "")
    assert summarize(run, "--document", "--words", "10") == 0
    assert capsys.readouterr() == ("\n", "")


def test_json_holds_scores_candidates_and_what_was_taken(
    run: Path, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert summarize(run, str(file), "--words", "3", "--json", "--num-candidates", "5") == 0
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [record["document"] for record in records] == LINES
    for record in records:
        if not record["document"]:
            assert (record["text"], record["candidates"], record["taken"]) == ("", [], [])
            assert set(record["scores"].values()) == {None}
            continue
        first = record["candidates"][0]
        assert {name: record[name] for name in first} == first
        assert 1 <= len(record["candidates"]) <= 5
        assert set(first["scores"]) == {"likelihood", "reconstruction", "missed", "total"}
        for one in record["candidates"]:
            words = [record["document"][begin:end] for begin, end in one["taken"]]
            assert all(word.casefold() in one["text"].casefold() for word in words)


def test_a_document_that_cannot_be_summarized_keeps_its_place_in_a_pipe(
    run: Path,
    expected: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pipe_in(monkeypatch, f"{LINES[0]}\n{FOREIGN}\ntoo short\n{LINES[2]}\n")
    assert summarize(run, "--words", "3") == 2
    out, err = capsys.readouterr()
    assert out.split("\n") == [expected[0], "", "", expected[2], ""]
    first, second = err.splitlines()
    assert first.startswith("line 2: 22 of its 22 letters")
    assert second == (
        "line 3: it has 2 words, --words 3 are above its length: ask for fewer, or leave it out"
    )
    pipe_in(monkeypatch, f"{LINES[0]}\ntoo short\n")
    assert summarize(run, "--words", "3", "--json") == 2
    good, refused = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert (good["text"], good["problem"]) == (expected[0], None)
    assert (refused["document"], refused["text"]) == ("too short", "")
    assert refused["problem"] == second.partition(": ")[2]


@pytest.mark.parametrize("line", [FOREIGN, "too short"])
def test_of_a_file_with_such_a_document_nothing_is_written(
    run: Path, file: Path, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    output = file.with_name("out.txt")
    file.write_text(f"{DOCUMENTS[0]}\n{line}\n", "utf-8")
    for more in ([], ["--output", str(output)]):
        assert summarize(run, str(file), "--words", "3", *more) == 2
        assert one_error_line(capsys).startswith("error: line 2: ")
    assert not output.exists()


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (["--words", "0"], "--words is 0: a summary has 1 word or more"),
        (["--words", "-2"], "--words is -2"),
        (["--num-candidates", "0"], "--num-candidates is 0"),
        (["--batch-size", "0"], "--batch-size is 0"),
        (["--seed", "-1"], "--seed is -1"),
        (["--threads", "-1"], "--threads is -1"),
        (["--system", "best"], "no system 'best': --system adversarial or continued"),
        (["missing.txt"], "there is no file missing.txt: name one with a document a line"),
        (["--output", "/no/such/x"], "--output /no/such/x is no file"),
        (["--web", "--document"], "leave out --document"),
        (["--web", "--json"], "leave out --json"),
        (["--web", "--port", "70000"], "--port is 70000"),
    ],
)
def test_what_cannot_be_asked(
    run: Path, given: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert summarize(run, *given) == 2
    assert reason in one_error_line(capsys)


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("docs.jsonl", [json.dumps({"text": text, "title": "x"}) for text in DOCUMENTS[:2]]),
        ("docs.csv", ["text,title", *(f'"{text}",x' for text in DOCUMENTS[:2])]),
        ("docs.tsv", ["text\ttitle", *(f"{text}\tx" for text in DOCUMENTS[:2])]),
    ],
)
def test_a_table_has_its_documents_in_a_column(
    run: Path, tmp_path: Path, name: str, rows: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / name).write_text("\n".join(rows) + "\n", "utf-8")
    (tmp_path / "plain.txt").write_text("\n".join(DOCUMENTS[:2]) + "\n", "utf-8")
    assert summarize(run, str(tmp_path / "plain.txt"), "--words", "3") == 0
    plain = capsys.readouterr()
    args = (str(tmp_path / name), "--words", "3", "--document-column")
    assert summarize(run, *args, "text") == 0
    assert capsys.readouterr() == plain
    assert summarize(run, *args, "body") == 2
    assert "--document-column" in one_error_line(capsys)


def test_a_document_in_another_language_is_refused(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    french = "ce logiciel permet de lire des fichiers audio en ligne sans aucun navigateur"
    (tmp_path / "mixed.txt").write_text(f"{DOCUMENTS[0]}\n{french}\n{french}\n", "utf-8")
    assert summarize(run, str(tmp_path / "mixed.txt"), "--words", "3") == 2
    told = one_error_line(capsys)
    assert told.startswith("error: line 2: ")
    assert "another language (fr)" in told
    assert "1 more cannot be answered (through a pipe all other lines are answered)" in told


def test_lines_of_a_chinese_document_are_joined_without_spaces(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chinese = write_summary_run(tmp_path / "chinese", chinese=True)
    (tmp_path / "wrapped.txt").write_text("这个工具打印旧\n地图。\n", "utf-8")
    args = (str(tmp_path / "wrapped.txt"), "--words", "4", "--document", "--json")
    assert summarize(chinese, *args) == 0
    assert json.loads(capsys.readouterr().out)["document"] == "这个工具打印旧地图。"


def test_what_is_no_text(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "latin.txt").write_bytes(b"fine\ncaf\xe9\n")
    assert summarize(run, str(tmp_path / "latin.txt")) == 2
    assert "line 2 is not UTF-8 text" in one_error_line(capsys)
    assert summarize(run, str(tmp_path)) == 2
    assert "cannot be read: Is a directory" in one_error_line(capsys)
    (tmp_path / "empty.txt").write_bytes(b"")
    assert summarize(run, str(tmp_path / "empty.txt")) == 0
    assert capsys.readouterr() == ("", "")


def test_a_chinese_run_counts_characters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    chinese = write_summary_run(tmp_path / "chinese", chinese=True)
    pipe_in(monkeypatch, "这个工具打印旧地图。\nThis tool prints old maps\n")
    assert summarize(chinese, "--words", "4") == 2
    out, err = capsys.readouterr()
    assert 1 <= count_words(out.splitlines()[0]) <= 4
    assert out.splitlines()[1] == ""
    assert err.startswith("line 2: ")


def test_a_folder_that_is_no_run_and_one_that_has_not_ended(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert summarize(tmp_path) == 2
    assert "is no run" in one_error_line(capsys)
    run = write_summary_run(tmp_path / "run", systems=())
    assert summarize(run) == 2
    assert "no trained system yet: finish it with --resume" in one_error_line(capsys)


@pytest.mark.parametrize(
    ("recipe", "reason"),
    [
        ("image_gan", "makes pictures and does nothing else: draw some with seqgan sample"),
        ("text_gan", "writes sentences that answer nobody: read some with seqgan sample"),
        ("style_transfer", "rewrites sentences and does nothing else: seqgan transfer"),
        ("oracle", "writes sentences that answer nobody: read some with seqgan sample"),
        ("gradient_paths", "neither talk nor draw"),
        ("gone", "made by 'gone', which is no recipe here"),
    ],
)
def test_a_run_of_another_recipe_is_named(
    recipe: str, reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"recipe": recipe, "config": {}}), "utf-8")
    assert summarize(tmp_path) == 2
    assert reason in one_error_line(capsys)


def test_a_chatbot_is_talked_with(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    talker = write_run(tmp_path / "made")
    assert summarize(talker) == 2
    assert "was made by chatbot_pg, it can talk: seqgan chat" in one_error_line(capsys)


@pytest.mark.parametrize("verb", ["chat", "rate", "sample", "transfer"])
def test_other_verbs_name_this_one(
    verb: str, run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([verb, str(run)]) == 2
    assert "summarizes documents and does nothing else: seqgan summarize" in one_error_line(capsys)


def test_a_run_is_judged_again(
    run: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    class Config(options.SummaryOptions):
        """Options of a summarizer."""

    made = made_recipe()
    made.Config = Config  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, MODULE, made)
    asked: list[object] = []

    def again(config: RunOptions, folder: Path, *, offline: bool, say: object) -> Path:
        asked.extend([type(config), folder, offline])
        return folder / "report.html"

    monkeypatch.setattr(finish, "judge_again", again)
    assert main(["evaluate", str(run), "--offline", "--threads", "1"]) == 0
    assert asked == [Config, run, True]
    assert capsys.readouterr().out == f"report: {run / 'report.html'}\n"


def test_every_option_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["summarize", "--help"])
    assert end.value.code == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "[FILE|-]" in out
    for each in fields(SummarizeOptions):
        if each.name not in ("run", "given"):
            flag = f"--{each.name.replace('_', '-')}"
            after = out.partition(f" {flag}")[2].removeprefix(f", --no{flag[1:]}")
            explained = after.partition(" --")[0]
            assert len(explained.split()) > 5, flag


def test_the_page_is_served_with_what_was_asked(
    run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: dict[str, object] = {}

    def opened(model: SummaryModel, **options: object) -> tuple[object, str]:
        asked.update(options)
        return object(), "http://here/"

    monkeypatch.setattr(page, "open_page", opened)
    monkeypatch.setattr(page, "serve_until_stopped", lambda blocks, opening, ending: print(opening))
    assert summarize(run, "--web", "--words", "5") == 0
    assert "summarize at http://here/" in capsys.readouterr().out
    assert asked == {"words": 5, "num_candidates": 1, "seed": 0, "port": 0}


def test_the_page_without_gradio(
    run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "gradio", None)
    assert summarize(run, "--web") == 2
    line = one_error_line(capsys)
    assert 'pip install "seqgan[web]", or summarize in the terminal' in line
