"""Pictures in `.npz` archives: shapes, labels of every kind, parts, and what is refused."""

import gzip
import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from seqgan.data import picture_arrays
from seqgan.data.picture_arrays import read_idx, read_npz
from seqgan.data.pictures import PictureParts
from seqgan.errors import UserError

IMAGES = np.random.default_rng(0).integers(0, 256, (30, 6, 8, 3), dtype=np.uint8)
KINDS = (np.arange(30) % 3).astype(np.uint8)
Column = np.ndarray[Any, Any]


def write(folder: Path, *, images: Column = IMAGES, **arrays: Column) -> Path:
    np.savez(folder / "a.npz", images=images, **arrays)
    return folder / "a.npz"


def read(path: Path, column: str = "labels", size: int | None = None) -> PictureParts:
    return read_npz(path, size=size, label_column=column)


def fault(path: Path, column: str = "labels") -> str:
    with pytest.raises(UserError) as raised:
        read(path, column)
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_shapes_in_use(tmp_path: Path) -> None:
    solid = np.full((30, 6, 8, 1), 255, dtype=np.uint8)
    colored = [IMAGES, IMAGES.transpose(0, 3, 1, 2), np.concatenate([IMAGES, solid], axis=3)]
    first, *others = [read(write(tmp_path, images=images)) for images in colored]
    assert first.train.shape == (3, 6, 8)
    assert [other.checksum for other in others] == [first.checksum] * 2
    grey = [IMAGES[..., 0], IMAGES[..., :1]]
    assert [read(write(tmp_path, images=images)).train.shape for images in grey] == [(1, 6, 8)] * 2


def test_clear_pixels_are_white(tmp_path: Path) -> None:
    clear = np.zeros((30, 4, 4, 4), dtype=np.uint8)
    clear[:, 0, 0, 0] = np.arange(30)
    clear[:, 0, 0, 3] = 255
    parts = read(write(tmp_path, images=clear))
    assert parts.train.images[:, :, 1:].min() == 255
    assert parts.train.images[:, 1, 0, 0].max() == 0


def test_parts_and_numbered_labels_with_names(tmp_path: Path) -> None:
    held = np.arange(30) >= 24
    names = np.array(["cat", "dog", "emu", "never"])
    path = write(tmp_path, test=held, kind=KINDS, kind_names=names)
    parts = read(path, "kind")
    assert parts.train.label_names == ("cat", "dog", "emu", "never")
    assert parts.test.labels.tolist() == KINDS[held].tolist()
    assert torch.equal(parts.test.images, torch.from_numpy(IMAGES[held].transpose(0, 3, 1, 2)))
    assert read(path).train.label_names == ()
    assert read(path).train.labels.sum() == 0
    assert read(path, size=4).train.shape == (3, 4, 4)


@pytest.mark.parametrize(
    ("values", "names", "labels"),
    [
        (np.array([-1, 1]), ("-1", "1"), [0, 1]),
        (np.array([1999, 1970]), ("1970", "1999"), [1, 0]),
        (np.array(["b", "a"]), ("a", "b"), [1, 0]),
        (np.array([True, False]), ("no", "yes"), [1, 0]),
    ],
)
def test_labels_without_names(
    tmp_path: Path, values: Column, names: tuple[str, ...], labels: list[int]
) -> None:
    held = np.arange(30) < 15
    parts = read(write(tmp_path, labels=np.tile(values, 15), test=held))
    assert parts.train.label_names == names
    assert parts.train.labels.tolist() == (labels * 15)[15:]


def test_one_column_of_several(tmp_path: Path) -> None:
    table = np.stack([KINDS, KINDS % 2], axis=1)
    path = write(tmp_path, attributes=table, test=np.arange(30) < 15)
    assert read(path, "attributes:1").test.labels.tolist() == (KINDS % 2)[:15].tolist()
    assert "'attributes:2' is out of range: give --label-column attributes:0 to" in fault(
        path, "attributes:2"
    )
    assert "'attributes' has 2 columns" in fault(path, "attributes")
    assert "out of range" in fault(path, "attributes:-1")
    assert "single column" in fault(write(tmp_path, kind=KINDS), "kind:0")


