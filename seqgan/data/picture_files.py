"""Any folder of pictures: sizes mixed, grey or colored, with alpha or without, some broken.

Subfolders are labels; `train`, `valid` and `test` at the top are parts. Labels of another kind come
from `metadata.csv`, a table with a column `file_name`.
"""

import csv
import struct
import warnings
import zlib
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageOps, UnidentifiedImageError
from tqdm import tqdm

from seqgan.data.files import SPLITS
from seqgan.data.labels import BY_DEFAULT, number_labels
from seqgan.data.picture_parts import (
    LIMITS,
    Side,
    channels_first,
    check_sides,
    common_size,
    divide,
    grey_if_all_are,
    hold_out,
    square,
)
from seqgan.data.pictures import PictureParts, Pictures
from seqgan.errors import UserError

Array = np.ndarray[Any, Any]
SUFFIXES = (
    *(".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp"),
    *(".ppm", ".pgm", ".pbm", ".tif", ".tiff"),
)
# Named one by one: others of Pillow's formats start programs (EPS) or fetch files.
FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "PPM", "TIFF")
# All that Pillow's decoders were seen to raise on bytes that are no picture.
BROKEN = (
    *(OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error),
    *(IndexError, KeyError, TypeError, OverflowError, Image.DecompressionBombError),
)
TURNED = (5, 6, 7, 8)  # values of the EXIF orientation that swap height and width
ORIENTATION = 0x0112
METADATA = "metadata.csv"
NAMED_BROKEN = 3
SHADES_16 = ("I", "I;16", "I;16L", "I;16B", "I;16N")


def read_folder(path: Path, *, size: int | None, label_column: str) -> PictureParts:
    """Return the pictures of a folder, its subfolders included.

    They become squares of `size`; with None they stay as they are where they are all of one size
    that the networks take. What cannot be decoded is skipped, and a remark names it.

    Raises:
        UserError: there are no pictures, none can be read, one is too small or far too large, there
            are too few, or `label_column` names a column that there is not.
    """
    found = picture_paths(path)
    sides, broken = read_sides(found, path)
    check_sides(list(sides.values()), [shown(file, path) for file in sides], str(path))
    remark = None
    if size is None and sides:
        size, remark = common_size(list(sides.values()))
    images = decode_files(sides, size, broken)
    skipped = tell_broken(broken, len(found), path)
    if not images:
        raise UserError(f"none of the pictures in {path} can be read: {skipped}")
    files = list(images)
    pictures = label(grey_stack(list(images.values())), files, path, label_column)
    parts = share_out(pictures, files, path)
    return PictureParts(parts.train, parts.test, tuple(filter(None, (skipped, remark))))


def decode_files(
    sides: dict[Path, Side], size: int | None, broken: dict[Path, str]
) -> dict[Path, Array]:
    """Return the pictures (H, W, 3) of files; write into `broken` why others have none."""
    images: dict[Path, Array] = {}
    for file, side in tqdm(sides.items(), desc="reading pictures", delay=2, leave=False):
        try:
            image = decode(file)
            if image.size != side[::-1]:
                raise ValueError("its size is not the one it began with")
            images[file] = np.asarray(image if size is None else square(image, size))
        except BROKEN as error:
            broken[file] = reason(error)
    return images


def grey_stack(images: Sequence[Array]) -> torch.Tensor:
    """Return RGB arrays (H, W, 3) as one tensor (N, C, H, W), C 1 where none has a color."""
    return grey_if_all_are(channels_first(np.stack(images)))


def picture_paths(path: Path) -> list[Path]:
    """Return the files of a folder that are called like pictures, in the order of their names.

    Raises:
        UserError: there are none.
    """
    found = [
        file
        for file in path.rglob("*")
        if file.suffix.lower() in SUFFIXES
        and not any(part.startswith((".", "__MACOSX")) for part in file.relative_to(path).parts)
        and file.is_file()
    ]
    if not found:
        raise UserError(
            f"the folder {path} holds no pictures: expected files that end in {', '.join(SUFFIXES)}"
        )
    return sorted(found, key=lambda file: file.relative_to(path).as_posix())


def read_sides(files: Sequence[Path], folder: Path) -> tuple[dict[Path, Side], dict[Path, str]]:
    """Return height and width of each picture from its first bytes, and why others have none.

    Raises:
        UserError: a picture is so large that Pillow refuses to open it.
    """
    sides: dict[Path, Side] = {}
    broken: dict[Path, str] = {}
    for file in files:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                with Image.open(file, formats=FORMATS) as image:
                    width, height = image.size
                    # Of a PNG Pillow would unpack everything in search of it.
                    told = image.format != "PNG" or "exif" in image.info
                    turned = told and image.getexif().get(ORIENTATION) in TURNED
            sides[file] = (width, height) if turned else (height, width)
        except Image.DecompressionBombError:
            raise UserError(
                f"{folder}: 1 picture is too large to open safely ({shown(file, folder)}; at most"
                f" {LIMITS} are allowed): take it out or shrink it first"
            ) from None
        except BROKEN as error:
            broken[file] = reason(error)
    return sides, broken


