"""What a user can get wrong about the recipe of pictures: one line, exit code 2, nothing made."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from made_gan import TINY, write_material
from made_pictures import write_pictures
from seqgan.core.launch import launch
from seqgan.recipes.image_gan import Config, main


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return the options that name made pictures and what judges them."""
    return write_material(tmp_path_factory.mktemp("material"))


def run(folder: Path, *options: str) -> int:
    """Run the recipe into folder/run; returns the exit code."""
    args = ["--output-dir", str(folder / "run"), *TINY, *options]
    return launch(Config, main, args, prog="image_gan.py")


def error_line(capsys: pytest.CaptureFixture[str]) -> str:
    """Return the one line of error, which is the last of standard error."""
    *_, line = capsys.readouterr().err.strip().splitlines()
    assert line.startswith("error: ")
    return line


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--objective", "energy", "--penalty", "gp"], "the margin alone bounds the energy"),
        (["--objective", "loss-sensitive", "--penalty", "none"], "grows without end"),
        (["--objective", "wasserstein", "--penalty", "none"], "bounded slope"),
        (["--objective", "total-variation", "--penalty", "gp"], "a step"),
        (["--objective", "alpha", "--alpha", "1"], "use --objective kl"),
        (["--objective", "alpha", "--alpha", "0"], "use --objective reverse-kl"),
        (["--pretrain-updates", "3"], "relativistic has none"),
        (["--objective", "energy", "--pretrain-updates", "-3"], "must be 0 or more"),
        (["--critic-steps", "0"], "--critic-steps is 0: 1 is the least"),
        (["--penalty-every", "0"], "--penalty-every is 0: 1 is the least"),
        (["--gamma", "-1"], "--gamma is -1.0: it must be above 0"),
        (["--slope-weight", "0"], "--slope-weight is 0.0"),
        (["--clip", "0"], "--clip is 0.0"),
        (["--margin", "nan"], "--margin is nan"),
        (["--generator-lr", "0"], "--generator-lr is 0.0"),
        (["--averaging", "1"], "must lie in [0, 1)"),
        (["--betas", "0.5", "1"], "both must lie in [0, 1)"),
        (["--final-lr", "1.5"], "must lie in [0, 1]"),
        (["--width", "0"], "--width is 0: it must be 1 or more"),
        (["--latent-dim", "0"], "--latent-dim is 0"),
        (["--batch-size", "1"], "--batch-size is 1: it must be 2 or more"),
        (["--accumulation", "0"], "--accumulation is 0"),
        (["--updates", "-1"], "--updates is -1: it must be 0 or more"),
        (["--max-updates", "0"], "--max-updates is 0: it must be 1 or more"),
        (["--evaluate-every", "0"], "--evaluate-every is 0: it must be 1 or more"),
        (["--num-samples", "15"], "--num-samples is 15: it must be 16 or more"),
        (["--threads", "-1"], "--threads is -1"),
        (["--seed", "-1"], "--seed is -1"),
        (["--size", "-4"], "--size is -4"),
        (["--log-every", "0"], "--log-every is 0: 1 is the least"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_made(
    options: list[str], reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, *options) == 2
    assert reason in error_line(capsys)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("option", "wrong", "right"),
    [
        ("--penalty", "r1r3", "r1r2"),
        ("--network", "resnet", "residual"),
        ("--augment", "colour", "color"),
    ],
)
def test_an_unknown_choice_is_answered_with_the_choices(
    option: str, wrong: str, right: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        run(tmp_path, option, wrong)
    assert end.value.code == 2
    shown = " ".join(capsys.readouterr().err.replace("│", " ").split())
    assert f"'{wrong}'" in shown
    assert f"'{right}'" in shown
    assert "Traceback" not in shown
    assert not (tmp_path / "run").exists()


def test_an_unknown_corpus_suggests_the_nearest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, "--corpus", "mnits") == 2
    assert "did you mean 'mnist'?" in error_line(capsys)


@pytest.mark.parametrize("corpus", ["folder", "fashion_mnist"])
def test_a_corpus_that_is_not_at_hand(
    corpus: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, "--corpus", corpus, "--offline") == 2
    assert ("--corpus-path" if corpus == "folder" else "offline") in error_line(capsys)


def spoil(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:60])


@pytest.mark.parametrize(
    ("kind", "options", "reason"),
    [
        ("missing", [], "there is no file or folder"),
        ("empty", [], "holds no picture"),
        ("text", [], "unknown kind '.txt'"),
        ("pixel", [], "pixel"),
        ("corrupt", [], "can be read"),
        ("bomb", [], "too large to open safely (bomb.png"),
        ("wide", ["--size", "200"], "--size"),
        ("array", ["--label-column", "colour"], "colour"),
        ("few", [], "few"),
    ],
)
def test_bad_pictures_are_one_line(
    kind: str,
    options: list[str],
    reason: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "mine"
    if kind != "missing":
        path.mkdir()
    if kind == "text":
        path = path / "mine.txt"
        path.write_text("no pictures")
    elif kind == "pixel":
        write_pictures(path, 20, height=1, width=1)
    elif kind == "bomb":
        Image.new("1", (20_000, 20_000)).save(write_pictures(path, 20) / "bomb.png")
    elif kind in ("corrupt", "wide", "few"):
        for picture in write_pictures(path, 3 if kind == "few" else 20).iterdir():
            if kind == "corrupt":
                spoil(picture)
    elif kind == "array":
        np.savez(path / "mine.npz", images=np.zeros((30, 8, 8), np.uint8), labels=np.arange(30))
        path = path / "mine.npz"
    assert run(tmp_path, "--corpus", "folder", "--corpus-path", str(path), *options) == 2
    assert reason in error_line(capsys)


def test_an_extractor_of_other_pictures_is_refused(
    tmp_path: Path, material: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, *material, "--size", "12") == 2
    assert "(1, 8, 8)" in error_line(capsys)
