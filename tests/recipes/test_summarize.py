"""The summarizer from end to end, in process, on made documents and short texts."""

import json
import random
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

import seqgan
from made_t5 import save_t5
from seqgan.cli import main
from seqgan.core.launch import launch
from seqgan.core.trainer import Trainer
from seqgan.data import apt
from seqgan.recipes import summarize
from seqgan.text.summary import baselines, finish
from seqgan.text.summary.evaluation import SummarySettings
from seqgan.text.summary.model import SummaryModel
from seqgan.text.words import count_words

TINY = ["--device", "cpu", "--threads", "1", "--quick", "--max-updates", "3", "--vocab-size", "90"]
TINY += ["--generator-dim", "8", "--discriminator-dim", "8", "--batch-size", "8"]
TINY += ["--log-every", "1", "--evaluate-every", "3", "--checkpoint-every", "2"]
TINY += ["--critic-steps", "1", "--validation-documents", "4"]
TINY += ["--reconstructed", "4", "--recovered-words", "8", "--output-dir"]
PLAYED = "adversarial"
SYSTEMS = ("pretrained", "continued", PLAYED)
BASELINES = (
    *(baselines.LEAD, baselines.CONTENT, baselines.TITLENESS),
    *(baselines.RANDOM, baselines.EXTRACTIVE),
)
SETTINGS = {
    "policy": [],
    "straight-through": ["--gradient", "straight-through"],
    "gumbel": ["--gradient", "gumbel", "--objective", "hinge"],
    "denoising, self-critical": ["--denoising-weight", "1", "--self-critical"],
    "transformer, all pairs": ["--generator", "transformer", "--pairs", "-1"],
    "recurrent": ["--generator", "recurrent"],
    "realness alone": [
        *("--reconstruction", "0", "--coverage", "0", "--repetition", "0", "--length", "0"),
        *("--teacher-every", "0", "--kl-weight", "0"),
    ],
}

THINGS = ["maps", "letters", "pictures", "tables", "songs", "dreams", "recipes", "ledgers"]
KINDS = ["old", "small", "broken", "secret", "foreign", "long", "plain", "striped"]
DEEDS = ["reader", "printer", "sorter", "painter", "keeper", "finder"]
ENDS = ["for the desk", "with care", "at night", "by hand"]


def made_rows(path: Path) -> Path:
    """Return the file with made documents and their short texts."""
    rng, rows = random.Random(5), dict[str, str]()
    while len(rows) < 700:
        kind, thing, deed, end = (rng.choice(part) for part in (KINDS, THINGS, DEEDS, ENDS))
        document = (
            f"This is the {deed} that can be used for all of the {kind} {thing}. It is not meant "
            f"for {rng.choice(THINGS)}, it was written by one who likes to work {end}."
        )
        rows[document] = f"{kind} {thing} {deed} {end}"
    lines = [json.dumps({"document": long, "short": short}) for long, short in rows.items()]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file of documents with their short texts."""
    return made_rows(tmp_path_factory.mktemp("rows") / "rows.jsonl")


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let judges learn for a moment only."""
    settings = SummarySettings(
        num_documents=10, num_judged=10, num_reconstructed=4, num_resamplings=5, language_updates=4
    )
    monkeypatch.setattr(SummarySettings, "quick", lambda _: settings)


@pytest.fixture
def unjudged(monkeypatch: pytest.MonkeyPatch) -> None:
    """End runs when their models are kept."""
    monkeypatch.setattr(finish, "report", lambda folder, *_, **__: folder / "report.html")


def run(target: Path, corpus: Path, *options: str) -> int:
    """Run the recipe into target/run; return the exit code."""
    args = ["--corpus-path", str(corpus), *TINY, str(target / "run"), *options]
    return launch(summarize.Config, summarize.main, args)


def results_of(target: Path) -> dict[str, Any]:
    results: dict[str, Any] = json.loads((target / "run" / "results.json").read_text("utf-8"))
    return results


def logged(target: Path) -> set[str]:
    """Return the names of all figures that the run logged."""
    text = (target / "run" / "metrics.jsonl").read_text("utf-8")
    return {name for line in text.splitlines() for name in json.loads(line)["figures"]}


