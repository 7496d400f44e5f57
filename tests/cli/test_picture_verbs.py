"""The verbs on runs of pictures, as a user types them."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

import seqgan
from made_gan import TINY, write_material
from seqgan.cli import main
from seqgan.cli.wings import config_class_of, makes_pictures, recipe_of, refuse_mute, run_among
from seqgan.errors import UserError
from seqgan.image.model import PictureModel


@pytest.fixture(scope="session")
def picture_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the recipe of pictures, trained as a user would type it."""
    folder = tmp_path_factory.mktemp("pictures")
    threads = torch.get_num_threads()
    args = ["train", "image_gan", *TINY, *write_material(folder)]
    assert main([*args, "--output-dir", str(folder / "run")]) == 0
    torch.set_num_threads(threads)
    return folder / "run"


@pytest.fixture
def copied(picture_run: Path, tmp_path: Path) -> Path:
    """The run in a folder of its own, to be changed."""
    return Path(shutil.copytree(picture_run, tmp_path / "copied"))


def one_error_line(capsys: pytest.CaptureFixture[str]) -> str:
    """Return the only line on standard error; fails on a traceback."""
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert line.startswith("error: ")
    return line


def results_of(run: Path) -> dict[str, Any]:
    results: dict[str, Any] = json.loads((run / "results.json").read_text("utf-8"))
    return results