def decode(source: Path | BytesIO) -> Image.Image:
    """Return a picture as RGB, turned as its EXIF says, on white where it is transparent.

    Of shades finer than 256 the nearest are taken, of several frames the first.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Image.open(source, formats=FORMATS) as opened:
            opened.load()
            image = ImageOps.exif_transpose(opened)
            if image.mode in SHADES_16:
                fine = np.asarray(image).astype(np.int64).clip(0, 65535)
                image = Image.fromarray(((fine * 255 + 32767) // 65535).astype(np.uint8))
            if image.mode == "F":
                raise ValueError("its shades are fractions")
            if image.has_transparency_data:
                above = image.convert("RGBA")
                below = Image.new("RGBA", above.size, "white")
                return Image.alpha_composite(below, above).convert("RGB")
            return image.convert("RGB")


def reason(error: BaseException) -> str:
    """Return in a few words why a file could not be decoded."""
    if isinstance(error, UnidentifiedImageError):
        return "not a picture"
    told = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return (told.strip().splitlines() or [type(error).__name__])[0][:80]


def shown(file: Path, folder: Path) -> str:
    """Return the name of a file as seen from the folder."""
    return file.relative_to(folder).as_posix()


def tell_broken(broken: dict[Path, str], number: int, folder: Path) -> str:
    """Return one line that names files that were skipped and counts them, "" for none."""
    if not broken:
        return ""
    told = [f"{shown(file, folder)} ({why})" for file, why in sorted(broken.items())]
    more = len(told) - NAMED_BROKEN
    rest = f" and {more:,} more" if more > 0 else ""
    return (
        f"skipped {len(told):,} of {number:,} files that cannot be read:"
        f" {', '.join(told[:NAMED_BROKEN])}{rest}"
    )


def split_of(file: Path, folder: Path) -> str:
    """Return the part that the topmost subfolder says, "" where it says none."""
    parts = file.relative_to(folder).parts
    return SPLITS.get(parts[0].lower(), "") if len(parts) > 1 else ""


def share_out(pictures: Pictures, files: Sequence[Path], folder: Path) -> PictureParts:
    """Return the parts that the subfolders say, or else some pictures held out."""
    splits = [split_of(file, folder) for file in files]
    for held in ("test", "validation"):
        if held in splits:
            return divide(pictures, torch.tensor([s == held for s in splits]), where=str(folder))
    return hold_out(pictures, where=f"the folder {folder}")


def label(images_NCHW: torch.Tensor, files: Sequence[Path], folder: Path, column: str) -> Pictures:
    """Return the pictures with labels: their subfolder, or a column of `metadata.csv`."""
    if column == BY_DEFAULT:
        texts = [class_folder(file, folder) for file in files]
    else:
        table = read_metadata(folder, column)
        texts = [table.get(shown(file, folder), "") for file in files]
        without = [file for file, text in zip(files, texts, strict=True) if not text]
        if without:
            raise UserError(
                f"{folder / METADATA} has no {column!r} for {len(without):,} of {len(files):,}"
                f" pictures (first: {shown(without[0], folder)}): add rows, or leave"
                " --label-column out"
            )
    labels, names = number_labels(np.array(texts), column, str(folder))
    return Pictures(images_NCHW, labels, names if len(names) > 1 else ())


def class_folder(file: Path, folder: Path) -> str:
    """Return the subfolder that a picture stands in, below the part's; "." for none."""
    parts = file.relative_to(folder).parts[:-1]
    inside = parts[1:] if split_of(file, folder) else parts
    return inside[0] if inside else "."


def read_metadata(folder: Path, column: str) -> dict[str, str]:
    """Return one column of the table beside the pictures, by file.

    Raises:
        UserError: there is no table, or it lacks the column.
    """
    path = folder / METADATA
    if not path.is_file():
        raise UserError(
            f"--label-column {column}: there is no table {path}; without the option subfolders are"
            f" labels, with it {METADATA} needs the columns 'file_name' and {column!r}"
        )
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            table = csv.DictReader(lines, strict=True)
            columns = list(table.fieldnames or ())
            for wanted in ("file_name", column):
                if wanted not in columns:
                    raise UserError(
                        f"{path} has no column {wanted!r}: it has {', '.join(map(repr, columns))}"
                    )
            return {row["file_name"]: (row[column] or "").strip() for row in table}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path} cannot be read as a table ({error}): save it as UTF-8") from None
