"""The judging network: any shape, learns digits, repeats, is kept and found again."""

from pathlib import Path

import pytest
import torch
from made_sets import digit_extractor, digit_parts
from safetensors.torch import load_file, save_file

from seqgan.data.cache import cache_folder
from seqgan.data.pictures import PictureParts, Pictures
from seqgan.errors import UserError
from seqgan.image import extractor as extractor_module
from seqgan.image.extractor import (
    Extractor,
    accuracy,
    corpus_extractor,
    load_extractor,
    save_extractor,
    train_extractor,
    turned,
)


def made(shape: tuple[int, int, int], count: int = 6, labels: int = 2) -> Pictures:
    rng = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (count, *shape), generator=rng).to(torch.uint8)
    return Pictures(images, torch.arange(count) % labels)


def test_digits_are_recognized() -> None:
    assert accuracy(digit_extractor(), digit_parts().test) > 0.95
    assert digit_extractor().outputs[3] == "digit 3"
    assert not digit_extractor().training


def test_without_labels_turned_pictures_are_told_apart() -> None:
    parts = digit_parts(labels=False)
    extractor = digit_extractor(labels=False)
    assert not extractor.labels
    assert len(extractor.outputs) == 4
    assert accuracy(extractor, parts.test) > 0.8


@pytest.mark.parametrize(
    "shape", [(1, 1, 1), (3, 4, 9), (1, 5, 5), (3, 28, 28), (1, 128, 64), (3, 1, 40)]
)
def test_any_size_and_channels(shape: tuple[int, int, int]) -> None:
    for pictures in (made(shape), made(shape, labels=1)):
        extractor = train_extractor(pictures, updates=2)
        assert extractor(pictures.images).shape == (6, 64)
        assert extractor.logits(pictures.images).shape == (6, len(extractor.outputs))
        assert 0 <= accuracy(extractor, pictures) <= 1


def test_features_have_a_mean_variance_of_one_and_logits_do_not_change_with_it() -> None:
    extractor, train = digit_extractor(), digit_parts().train
    with torch.no_grad():
        features_NF = extractor(train.images)
        assert float(features_NF.var(0).mean()) == pytest.approx(1, rel=1e-4)
        hidden_NF = features_NF / extractor.scale
        torch.testing.assert_close(extractor.logits(train.images), extractor.head(hidden_NF))


def test_pictures_are_judged_one_by_one() -> None:
    """A batch's other pictures must not change a picture's features."""
    images = digit_parts().test.images[:8]
    with torch.no_grad():
        together = digit_extractor()(images)
        alone = torch.cat([digit_extractor()(image.unsqueeze(0)) for image in images])
    torch.testing.assert_close(together, alone, rtol=1e-4, atol=1e-5)


def test_training_repeats_and_leaves_the_random_state_and_threads_alone() -> None:
    pictures = made((1, 6, 6), 40)
    before, threads = torch.get_rng_state(), torch.get_num_threads()
    first = train_extractor(pictures, updates=3)
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(9)
    second = train_extractor(pictures, updates=3)
    assert torch.get_num_threads() == threads
    for name, weight in first.state_dict().items():
        assert torch.equal(weight, second.state_dict()[name])
    other = train_extractor(pictures, updates=3, seed=1)
    assert not torch.equal(first.head.weight, other.head.weight)


def test_turned_pictures_have_their_position_as_label() -> None:
    square = torch.arange(4, dtype=torch.uint8).reshape(1, 1, 2, 2)
    images, labels = turned(square)
    assert labels.tolist() == [0, 1, 2, 3]
    assert len({tuple(image.flatten().tolist()) for image in images}) == 4
    wide, labels = turned(torch.arange(6, dtype=torch.uint8).reshape(1, 1, 2, 3))
    assert wide.shape == (4, 1, 2, 3)
    assert wide[3].flatten().tolist() == [5, 4, 3, 2, 1, 0]


