"""Published sets: the hub at one revision, checked, and local copies of every kind."""

import gzip
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from types import ModuleType

import datasets
import numpy as np
import pytest
import torch
from PIL import Image

from made_pictures import made_array
from seqgan.corpora import cifar10, fashion_mnist, mnist
from seqgan.data.picture_corpus import PictureCorpus, find_pictures, load_pictures
from seqgan.data.picture_parts import contents_checksum
from seqgan.data.picture_tables import PictureTable
from seqgan.data.pictures import PictureParts
from seqgan.errors import UserError

ROWS = {"train": 12, "test": 10}
FIRST = {"train": 0, "test": 100}
SETS = [(mnist, 28, 1), (fashion_mnist, 28, 1), (cifar10, 32, 3)]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SEQGAN_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def arrays(side: int, channels: int) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:  # type: ignore[type-arg]
    """Yield made splits: name, pictures (N, H, W[, C]), labels."""
    for split, number in ROWS.items():
        images = [made_array(FIRST[split] + n, side, side, channels) for n in range(number)]
        yield split, np.stack(images), (np.arange(number) % 10).astype(np.uint8)


def write_parquet(
    folder: Path, table: PictureTable, side: int, channels: int, *, marked: bool = True
) -> Path:
    """Write splits as on the hub; `marked` says in the file that the column holds pictures."""
    for split, images, labels in arrays(side, channels):
        coded = []
        for image in images:
            file = BytesIO()
            Image.fromarray(image).save(file, "PNG")
            coded.append({"bytes": file.getvalue(), "path": None})
        columns = {table.image_column: coded, table.label_column: labels.tolist()}
        rows = datasets.Dataset.from_dict(columns)
        if marked:
            rows = rows.cast_column(table.image_column, datasets.Image())
        path = folder / table.files[split].replace("*", "00000-of-00001")
        path.parent.mkdir(parents=True, exist_ok=True)
        rows.to_parquet(str(path))
    return folder


def expect(parts: PictureParts, table: PictureTable, side: int, channels: int) -> None:
    for part, (_, images, labels) in zip(
        (parts.train, parts.test), arrays(side, channels), strict=True
    ):
        shown = images[:, None] if channels == 1 else images.transpose(0, 3, 1, 2)
        assert torch.equal(part.images, torch.from_numpy(shown.copy()))
        assert part.labels.tolist() == labels.tolist()
        assert part.label_names == table.label_names


@pytest.mark.parametrize(("module", "side", "channels"), SETS)
def test_hub_is_asked_for_one_revision(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: ModuleType, side: int, channels: int
) -> None:
    """`datasets` itself finds the files by their patterns, in a folder in place of the hub."""
    table: PictureTable = module.TABLE
    write_parquet(tmp_path, table, side, channels)
    load, asked = datasets.load_dataset, {}

    def stand_in(name: str, *, revision: str, data_files: dict[str, str], cache_dir: str) -> object:
        asked[name] = revision
        return load(str(tmp_path), data_files=data_files, cache_dir=cache_dir)

    monkeypatch.setattr(datasets, "load_dataset", stand_in)
    with pytest.raises(UserError, match=r"not those expected \(12 and 10 rows, expected [56]0,000"):
        load_pictures(module.CORPUS.name)
    assert asked == {table.hub: table.revision}
    assert len(table.revision) == 40
    monkeypatch.setattr(module, "TABLE", replace(table, rows=ROWS, checksum=""))
    expect(load_pictures(module.CORPUS.name), table, side, channels)
    asked.clear()
    expect(load_pictures(module.CORPUS.name, offline=True), table, side, channels)
    assert asked == {}


def test_another_checksum_is_refused_and_not_kept(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_parquet(tmp_path / "hub", mnist.TABLE, 28, 1)
    load = datasets.load_dataset
    monkeypatch.setattr(
        datasets,
        "load_dataset",
        lambda name, *, revision, data_files, cache_dir: load(
            str(folder), data_files=data_files, cache_dir=cache_dir
        ),
    )
    right = contents_checksum(mnist.read(folder))
    monkeypatch.setattr(mnist, "TABLE", replace(mnist.TABLE, rows=ROWS, checksum=right[::-1]))
    with pytest.raises(UserError, match="nothing was kept; give a local copy"):
        load_pictures("mnist")
    assert not list(cache.rglob("corpus.json"))
    monkeypatch.setattr(mnist, "TABLE", replace(mnist.TABLE, rows=ROWS, checksum=right))
    assert len(load_pictures("mnist").train) == ROWS["train"]
    assert list(cache.rglob("corpus.json"))


def test_hub_out_of_reach_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*given: object, **options: object) -> None:
        raise ConnectionError("no route\nto the hub")

    monkeypatch.setattr(datasets, "load_dataset", fail)
    with pytest.raises(UserError, match=r"could not be loaded \(no route\): .*--corpus-path") as e:
        load_pictures("cifar10")
    assert "\n" not in str(e.value)