@pytest.mark.usefixtures("unjudged")
@pytest.mark.parametrize("setting", SETTINGS)
def test_every_setting_trains_and_is_used(
    tmp_path: Path, corpus: Path, setting: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, corpus, *SETTINGS[setting]) == 0
    capsys.readouterr()
    file = tmp_path / "documents.txt"
    file.write_text("This is the keeper of all the old maps.\n\n", "utf-8")
    asked = [str(file), "--words", "4", "--num-candidates", "3", "--threads", "1"]
    for system in SYSTEMS:
        assert main(["summarize", str(tmp_path / "run"), *asked, "--system", system]) == 0
        first, second = capsys.readouterr().out.splitlines()
        assert 1 <= count_words(first) <= 4
        assert second == ""
    model = seqgan.load(tmp_path / "run")
    assert isinstance(model, SummaryModel)
    assert model.summarizing.language == "en"  # others are refused
    earned = finish.rewards_of(tmp_path / "run", finish.REWARDS)
    recovered = [line["reconstruction"] for line in earned if "reconstruction" in line]
    assert earned
    assert len(recovered) == len(earned)
    assert all(each < 0 for each in recovered), "a reward: the log-likelihood of documents"


@pytest.mark.usefixtures("unjudged")
@pytest.mark.parametrize("options", [[], ["--reconstruction", "0", "--length", "0"]])
def test_every_reward_stands_in_the_log_whatever_it_weighs(
    tmp_path: Path, corpus: Path, options: list[str]
) -> None:
    assert run(tmp_path, corpus, *options) == 0
    names = logged(tmp_path)
    assert {name for name in finish.REWARDS if f"generator/{name}" in names} == set(finish.REWARDS)
    assert [set(row) for row in finish.rewards_of(tmp_path / "run", finish.REWARDS)] == [
        {"update", *finish.REWARDS}
    ] * 3


