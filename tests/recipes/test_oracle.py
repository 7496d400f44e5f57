"""The oracle benchmark, in process, small: rows, figures, mistakes."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

import seqgan
from seqgan.cli import main
from seqgan.core.launch import launch
from seqgan.core.trainer import seed_at
from seqgan.recipes import oracle
from seqgan.text.generators.language_model import RecurrentLanguageModel
from seqgan.text.generators.store import save_generator
from seqgan.text.numbers import NumberTokenizer
from seqgan.text.resampling import load_choice
from seqgan.text.sentences import oracle_judging
from seqgan.text.sentences.model import SentenceModel
from seqgan.text.sentences.oracle import made_oracle
from seqgan.text.sentences.writing import Writing
from seqgan.text.validation import word_nll

TINY = ["--device", "cpu", "--threads", "1", "--max-updates", "2", "--num-train", "40"]
TINY += ["--num-test", "30", "--length", "5", "--generator-dim", "6", "--discriminator-dim", "4"]
TINY += ["--batch-size", "8", "--log-every", "1", "--evaluate-every", "2", "--critic-steps", "1"]
TINY += ["--temperatures", "0.8", "1.0", "--num-samples", "200"]


def run(folder: Path, *options: str) -> int:
    """Run the recipe into folder/run; return the exit code."""
    args = ["--output-dir", str(folder / "run"), *TINY, *options]
    return launch(oracle.Config, oracle.main, args)


def results_of(folder: Path) -> dict[str, Any]:
    results: dict[str, Any] = json.loads((folder / "run" / "results.json").read_text("utf-8"))
    return results


def test_a_judge_that_reads_text_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["--discriminator", "encoder", "--discriminator-encoder", str(tmp_path)]
    dim = TINY.index("--discriminator-dim")
    given = [*TINY[:dim], *TINY[dim + 2 :], *asked, "--reward", "sequence"]
    assert launch(oracle.Config, oracle.main, [*given, "--output-dir", str(tmp_path / "run")]) == 2
    assert "reads text, and the oracle's words are numbers" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_rows_are_the_oracle_and_each_system_at_each_temperature(tmp_path: Path) -> None:
    assert run(tmp_path, "--candidates", "8") == 0
    rows = results_of(tmp_path)["rows"]
    places = [(row["system"], row["temperature"]) for row in rows]
    names = ("MLE", "continued MLE", "adversarial")
    mle, continued, played = ([(name, 0.8), (name, 1.0)] for name in names)
    plain = [("oracle", None), ("random", 1.0)]
    chosen = [[(f"{name}, resampled", None)] * 3 for name in ("MLE", "adversarial")]
    expected = [*plain, *mle, *chosen[0], *continued, *played, *chosen[1]]
    assert places == expected
    assert [row.get("candidates") for row in rows if "candidates" in row] == [2, 4, 8] * 2
    real = made_oracle(0)
    seed = seed_at(2, 0, 0, "oracle")
    test_NT = Writing("oracle", real).draw(30, length=5, seed=seed)
    assert rows[0]["metrics"]["nll_test"] == pytest.approx(word_nll(real, test_NT), rel=1e-6)
    for row in rows[1:]:
        assert row["metrics"]["nll_oracle"] > rows[0]["metrics"]["nll_oracle"]
        assert ("nll_test" in row["metrics"]) != ("candidates" in row)
        if "candidates" not in row:
            assert row["metrics"]["nll_test"] > rows[0]["metrics"]["nll_test"]


@pytest.mark.slow
def test_what_is_chosen_is_gated_by_the_reverse_score(tmp_path: Path) -> None:
    """It stands beside its baseline's too, with the reason; nobody else pays for it."""
    assert run(tmp_path, "--candidates", "8") == 0
    results = results_of(tmp_path)
    scored = {row["system"] for row in results["rows"] if "reverse_lm_score" in row["metrics"]}
    assert scored == {"MLE", "continued MLE", "MLE, resampled", "adversarial, resampled"}
    assert sum("has no NLL test: which sentence is kept" in w for w in results["warnings"]) == 2
    assert results["sweep"]["trained"][-1] == "adversarial, resampled"
    kept = load_choice(tmp_path / "run" / "mle-resampled")
    assert kept is not None
    assert kept.candidates == 8
    (tmp_path / "plain").mkdir()
    assert run(tmp_path / "plain") == 0
    plain = results_of(tmp_path / "plain")
    assert not any("reverse_lm_score" in row["metrics"] for row in plain["rows"])
    assert {row["system"] for row in plain["rows"]} == {
        *("oracle", "random", "MLE", "continued MLE", "adversarial")
    }


def test_systems_without_likelihood_leave_nll_test_empty(tmp_path: Path) -> None:
    options = ["--gradient", "soft", "--discriminator", "sentence", "--objective", "wasserstein"]
    assert run(tmp_path, *options) == 0
    last = results_of(tmp_path)["rows"][-1]
    assert last["temperature"] is None
    assert "nll_test" not in last["metrics"]
    assert last["metrics"]["nll_oracle"] > 0
    assert last["metrics"]["reverse_lm_score"] > 0