def test_saved_and_loaded_it_sees_the_same(tmp_path: Path) -> None:
    images = digit_parts().test.images[:5]
    save_extractor(digit_extractor(), tmp_path)
    loaded = load_extractor(tmp_path, shape=(1, 8, 8))
    assert torch.equal(loaded(images), digit_extractor()(images))
    assert loaded.outputs == digit_extractor().outputs
    assert not loaded.training


def test_a_folder_that_is_no_fitting_extractor_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds no model"):
        load_extractor(tmp_path)
    save_extractor(train_extractor(made((1, 6, 6)), updates=1), tmp_path)
    with pytest.raises(UserError, match=r"shape \(1, 6, 6\), these are \(3, 6, 6\)"):
        load_extractor(tmp_path, shape=(3, 6, 6))
    config = tmp_path / "config.json"
    text = config.read_text()
    config.write_text(text.replace('"Extractor"', '"Mlp"'))
    with pytest.raises(UserError, match="'Mlp', not an extractor"):
        load_extractor(tmp_path)
    config.write_text(text.replace('"width": 16', '"width": "a"'))
    with pytest.raises(UserError, match="describes no extractor"):
        load_extractor(tmp_path)
    config.write_text(text.replace('"width": 16', '"width": 8'))
    with pytest.raises(UserError, match="does not fit"):
        load_extractor(tmp_path)
    config.write_text(text)
    (tmp_path / "model.safetensors").write_bytes(b"\x80\x04.")  # the start of a pickle
    with pytest.raises(UserError, match="not a safetensors file"):
        load_extractor(tmp_path)


def test_one_picture_is_too_few() -> None:
    with pytest.raises(UserError, match="two training pictures"):
        train_extractor(made((1, 4, 4), 1))


def test_the_cache_keeps_one_extractor_for_each_data(monkeypatch: pytest.MonkeyPatch) -> None:
    trained = []

    def train(pictures: Pictures, *, name: str, device: str, progress: bool) -> Extractor:
        trained.append(name)
        return train_extractor(pictures, name=name, updates=2)

    monkeypatch.setattr(extractor_module, "train_extractor", train)
    parts = PictureParts(made((1, 6, 6)), made((1, 6, 6)))
    first, second = corpus_extractor(parts), corpus_extractor(parts)
    assert len(trained) == 1
    assert torch.equal(first(parts.test.images), second(parts.test.images))
    assert first.name == second.name == f"classifier {parts.checksum[:8]}"
    other = PictureParts(made((1, 6, 6), labels=3), made((1, 6, 6)))
    assert corpus_extractor(other).name != first.name
    (folder,) = (cache_folder() / "extractors").glob(f"{parts.checksum[:16]}*")
    assert not list((cache_folder() / "extractors").glob(".*")), "nothing is left aside"
    (folder / "model.safetensors").write_bytes(b"cut")
    corpus_extractor(parts)
    assert len(trained) == 3, "a damaged one is trained again"
    corpus_extractor(parts)
    assert len(trained) == 3


def test_a_cache_that_cannot_be_written_costs_only_the_cache(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SEQGAN_CACHE", str(tmp_path / "file"))
    monkeypatch.setattr(extractor_module, "_updates", lambda num: 1)
    parts = PictureParts(made((1, 4, 4)), made((1, 4, 4)))
    assert corpus_extractor(parts).num_features == 64

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setenv("SEQGAN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(extractor_module.os, "replace", full)
    assert corpus_extractor(parts).num_features == 64
    assert not list((tmp_path / "cache" / "extractors").iterdir()), "nothing half-written stays"


def test_weights_are_the_only_thing_read(tmp_path: Path) -> None:
    """A tensor more or less than the class has is refused, not ignored."""
    save_extractor(train_extractor(made((1, 6, 6)), updates=1), tmp_path)
    weights = load_file(tmp_path / "model.safetensors")
    save_file({**weights, "more": torch.ones(1)}, tmp_path / "model.safetensors")
    with pytest.raises(UserError, match="does not fit"):
        load_extractor(tmp_path)