def test_a_machine_without_apt_is_told_of_other_corpora(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(apt, "HELPER", tmp_path / "none")
    monkeypatch.setenv("SEQGAN_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "run"
    assert launch(summarize.Config, summarize.main, [*TINY, str(folder)]) == 2
    assert "gigaword, xsum or cnn_dailymail" in capsys.readouterr().err
    assert not folder.exists()


@pytest.mark.usefixtures("unjudged")
def test_pairs_are_learned_from_only_when_asked_for(tmp_path: Path, corpus: Path) -> None:
    without, few, every = (tmp_path / name for name in ("none", "few", "all"))
    assert run(without, corpus) == 0
    assert run(few, corpus, "--pairs", "5") == 0
    assert run(every, corpus, "--pairs", "-1") == 0
    paired = ["translation/pairs" in logged(target) for target in (without, few, every)]
    assert paired == [False, True, True]
    weights = [weights_of(target)[0] for target in (without, few, every)]
    for one, other in pairwise(weights):
        assert any(not torch.equal(one[name], other[name]) for name in one)


@pytest.mark.usefixtures("hasty")
def test_a_run_is_judged_beside_all_baselines_and_again(tmp_path: Path, corpus: Path) -> None:
    assert run(tmp_path, corpus) == 0
    results = results_of(tmp_path)
    systems = {row["system"] for row in results["rows"]}
    assert systems >= {baselines.HUMAN, *BASELINES, *SYSTEMS}
    cut = [row for row in results["rows"] if "cut_as_usual" in row["metrics"]]
    assert [row["system"] for row in cut] == list(SYSTEMS)
    assert all(0 <= row["metrics"]["cut_as_usual"] <= 1 for row in cut)
    told = [each["measure"] for each in results["worth"]["measures"]]
    assert told == ["likelihood", *finish.REWARDS, "together"]
    assert (tmp_path / "run" / "report.html").stat().st_size > 5000
    (tmp_path / "run" / "report.html").unlink()
    assert main(["evaluate", str(tmp_path / "run"), "--threads", "1"]) == 0
    assert (tmp_path / "run" / "report.html").exists()
    assert results_of(tmp_path)["worth"] == results["worth"]
    again = results_of(tmp_path)["rows"]
    assert [row["system"] for row in again] == [row["system"] for row in results["rows"]]
    for first, second in zip(results["rows"], again, strict=True):
        assert second["metrics"] == pytest.approx(first["metrics"], abs=1e-3)


@pytest.mark.usefixtures("hasty")
def test_chinese_is_learned_judged_and_summarized(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = {
        f"这是一个{deed}{kind}{thing}的程序，可以在桌上使用。": f"{kind}{thing}{deed}器"
        for kind in ("旧", "小", "坏", "长", "新", "大", "秘密", "外国", "普通", "彩色")
        for thing in [
            "地图",
            "书信",
            "图片",
            "表格",
            "歌曲",
            "菜谱",
            "日记",
            "账本",
            "梦境",
            "诗歌",
        ]
        for deed in ("阅读", "打印", "整理", "保存", "查找", "绘制", "翻译")
    }
    lines = [json.dumps({"document": long, "short": short}) for long, short in rows.items()]
    (tmp_path / "rows.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert run(tmp_path, tmp_path / "rows.jsonl", "--vocab-size", "110") == 0
    results = results_of(tmp_path)
    human = next(row for row in results["rows"] if row["system"] == baselines.HUMAN)
    assert 5 <= human["metrics"]["words"] <= 7  # characters of those made above
    file = tmp_path / "documents.txt"
    file.write_text("这是一个整理旧地图的程序，在桌上使用。\n", "utf-8")
    capsys.readouterr()
    asked = ["summarize", str(tmp_path / "run"), str(file), "--words", "4", "--threads", "1"]
    assert main(asked) == 0
    assert 1 <= count_words(capsys.readouterr().out.strip()) <= 4


def weights_of(target: Path) -> list[dict[str, torch.Tensor]]:
    names = (*SYSTEMS, "reconstructor")
    return [load_file(target / "run" / name / "model.safetensors") for name in names]


@pytest.mark.usefixtures("unjudged")
@pytest.mark.parametrize(
    ("setting", "stop"), [("policy", 5), ("policy", 13), ("policy", 14), ("straight-through", 14)]
)
def test_a_stopped_run_goes_on_as_if_it_had_not_been(
    tmp_path: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch, setting: str, stop: int
) -> None:
    whole, halved = tmp_path / "whole", tmp_path / "halved"
    assert run(whole, corpus, *SETTINGS[setting]) == 0
    play = Trainer.play

    def die(self: Trainer, update: int) -> None:
        if update == stop:
            raise KeyboardInterrupt
        play(self, update)

    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "play", die)
        assert run(halved, corpus, *SETTINGS[setting]) == 130
    args = ["--resume", str(halved / "run"), "--device", "cpu", "--threads", "1"]
    assert launch(summarize.Config, summarize.main, args) == 0
    for first, second in zip(weights_of(whole), weights_of(halved), strict=True):
        assert all(torch.equal(second[name], first[name]) for name in first)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--pairs", "100000"], "--pairs 100000: the corpus has"),
        (["--generator", "recurent"], "did you mean recurrent?"),
        (["--samples", "1"], "--samples must be 2 or more"),
        (["--translation-updates", "3", "--back-weight", "0"], "has nothing to learn from"),
        (
            ["--translation-updates", "0", "--back-weight", "0"],
            "--translation-updates 0 with all weights 0 has nothing to learn from",
        ),
        (
            ["--gradient", "gumbel", "--realness", "0", "--reconstruction", "0"],
            "nothing to play for",
        ),
        (["--coverage", "-1"], "--coverage is -1.0: it must be 0 or more"),
        (["--generator-dim", "7"], "--generator-dim must be even"),
        (["--dropout", "1"], "--dropout is 1.0"),
    ],
)
def test_mistakes_end_in_one_line(
    tmp_path: Path,
    corpus: Path,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    message: str,
) -> None:
    assert run(tmp_path, corpus, *options) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()[-1:]
    assert message in line


@pytest.mark.usefixtures("unjudged")
@pytest.mark.parametrize("gradient", ["policy", "straight-through"])
def test_a_pretrained_encoder_decoder_learns_and_is_used(
    tmp_path: Path, corpus: Path, gradient: str, capsys: pytest.CaptureFixture[str]
) -> None:
    save_t5(tmp_path / "model", [corpus.read_text("utf-8")])
    options = [option for option in TINY if option not in ("--vocab-size", "90")]
    args = ["--corpus-path", str(corpus), *options, str(tmp_path / "run"), "--offline"]
    args += ["--generator", str(tmp_path / "model"), "--gradient", gradient]
    assert launch(summarize.Config, summarize.main, args) == 0
    file = tmp_path / "documents.txt"
    file.write_text("This is the keeper of all the old maps.\n", "utf-8")
    capsys.readouterr()
    assert main(["summarize", str(tmp_path / "run"), str(file), "--words", "4"]) == 0
    (said,) = capsys.readouterr().out.splitlines()
    assert count_words(said) <= 4
