"""Runs that start from the likelihood of another: whose weights they take, what they refuse."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from seqgan.core.launch import launch
from seqgan.core.trainer import Trainer
from seqgan.recipes import oracle, text_gan
from seqgan.text.numbers import NumberTokenizer

TINY = ["--device", "cpu", "--threads", "1", "--max-updates", "2", "--num-train", "40"]
TINY += ["--num-test", "30", "--length", "5", "--generator-dim", "6", "--num-samples", "20"]
TINY += ["--batch-size", "8", "--log-every", "1", "--evaluate-every", "2", "--critic-steps", "1"]
LANGUAGE = ["--discriminator", "language", "--reward", "words"]
CAUSAL = ["--discriminator-dim", "4"]


def run(folder: Path, *options: str) -> int:
    """Run the oracle's recipe into the folder; return the exit code."""
    args = ["--output-dir", str(folder), *TINY, "--temperatures", "1.0", *options]
    return launch(oracle.Config, oracle.main, args)


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run whose judge is a language model."""
    folder = tmp_path_factory.mktemp("start") / "run"
    assert run(folder, *LANGUAGE, "--seed", "5") == 0
    return folder


def weights(folder: Path, system: str) -> dict[str, torch.Tensor]:
    found: dict[str, torch.Tensor] = load_file(folder / system / "model.safetensors")
    return found


def same(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(value, second[name]) for name, value in first.items())


def phases(folder: Path) -> set[str]:
    lines = (folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    return {json.loads(line)["phase"] for line in lines}


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(CAUSAL, id="a causal judge"),
        pytest.param(
            ["--gradient", "soft", "--discriminator", "sentence", *CAUSAL, "--noise-dim", "3"],
            id="soft words, from noise",
        ),
    ],
)
def test_likelihood_is_taken_not_learned(start: Path, tmp_path: Path, options: list[str]) -> None:
    folder = tmp_path / "run"
    assert run(folder, *options, "--start-from", str(start)) == 0
    assert same(weights(start, "mle"), weights(folder, "mle"))
    assert not same(weights(folder, "mle"), weights(folder, "continued-mle"))
    assert "likelihood" in phases(start)
    assert "likelihood" not in phases(folder)
    assert "continued" in phases(folder)


def test_so_are_the_language_models_of_a_judge(start: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    assert run(folder, *LANGUAGE, "--start-from", str(start)) == 0
    assert same(weights(start, "mle-product"), weights(folder, "mle-product"))
    assert not same(weights(start, "adversarial"), weights(folder, "adversarial"))


def test_a_started_run_that_is_resumed_ends_as_an_uninterrupted_one(
    start: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = [*LANGUAGE, "--start-from", str(start), "--checkpoint-every", "1"]
    assert run(tmp_path / "whole", *options) == 0
    play = Trainer.play

    def stopping(trainer: Trainer, update: int) -> None:
        if update == 5:
            raise KeyboardInterrupt
        play(trainer, update)

    monkeypatch.setattr(Trainer, "play", stopping)
    assert run(tmp_path / "second", *options) == 130
    monkeypatch.undo()
    start = start.rename(start.with_name("moved"))  # its models are in the checkpoint by now
    args = ["--resume", str(tmp_path / "second")]
    assert launch(oracle.Config, oracle.main, args) == 0
    start.rename(start.with_name("run"))
    for system in ("mle", "mle-product", "adversarial", "continued-mle"):
        assert same(weights(tmp_path / "whole", system), weights(tmp_path / "second", system))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--length", "6"], "has --length 5, this run 6: they must be the same"),
        (["--oracle-seed", "1"], "learned from other data: name a run on these"),
        (["--likelihood-lr", "0.5"], "learning by likelihood, which --start-from spares"),
        (["--generator-dim", "8"], "networks of another kind or size"),
        ([*LANGUAGE, "--discriminator-models", "2"], "has 1 language models beside its generator"),
    ],
)
def test_a_start_that_does_not_fit_is_refused(
    start: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    message: str,
) -> None:
    assert run(tmp_path / "run", *options, "--start-from", str(start)) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line
    assert not (tmp_path / "run").exists()


def test_what_is_no_finished_run_of_sentences_is_refused(
    start: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path / "run", "--start-from", str(tmp_path)) == 2
    assert "is no run" in capsys.readouterr().err
    (tmp_path / "unfinished").mkdir()
    (tmp_path / "unfinished" / "config.json").write_bytes((start / "config.json").read_bytes())
    assert run(tmp_path / "run", "--start-from", str(tmp_path / "unfinished")) == 2
    assert "has no mle/: name a finished run" in capsys.readouterr().err
    made = tmp_path / "made.txt"
    made.write_text("\n".join(f"word{place} is here" for place in range(120)), encoding="utf-8")
    args = ["--device", "cpu", "--corpus-path", str(made), "--output-dir", str(tmp_path / "run")]
    assert launch(text_gan.Config, text_gan.main, [*args, "--start-from", str(start)]) == 2
    assert "is a run of another recipe: it has no --pool" in capsys.readouterr().err


def test_a_run_whose_judge_was_none_cannot_lend_one(
    start: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path / "causal", *CAUSAL, "--start-from", str(start)) == 0
    capsys.readouterr()
    assert run(tmp_path / "run", *LANGUAGE, "--start-from", str(tmp_path / "causal")) == 2
    assert "has no mle-product/" in capsys.readouterr().err


def test_a_start_of_another_vocabulary_is_refused(
    start: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ids of the same number that stand for other words: the weights would fit."""
    pieces = NumberTokenizer.pieces
    kept = NumberTokenizer.load(start / "mle")
    monkeypatch.setattr(NumberTokenizer, "load", lambda folder: kept)
    backwards = lambda self, ids: pieces(self, ids)[:: -1 if self is kept else 1]  # noqa: E731
    monkeypatch.setattr(NumberTokenizer, "pieces", backwards)
    assert run(tmp_path / "run", *CAUSAL, "--start-from", str(start)) == 2
    assert "has another vocabulary than this run" in capsys.readouterr().err


def test_a_start_that_wrote_from_noise_lends_all_but_that(start: Path, tmp_path: Path) -> None:
    options = ["--gradient", "soft", "--discriminator", "sentence", *CAUSAL, "--noise-dim", "3"]
    assert run(tmp_path / "soft", *options, "--start-from", str(start)) == 0
    assert run(tmp_path / "run", *CAUSAL, "--start-from", str(tmp_path / "soft")) == 0
    lent, taken = weights(tmp_path / "soft", "mle"), weights(tmp_path / "run", "mle")
    assert any(name.startswith("from_noise") for name in lent)
    assert same(taken, lent)
