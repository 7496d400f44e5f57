"""Corpora of pictures: found by name, built and cached like dialogue, or read from a local copy."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import torch

from seqgan.data.cache import Form, load_kept
from seqgan.data.corpus import find_kind, has_suffix
from seqgan.data.labels import BY_DEFAULT
from seqgan.data.picture_arrays import read_npz
from seqgan.data.picture_files import read_folder
from seqgan.data.picture_parts import check_size, resize_parts
from seqgan.data.pictures import PictureParts, Pictures
from seqgan.errors import UserError


@dataclass(frozen=True)
class PictureCorpus:
    """One corpus of pictures: where it comes from, its licences, how raw files become two parts.

    `build(offline)` fetches or makes the parts; `read` returns them from a local copy, a file whose
    name ends in one of `suffixes` ("" means a folder). What is made without fetching is not `kept`
    in the cache. Raise `version` when the builder changes its pictures.
    """

    name: str
    summary: str
    source: str
    licence: str
    picture_licence: str
    version: int
    build: Callable[[bool], PictureParts]
    read: Callable[[Path], PictureParts]
    suffixes: tuple[str, ...] = ()
    kept: bool = True
    holds: ClassVar[str] = "pictures"

    @property
    def content_licence(self) -> str:
        """The licence of the pictures."""
        return self.picture_licence

    def reads(self, path: Path) -> bool:
        """Return whether the path looks like a local copy of this corpus."""
        return has_suffix(path, self.suffixes)


def find_pictures(name: str) -> PictureCorpus:
    """Return the corpus of pictures of this name.

    Raises:
        UserError: there is none; the message suggests the nearest.
    """
    return find_kind(name, PictureCorpus, PictureCorpus.holds)


def load_pictures(
    name: str,
    *,
    path: Path | None = None,
    size: int | None = None,
    label_column: str = BY_DEFAULT,
    offline: bool = False,
) -> PictureParts:
    """Return the two parts of a corpus, fetched on first use, or of a local copy or own pictures.

    A path that looks like a local copy of the corpus is read as such, any other as the user's own:
    a folder of pictures or an `.npz` of arrays. With `size` pictures become squares of that side;
    without, own pictures of several sizes, or larger than the networks take, become smaller ones.

    Raises:
        UserError: the corpus is unknown or cannot be fetched, the path cannot be read, or `size` or
            `label_column` is out of range.
    """
    corpus = find_pictures(name)
    check_size(size)
    try:
        if path is not None and not corpus.reads(path):
            return read_own(path, size=size, label_column=label_column)
        if label_column != BY_DEFAULT:
            raise UserError(
                f"--label-column {label_column}: corpus {name!r} has one kind of label; leave the"
                " option out"
            )
        parts = corpus.read(path) if path is not None else build_parts(corpus, offline=offline)
    except OSError as error:
        raise UserError(f"{path or name} cannot be read: {error.strerror or error}") from error
    return parts if size is None else resize_parts(parts, size)


def build_parts(corpus: PictureCorpus, *, offline: bool) -> PictureParts:
    """Return the parts of a corpus, from the cache or else fetched; made anew where not kept."""
    if not corpus.kept:
        return corpus.build(offline)
    build = lambda: corpus.build(offline)  # noqa: E731
    return load_kept(corpus.name, corpus.version, PARTS, build, offline=offline)


def read_own(path: Path, *, size: int | None, label_column: str) -> PictureParts:
    """Return the two parts of the user's own pictures.

    Raises:
        UserError: the path is missing, of unknown kind, empty or broken.
    """
    if not path.exists():
        raise UserError(f"there is no file or folder {path}: check --corpus-path")
    if path.is_dir():
        return read_folder(path, size=size, label_column=label_column)
    if path.suffix.lower() == ".npz":
        return read_npz(path, size=size, label_column=label_column)
    raise UserError(
        f"{path} is of an unknown kind {path.suffix.lower() or 'without suffix'!r}: expected a"
        " folder of pictures (unpack archives first) or an .npz of arrays"
    )


def part_columns(parts: PictureParts) -> dict[str, list[Any]]:
    """Return the columns of a table of pictures: split, label, bytes."""
    both = (("train", parts.train), ("test", parts.test))
    return {
        "split": [split for split, part in both for _ in range(len(part))],
        "label": [label for _, part in both for label in part.labels.tolist()],
        "image": [image.tobytes() for _, part in both for image in part.images.numpy()],
    }


def part_facts(parts: PictureParts) -> dict[str, Any]:
    """Return what the table does not tell."""
    return {
        "shape": list(parts.train.shape),
        "train": len(parts.train),
        "label_names": list(parts.train.label_names),
        "remarks": list(parts.remarks),
    }


def restore_parts(table: Any, facts: dict[str, Any]) -> PictureParts:
    """Return the parts of a table of pictures."""
    shape, train = [int(side) for side in facts["shape"]], int(facts["train"])
    raw = bytearray().join(table["image"][:])
    if len(raw) != len(table) * math.prod(shape):
        raise ValueError(f"{len(raw)} bytes for {len(table)} pictures of shape {shape}")
    images = torch.frombuffer(raw, dtype=torch.uint8).reshape(-1, *shape)
    labels = torch.tensor(table["label"][:], dtype=torch.int64)
    names = tuple(facts["label_names"])
    return PictureParts(
        Pictures(images[:train], labels[:train], names),
        Pictures(images[train:], labels[train:], names),
        tuple(facts["remarks"]),
    )


PARTS = Form(part_columns, part_facts, restore_parts, lambda parts: parts.checksum)
