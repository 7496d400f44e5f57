"""The command as a user types it: verbs, names, exit codes, one line for a mistake."""

import io
import json
import shutil
import sys
from pathlib import Path

import pytest

import seqgan
from seqgan.cli import VERBS, main
from seqgan.text.generators.store import load_generator, save_generator, save_scorer
from seqgan.text.prefix_scorers import ProjectionScorer
from seqgan.text.setup import own_generator, own_vocabulary
from seqgan.text.tokenizer import SubwordTokenizer


def one_error_line(capsys: pytest.CaptureFixture[str]) -> str:
    """Return the only line on standard error; fails on a traceback."""
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert line.startswith("error: ")
    return line


def type_in(monkeypatch: pytest.MonkeyPatch, text: bytes) -> None:
    """Make standard input a pipe that holds the bytes."""
    stdin = io.TextIOWrapper(io.BytesIO(text), encoding="utf-8")
    monkeypatch.setattr(sys, "stdin", stdin)


def test_version_and_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"seqgan {seqgan.__version__}\n"
    assert main(["--help"]) == 0
    assert main([]) == 2


def test_help_names_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--help"])
    text = capsys.readouterr().out
    assert [verb for verb in VERBS if f"  {verb} " not in text] == []


@pytest.mark.parametrize("verb", ["train", "sample", "chat", "evaluate", "report"])
def test_every_option_is_explained(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    args = ["chatbot_pg", "--help"] if verb == "train" else ["--help"]
    with pytest.raises(SystemExit) as end:
        main([verb, *args])
    assert end.value.code == 0
    assert "--" in capsys.readouterr().out


def test_unknown_verb_suggests_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trian"]) == 2
    assert one_error_line(capsys) == "error: unknown verb 'trian': did you mean train?"


def test_unknown_recipe_suggests_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "chatbot"]) == 2
    assert one_error_line(capsys) == "error: unknown recipe 'chatbot': did you mean chatbot_pg?"


def test_unknown_corpus_suggests_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["corpora", "show", "freinds"]) == 2
    assert "friends" in one_error_line(capsys)


def test_train_lists_the_recipes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--help"]) == 0
    assert "chatbot_pg" in capsys.readouterr().out


