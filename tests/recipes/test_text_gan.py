"""Sentences from nothing, in process, on made ones: every gradient path, judged, kept, resumed."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

import seqgan
from made_encoder import save_encoder
from seqgan.cli import main
from seqgan.core.launch import launch
from seqgan.core.trainer import Trainer
from seqgan.errors import UserError
from seqgan.recipes import text_gan
from seqgan.text.generators.store import save_scorer
from seqgan.text.prefix_scorers import ProjectionScorer
from seqgan.text.sentences.finish import judge_again
from seqgan.text.sentences.model import SentenceModel
from seqgan.text.sentences.writing import PRODUCT, RESAMPLED, SYSTEMS, folder_of, load_writing

TINY = ["--device", "cpu", "--threads", "1", "--quick", "--max-updates", "3", "--vocab-size", "40"]
TINY += ["--generator-dim", "8", "--discriminator-dim", "6"]
TINY += ["--batch-size", "8", "--log-every", "1", "--evaluate-every", "2", "--critic-steps", "1"]
TINY += ["--checkpoint-every", "2", "--num-samples", "24", "--max-words", "6"]

GUMBEL = ["--gradient", "gumbel", "--discriminator", "sentence"]
PATHS = {
    "per token": ["--candidates", "8"],
    "whole sentences": ["--reward", "sequence", "--discriminator", "sentence"],
    "rollouts": ["--reward", "rollout", "--discriminator", "sentence", "--num-rollouts", "2"],
    "rewards of a Wasserstein critic": [
        *("--reward", "sequence", "--discriminator", "sentence"),
        *("--objective", "wasserstein", "--reward-scale", "logit"),
    ],
    "gumbel": GUMBEL,
    "straight-through": [
        *("--gradient", "straight-through", "--discriminator", "sentence"),
        *("--penalty", "spectral"),
    ],
    "soft": [
        *("--gradient", "soft", "--discriminator", "sentence"),
        *("--objective", "wasserstein", "--smoothing", "0.1", "--noise-dim", "3"),
    ],
    "vectors": [
        *("--gradient", "vectors", "--discriminator", "sentence", "--objective", "wasserstein"),
        *("--noise-dim", "3"),
    ],
    "a language model judges": [
        *("--discriminator", "language", "--reward", "words", "--kl-weight", "0.5"),
        *("--discriminator-dim", "64"),  # none of its own, as by default
    ],
    "transformers judge": [
        *("--discriminator", "language", "--reward", "words", "--generator", "transformer"),
        *("--discriminator-dim", "64", "--discriminator-models", "2"),
    ],
    "a transformer": ["--generator", "transformer", "--baseline", "value"],
}
UNCHOSEN = (
    *("rewards of a Wasserstein critic", "gumbel", "soft", "vectors", "a transformer"),
    *("a language model judges", "transformers judge"),
)

REPEATED = ("whole sentences", "a transformer")  # whose parts other paths and tests have too


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file of made sentences."""
    path = tmp_path_factory.mktemp("corpus") / "made.txt"
    subjects = ("the cat", "my boat", "that tea", "our train", "the moon", "a piano")
    verbs = ("sleeps", "sinks", "smells", "waits", "shines", "sings")
    ends = ("here", "now", "again", "alone", "twice", "late", "well")
    lines = [f"{s} {v} {e}" for s in subjects for v in verbs for e in ends]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def run(folder: Path, corpus: Path, *options: str) -> int:
    """Run the recipe into folder/run; return the exit code."""
    args = ["--output-dir", str(folder / "run"), "--corpus-path", str(corpus), *TINY, *options]
    return launch(text_gan.Config, text_gan.main, args)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, corpus: Path) -> Path:
    """Return the folder of a run whose discriminators choose among four; nobody changes it."""
    folder = tmp_path_factory.mktemp("finished")
    assert run(folder, corpus, "--candidates", "4") == 0
    return folder / "run"


@pytest.fixture
def chosen(finished: Path, tmp_path: Path) -> Path:
    """Return a copy of that run."""
    return shutil.copytree(finished, tmp_path / "run")


def results_of(folder: Path) -> dict[str, Any]:
    results: dict[str, Any] = json.loads((folder / "run" / "results.json").read_text("utf-8"))
    return results


