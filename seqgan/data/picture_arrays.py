"""Pictures in `.npz` archives of arrays: `images`, labels, `test`; and in the files of MNIST.

No array that holds Python objects is read: such an archive could run code.
"""

import gzip
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import torch

from seqgan.data.labels import BY_DEFAULT, number_labels
from seqgan.data.picture_parts import (
    channels_first,
    check_sides,
    common_size,
    divide,
    hold_out,
    resize_pictures,
)
from seqgan.data.pictures import PictureParts, Pictures
from seqgan.errors import UserError

Array = np.ndarray[Any, Any]
MOST_BYTES = 16 * 2**30
BROKEN = (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error, MemoryError, KeyError)
IDX_BYTES = 0x08  # the third byte of an IDX file that holds bytes


def read_npz(path: Path, *, size: int | None, label_column: str) -> PictureParts:
    """Return the pictures of an archive: uint8 `images`, (N, H, W) or (N, H, W, C) or (N, C, H, W).

    `label_column` names an array of N labels, or column I of an array (N, ...) as NAME:I; the names
    of numbered labels stand in an array NAME_names. A bool array `test` says what is held out; else
    a tenth is.

    Raises:
        UserError: an array is missing, damaged, of the wrong type or shape, or out of range.
    """
    arrays = read_arrays(path)
    if "images" not in arrays:
        raise UserError(f"{path} has no array 'images': it has {', '.join(map(repr, arrays))}")
    images = as_pictures(arrays["images"], path)
    number, _, *side = images.shape
    check_sides([(side[0], side[1])], ["all"], str(path))
    labels, names = labels_of(arrays, label_column, number, path)
    pictures = Pictures(images, labels, names)
    remark = None
    if size is None:
        size, remark = common_size([(side[0], side[1])])
    if size is not None:
        pictures = resize_pictures(pictures, size)
    if "test" in arrays:
        held = one_each(arrays["test"], "test", number, path)
        parts = divide(pictures, torch.from_numpy(held.astype(bool)), where=str(path))
    else:
        parts = hold_out(pictures, where=str(path))
    return PictureParts(parts.train, parts.test, (remark,) if remark else ())


def read_arrays(path: Path) -> dict[str, Array]:
    """Return the arrays of an archive.

    Raises:
        UserError: it is damaged, holds objects, or would fill the memory.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > MOST_BYTES:
            raise UserError(
                f"{path} unpacks to {unpacked / 2**30:,.0f} GB: at most"
                f" {MOST_BYTES / 2**30:,.0f} are read; give fewer or smaller pictures"
            )
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except BROKEN as error:
        raise UserError(f"{path} cannot be read as an .npz of arrays ({error})") from None


def as_pictures(array: Array, path: Path) -> torch.Tensor:
    """Return pictures as a tensor (N, C, H, W), on white where there is a fourth channel.

    >>> as_pictures(np.zeros((5, 8, 8, 3), dtype=np.uint8), Path("a.npz")).shape
    torch.Size([5, 3, 8, 8])
    """
    if array.dtype != np.uint8 or array.ndim not in (3, 4) or not len(array):
        raise UserError(
            f"'images' of {path} is {array.dtype} of shape {array.shape}: expected uint8 of shape"
            " (N, H, W), (N, H, W, C) or (N, C, H, W)"
        )
    if array.ndim == 4 and array.shape[3] == 4:
        solid = array[..., 3:].astype(np.uint16)
        array = ((array[..., :3] * solid + 255 * (255 - solid) + 127) // 255).astype(np.uint8)
    if array.ndim == 3 or array.shape[3] in (1, 3):
        return channels_first(array)
    if array.shape[1] in (1, 3):
        return torch.from_numpy(np.ascontiguousarray(array))
    raise UserError(f"'images' of {path} has shape {array.shape}: expected 1, 3 or 4 channels")


def labels_of(
    arrays: dict[str, Array], column: str, number: int, path: Path
) -> tuple[torch.Tensor, tuple[str, ...]]:
    """Return the labels that a column tells and their names; all 0 if the usual one is missing."""
    name, _, place = column.partition(":")
    if name not in arrays or name == "images":
        if column == BY_DEFAULT:
            return torch.zeros(number, dtype=torch.int64), ()
        others = [repr(other) for other in arrays if other != "images"]
        raise UserError(
            f"{path} has no label column {column!r}: it has {', '.join(others) or 'none'}"
        )
    values = arrays[name]
    if values.ndim == 2:
        values = column_of(values, column, place, path)
    elif place:
        raise UserError(f"{path}: {name!r} is a single column: give --label-column {name}")
    known = arrays.get(f"{name}_names", arrays.get("label_names") if name == BY_DEFAULT else None)
    names = () if known is None or place else tuple(str(text) for text in known)
    return number_labels(one_each(values, name, number, path), column, str(path), names)


def column_of(values: Array, column: str, place: str, path: Path) -> Array:
    """Return one column of a table of labels (N, columns)."""
    name, width = column.partition(":")[0], values.shape[1]
    if not place.isdecimal() or int(place) >= width:
        fault = f"{column!r} is out of range" if place else f"{name!r} has {width} columns"
        raise UserError(f"{path}: {fault}: give --label-column {name}:0 to {name}:{width - 1}")
    return np.asarray(values[:, int(place)])


def one_each(values: Array, name: str, number: int, path: Path) -> Array:
    """Return the array, or raise a UserError unless it has one value for each picture."""
    if values.shape != (number,):
        raise UserError(
            f"{name!r} of {path} has shape {values.shape}: expected one value for each of"
            f" {number:,} pictures"
        )
    return values


def read_idx(path: Path) -> Array:
    """Return the bytes of an IDX file, as MNIST's authors write them, packed with gzip or not.

    Raises:
        UserError: it is no such file, or damaged.
    """
    try:
        with (gzip.open if path.suffix == ".gz" else open)(path, "rb") as file:
            raw = file.read()
        dimensions = raw[3]
        start = 4 + 4 * dimensions
        shape = np.frombuffer(raw[4:start], dtype=">u4")
        if raw[:2] != b"\0\0" or raw[2] != IDX_BYTES or len(shape) != dimensions:
            raise ValueError("it does not begin as one")
        values = np.frombuffer(raw, dtype=np.uint8, offset=start)
        return values.reshape(shape.astype(np.int64)).copy()
    except (OSError, EOFError, ValueError, IndexError, zlib.error) as error:
        raise UserError(
            f"{path} cannot be read as an IDX file ({error}): take a fresh copy"
        ) from None
