"""Style transfer from end to end, in process, on made sentences."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

import seqgan
from made_style_files import write_styles
from made_t5 import save_t5
from seqgan.cli import main
from seqgan.core.launch import launch
from seqgan.core.trainer import Trainer
from seqgan.recipes import style_transfer
from seqgan.text.habits import Habits
from seqgan.text.transfer import baselines, finish, model
from seqgan.text.transfer.evaluation import TransferSettings
from seqgan.text.transfer.model import StyleTransferModel

TINY = ["--device", "cpu", "--threads", "1", "--quick", "--max-updates", "3", "--vocab-size", "41"]
TINY += ["--generator-dim", "8", "--batch-size", "8", "--log-every", "1", "--evaluate-every", "3"]
TINY += ["--checkpoint-every", "2", "--critic-steps", "1", "--validation-sentences", "2"]

SYSTEMS = ("pretrained", "continued", "adversarial")
BASELINES = (baselines.COPY, baselines.DELETE, baselines.APPEND, baselines.INFILL)
SETTINGS = {
    "cycle": ["--drawn-ways", "2", "--earning-ways", "3"],
    "soft": ["--gradient", "soft"],
    "a plain CycleGAN on embeddings": [
        *("--gradient", "vectors", "--plain", "--objective", "wasserstein"),
    ],
    "gumbel": ["--gradient", "gumbel", "--objective", "hinge"],
    "straight-through": ["--gradient", "straight-through", "--penalty-every", "2"],
    "choice": ["--gradient", "choice"],
    "common space": ["--family", "common"],
    "common space, separate, no code critic": [
        *("--family", "common", "--separate", "--code-weight", "0", "--semantic-weight", "0"),
    ],
    "two generators": ["--separate", "--generator", "transformer"],
    "without the critic": ["--adversarial-weight", "0"],
}


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let all judges learn for a moment only, and answers try two settings of the dial."""
    monkeypatch.setattr(finish, "QUICK_UPDATES", 4)
    monkeypatch.setattr(model, "RUNGS", (1.0, 2.5))
    little = {"num_resamplings": 5, "classifier_updates": 4, "language_updates": 4}

    def hastily(usual: TransferSettings) -> TransferSettings:
        return replace(usual, num_sentences=min(usual.num_sentences, 10), **little)

    monkeypatch.setattr(TransferSettings, "quick", hastily)


def end_early(patch: pytest.MonkeyPatch) -> None:
    """End runs when their models are kept."""
    patch.setattr(finish, "report", lambda folder, *_, **__: folder / "report.html")