@pytest.mark.parametrize(
    "path",
    [pytest.param(path, marks=pytest.mark.slow) if path in REPEATED else path for path in PATHS],
)
def test_every_path_trains_and_is_judged(tmp_path: Path, corpus: Path, path: str) -> None:
    assert run(tmp_path, corpus, *PATHS[path]) == 0
    results = results_of(tmp_path)
    rows = {row["system"]: row for row in results["rows"]}
    chosen = RESAMPLED if path not in UNCHOSEN else ()
    rival = [PRODUCT] if path in ("a language model judges", "transformers judge") else []
    assert set(rows) == {"real text", "n-gram sampler", *SYSTEMS, *chosen, *rival}
    assert len(results["rows"]) == len(rows)
    without = path in ("soft", "vectors")
    assert (rows["adversarial"]["temperature"] is None) == without
    for name in chosen:
        assert (rows[name]["temperature"], rows[name]["candidates"]) == (None, 8)
        assert 1 <= rows[name]["effective_candidates"] <= 8
    assert set(results["sweep"]["trained"]) == {"adversarial", *chosen}
    assert results["sweep"]["rivals"] == rival
    assert "lm_score" in results["rows"][0]["metrics"]
    assert (tmp_path / "run" / "report.html").stat().st_size > 5000
    kept, _ = load_writing("adversarial", tmp_path / "run" / folder_of("adversarial"))
    drawn_NT = kept.draw(5, length=7, seed=0)
    assert drawn_NT.shape == (5, 7)
    assert torch.equal(kept.draw(5, length=7, seed=0), drawn_NT)
    texts = json.loads((tmp_path / "run" / "samples" / "texts.json").read_text("utf-8"))
    assert set(texts["systems"]) >= {"real text"}


