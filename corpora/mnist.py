"""MNIST: 70,000 handwritten digits of 28 by 28 pixels.

From its owner's parquet files on the hub, pinned to one commit and to the checksum of the pictures,
or from a local folder: `mnist60k.npz` and `mnist10k.npz` with arrays `images` and `labels`, or the
hub's parquet files, or the four IDX files of its authors.
"""

from pathlib import Path

import torch

from seqgan.data.picture_arrays import as_pictures, read_arrays
from seqgan.data.picture_corpus import PictureCorpus
from seqgan.data.picture_tables import (
    PictureTable,
    checked,
    fetch_table,
    read_idx_folder,
    read_parquet,
)
from seqgan.data.pictures import PictureParts
from seqgan.errors import UserError

NPZ_FILES = ("mnist60k.npz", "mnist10k.npz")
TABLE = PictureTable(
    hub="ylecun/mnist",
    revision="77f3279092a1c1579b2250db8eafed0ad422088c",
    files={split: f"mnist/{split}-*.parquet" for split in ("train", "test")},
    image_column="image",
    label_column="label",
    label_names=tuple(str(digit) for digit in range(10)),
    rows={"train": 60_000, "test": 10_000},
    checksum="8f58988f41170f1a12f0ac4e3985cc14055810814ba377d9059f7450e230e8db",
)


def build(offline: bool) -> PictureParts:
    """Return the two parts from the hub."""
    return fetch_table(TABLE)


def read(path: Path) -> PictureParts:
    """Return the two parts from a folder of `.npz`, parquet or IDX files."""
    parts = read_archives(path) or read_parquet(path, TABLE)
    parts = parts or read_idx_folder(path, TABLE.label_names)
    if parts is None:
        raise UserError(
            f"{path} is no copy of mnist: expected {' and '.join(NPZ_FILES)}, the hub's parquet"
            " files, or train-images-idx3-ubyte and its three fellows; your own pictures are read"
            " with --corpus folder"
        )
    return parts


def read_archives(path: Path) -> PictureParts | None:
    """Return the two parts from two archives of arrays, None if they are not there."""
    files = [path / name for name in NPZ_FILES]
    if not all(file.is_file() for file in files):
        return None
    parts = []
    for file in files:
        arrays = read_arrays(file)
        if not {"images", "labels"} <= set(arrays):
            raise UserError(f"{file} lacks an array: expected 'images' and 'labels'")
        labels = torch.from_numpy(arrays["labels"].astype("int64"))
        parts.append(
            checked(as_pictures(arrays["images"], file), labels, TABLE.label_names, str(file))
        )
    train, test = parts
    return PictureParts(train, test)


CORPUS = PictureCorpus(
    name="mnist",
    summary="handwritten digits of 28 x 28 pixels, 60,000 and 10,000 held out",
    source=f"{TABLE.hub} on the hub at {TABLE.revision[:7]}, or a local folder with --corpus-path",
    licence="MIT (as the hub states it)",
    picture_licence="CC BY-SA 3.0 (as its authors are quoted)",
    version=1,
    build=build,
    read=read,
    suffixes=("",),
)
