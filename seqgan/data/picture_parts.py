"""Pictures cut to one size and shared out between training and a held-out part.

Legend: N pictures, C channels, H height, W width.
"""

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

from seqgan.data.pictures import PictureParts, Pictures
from seqgan.errors import UserError

LEAST_SIDE, LARGEST_SIDE = 4, 128  # what the networks take
USUAL_SIDE = 64
MAX_SIDE, MAX_PIXELS = 16_384, 89_478_485  # the second is Pillow's own limit
LIMITS = f"{MAX_SIDE:,} pixels a side and {MAX_PIXELS / 1e6:.0f} million in all"
LEAST_PICTURES = 10
HELD_OUT = 0.1

Side = tuple[int, int]  # height, width


def check_size(size: int | None) -> None:
    """Raise a UserError unless the networks can take pictures of `size` by `size`."""
    if size is not None and not LEAST_SIDE <= size <= LARGEST_SIDE:
        raise UserError(f"--size {size}: give {LEAST_SIDE} to {LARGEST_SIDE} pixels a side")


def check_sides(sides: Sequence[Side], names: Sequence[str], where: str) -> None:
    """Raise a UserError if pictures are too small to learn from or so large that they are a trap.

    A file of a few kilobytes can unpack to gigabytes, so nothing is unpacked before this.
    """
    small = [place for place, side in enumerate(sides) if min(side) < LEAST_SIDE]
    if small:
        raise UserError(
            f"{where}: {counted(small)} below {LEAST_SIDE} pixels a side"
            f" ({names[small[0]]}: {named(sides[small[0]])}): take them out or give larger ones"
        )
    large = [place for place, side in enumerate(sides) if is_bomb(side)]
    if large:
        raise UserError(
            f"{where}: {counted(large)} too large to open safely ({names[large[0]]}:"
            f" {named(sides[large[0]])}; at most {LIMITS} are allowed): take them out or shrink"
            " them first"
        )


def is_bomb(side: Side) -> bool:
    """Return whether a picture is larger than what is unpacked."""
    return max(side) > MAX_SIDE or side[0] * side[1] > MAX_PIXELS


def counted(places: Sequence[int]) -> str:
    """Return how many pictures.

    >>> counted([3]), counted([3, 5])
    ('1 picture is', '2 pictures are')
    """
    return "1 picture is" if len(places) == 1 else f"{len(places):,} pictures are"


def named(side: Side) -> str:
    """Return height and width as people say them, width first.

    >>> named((20, 30))
    '30 x 20 pixels'
    """
    return f"{side[1]:,} x {side[0]:,} pixels"


def common_size(sides: Sequence[Side]) -> tuple[int | None, str | None]:
    """Return the side of the squares that pictures become, and a remark that says so.

    Pictures of one size that the networks take stay as they are: None. Others become squares of
    64, or of the power of two below that which half of their shorter sides reach.

    >>> common_size([(28, 28), (28, 28)])
    (None, None)
    >>> common_size([(300, 200), (40, 90), (50, 50)])[0]
    32
    """
    alike = len(set(sides)) == 1
    if alike and max(sides[0]) <= LARGEST_SIDE:
        return None, None
    middle = sorted(min(side) for side in sides)[len(sides) // 2]
    size = max(LEAST_SIDE, min(USUAL_SIDE, 2 ** (middle.bit_length() - 1)))
    what = f"{named(sides[0])} each" if alike else f"of {len(set(sides)):,} sizes"
    return size, (
        f"pictures {what}: cut to squares around their middle and resized to {size} x {size};"
        " choose another with --size"
    )


def square(image: Image.Image, size: int) -> Image.Image:
    """Return the largest square around the middle of a picture, resized to `size`."""
    if image.size == (size, size):
        return image
    return ImageOps.fit(image, (size, size), method=Image.Resampling.LANCZOS)


def resize_pictures(pictures: Pictures, size: int) -> Pictures:
    """Return the pictures as squares of `size`."""
    if pictures.shape[1:] == (size, size):
        return pictures
    resized = np.stack([np.asarray(square(to_image(image), size)) for image in pictures.images])
    return Pictures(channels_first(resized), pictures.labels, pictures.label_names)


def resize_parts(parts: PictureParts, size: int) -> PictureParts:
    """Return both parts with pictures that are squares of `size`."""
    train, test = resize_pictures(parts.train, size), resize_pictures(parts.test, size)
    return PictureParts(train, test, parts.remarks)


def to_image(image_CHW: Tensor) -> Image.Image:
    """Return one picture of uint8, grey or RGB, for Pillow."""
    array = image_CHW.numpy()
    return Image.fromarray(array[0] if len(array) == 1 else array.transpose(1, 2, 0))


def channels_first(images: np.ndarray[Any, Any]) -> Tensor:
    """Return uint8 (N, H, W) or (N, H, W, C) as a tensor (N, C, H, W)."""
    images = images[:, None] if images.ndim == 3 else images.transpose(0, 3, 1, 2)
    return torch.from_numpy(np.ascontiguousarray(images))


def grey_if_all_are(images_NCHW: Tensor) -> Tensor:
    """Return RGB pictures with a single channel if none of them has a color."""
    first = images_NCHW[:, :1]
    if images_NCHW.shape[1] == 3 and bool((images_NCHW == first).all()):
        return first.contiguous()
    return images_NCHW


def digests(pictures: Pictures) -> list[bytes]:
    """Return the sha256 of each picture's bytes."""
    return [hashlib.sha256(image.tobytes()).digest() for image in pictures.images.numpy()]


def contents_checksum(parts: PictureParts) -> str:
    """Return the sha256 over which pictures with which labels are in which part, hexadecimal.

    It does not depend on the order of the pictures inside a part.
    """
    whole = hashlib.sha256()
    for part in (parts.train, parts.test):
        whole.update(str(tuple(part.images.shape)).encode())
        labels = part.labels.tolist()
        for digest, label in sorted(zip(digests(part), labels, strict=True)):
            whole.update(digest + str(label).encode())
    return whole.hexdigest()


def hold_out(pictures: Pictures, *, where: str, share: float = HELD_OUT) -> PictureParts:
    """Return two parts, `share` of the different pictures held out.

    Which ones depends on their sha256 alone, so it is the same everywhere, whatever the files are
    called, and identical pictures stand in one part.

    Raises:
        UserError: there are too few different pictures.
    """
    keys = digests(pictures)
    different = sorted(set(keys))
    if len(different) < LEAST_PICTURES:
        same = "" if len(different) == len(keys) else f", {len(different):,} of them different"
        raise UserError(
            f"{where} has too few pictures: {len(keys):,}{same}; at least {LEAST_PICTURES}"
            " different ones are needed"
        )
    held = set(different[: max(2, round(share * len(different)))])
    return divide(pictures, torch.tensor([key in held for key in keys]), where=where)


def divide(pictures: Pictures, held_N: Tensor, *, where: str) -> PictureParts:
    """Return the two parts that a bool per picture tells apart.

    Raises:
        UserError: one of them would be empty.
    """
    if bool(held_N.all()) or not bool(held_N.any()):
        part = "test" if not bool(held_N.any()) else "train"
        raise UserError(f"{where} has no pictures in its {part} part: give it some, or no parts")
    return PictureParts(pictures.at(~held_N), pictures.at(held_N))
