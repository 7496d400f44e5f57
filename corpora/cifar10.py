"""CIFAR-10: 60,000 photographs of 32 by 32 pixels in ten kinds.

From its owner's parquet files on the hub, pinned to one commit, or from a local folder: the hub's
parquet files, or the six files of the authors' binary version. Their Python version is made of
pickles, which can run code, and is not read.
"""

from pathlib import Path

import numpy as np
import torch

from seqgan.data.picture_corpus import PictureCorpus
from seqgan.data.picture_tables import PictureTable, checked, fetch_table, read_parquet
from seqgan.data.pictures import PictureParts, Pictures
from seqgan.errors import UserError

TABLE = PictureTable(
    hub="uoft-cs/cifar10",
    revision="0b2714987fa478483af9968de7c934580d0bb9a2",
    files={split: f"plain_text/{split}-*.parquet" for split in ("train", "test")},
    image_column="img",
    label_column="label",
    label_names=(
        *("airplane", "automobile", "bird", "cat", "deer"),
        *("dog", "frog", "horse", "ship", "truck"),
    ),
    rows={"train": 50_000, "test": 10_000},
)
SHAPE = (3, 32, 32)
RECORD = 1 + 3 * 32 * 32  # the label, then red, green and blue
BINARY_FILES = (
    tuple(f"data_batch_{number}.bin" for number in range(1, 6)),
    ("test_batch.bin",),
)


def build(offline: bool) -> PictureParts:
    """Return the two parts from the hub."""
    return fetch_table(TABLE)


def read(path: Path) -> PictureParts:
    """Return the two parts from a folder of parquet files or of the binary version."""
    if parts := read_parquet(path, TABLE):
        return parts
    if not all((path / name).is_file() for names in BINARY_FILES for name in names):
        raise UserError(
            f"{path} is no copy of cifar10: expected the hub's parquet files, or data_batch_1.bin"
            " and its fellows of the binary version; your own pictures are read with --corpus"
            " folder"
        )
    train, test = (read_binary([path / name for name in names]) for names in BINARY_FILES)
    return PictureParts(train, test)


def read_binary(files: list[Path]) -> Pictures:
    """Return the pictures of files of the binary version."""
    raw = b"".join(file.read_bytes() for file in files)
    if not raw or len(raw) % RECORD:
        raise UserError(f"{files[0]} and its fellows are cut off: take a fresh copy")
    rows = np.frombuffer(raw, dtype=np.uint8).reshape(-1, RECORD)
    images = torch.from_numpy(rows[:, 1:].copy()).reshape(-1, *SHAPE)
    labels = torch.from_numpy(rows[:, 0].astype(np.int64))
    return checked(images, labels, TABLE.label_names, str(files[0]))


CORPUS = PictureCorpus(
    name="cifar10",
    summary="photographs of 32 x 32 pixels in ten kinds, 50,000 and 10,000 held out",
    source=f"{TABLE.hub} on the hub at {TABLE.revision[:7]}, or a local folder with --corpus-path",
    licence="none stated",
    picture_licence="belongs to their owners: research use, not redistributed",
    version=1,
    build=build,
    read=read,
    suffixes=("",),
)