@pytest.mark.parametrize("verb", ["sample", "chat", "evaluate", "report"])
def test_a_folder_that_is_no_run(
    verb: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([verb, str(tmp_path)]) == 2
    assert str(tmp_path) in one_error_line(capsys)


def test_a_finished_run_holds_everything(finished_run: Path) -> None:
    kept = {path.name for path in finished_run.iterdir()}
    assert kept >= {
        "config.json",
        "metrics.jsonl",
        "samples",
        "checkpoints",
        "results.json",
        "report.html",
        "generator",
        "mle",
        "continued",
        "discriminator",
    }
    assert {path.suffix for path in (finished_run / "generator").iterdir()} <= {
        ".json",
        ".safetensors",
        ".model",
        ".sha256",
    }


def test_results_hold_every_row_and_no_text(finished_run: Path) -> None:
    text = (finished_run / "results.json").read_text(encoding="utf-8")
    results = json.loads(text)
    systems = [row["system"] for row in results["rows"]]
    assert systems == [
        "human",
        "nearest prompt's reply",
        "most frequent reply",
        "echo",
        "MLE greedy",
        "MLE beam",
        "MLE",
        "continued MLE",
        "adversarial",
    ]
    assert "moon shines" not in text
    wanted = {"adversarial_success", "relevance", "distinct_2", "frechet"}
    assert all(wanted <= set(row["metrics"]) for row in results["rows"])
    assert all({"bleu", "chrf"} <= set(row["metrics"]) for row in results["rows"][1:])
    assert set(results["updates"]) == {"likelihood", "continued", "discriminator", "adversarial"}


def test_a_pipe_is_answered_line_by_line(
    finished_run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    type_in(monkeypatch, b"the cat sleeps .\nthe moon shines .\n")
    assert main(["chat", str(finished_run), "--seed", "3"]) == 0
    first = capsys.readouterr().out
    assert len(first.splitlines()) == 2
    type_in(monkeypatch, b"the cat sleeps .\nthe moon shines .\n")
    main(["chat", str(finished_run), "--seed", "3"])
    assert capsys.readouterr().out == first


def test_bad_chat_lines_lose_nothing(
    finished_run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    huge = "the cat sleeps . " * 2000
    type_in(monkeypatch, f"\n{huge}\n\u4f60\u597d\n".encode())
    assert main(["chat", str(finished_run)]) == 2
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 3
    assert out.splitlines()[0] == ""
    assert [line.split(":")[0] for line in err.strip().splitlines()] == [
        "line 1",
        "line 2",
        "line 3",
    ]
    assert "empty" in err
    assert "20 of 8000 words" in err
    assert "unknown" in err


def test_a_chat_line_that_is_not_text(
    finished_run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    type_in(monkeypatch, b"the cat .\n\xff\xfe\n")
    assert main(["chat", str(finished_run)]) == 2
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 1
    assert err == "error: standard input, line 2 is not UTF-8 text: invalid start byte\n"


def test_candidates_are_shown_best_first(
    finished_run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    type_in(monkeypatch, b"the cat sleeps .\n")
    main(["chat", str(finished_run), "--num-candidates", "3", "--show-candidates"])
    *candidates, said = capsys.readouterr().out.splitlines()
    scores = [float(line.split()[0]) for line in candidates]
    assert len(scores) == 3
    assert scores == sorted(scores, reverse=True)
    assert candidates[0].split(maxsplit=1)[1:] == ([said] if said else [])


def test_a_beam_search_says_the_same_whatever_the_seed(
    finished_run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said = set()
    for seed in "01":
        type_in(monkeypatch, b"the cat sleeps .\n")
        assert main(["chat", str(finished_run), "--beam-size", "3", "--seed", seed]) == 0
        said.add(capsys.readouterr().out)
    assert len(said) == 1


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--num-candidates", "0"),
        *[("--temperature", value) for value in ("-1", "nan", "inf", "101")],
        *[("--top-p", value) for value in ("0", "nan", "1.1")],
    ],
)
def test_chat_options_out_of_range(
    finished_run: Path, option: str, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["chat", str(finished_run), option, value]) == 2
    assert option in one_error_line(capsys)


def test_a_conversation_remembers_its_turns(
    finished_run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = iter(["the cat sleeps .", "", "why ?"])

    def typed(prompt: str) -> str:
        try:
            return next(lines)
        except StopIteration:
            raise EOFError from None

    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", typed)
    assert main(["chat", str(finished_run)]) == 0
    out = capsys.readouterr().out
    assert out.count("bot> ") == 2
    assert "the line is empty" in out


def test_sample_reads_prompts_from_a_file(
    finished_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("the cat sleeps .\nthe moon shines .\n", encoding="utf-8")
    args = ["sample", str(finished_run), "--prompts", str(prompts), "--num-replies", "2", "--json"]
    assert main(args) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["prompt"] for line in lines] == ["the cat sleeps ."] * 2 + [
        "the moon shines ."
    ] * 2


def test_sample_takes_the_runs_own_prompts(
    finished_run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sample", str(finished_run), "--num", "3"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 3


@pytest.mark.parametrize(
    "options",
    [
        *[["--temperature", value] for value in ("-1", "nan", "inf")],
        *[["--num-replies", "0"], ["--num", "-2"]],
    ],
)
def test_sample_refuses_values_out_of_range(
    tmp_path: Path, options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sample", str(tmp_path), *options]) == 2
    assert options[0] in capsys.readouterr().err


def test_sample_of_a_missing_file(finished_run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sample", str(finished_run), "--prompts", "nowhere.txt"]) == 2
    assert "nowhere.txt" in one_error_line(capsys)


def test_evaluate_repeats_the_results(finished_run: Path) -> None:
    before = json.loads((finished_run / "results.json").read_text(encoding="utf-8"))
    assert main(["evaluate", str(finished_run), "--threads", "1"]) == 0
    after = json.loads((finished_run / "results.json").read_text(encoding="utf-8"))
    assert after["rows"] == before["rows"]
    assert after["updates"] == before["updates"]


def test_models_of_two_vocabularies_are_not_judged_together(
    finished_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The replies of one would be spelled with the pieces of the other."""
    copied = Path(shutil.copytree(finished_run, tmp_path / "run"))
    generator, _ = load_generator(copied / "mle")
    other = own_vocabulary(["so many words that nobody ever said before today"] * 9, 0)
    small = own_generator("recurrent", other, dim=16, dropout=0.0)
    save_generator(small, other, copied / "mle")
    assert main(["evaluate", str(copied), "--threads", "1"]) == 2
    assert "differ in their vocabularies" in one_error_line(capsys)
    save_generator(generator, SubwordTokenizer.load(copied / "generator"), copied / "mle")
    save_scorer(ProjectionScorer(50, pad=0, dim=8), copied / "discriminator")
    assert main(["evaluate", str(copied), "--threads", "1"]) == 2
    assert "(50 tokens, not 60)" in one_error_line(capsys)


def test_report_is_written_again(finished_run: Path) -> None:
    report = finished_run / "report.html"
    report.unlink()
    assert main(["report", str(finished_run)]) == 0
    assert "adversarial" in report.read_text(encoding="utf-8")


def test_python_interface(finished_run: Path) -> None:
    assert isinstance(seqgan.load(finished_run).reply("the cat sleeps ."), str)
    first, second = (seqgan.load(finished_run).reply("the cat sleeps .") for _ in range(2))
    assert first == second
