"""Corpora of pictures by name: made ones, the cache, the user's own, and mistakes in one line."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from made_pictures import write_pictures
from seqgan.corpora import digits, gaussians, stacked
from seqgan.data import corpus as found
from seqgan.data import stacking
from seqgan.data.picture_corpus import PictureCorpus, build_parts, load_pictures
from seqgan.data.pictures import PictureParts, Pictures
from seqgan.errors import UserError


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SEQGAN_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def parts_of(number: int) -> PictureParts:
    rng = np.random.default_rng(number)
    images = torch.from_numpy(rng.integers(0, 256, (number, 3, 4, 6), dtype=np.uint8))
    pictures = Pictures(images, torch.arange(number) % 3, ("a", "b", "c"))
    return PictureParts(pictures, pictures.at(torch.tensor([2, 0])), ("a remark",))


def made(build: Callable[[], PictureParts], *, version: int = 1) -> PictureCorpus:
    return PictureCorpus(
        "made",
        "made",
        "here",
        "free",
        "free",
        version,
        lambda offline: build(),
        lambda path: build(),
    )


def refuse() -> PictureParts:
    raise AssertionError("built although it is cached")


def test_kept_parts_come_back_whole(folder: Path) -> None:
    parts = parts_of(7)
    assert build_parts(made(lambda: parts), offline=False) is parts
    again = build_parts(made(refuse), offline=True)
    assert again.checksum == parts.checksum
    assert again.remarks == parts.remarks
    assert again.test.label_names == parts.test.label_names
    assert again.train.images.dtype == torch.uint8
    (facts,) = folder.rglob("corpus.json")
    facts.write_text(facts.read_text().replace('"train": 7', '"train": 6'))
    with pytest.raises(AssertionError, match="built"):
        build_parts(made(refuse), offline=False)
    newer = build_parts(made(lambda: parts_of(5), version=2), offline=False)
    assert len(newer.train) == 5


def test_offline_without_cache_names_the_remedy() -> None:
    with pytest.raises(UserError, match=r"'mnist' is not in the cache .*seqgan corpora get mnist"):
        load_pictures("mnist", offline=True)
    with pytest.raises(UserError, match="'mnist' is not in the cache"):
        load_pictures("stacked", offline=True)


def test_digits_need_no_network_and_no_cache(folder: Path) -> None:
    parts = load_pictures("digits", offline=True)
    assert (len(parts.train), len(parts.test)) == (1497, 300)
    assert parts.train.shape == (1, 8, 8)
    assert parts.train.label_names == tuple("0123456789")
    assert parts.train.images.max() == 255
    assert torch.bincount(parts.test.labels).min() >= 20
    images = torch.cat([parts.train.images, parts.test.images])
    assert set(images.unique().tolist()) == {round(shade * 255 / 16) for shade in range(17)}
    assert not folder.exists()
    assert load_pictures("digits").checksum == parts.checksum
    with pytest.raises(UserError, match="come with scikit-learn"):
        digits.read(Path("digits"))


def test_stacks_are_made_of_three_digits_and_always_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shades = (torch.arange(30, dtype=torch.uint8) * 8)[:, None, None, None].expand(-1, 1, 4, 4)
    singles = Pictures(shades, torch.arange(30) % 10, tuple("0123456789"))
    source = made(
        lambda: PictureParts(singles.at(torch.arange(20)), singles.at(torch.arange(20, 30)))
    )
    source = replace(source, name="mnist", suffixes=("",), kept=False)
    corpora = {"mnist": source, "stacked": stacked.CORPUS}
    monkeypatch.setattr(found, "all_corpora", lambda: corpora)
    parts = load_pictures("stacked")
    assert (len(parts.train), len(parts.test)) == (stacking.TRAIN, stacking.TEST)
    assert parts.train.shape == (3, 4, 4)
    for part, (low, high) in ((parts.train, (0, 20)), (parts.test, (20, 30))):
        digit_N3 = part.images[:, :, 0, 0].long() // 8
        assert (digit_N3.min(), digit_N3.max()) == (low, high - 1)
        assert torch.equal(part.labels, (digit_N3 % 10 * torch.tensor([100, 10, 1])).sum(1))
    assert len(parts.test.labels.unique()) == 1000
    assert parts.test.labels[:6].tolist() != parts.train.labels[:6].tolist()
    assert parts.test.label_names[part.labels[0]] == f"{int(part.labels[0]):03d}"
    # Fixed for good, whatever the version of numpy: runs are compared by it.
    assert parts.train.labels[:6].tolist() == [174, 314, 773, 104, 293, 648]
    assert load_pictures("stacked", path=tmp_path).checksum == parts.checksum


def test_gaussians_are_facts_only() -> None:
    assert gaussians.CORPUS.holds == "points"
    assert any("0.05" in fact for fact in gaussians.CORPUS.facts)
    with pytest.raises(UserError, match="'gaussians' holds points, not pictures"):
        load_pictures("gaussians")


@pytest.mark.parametrize("name", ["digits", "folder"])
def test_own_pictures(tmp_path: Path, name: str) -> None:
    own = write_pictures(tmp_path / "own", 20)
    assert load_pictures(name, path=own).train.shape == (3, 8, 8)
    assert load_pictures(name, path=own, size=12).train.shape == (3, 12, 12)
    np.savez(tmp_path / "own.npz", images=np.zeros((20, 8, 8), dtype=np.uint8))
    with pytest.raises(UserError, match="20, 1 of them different"):
        load_pictures(name, path=tmp_path / "own.npz")


def test_mistakes_are_one_line(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"")
    (tmp_path / "plain").write_bytes(b"")
    mistakes: list[tuple[dict[str, object], str]] = [
        ({"name": "mnsit"}, "did you mean 'mnist'"),
        ({"name": "friends"}, "holds dialogue, not pictures"),
        ({"name": "folder"}, "say where with --corpus-path"),
        ({"name": "folder", "path": tmp_path / "none"}, "there is no file or folder"),
        ({"name": "folder", "path": tmp_path / "a.zip"}, "unknown kind '.zip': expected a folder"),
        ({"name": "folder", "path": tmp_path / "plain"}, "'without suffix'"),
        ({"name": "folder", "path": tmp_path}, "holds no pictures"),
        ({"name": "digits", "size": 3}, "--size 3: give 4 to 128"),
        ({"name": "digits", "size": 129}, "--size 129: give 4 to 128"),
        ({"name": "digits", "label_column": "hue"}, "one kind of label; leave the option out"),
    ]
    for given, told in mistakes:
        with pytest.raises(UserError, match=told) as raised:
            load_pictures(**given)  # type: ignore[arg-type]
        assert "\n" not in str(raised.value)