@pytest.fixture
def unjudged(monkeypatch: pytest.MonkeyPatch) -> None:
    """End runs when their models are kept."""
    end_early(monkeypatch)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of made sentences in two styles."""
    return write_styles(tmp_path_factory.mktemp("corpus") / "styles")


def run(target: Path, corpus: Path, *options: str) -> int:
    """Run the recipe into target/run; return the exit code."""
    args = ["--output-dir", str(target / "run"), "--corpus-path", str(corpus), *TINY, *options]
    return launch(style_transfer.Config, style_transfer.main, args)


def results_of(target: Path) -> dict[str, Any]:
    results: dict[str, Any] = json.loads((target / "run" / "results.json").read_text("utf-8"))
    return results


@pytest.mark.usefixtures("unjudged")
@pytest.mark.parametrize("setting", SETTINGS)
def test_every_setting_trains_and_is_used(
    tmp_path: Path, folder: Path, setting: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, folder, *SETTINGS[setting]) == 0
    capsys.readouterr()
    asked = ["transfer", str(tmp_path / "run"), "--to", "fine", "--num-candidates", "2"]
    assert main([*asked, "the tea seems cold"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1
    model = seqgan.load(tmp_path / "run")
    assert isinstance(model, StyleTransferModel)
    found = model.transfer(["the bus seems colder", ""], to="fine", strength=1.5)
    assert found[1].text == ""
    assert 0 <= found[0].scores.style <= 1


@pytest.mark.parametrize(
    ("options", "network"),
    [
        ({}, "pointer"),
        ({"family": "common"}, "recurrent"),  # a pointer would copy past the codes
        ({"gradient": "vectors"}, "recurrent"),
        ({"family": "common", "generator": "pointer"}, "pointer"),
    ],
)
def test_the_usual_generator_is_one_that_the_family_can_use(
    options: dict[str, Any], network: str
) -> None:
    assert style_transfer.Config(**options).network == network


def test_codes_of_a_common_space_are_judged_too(tmp_path: Path, folder: Path) -> None:
    assert run(tmp_path, folder, "--family", "common") == 0
    for row in results_of(tmp_path)["rows"]:
        judged = {"attribute_agreement", "attribute_own", "style_in_codes"} & set(row["metrics"])
        is_plain_system = row["system"] in SYSTEMS and row["strength"] == 1.0
        assert len(judged) == (3 if is_plain_system else 0), row["system"]
    assert "style told from codes" in (tmp_path / "run" / "report.html").read_text("utf-8")


def test_a_run_is_judged_beside_all_baselines(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rewritten, numbers = StyleTransferModel.rewritten, []

    def counted(
        of: StyleTransferModel,
        texts: Sequence[str],
        source: int,
        target: int,
        *,
        num_candidates: int = model.NUM_CANDIDATES,
    ) -> list[str]:
        numbers.append(num_candidates)
        return rewritten(of, texts, source, target, num_candidates=num_candidates)

    monkeypatch.setattr(StyleTransferModel, "rewritten", counted)
    assert run(tmp_path, folder, "--best-of", "3", "--test-sentences", "8") == 0
    assert numbers.count(3) == 2  # both ways
    results = results_of(tmp_path)
    assert {each["test"] for each in results["sizes"].values()} == {8}
    plain = {row["system"]: row for row in results["rows"] if row["strength"] in (None, 1.0)}
    assert set(plain) >= {"real text", *BASELINES, *SYSTEMS}
    assert plain["copy"]["metrics"]["copy_rate"] == 1.0
    assert plain["copy"]["metrics"]["source_bleu"] == pytest.approx(100.0)
    assert set(plain["adversarial"]["directions"]) == {"dull>fine", "fine>dull"}
    assert "style_in_codes" not in plain["adversarial"]["metrics"]  # it has no common space
    assert set(plain) >= {f"{system}, ranked" for system in SYSTEMS}
    assert "adversarial, best of 3" in plain
    assert set(results["kept"]) == {"best", "best_continued", "best_played"}
    unmoved = results["kept"]["best_played"] == results["kept"]["best"]
    assert any("adversarial is that model" in each for each in results["warnings"]) == unmoved
    dial = [row["strength"] for row in results["rows"] if row["system"] == "adversarial"]
    assert sorted(dial) == [0.5, 1.0, 1.5, 2.0]
    habits = StyleTransferModel.load(tmp_path / "run").styling.habits
    assert habits == Habits(True, False, True, True, ending=".")
    assert (tmp_path / "run" / "report.html").stat().st_size > 5000
    before = results["rows"]
    (tmp_path / "run" / "report.html").unlink()
    assert main(["evaluate", str(tmp_path / "run")]) == 0
    assert (tmp_path / "run" / "report.html").exists()
    again = results_of(tmp_path)["rows"]
    assert [row["system"] for row in again] == [row["system"] for row in before]
    for first, second in zip(before, again, strict=True):
        assert second["metrics"] == pytest.approx(first["metrics"], abs=1e-3)


def test_chinese_is_learned_judged_and_rewritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "styles").mkdir()
    for style, own in {"差": ("冷", "慢", "淡"), "好": ("热", "快", "香")}.items():
        lines = [
            f"{place}的{what}又{first}又{second}。"
            for place in ("这家店", "那家店", "他们")
            for what in ("汤", "茶", "面包", "蛋糕", "服务员")
            for first in own
            for second in own
            if first != second
        ]
        (tmp_path / "styles" / f"{style}.txt").write_text("\n".join(lines) + "\n", "utf-8")
    assert run(tmp_path, tmp_path / "styles") == 0
    results = results_of(tmp_path)
    assert results["unit"] == "character"
    assert {"差>好", "好>差"} == set(results["rows"][0]["directions"])
    capsys.readouterr()
    assert main(["transfer", str(tmp_path / "run"), "--to", "好", "这家店的汤又冷又淡。"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1
    assert main(["transfer", str(tmp_path / "run"), "--to", "好", "the tea seems cold"]) == 2


def test_three_styles_are_learned_and_judged_in_every_direction(
    tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    styles = tmp_path / "styles"
    styles.mkdir()
    for style in ("dull", "fine"):
        (styles / f"{style}.txt").write_text((folder / f"{style}.txt").read_text("utf-8"), "utf-8")
    lines = (folder / "dull.txt").read_text("utf-8").splitlines()
    odd = [line.replace("cold", "blue") for line in lines]
    odd = [line for line in odd if "pie" not in line] + [f"so {line}" for line in odd]
    (styles / "odd.txt").write_text("\n".join(dict.fromkeys(odd)) + "\n", "utf-8")
    assert run(tmp_path, styles, "--batch-size", "9", "--vocab-size", "45") == 0
    found = results_of(tmp_path)["rows"][-1]["directions"]
    assert len(found) == 6
    capsys.readouterr()
    for style in ("dull", "fine", "odd"):
        assert main(["transfer", str(tmp_path / "run"), "--to", style, "the tea seems hot"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 3


def test_files_that_are_no_two_styles_leave_nothing_behind(
    tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    alone, same = tmp_path / "alone", tmp_path / "same"
    for path, names in ((alone, ["dull"]), (same, ["dull", "fine"])):
        path.mkdir()
        for name in names:
            text = (folder / "dull.txt").read_text("utf-8")
            (path / f"{name}.txt").write_text(text, "utf-8")
        assert run(tmp_path, path) == 2
        assert capsys.readouterr().err.splitlines()[-1].startswith("error: ")
        assert not (tmp_path / "run").exists()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, folder: Path) -> Path:
    """Where a run went from beginning to end, unjudged."""
    target = tmp_path_factory.mktemp("whole")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(finish, "QUICK_UPDATES", 4)
        end_early(patch)
        assert run(target, folder) == 0
    return target


def weights_of(target: Path) -> list[dict[str, torch.Tensor]]:
    return [load_file(target / "run" / name / "model.safetensors") for name in SYSTEMS]


@pytest.mark.usefixtures("unjudged")
@pytest.mark.parametrize("stop", [4, 8, 11, 14])
def test_a_stopped_run_goes_on_as_if_it_had_not_been(
    tmp_path: Path, folder: Path, whole: Path, monkeypatch: pytest.MonkeyPatch, stop: int
) -> None:
    play = Trainer.play

    def die(self: Trainer, update: int) -> None:
        if update == stop:
            raise KeyboardInterrupt
        play(self, update)

    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "play", die)
        assert run(tmp_path, folder) == 130
    args = ["--resume", str(tmp_path / "run"), "--device", "cpu", "--threads", "1"]
    assert launch(style_transfer.Config, style_transfer.main, args) == 0
    for first, second in zip(weights_of(whole), weights_of(tmp_path), strict=True):
        assert all(torch.equal(second[name], first[name]) for name in first)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--batch-size", "1"], "--batch-size is 1: it must be 2 or more"),
        (["--code-weight", "0.5"], "use --family common"),
        (["--gradient", "vectors", "--separate"], "--generator recurrent without --separate"),
        (["--generator", "recurent"], "did you mean recurrent?"),
        (["--denoising-weight", "0", "--back-weight", "0"], "nothing to learn before play"),
        (["--adversarial-updates", "0"], "--adversarial-updates is 0: it must be 1 or more"),
        (["--plain", "--family", "common"], "leave --family at cycle"),
        (["--plain", "--cycle-weight", "0"], "give both a weight"),
        (["--plain", "--back-weight", "0.5"], "which --plain is without"),
        (["--gradient", "vectors", "--first-temperature", "2"], "--gradient soft, gumbel or"),
        (["--gradient", "choice", "--chosen-weight", "0"], "--gradient choice is heard where"),
        (["--gradient", "choice", "--cycle-weight", "2"], "--cycle-weight does nothing but with"),
        (["--best-of", "1"], "--best-of is 1: 0, or from 2 to 100 candidates"),
        (["--best-of", "101"], "--best-of is 101: 0, or from 2 to 100 candidates"),
        (["--choice-share", "2"], "--choice-share is 2.0: it must lie in [0, 1]"),
        (["--gradient", "choice", "--choice-share", "0.5"], "--choice-share does nothing but with"),
        (["--earning-ways", "1"], "--earning-ways is 1: it must be 2 or more"),
        (["--cycle-weight", "2"], "--cycle-weight does nothing but with --gradient soft"),
        (["--plain", "--gradient", "policy"], "--gradient policy learns by more than"),
        (["--salience", "nan"], "--salience is nan"),
        (["--salience", "1"], "--salience is 1.0: it must be above 1"),
        (["--style-rate", "1.5"], "it must lie in [0, 1]"),
        (["--translation-updates", "0"], "--translation-updates is 0: it must be 1 or more"),
        (
            ["--gradient", "soft", "--cycle-weight", "-1"],
            "--cycle-weight is -1.0: it must be 0 or more",
        ),
    ],
)
def test_mistakes_end_in_one_line(
    tmp_path: Path,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    message: str,
) -> None:
    assert run(tmp_path, folder, *options) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()[-1:]
    assert message in line


@pytest.mark.usefixtures("unjudged")
def test_a_pretrained_encoder_decoder_learns_and_is_used(
    tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = [file.read_text(encoding="utf-8") for file in folder.glob("*.txt")]
    save_t5(tmp_path / "model", texts)
    options = [option for option in TINY if option not in ("--vocab-size", "41")]
    args = ["--output-dir", str(tmp_path / "run"), "--corpus-path", str(folder), *options]
    args += ["--generator", str(tmp_path / "model"), "--offline"]
    assert launch(style_transfer.Config, style_transfer.main, args) == 0
    capsys.readouterr()
    assert main(["transfer", str(tmp_path / "run"), "--to", "fine", "the tea seems cold"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1
    args[1] = str(tmp_path / "second")
    assert launch(style_transfer.Config, style_transfer.main, [*args, "--vocab-size", "9"]) == 2
    assert "brings its own" in capsys.readouterr().err