def test_a_pretrained_encoder_judges_and_chooses(
    tmp_path: Path, corpus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The run keeps all that it needs of the encoder."""
    words = sorted(
        {word for line in corpus.read_text("utf-8").split("\n") for word in line.split()}
    )
    (tmp_path / "encoder").mkdir()
    encoder = str(save_encoder(tmp_path / "encoder", words))
    asked = ["--discriminator", "encoder", "--discriminator-encoder", encoder]
    asked += ["--discriminator-dim", "64", "--reward", "sequence"]  # none of its own, as by default
    assert run(tmp_path, corpus, *asked) == 0
    rows = {row["system"]: row for row in results_of(tmp_path)["rows"]}
    assert set(rows) >= {*SYSTEMS, *RESAMPLED}
    assert not any(row["void"] for row in rows.values())  # no encoder judges
    first, last = (
        load_file(tmp_path / "run" / folder_of(name) / "discriminator" / "model.safetensors")
        for name in RESAMPLED
    )
    assert {name for name in first if not torch.equal(first[name], last[name])} >= {
        "embedding.weight",
        "encoder.encoder.layer.0.output.dense.weight",
    }
    judged = main(["evaluate", str(tmp_path / "run"), "--encoder", encoder])
    assert judged == 0
    results = results_of(tmp_path)
    void = {row["system"]: set(row["void"]) for row in results["rows"]}
    assert {name for name in void if void[name]} == {"adversarial", *RESAMPLED}
    assert void["adversarial"] == {"frechet_embedding", "mauve"}
    assert any("void of what was played against it" in each for each in results["warnings"])
    shutil.rmtree(encoder)
    model = SentenceModel.load(tmp_path / "run", system="adversarial, resampled")
    assert len(model.sample(3)) == 3
    capsys.readouterr()
    assert run(tmp_path, corpus, *asked, "--output-dir", str(tmp_path / "other")) == 2
    assert f"--discriminator-encoder {encoder}" in capsys.readouterr().err
    assert not (tmp_path / "other").exists()


def test_a_run_is_sampled_from(
    tmp_path: Path, corpus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(tmp_path / "run")
    assert run(tmp_path, corpus, *PATHS["vectors"]) == 0
    capsys.readouterr()
    asked = ["sample", folder, "--num-samples", "3", "--json"]
    assert main(asked) == 0
    first = capsys.readouterr().out
    assert len([json.loads(line) for line in first.splitlines()]) == 3
    assert main(asked) == 0
    assert capsys.readouterr().out == first
    assert main([*asked, "--seed", "1"]) == 0
    assert capsys.readouterr().out != first
    model = seqgan.load(folder)
    assert isinstance(model, SentenceModel)
    assert model.sample(3) == [json.loads(line) for line in first.splitlines()]
    assert model.sample(3, noise_scale=9.0) != model.sample(3)
    assert main([*asked, "--noise-scale", "9"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert [json.loads(line) for line in said] == model.sample(3, noise_scale=9.0)
    mle = SentenceModel.load(Path(folder), system="MLE")
    with pytest.raises(UserError, match="starts from no noise"):
        mle.sample(3, noise_scale=0.9)
    for options, message in (
        (["--noise-scale", "-1"], "--noise-scale is -1"),
        (["--temperature", "0.5"], "have no likelihood"),
        (["--temperature", "0"], "must be above 0"),
        (["--num-samples", "0"], "1 is the least"),
    ):
        assert main(["sample", folder, *options]) == 2
        assert message in capsys.readouterr().err
    assert main(["chat", folder]) == 2
    assert f"seqgan sample {folder}" in capsys.readouterr().err


def test_sentences_are_as_long_as_those_that_were_judged(chosen: Path) -> None:
    """Also where the end is the system's to choose; folders that do not say so allow 100."""
    for system, unsaid in (("MLE", 100), ("adversarial", 100), ("MLE, resampled", 12)):
        folder = chosen / folder_of(system)
        assert SentenceModel.load(chosen, system=system).length == 12
        (folder / "length.json").unlink()
        assert SentenceModel.load(chosen, system=system).length == unsaid
    (folder / "length.json").write_text("{", encoding="utf-8")
    with pytest.raises(UserError, match=r"length\.json is damaged"):
        SentenceModel.load(chosen, system="MLE, resampled")


def test_what_a_discriminator_chose_is_sampled(
    chosen: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of one candidate there is no choice; more are another text; nothing else can be dialed."""
    asked = ["sample", str(chosen), "--num-samples", "9"]

    def said(*options: str) -> str:
        assert main([*asked, *options]) == 0
        return capsys.readouterr().out

    kept = said("--system", "MLE, resampled")
    assert kept == said("--system", "MLE, resampled", "--candidates", "4")
    alone = said("--system", "MLE, resampled", "--candidates", "1")
    assert kept != alone
    plain = SentenceModel.load(chosen, system="MLE")
    assert plain.sample(9) == alone.splitlines()
    for options, message in (
        (["--system", "MLE, resampled", "--temperature", "0.5"], "learned from samples at"),
        (["--system", "MLE, resampled", "--candidates", "0"], "must lie between 1 and"),
        (["--candidates", "4"], "adversarial writes without a choice"),
    ):
        assert main([*asked, *options]) == 2
        assert message in capsys.readouterr().err


def test_a_system_without_a_choice_is_named(
    tmp_path: Path, corpus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, corpus, "--num-samples", "10") == 0
    capsys.readouterr()
    assert main(["sample", str(tmp_path / "run"), "--system", "adversarial, resampled"]) == 2
    assert "kept no discriminator" in capsys.readouterr().err


def test_a_run_is_judged_again(chosen: Path, tmp_path: Path, corpus: Path) -> None:
    first = results_of(tmp_path)
    config = text_gan.Config(corpus_path=corpus, max_words=6, num_samples=24, quick=True)
    judge_again(
        config,
        chosen,
        num_samples=None,
        temperatures=(),
        encoder=None,
        offline=True,
    )
    again = results_of(tmp_path)
    for before, after in zip(first["rows"], again["rows"], strict=True):
        assert before["metrics"] == pytest.approx(after["metrics"], rel=1e-6)


def test_a_discriminator_of_another_vocabulary_does_not_choose(
    chosen: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also where both have as many pieces."""
    kept = chosen / "mle-resampled" / "discriminator" / "vocabulary.sha256"
    mine = kept.read_text(encoding="utf-8")
    kept.write_text(mine[::-1], encoding="utf-8")
    asked = ["sample", str(chosen), "--system", "MLE, resampled", "--num-samples", "2"]
    assert main(asked) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "has another vocabulary than the generator: it is of another run" in line
    kept.unlink()  # as runs before this file was kept
    assert main(asked) == 0


def test_systems_of_two_vocabularies_are_not_judged_together(
    chosen: Path, tmp_path: Path, corpus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Vocabularies of one size whose ids stand for other pieces: read alike, all is garbage."""
    backwards = tmp_path / "backwards.txt"
    backwards.write_text("\n".join(line[::-1] for line in corpus.read_text().splitlines()))
    (tmp_path / "other").mkdir()
    assert run(tmp_path / "other", backwards, "--candidates", "2") == 0
    shutil.rmtree(chosen / "mle")
    shutil.copytree(tmp_path / "other" / "run" / "mle", chosen / "mle")
    capsys.readouterr()
    assert main(["evaluate", str(chosen), "--threads", "1"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "differ in their vocabularies" in line


def test_a_choosing_discriminator_of_another_vocabulary_is_refused(
    chosen: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_scorer(ProjectionScorer(30, pad=0, dim=6), chosen / "mle-resampled" / "discriminator")
    assert main(["sample", str(chosen), "--system", "MLE, resampled"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "(30 tokens, not 40)" in line


@pytest.mark.parametrize(
    ("path", "limit"),
    [
        ("gumbel", 10),
        ("per token", 10),
        ("a language model judges", 10),
        pytest.param("per token", 13, marks=pytest.mark.slow),
        pytest.param("vectors", 10, marks=pytest.mark.slow),
        pytest.param("straight-through", 10, marks=pytest.mark.slow),
    ],
)
def test_a_resumed_run_ends_as_an_uninterrupted_one(
    tmp_path: Path, corpus: Path, path: str, limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped in play or after it: all systems and their figures are those of the whole run."""
    # The last moves of likelihood drop nothing: what they leave must not matter behind them.
    options = [*PATHS[path], "--dropout", "0.3", "--dropout-until", "0.5"]
    assert run(tmp_path, corpus, *options) == 0
    play = Trainer.play

    def stopping(trainer: Trainer, update: int) -> None:
        if update == limit:
            raise KeyboardInterrupt
        play(trainer, update)

    monkeypatch.setattr(Trainer, "play", stopping)
    folder = tmp_path / "second"
    assert run(folder, corpus, *options) == 130
    monkeypatch.undo()
    args = ["--resume", str(folder / "run")]
    assert launch(text_gan.Config, text_gan.main, args) == 0
    kept = sorted((tmp_path / "run").glob("[!c]*/**/model.safetensors"))
    counts = {"gumbel": 2, "vectors": 2, "a language model judges": 3}
    assert len(kept) == counts.get(path, 6)
    for file in [*kept, tmp_path / "run" / "continued-mle" / "model.safetensors"]:
        whole, resumed = load_file(file), load_file(folder / file.relative_to(tmp_path))
        assert whole.keys() == resumed.keys()
        assert all(torch.equal(whole[key], resumed[key]) for key in whole), file
    assert results_of(tmp_path)["rows"] == results_of(folder)["rows"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--gradient", "gumbel"], "--discriminator sentence"),
        (["--discriminator", "sentence"], "score for every prefix"),
        (["--dropout", "1.5"], "--dropout is 1.5"),
        (
            [*GUMBEL, "--last-temperature", "0"],
            "--last-temperature must be above 0",
        ),
        (["--last-temperature", "0.2"], "does nothing but with --gradient gumbel or"),
        (["--num-rollouts", "2"], "--num-rollouts does nothing but with --reward rollout"),
        (["--objective", "hinges"], "nearest are hinge"),
        (
            ["--gradient", "soft", "--discriminator", "sentence", "--generator", "transformer"],
            "writes from noise",
        ),
        (["--batch-size", "0"], "--batch-size is 0: 1 is the least"),
        (["--num-samples", "1"], "--num-samples is 1"),
        (["--temperatures", "0"], "--temperatures is 0"),
        (["--objective", "hinge"], "--objective hinge are not: give --reward-scale logit"),
        (
            ["--objective", "wasserstein", "--reward-scale", "logit"],
            "--penalty gp holds a slope in the words' vectors, and --discriminator causal reads",
        ),
        (["--kl-weight", "nan"], "--kl-weight is nan: it must be a finite number"),
        (["--first-temperature", "inf"], "--first-temperature is inf"),
        (["--temperatures", "1", "nan"], "--temperatures is nan"),
        (["--mismatch-weight", "0.5"], "nothing can be mismatched"),
        (["--adversarial-updates", "0", "--discriminator-updates", "0"], "nothing to play"),
        (["--max-updates", "-1"], "--max-updates is -1"),
        (["--encoder", "nowhere"], "there is no such folder"),
        (["--candidates", "1"], "--candidates is 1: it must be 0 (off) or lie between 2 and"),
        (
            ["--candidates", "2", "--candidate-temperature", "0"],
            "--candidate-temperature is 0",
        ),
        (["--discriminator-dropout", "1"], "--discriminator-dropout is 1"),
        (
            ["--gradient", "gumbel", "--discriminator", "sentence", "--candidates", "4"],
            "reads no sentences but what is not quite words",
        ),
        (
            [
                *("--gradient", "straight-through", "--discriminator", "sentence"),
                *("--objective", "wasserstein", "--candidates", "4"),
            ],
            "the best critic of --objective wasserstein is no log-ratio",
        ),
        (
            ["--gradient", "gumbel", "--discriminator", "sentence", "--reward", "sequence"],
            "--reward does nothing but with --gradient policy",
        ),
    ],
)
def test_mistakes_are_one_line(
    tmp_path: Path,
    corpus: Path,
    options: list[str],
    message: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(tmp_path, corpus, *options) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("text", [None, "", "one line\n", "\n" * 300, "word\n" * 300])
def test_a_file_that_cannot_be_learned_from_leaves_no_run(
    tmp_path: Path, text: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.txt"
    if text is not None:
        bad.write_text(text, encoding="utf-8")
    assert run(tmp_path, bad) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "bad.txt" in line
    assert not (tmp_path / "run").exists()