def test_label_columns_that_do_not_fit(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        low=KINDS.astype(np.int64) - 1,
        low_names=np.array(["a", "b", "c"]),
        high=KINDS,
        high_names=np.array(["a", "b"]),
        real=KINDS / 2,
        short=KINDS[:7],
        caption=np.array([f"picture {n}" for n in range(30)]),
    )
    assert "no label column 'hue': it has 'low', 'low_names'" in fault(path, "hue")
    assert "no label column 'images'" in fault(path, "images")
    assert "'low' of" in fault(path, "low")
    assert "out of range: it holds -1 and there are 3 names (0 to 2)" in fault(path, "low")
    assert "out of range: it holds 2 and there are 2 names (0 to 1)" in fault(path, "high")
    assert "holds float64: expected whole numbers or text" in fault(path, "real")
    assert "'short' of" in fault(path, "short")
    assert "one value for each of 30 pictures" in fault(path, "short")
    assert "tells no classes: 30 different values in 30 pictures" in fault(path, "caption")


@pytest.mark.parametrize(
    "images",
    [
        IMAGES.astype(np.float32),
        IMAGES[0, :, :, 0],
        IMAGES[:0],
        np.zeros((30, 6, 8, 5), dtype=np.uint8),
    ],
    ids=["float", "flat", "none", "channels"],
)
def test_arrays_that_are_no_pictures(tmp_path: Path, images: Column) -> None:
    assert "expected" in fault(write(tmp_path, images=images))


def test_sides_out_of_range(tmp_path: Path) -> None:
    assert "1 picture is below 4 pixels a side" in fault(write(tmp_path, images=IMAGES[:, :3]))
    wide = np.zeros((1, 4, 20_000), dtype=np.uint8)
    assert "too large to open safely" in fault(write(tmp_path, images=wide))
    large = np.random.default_rng(0).integers(0, 256, (12, 4, 300), dtype=np.uint8)
    parts = read(write(tmp_path, images=large))
    assert parts.train.shape == (1, 4, 4)
    assert "--size" in parts.remarks[0]


def test_broken_archives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, labels=KINDS)
    whole = path.read_bytes()
    for content in (b"", b"text", whole[: len(whole) // 2]):
        path.write_bytes(content)
        assert "cannot be read as an .npz of arrays" in fault(path)
    np.savez(path, pictures=IMAGES)
    assert "no array 'images': it has 'pictures'" in fault(path)
    np.savez(path, images=np.array([{}, []], dtype=object))
    assert "allow_pickle=False" in fault(path)
    assert "no pictures in its test part" in fault(write(tmp_path, test=np.zeros(30, dtype=bool)))
    monkeypatch.setattr(picture_arrays, "MOST_BYTES", 1000)
    assert "at most 0 are read" in fault(path)


def test_claimed_size_is_not_believed(tmp_path: Path) -> None:
    """A header of a thousand million pictures before a few bytes ends in one line."""
    array = io.BytesIO()
    header = {"descr": "|u1", "fortran_order": False, "shape": (10**9, 64, 64, 3)}
    np.lib.format.write_array_header_1_0(array, header)
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("images.npy", array.getvalue() + b"few")
    assert "cannot be read as an .npz of arrays" in fault(path)


def idx(array: Column) -> bytes:
    head = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, dtype=">u4").tobytes()
    return head + array.tobytes()


def test_idx_files(tmp_path: Path) -> None:
    array = IMAGES[..., 0]
    plain, packed = tmp_path / "a", tmp_path / "a.gz"
    plain.write_bytes(idx(array))
    packed.write_bytes(gzip.compress(idx(array)))
    assert np.array_equal(read_idx(plain), array)
    assert np.array_equal(read_idx(packed), array)
    whole = idx(array)
    for content in (
        b"",
        b"\0\0",
        b"text, long enough",
        whole[:-1],
        whole + b"x",
        b"\1" + whole[1:],
    ):
        plain.write_bytes(content)
        with pytest.raises(UserError, match="cannot be read as an IDX file"):
            read_idx(plain)
    packed.write_bytes(gzip.compress(whole)[:-9])
    with pytest.raises(UserError, match="cannot be read as an IDX file"):
        read_idx(packed)
