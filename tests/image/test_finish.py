"""The end of a picture run: rows, drawings, what is remembered of the training."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import torch
from made_sets import digit_extractor, digit_parts, of_classes
from torch import Generator, Tensor

from seqgan.data.pictures import PictureParts, Pictures, from_bytes
from seqgan.errors import UserError
from seqgan.image.finish import earlier_history, judge_pictures, write_drawings
from seqgan.image.model import GENERATOR_FOLDER
from seqgan.image.networks import make_generator
from seqgan.image.options import PictureOptions
from seqgan.image.setup import DATA_FILE, labeled_batches, picture_batches, refuse_other_data
from seqgan.image.watch import Snapshot
from seqgan.nn.saving import save_built

CONFIG = PictureOptions(num_samples=200)
FACTS = {"processes": 1, "seconds": {"adversarial": 2.0}, "updates": {}, "warnings": []}
HISTORY = [
    Snapshot(10, 0.9, 0.8, 1.0, 0.0),
    Snapshot(20, 0.9, 0.7, 0.9, 0.1, ("digit 7", "digit 9"), 0.25),
]


def replaying(images: Tensor) -> Any:
    """Return a sampler that draws from the pictures, none twice."""

    def sampler(count: int, rng: Generator) -> Tensor:
        return from_bytes(images[torch.randperm(len(images), generator=rng)[:count]])

    return sampler


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a run with two systems, the last of which drops three digits."""
    folder = tmp_path_factory.mktemp("judged")
    (folder / "samples").mkdir()
    systems = {
        "copies": replaying(digit_parts().train.images),
        "GAN": replaying(of_classes(range(7))),
    }
    judge_pictures(
        folder,
        "image_gan",
        CONFIG,
        systems,
        digit_parts(),
        digit_extractor(),
        FACTS,
        history=HISTORY,
        figures=[{"file": "samples/own.png", "title": "Own", "caption": "A figure."}],
        more_metrics={"GAN": {"reconstruction": 0.5}},
    )
    return folder


def results_of(folder: Path) -> dict[str, Any]:
    results: dict[str, Any] = json.loads((folder / "results.json").read_text("utf-8"))
    return results


def test_every_system_is_judged_beside_held_out_pictures(judged: Path) -> None:
    results = results_of(judged)
    rows = {row["system"]: row["metrics"] for row in results["rows"]}
    assert list(rows) == ["real held-out", "copies", "GAN"]
    assert rows["copies"]["nearest_train"] == 0
    assert rows["copies"]["modes"] == 10
    assert rows["GAN"]["modes"] == 7
    assert rows["GAN"]["reconstruction"] == 0.5
    assert "reconstruction" not in rows["copies"]
    assert rows["GAN"]["seconds_a_sample"] > 0
    assert "seconds_a_sample" not in rows["real held-out"]


def test_the_last_system_is_diagnosed(judged: Path) -> None:
    findings = results_of(judged)["diagnosis"]["findings"]
    (dropping,) = [each["text"] for each in findings if each["kind"] == "dropping"]
    assert all(name in dropping for name in ("digit 8", "digit 9"))


def test_what_a_reader_must_know_is_said(judged: Path) -> None:
    results = results_of(judged)
    assert results["extractor"]["samples"] == 200
    assert results["extractor"]["accuracy"] > 0.8
    assert results["seed"] == CONFIG.seed
    assert results["seconds"].keys() == {"adversarial", "evaluation"}
    assert results["figures"] == [
        {"file": "samples/own.png", "title": "Own", "caption": "A figure."}
    ]
    assert results["data"] == {
        "corpus": "digits",
        "checksum": digit_parts().checksum,
        "train": 1097,
        "test": 700,
    }
    assert "digit 8" in (judged / "report.html").read_text("utf-8")


def test_the_history_of_the_training_is_found_again(judged: Path, tmp_path: Path) -> None:
    assert earlier_history(judged) == HISTORY
    assert earlier_history(tmp_path) == []
    (tmp_path / "results.json").write_text("{", "utf-8")
    assert earlier_history(tmp_path) == []
    (tmp_path / "results.json").write_text('{"history": [{"updates": 3}]}', "utf-8")
    assert earlier_history(tmp_path) == []


def test_a_corpus_of_ones_own_is_named_without_its_folder(tmp_path: Path) -> None:
    (tmp_path / "samples").mkdir()
    config = PictureOptions(num_samples=20, corpus_path=tmp_path / "secret" / "mine.npz")
    systems = {"GAN": replaying(digit_parts().train.images)}
    judge_pictures(tmp_path, "image_gan", config, systems, digit_parts(), digit_extractor(), FACTS)
    assert results_of(tmp_path)["data"]["corpus"] == "mine.npz"


def test_strips_are_drawn_where_a_generator_was_saved(tmp_path: Path) -> None:
    (tmp_path / "samples").mkdir()
    samples = digit_parts().test.images[:30]
    write_drawings(tmp_path, samples, digit_parts())
    assert {path.name for path in (tmp_path / "samples").iterdir()} == {"real.png", "nearest.png"}
    generator = make_generator("mlp", (1, 8, 8), width=2, latent_dim=3)
    save_built(generator, tmp_path / GENERATOR_FOLDER)
    write_drawings(tmp_path, samples, digit_parts())
    assert (tmp_path / "samples" / "latent.png").exists()


def pretended(process: int, processes: int) -> Any:
    accelerator = SimpleNamespace(process_index=process, num_processes=processes)
    return cast(Any, SimpleNamespace(accelerator=accelerator, device="cpu", seed=0))


def numbered(count: int) -> Pictures:
    """Return pictures of one shade each, whose labels are their numbers."""
    images = torch.arange(count, dtype=torch.uint8)[:, None, None, None].expand(-1, 1, 2, 2)
    return Pictures(images.contiguous(), torch.arange(count))


def test_processes_share_every_batch_and_an_epoch_holds_each_picture_once() -> None:
    shares = [
        labeled_batches(pretended(process, 2), numbered(7), batch_size=3) for process in (0, 1)
    ]
    whole = labeled_batches(pretended(0, 1), numbered(7), batch_size=3)
    seen: list[int] = []
    for index in range(3):
        labels = [share(index)[1].tolist() for share in shares]
        assert all(labels)
        everything = whole(index)[1].tolist()
        assert set(labels[0]) | set(labels[1]) == set(everything)
        seen += everything
        pictures, numbers = whole(index)
        assert torch.equal(pictures[:, 0, 0, 0], from_bytes(numbers.to(torch.uint8)))
    assert sorted(seen) == list(range(7))


def test_no_process_is_left_without_a_picture() -> None:
    """Seven pictures in batches of three leave one: every process takes it."""
    batch = picture_batches(pretended(1, 2), numbered(7), batch_size=3)
    assert min(len(batch(index)) for index in range(3)) == 1
    assert all(batch(index).shape[1:] == (1, 2, 2) for index in range(3))


def test_other_pictures_than_the_runs_are_refused(tmp_path: Path) -> None:
    parts = PictureParts(numbered(7), numbered(3))
    refuse_other_data(tmp_path, parts)
    (tmp_path / DATA_FILE).write_text(parts.checksum + "\n", "utf-8")
    refuse_other_data(tmp_path, parts)
    with pytest.raises(UserError, match="not those"):
        refuse_other_data(tmp_path, PictureParts(numbered(8), numbered(3)))
