"""Published sets of pictures in two splits: parquet on the hub, or local files of several kinds."""

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from seqgan.data.hub import load_columns
from seqgan.data.picture_arrays import Array, read_idx
from seqgan.data.picture_files import BROKEN, decode, grey_stack, reason
from seqgan.data.picture_parts import channels_first, contents_checksum
from seqgan.data.pictures import PictureParts, Pictures
from seqgan.errors import UserError

SPLITS = ("train", "test")
IDX_FILES = (  # as MNIST's authors called them, and those who followed: train, test
    ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
)


@dataclass(frozen=True)
class PictureTable:
    """A dataset of the hub whose parquet files hold a picture and its class a row.

    `files` are patterns inside it by split, `rows` the pictures of each split. `checksum` is the
    `contents_checksum` of the two parts, "" where it is not known; the revision pins them anyway.
    """

    hub: str
    revision: str
    files: dict[str, str]
    image_column: str
    label_column: str
    label_names: tuple[str, ...]
    rows: dict[str, int]
    checksum: str = ""


def fetch_table(table: PictureTable) -> PictureParts:
    """Return the two parts from the hub.

    Raises:
        UserError: the hub is out of reach, or the pictures are not those expected.
    """
    columns = (table.image_column, table.label_column)
    parts = parts_of(load_columns(table.hub, table.revision, table.files, columns), table)
    found = {"train": len(parts.train), "test": len(parts.test)}
    if found != table.rows or (table.checksum and contents_checksum(parts) != table.checksum):
        raise UserError(
            f"the pictures of {table.hub} are not those expected ({found['train']:,} and"
            f" {found['test']:,} rows, expected {table.rows['train']:,} and"
            f" {table.rows['test']:,} of known checksum): nothing was kept; give a local copy with"
            " --corpus-path"
        )
    return parts


def read_parquet(path: Path, table: PictureTable) -> PictureParts | None:
    """Return the two parts from a folder of the hub's parquet files, None if there are none.

    Raises:
        UserError: a split is missing, or a file is damaged.
    """
    files = sorted(path.rglob("*.parquet"))
    if not files:
        return None
    found = {split: [str(f) for f in files if f.name.startswith(split)] for split in SPLITS}
    if not all(found.values()):
        raise UserError(
            f"{path} lacks parquet files of a split: expected names that begin with"
            f" {' and '.join(SPLITS)}"
        )
    columns = (table.image_column, table.label_column)
    return parts_of(load_columns("parquet", None, found, columns), table)


def parts_of(splits: dict[str, dict[str, list[Any]]], table: PictureTable) -> PictureParts:
    """Return the two parts of columns of pictures as they were written and their labels."""
    train, test = (
        decode_split(
            splits[split][table.image_column], splits[split][table.label_column], table, split
        )
        for split in SPLITS
    )
    return PictureParts(train, test)


def decode_split(
    images: list[dict[str, bytes]], labels: list[int], table: PictureTable, split: str
) -> Pictures:
    """Return the pictures of one split.

    Raises:
        UserError: one cannot be decoded, or they differ in size, or a label is out of range.
    """
    decoded: list[Array] = []
    for image in tqdm(images, desc=f"decoding {split} pictures", delay=2, leave=False):
        try:
            decoded.append(np.asarray(decode(BytesIO(image["bytes"]))))
        except BROKEN as error:
            raise UserError(
                f"{table.hub} ({split}): picture {len(decoded)} cannot be decoded"
                f" ({reason(error)}): take a fresh copy"
            ) from error
    if len({image.shape for image in decoded}) != 1:
        raise UserError(f"{table.hub} ({split}): expected pictures of one size")
    return checked(grey_stack(decoded), torch.tensor(labels), table.label_names, table.hub)


def checked(
    images_NCHW: torch.Tensor, labels_N: torch.Tensor, names: tuple[str, ...], where: str
) -> Pictures:
    """Return the pictures, or raise a UserError unless each has a label with a name."""
    if len(images_NCHW) != len(labels_N) or not len(labels_N):
        raise UserError(
            f"{where} has {len(images_NCHW):,} pictures and {len(labels_N):,} labels: expected one"
            " each"
        )
    if int(labels_N.min()) < 0 or int(labels_N.max()) >= len(names):
        raise UserError(
            f"{where} has labels from {int(labels_N.min())} to {int(labels_N.max())}: expected 0 to"
            f" {len(names) - 1}"
        )
    return Pictures(images_NCHW, labels_N.long(), names)


def read_idx_folder(path: Path, label_names: tuple[str, ...]) -> PictureParts | None:
    """Return the two parts from MNIST's four IDX files, packed or not; None if they are missing.

    Raises:
        UserError: a file is damaged, or labels do not fit the pictures.
    """
    found = [packed_or_not(path / name) for names in IDX_FILES for name in names]
    files = [file for file in found if file is not None]
    if len(files) != len(found):
        return None
    train = read_idx_pair(files[0], files[1], label_names)
    test = read_idx_pair(files[2], files[3], label_names)
    return PictureParts(train, test)


def read_idx_pair(images: Path, labels: Path, names: tuple[str, ...]) -> Pictures:
    """Return the pictures of one IDX file with the labels of the other."""
    pixels_NHW, labels_N = read_idx(images), read_idx(labels)
    if pixels_NHW.ndim != 3 or labels_N.ndim != 1:
        raise UserError(
            f"{images} and {labels.name} have {pixels_NHW.ndim} and {labels_N.ndim} dimensions:"
            " expected 3 and 1"
        )
    return checked(channels_first(pixels_NHW), torch.from_numpy(labels_N), names, str(images))


def packed_or_not(path: Path) -> Path | None:
    """Return the file, or the one with `.gz` behind its name, None if there is neither."""
    packed = path.with_name(path.name + ".gz")
    return next((file for file in (path, packed) if file.is_file()), None)
