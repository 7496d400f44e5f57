"""Pictures to look at: grids, strips, pairs and animations, small pictures enlarged.

Legend: N pictures, R rows, S steps in a row, C channels (1 or 3), H height, W width; bytes.
"""

import io
from collections.abc import Sequence
from pathlib import Path

import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from seqgan.core.run import write_whole

GAP = 2
GAP_SHADE = 128
"""Grey between pictures: seen beside black ones and white ones, on a light and a dark page."""
LEAST_SIDE = 28
"""Smaller pictures are enlarged to at least this many pixels."""
LEAST_PAIRED_SIDE = 48
"""In pairs, which are looked at closely."""
TEXT_SIZE = 13
MAX_ANIMATION_BYTES = 2_000_000
LAST_FRAME_FACTOR = 4
"""The last frame of an animation stands this many times as long as the others."""


def legible_scale(height: int, width: int, *, least: int = LEAST_SIDE) -> int:
    """Return the least whole enlargement at which a picture can be made out.

    >>> legible_scale(8, 8), legible_scale(28, 28), legible_scale(64, 64)
    (4, 1, 1)
    """
    return max(1, -(-least // max(height, width)))


def picture_grid(
    images_NCHW: Tensor, *, columns: int, scale: int | None = None, gap: int = GAP
) -> Image.Image:
    """Return the pictures row by row, enlarged `scale` times (None: so that they are legible).

    Raises ValueError for what are no pictures in bytes, or none at all.
    """
    _check(images_NCHW, columns)
    scale = scale or legible_scale(*images_NCHW.shape[2:])
    tiles_NCHW = images_NCHW.cpu().repeat_interleave(scale, 2).repeat_interleave(scale, 3)
    count, channels, height, width = tiles_NCHW.shape
    columns = min(columns, count)
    rows = -(-count // columns)
    sheet_CHW = torch.full(
        (channels, rows * (height + gap) - gap, columns * (width + gap) - gap),
        GAP_SHADE,
        dtype=torch.uint8,
    )
    for place, tile_CHW in enumerate(tiles_NCHW):
        top, left = place // columns * (height + gap), place % columns * (width + gap)
        sheet_CHW[:, top : top + height, left : left + width] = tile_CHW
    return _image(sheet_CHW)


def strips(images_RSCHW: Tensor, *, scale: int | None = None) -> Image.Image:
    """Return one row of pictures a strip, steps side by side without a gap, as film is."""
    if images_RSCHW.dim() != 5:
        raise ValueError(f"strips have shape (R, S, C, H, W), not {tuple(images_RSCHW.shape)}")
    num_steps = images_RSCHW.shape[1]
    rows_RCHW = torch.cat(list(images_RSCHW.unbind(1)), dim=-1)
    scale = scale or legible_scale(rows_RCHW.shape[2], rows_RCHW.shape[3] // num_steps)
    return picture_grid(rows_RCHW, columns=1, scale=scale, gap=2 * GAP)


def pairs(
    left_NCHW: Tensor,
    right_NCHW: Tensor,
    *,
    columns: int,
    captions: Sequence[str] = (),
    scale: int | None = None,
) -> Image.Image:
    """Return each picture beside its partner, `columns` pairs in a row, a caption under each.

    Raises ValueError if there are not as many partners, or captions, as pictures.
    """
    if left_NCHW.shape != right_NCHW.shape:
        raise ValueError(
            f"pairs need two sets of one shape, not {tuple(left_NCHW.shape)} and "
            f"{tuple(right_NCHW.shape)}"
        )
    if captions and len(captions) != len(left_NCHW):
        raise ValueError(f"{len(captions)} captions for {len(left_NCHW)} pairs: give one each")
    _check(left_NCHW, columns)
    scale = scale or legible_scale(*left_NCHW.shape[2:], least=LEAST_PAIRED_SIDE)
    tiles = [
        picture_grid(torch.stack([left, right]), columns=2, scale=scale)
        for left, right in zip(left_NCHW, right_NCHW, strict=True)
    ]
    if captions:
        tiles = [captioned(tile, text) for tile, text in zip(tiles, captions, strict=True)]
    return _sheet(tiles, columns=columns, gap=4 * GAP)


def side_by_side(panels: Sequence[tuple[str, Image.Image]]) -> Image.Image:
    """Return pictures next to each other, each under its title."""
    if not panels:
        raise ValueError("there is no picture to put side by side")
    tiles = [captioned(image, title, above=True) for title, image in panels]
    return _sheet(tiles, columns=len(tiles), gap=6 * GAP)


def captioned(image: Image.Image, text: str, *, above: bool = False) -> Image.Image:
    """Return the picture with a line of text under or above it, made smaller if it is too long."""
    font, size = _font(TEXT_SIZE), TEXT_SIZE
    while size > 8 and font.getlength(text) > image.width:
        size -= 1
        font = _font(size)
    line = TEXT_SIZE + 5
    sheet = Image.new(image.mode, (image.width, image.height + line), _white(image.mode))
    sheet.paste(image, (0, line if above else 0))
    top = 1 if above else image.height + 2
    ImageDraw.Draw(sheet).text((1, top), text, fill=_black(image.mode), font=font)
    return sheet


def save_png(image: Image.Image, path: Path) -> None:
    """Write a PNG aside, then rename it; `UserError` if it cannot be written."""
    write_whole(path, _encoded([image], "PNG", 0))


def animation(frames: Sequence[Image.Image], path: Path, *, milliseconds: int = 300) -> None:
    """Write the frames as an endless GIF (or animated PNG, by the suffix), the last one longer.

    Of too many frames for `MAX_ANIMATION_BYTES` every other one is dropped, the last one never.
    All frames need the size of the first. Raises ValueError without frames, `UserError` if the
    file cannot be written.
    """
    if not frames:
        raise ValueError("an animation needs a frame")
    if sizes := {frame.size for frame in frames} - {frames[0].size}:
        raise ValueError(f"frames of {frames[0].size} and {sizes.pop()}: one size is needed")
    kind = {".gif": "GIF", ".png": "PNG", ".apng": "PNG"}.get(path.suffix.lower())
    if kind is None:
        raise ValueError(f"an animation ends in .gif or .png, not {path.suffix!r}")
    kept = list(frames)
    while len(kept) > 2 and len(_encoded(kept, kind, milliseconds)) > MAX_ANIMATION_BYTES:
        kept = kept[::-1][::2][::-1]
    write_whole(path, _encoded(kept, kind, milliseconds))


def animate_rounds(folder: Path, path: Path, *, milliseconds: int = 300) -> bool:
    """Write an animation of all `NNNNNN.png` in `folder`, each under its update.

    Drawings of another size than the last one are left out. Returns whether there were two or
    more: one picture is no animation, and then nothing is written.
    """
    files = sorted(
        (file for file in folder.glob("*.png") if file.stem.isdecimal()),
        key=lambda file: int(file.stem),
    )
    frames = []
    for file in files:
        with Image.open(file) as image:
            frames.append(captioned(image.copy(), f"update {int(file.stem):,}"))
    frames = [frame for frame in frames if frame.size == frames[-1].size]
    if len(frames) < 2:
        return False
    animation(frames, path, milliseconds=milliseconds)
    return True


def _check(images_NCHW: Tensor, columns: int) -> None:
    shape = tuple(images_NCHW.shape)
    if (
        images_NCHW.dtype != torch.uint8
        or len(shape) != 4
        or shape[1] not in (1, 3)
        or not shape[0]
    ):
        raise ValueError(
            f"pictures are uint8 of shape (N, 1 or 3, H, W), not {images_NCHW.dtype} of {shape}"
        )
    if columns < 1:
        raise ValueError(f"a grid has 1 column or more, not {columns}")


def _image(picture_CHW: Tensor) -> Image.Image:
    if picture_CHW.shape[0] == 1:
        return Image.fromarray(picture_CHW[0].contiguous().numpy())
    return Image.fromarray(picture_CHW.permute(1, 2, 0).contiguous().numpy())


def _sheet(tiles: Sequence[Image.Image], *, columns: int, gap: int) -> Image.Image:
    """Return drawings of one mode on white paper, in cells as large as the largest of them."""
    width, height = max(tile.width for tile in tiles), max(tile.height for tile in tiles)
    columns = min(columns, len(tiles))
    rows = -(-len(tiles) // columns)
    mode = "RGB" if any(tile.mode != "L" for tile in tiles) else "L"
    size = (columns * (width + gap) - gap, rows * (height + gap) - gap)
    sheet = Image.new(mode, size, _white(mode))
    for place, tile in enumerate(tiles):
        corner = (place % columns * (width + gap), place // columns * (height + gap))
        sheet.paste(tile, corner)
    return sheet


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _white(mode: str) -> int | tuple[int, ...]:
    return 255 if mode == "L" else (255,) * len(mode)


def _black(mode: str) -> int | tuple[int, ...]:
    return 0 if mode == "L" else (0, 0, 0, 255)[: len(mode)]


def _encoded(frames: Sequence[Image.Image], kind: str, milliseconds: int) -> bytes:
    buffer = io.BytesIO()
    if len(frames) == 1:
        frames[0].save(buffer, format=kind)
    else:
        durations = [milliseconds] * (len(frames) - 1) + [LAST_FRAME_FACTOR * milliseconds]
        frames[0].save(
            buffer,
            format=kind,
            save_all=True,
            append_images=list(frames[1:]),
            duration=durations,
            loop=0,
        )
    return buffer.getvalue()