@pytest.mark.parametrize("marked", [True, False])
@pytest.mark.parametrize(("module", "side", "channels"), SETS)
def test_local_parquet(
    tmp_path: Path, module: ModuleType, side: int, channels: int, marked: bool
) -> None:
    table: PictureTable = module.TABLE
    folder = write_parquet(tmp_path, table, side, channels, marked=marked)
    expect(load_pictures(module.CORPUS.name, path=folder), table, side, channels)
    shrunk = load_pictures(module.CORPUS.name, path=folder, size=8)
    assert shrunk.train.shape == (channels, 8, 8)


def idx(array: np.ndarray) -> bytes:  # type: ignore[type-arg]
    head = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, dtype=">u4").tobytes()
    return head + array.tobytes()


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_local_idx_files(tmp_path: Path, name: str) -> None:
    for split, images, labels in arrays(28, 1):
        stem = {"train": "train", "test": "t10k"}[split]
        (tmp_path / f"{stem}-images-idx3-ubyte").write_bytes(idx(images))
        (tmp_path / f"{stem}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx(labels)))
    table = {"mnist": mnist, "fashion_mnist": fashion_mnist}[name].TABLE
    expect(load_pictures(name, path=tmp_path), table, 28, 1)
    many = gzip.compress(idx(np.arange(12, dtype=np.uint8)))
    (tmp_path / "train-labels-idx1-ubyte.gz").write_bytes(many)
    with pytest.raises(UserError, match="labels from 0 to 11: expected 0 to 9"):
        load_pictures(name, path=tmp_path)
    (tmp_path / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(UserError, match=f"is no copy of {name}"):
        load_pictures(name, path=tmp_path)


def test_local_archives_of_mnist(tmp_path: Path) -> None:
    for (_, images, labels), name in zip(arrays(28, 1), mnist.NPZ_FILES, strict=True):
        np.savez(tmp_path / name, images=images, labels=labels)
    expect(load_pictures("mnist", path=tmp_path), mnist.TABLE, 28, 1)
    np.savez(tmp_path / mnist.NPZ_FILES[0], images=np.zeros((3, 28, 28), dtype=np.uint8))
    with pytest.raises(UserError, match="lacks an array: expected 'images' and 'labels'"):
        load_pictures("mnist", path=tmp_path)


def test_local_binary_files_of_cifar10(tmp_path: Path) -> None:
    splits = {split: (images, labels) for split, images, labels in arrays(32, 3)}
    rows = {
        split: np.concatenate([labels[:, None], images.transpose(0, 3, 1, 2).reshape(-1, 3072)], 1)
        for split, (images, labels) in splits.items()
    }
    train, test = cifar10.BINARY_FILES
    for place, name in enumerate(train):
        chunk = rows["train"][place * 3 : place * 3 + 3] if place < 4 else rows["train"][:0]
        (tmp_path / name).write_bytes(chunk.tobytes())
    (tmp_path / test[0]).write_bytes(rows["test"].tobytes())
    expect(load_pictures("cifar10", path=tmp_path), cifar10.TABLE, 32, 3)
    (tmp_path / test[0]).write_bytes(rows["test"].tobytes()[:-1])
    with pytest.raises(UserError, match="cut off"):
        load_pictures("cifar10", path=tmp_path)
    (tmp_path / test[0]).unlink()
    with pytest.raises(UserError, match="no copy of cifar10"):
        load_pictures("cifar10", path=tmp_path)


def test_faulty_parquet_is_refused(tmp_path: Path) -> None:
    odd = replace(mnist.TABLE, image_column="picture")
    write_parquet(tmp_path / "odd", odd, 28, 1)
    with pytest.raises(UserError, match="no column 'image': it has 'picture', 'label'"):
        load_pictures("mnist", path=tmp_path / "odd")
    folder = write_parquet(tmp_path / "cut", mnist.TABLE, 28, 1)
    file = next((folder / "mnist").glob("test-*"))
    broken = [{"bytes": b"no picture", "path": None}] * 3
    datasets.Dataset.from_dict({"image": broken, "label": [0, 1, 2]}).to_parquet(str(file))
    with pytest.raises(UserError, match=r"\(test\): picture 0 cannot be decoded \(not a picture\)"):
        load_pictures("mnist", path=folder)
    file.unlink()
    with pytest.raises(UserError, match="lacks parquet files of a split"):
        load_pictures("mnist", path=folder)


@pytest.mark.parametrize(
    "corpus", [find_pictures(m.CORPUS.name) for m, _, _ in SETS], ids=lambda corpus: corpus.name
)
def test_an_empty_folder_is_no_copy(tmp_path: Path, corpus: PictureCorpus) -> None:
    with pytest.raises(UserError, match=f"is no copy of {corpus.name}: .*--corpus folder"):
        load_pictures(corpus.name, path=tmp_path)