def test_digits_are_trained_on_without_an_option(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Down to where the run lies and what to type next."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("seqgan.image.extractor._updates", lambda count: 3)
    args = ["train", "image_gan", "--corpus", "digits", "--max-updates", "1", "--width", "2"]
    assert main([*args, "--num-samples", "16", "--device", "cpu", "--threads", "1"]) == 0
    out = capsys.readouterr().out
    assert "1,497 training pictures of 1 x 8 x 8; 1 updates of 64" in out
    command = out.strip().splitlines()[-1].split(": seqgan ", 1)[1].split()
    assert command == ["sample", "runs/image_gan/1", "--output", "grid.png"]
    assert main(command) == 0
    assert Image.open("grid.png").size == (8 * 34 - 2, 8 * 34 - 2)


def test_sample_draws_a_grid(
    picture_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "grid.png"
    args = ["sample", str(picture_run), "--num-samples", "10", "--output", str(path)]
    assert main([*args, "--columns", "5", "--scale", "1"]) == 0
    assert capsys.readouterr().out == f"10 pictures: {path}\n"
    assert Image.open(path).size == (5 * 10 - 2, 2 * 10 - 2)
    first = path.read_bytes()
    main([*args, "--columns", "5", "--scale", "1"])
    assert path.read_bytes() == first
    main([*args, "--columns", "5", "--scale", "1", "--seed", "1"])
    assert path.read_bytes() != first


def test_options_may_stand_before_the_run(picture_run: Path, tmp_path: Path) -> None:
    path = tmp_path / "grid.png"
    assert main(["sample", "--num-samples", "1", "--output", str(path), str(picture_run)]) == 0
    assert Image.open(path).size == (32, 32)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--num-samples", "0"], "--num-samples is 0: 1 is the least"),
        (["--columns", "0"], "--columns is 0: 1 is the least"),
        (["--scale", "-1"], "--scale is -1"),
        (["--output", "grid.jpg"], "ends in .png"),
        (["--output", "nowhere/grid.png"], "there is no folder nowhere"),
        (["--output", "folder.png"], "is a folder"),
    ],
)
def test_sample_refuses(
    options: list[str],
    reason: str,
    picture_run: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.png").mkdir()
    assert main(["sample", str(picture_run), *options]) == 2
    assert reason in one_error_line(capsys)
    assert [path.name for path in tmp_path.iterdir()] == ["folder.png"]


def test_evaluate_repeats_the_results(copied: Path) -> None:
    before = results_of(copied)
    assert main(["evaluate", str(copied), "--threads", "1"]) == 0
    after = results_of(copied)
    for row in [*before["rows"], *after["rows"]]:
        row["metrics"].pop("seconds_a_sample", None)
    assert after["rows"] == before["rows"]
    for name in ("updates", "history", "diagnosis", "data", "extractor"):
        assert after[name] == before[name]


def test_evaluate_takes_other_numbers_and_refuses_nonsense(
    copied: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = ["evaluate", str(copied), "--threads", "1"]
    assert main([*run, "--num-samples", "20"]) == 0
    assert results_of(copied)["extractor"]["samples"] == 20
    capsys.readouterr()
    for options, reason in (
        (["--num-samples", "15"], "must be 16 or more"),
        (["--threads", "-1"], "--threads is -1"),
        (["--extractor", str(copied)], str(copied)),
    ):
        assert main([*run, *options]) == 2
        assert reason in one_error_line(capsys)


def test_evaluate_refuses_other_pictures(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (copied / "data.sha256").write_text("0" * 64 + "\n", "utf-8")
    assert main(["evaluate", str(copied)]) == 2
    assert "not those" in one_error_line(capsys)


def test_report_is_written_again(copied: Path) -> None:
    (copied / "report.html").unlink()
    assert main(["report", str(copied)]) == 0
    page = (copied / "report.html").read_text("utf-8")
    assert "data:image/" in page
    assert "GAN" in page


def test_an_unfinished_run_reports_and_says_how_to_finish(
    copied: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(copied / "generator")
    (copied / "results.json").unlink()
    assert main(["report", str(copied)]) == 0
    capsys.readouterr()
    for verb in ("sample", "evaluate"):
        assert main([verb, str(copied)]) == 2
        assert "finish it with --resume" in one_error_line(capsys)
    with pytest.raises(UserError, match="finish it with --resume"):
        seqgan.load(copied)


def test_a_damaged_generator_is_one_line(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    weights = copied / "generator" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-9])
    assert main(["sample", str(copied)]) == 2
    assert "generator" in one_error_line(capsys)


def test_nobody_talks_in_a_run_of_pictures(
    picture_run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["chat", str(picture_run)]) == 2
    line = one_error_line(capsys)
    assert f"seqgan sample {picture_run} --output grid.png" in line


def test_python_interface(picture_run: Path) -> None:
    model = seqgan.load(picture_run)
    assert isinstance(model, PictureModel)
    pictures = model.sample(4)
    assert (pictures.dtype, pictures.shape) == (torch.uint8, (4, 1, 8, 8))
    assert torch.equal(seqgan.load(picture_run).sample(4), pictures)


def write_config(folder: Path, text: str) -> Path:
    folder.mkdir()
    (folder / "config.json").write_text(text, "utf-8")
    return folder


def test_which_wing_a_run_belongs_to(picture_run: Path, tmp_path: Path) -> None:
    assert makes_pictures(picture_run)
    assert not makes_pictures(tmp_path)
    for number, (recipe, expected) in enumerate(
        [("vae", True), ("autoencoder", True), ("gaussians", False), ("chatbot_pg", False)]
    ):
        folder = write_config(tmp_path / str(number), json.dumps({"recipe": recipe}))
        assert makes_pictures(folder) == expected
    assert run_among(["--seed", "3", str(picture_run), str(tmp_path)]) == picture_run
    assert run_among(["--seed", "3"]) is None


def test_a_run_without_anything_to_say_says_where_to_look(tmp_path: Path) -> None:
    refuse_mute(tmp_path)  # no run: the loader names what is missing
    refuse_mute(write_config(tmp_path / "talks", '{"recipe": "chatbot_pg"}'))
    with pytest.raises(UserError, match="seqgan sample"):
        refuse_mute(write_config(tmp_path / "draws", '{"recipe": "vae"}'))
    with pytest.raises(UserError, match=r"neither talk nor draw: see .*points/report.html"):
        refuse_mute(write_config(tmp_path / "points", '{"recipe": "gaussians"}'))


@pytest.mark.parametrize("text", ["", "[]", '{"config": {}}', "\0"])
def test_a_damaged_configuration_is_no_run(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_config(tmp_path / "damaged", text)
    with pytest.raises(UserError, match="is no run"):
        recipe_of(folder)
    for verb in ("sample", "evaluate", "report"):
        assert main([verb, str(folder)]) == 2
        assert "is no run" in one_error_line(capsys)


def test_a_recipe_of_elsewhere_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UserError, match="no recipe here"):
        config_class_of("elsewhere")
    folder = write_config(tmp_path / "foreign", '{"recipe": "elsewhere", "config": {}}')
    for verb in ("sample", "evaluate"):
        assert main([verb, str(folder)]) == 2
        assert "'elsewhere', which is no recipe here" in one_error_line(capsys)


def test_points_are_not_judged_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_config(tmp_path / "points", '{"recipe": "gaussians", "config": {}}')
    assert main(["evaluate", str(folder), "--threads", "1"]) == 2
    assert "runs of gaussians are not judged again" in one_error_line(capsys)
