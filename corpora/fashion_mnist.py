"""Fashion-MNIST: 70,000 pictures of clothes of 28 by 28 pixels (arXiv:1708.07747).

From its owner's parquet files on the hub, pinned to one commit, or from a local folder: the hub's
parquet files, or the four IDX files of its authors.
"""

from pathlib import Path

from seqgan.data.picture_corpus import PictureCorpus
from seqgan.data.picture_tables import PictureTable, fetch_table, read_idx_folder, read_parquet
from seqgan.data.pictures import PictureParts
from seqgan.errors import UserError

TABLE = PictureTable(
    hub="zalando-datasets/fashion_mnist",
    revision="531be5e2ccc9dba0c201ad3ae567a4f3d16ecdd2",
    files={split: f"fashion_mnist/{split}-*.parquet" for split in ("train", "test")},
    image_column="image",
    label_column="label",
    label_names=(
        *("T-shirt/top", "trouser", "pullover", "dress", "coat"),
        *("sandal", "shirt", "sneaker", "bag", "ankle boot"),
    ),
    rows={"train": 60_000, "test": 10_000},
)


def build(offline: bool) -> PictureParts:
    """Return the two parts from the hub."""
    return fetch_table(TABLE)


def read(path: Path) -> PictureParts:
    """Return the two parts from a folder of parquet or IDX files."""
    parts = read_parquet(path, TABLE) or read_idx_folder(path, TABLE.label_names)
    if parts is None:
        raise UserError(
            f"{path} is no copy of fashion_mnist: expected the hub's parquet files, or"
            " train-images-idx3-ubyte and its three fellows; your own pictures are read with"
            " --corpus folder"
        )
    return parts


CORPUS = PictureCorpus(
    name="fashion_mnist",
    summary="clothes of 28 x 28 pixels in ten kinds, 60,000 and 10,000 held out",
    source=f"{TABLE.hub} on the hub at {TABLE.revision[:7]}, or a local folder with --corpus-path",
    licence="MIT",
    picture_licence="MIT",
    version=1,
    build=build,
    read=read,
    suffixes=("",),
)