KINDS = {
    "policy": ["--candidates", "2"],
    "soft": [
        *("--gradient", "soft", "--discriminator", "sentence", "--objective", "wasserstein"),
    ],
    "vectors": [
        *("--gradient", "vectors", "--discriminator", "sentence", "--objective", "wasserstein"),
    ],
}


@pytest.mark.parametrize(
    "kind",
    ["soft", *(pytest.param(kind, marks=pytest.mark.slow) for kind in ("policy", "vectors"))],
)
def test_a_run_is_judged_again(
    tmp_path: Path,
    kind: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The same figures of every system; with other temperatures and samples, other rows."""
    monkeypatch.setattr(oracle_judging, "NOISE_SCALES", (1.0, 1.5))
    folder = str(tmp_path / "run")
    assert run(tmp_path, *KINDS[kind]) == 0
    first = results_of(tmp_path)
    assert main(["evaluate", folder, "--threads", "1"]) == 0
    again = results_of(tmp_path)
    assert [row["system"] for row in again["rows"]] == [row["system"] for row in first["rows"]]
    for before, after in zip(first["rows"], again["rows"], strict=True):
        assert after["metrics"] == pytest.approx(before["metrics"], rel=1e-6)
    for name in ("data", "sweep", "warnings", "updates"):
        assert again[name] == first[name], name
    few = ["evaluate", folder, "--threads", "1", "--temperatures", "0.5", "--num-samples", "7"]
    assert main(few) == 0
    other = results_of(tmp_path)
    assert other["samples"] == 7
    mle = [row["temperature"] for row in other["rows"] if row["system"] == "MLE"]
    assert mle == [0.5]
    assert other["rows"][0]["metrics"]["nll_test"] == first["rows"][0]["metrics"]["nll_test"]
    for wrong in (["--num-samples", "0"], ["--temperatures", "0"]):
        assert main(["evaluate", folder, *wrong]) == 2
        assert wrong[0] in capsys.readouterr().err


def test_a_runs_sentences_are_numbers_and_its_oracle_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, *KINDS["soft"]) == 0
    folder = tmp_path / "run"
    capsys.readouterr()
    for system in ("MLE", "adversarial"):
        assert main(["sample", str(folder), "--system", system, "--num-samples", "3"]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert [len(line.split()) for line in lines] == [5, 5, 5]
        assert all(0 <= int(word) < 5000 for line in lines for word in line.split())
    assert isinstance(seqgan.load(folder), SentenceModel)
    assert main(["chat", str(folder)]) == 2
    assert "seqgan sample" in capsys.readouterr().err
    saved = json.loads((folder / "config.json").read_text("utf-8"))
    other = saved | {"config": saved["config"] | {"oracle_seed": 1}}
    (folder / "config.json").write_text(json.dumps(other), encoding="utf-8")
    assert main(["evaluate", str(folder)]) == 2
    assert "the data are not those" in capsys.readouterr().err
    (folder / "config.json").write_text(json.dumps(saved), encoding="utf-8")
    shutil.rmtree(folder / "random")
    assert main(["evaluate", str(folder)]) == 2
    assert "has no random/: finish it with --resume" in capsys.readouterr().err


def test_a_model_of_other_words_is_not_judged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path) == 0
    words = NumberTokenizer(40, pad=40, bos=0, eos=41)
    small = RecurrentLanguageModel(40, pad=40, bos=0, eos=41, dim=4, hidden=4)
    capsys.readouterr()
    save_generator(small, words, tmp_path / "run" / "mle")
    assert main(["evaluate", str(tmp_path / "run")]) == 2
    assert "differ in their vocabularies" in capsys.readouterr().err
    for name in ("random", "continued-mle", "adversarial"):
        save_generator(small, words, tmp_path / "run" / name)
    assert main(["evaluate", str(tmp_path / "run")]) == 2
    assert "are not of 5000 words" in capsys.readouterr().err


@pytest.mark.slow
def test_without_early_stop_the_last_weights_are_judged(tmp_path: Path) -> None:
    """A rate that ruins the model: only the best weights are spared that."""
    ruin = ["--likelihood-lr", "300", "--likelihood-final-lr", "1", "--max-updates", "6"]
    nll = {}
    for name in ("--early-stop", "--no-early-stop"):
        folder = tmp_path / name
        folder.mkdir()
        assert run(folder, *ruin, name) == 0
        row = next(row for row in results_of(folder)["rows"] if row["system"] == "MLE")
        nll[name] = row["metrics"]["nll_test"]
    assert nll["--early-stop"] < nll["--no-early-stop"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--corpus", "published", "--corpus-path", "nothing.npz"], "nothing.npz cannot be read"),
        (["--corpus", "published"], "go together"),
        (["--length", "0"], "--length is 0"),
        (["--num-train", "0"], "--num-train is 0"),
        (["--temperatures", "0"], "--temperatures"),
    ],
)
def test_mistakes_are_one_line(
    tmp_path: Path, options: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, *options) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
