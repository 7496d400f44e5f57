"""A folder of pictures: every mode and size becomes one array, faults are named in one line."""

import os
import struct
import zlib
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, UnidentifiedImageError

from made_pictures import made_array, write_pictures
from seqgan.data.picture_files import decode, read_folder
from seqgan.data.pictures import PictureParts
from seqgan.errors import UserError


def read(folder: Path, *, size: int | None = None, label_column: str = "labels") -> PictureParts:
    return read_folder(folder, size=size, label_column=label_column)


def fault(folder: Path, *, size: int | None = None, label_column: str = "labels") -> str:
    with pytest.raises(UserError) as raised:
        read(folder, size=size, label_column=label_column)
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_pictures_of_one_size_stay_as_they_are(tmp_path: Path) -> None:
    parts = read(write_pictures(tmp_path, 30, height=6, width=10))
    assert parts.remarks == ()
    assert (len(parts.train), len(parts.test)) == (27, 3)
    assert parts.train.shape == (3, 6, 10)
    assert parts.train.label_names == ()
    made = {made_array(place, 6, 10).tobytes() for place in range(30)}
    both = torch.cat([parts.train.images, parts.test.images]).permute(0, 2, 3, 1).numpy()
    assert {image.tobytes() for image in both} == made


def test_names_of_files_do_not_change_what_is_held_out(tmp_path: Path) -> None:
    first = read(write_pictures(tmp_path / "a", 30))
    other = write_pictures(tmp_path / "b", 30)
    for file in other.iterdir():
        file.rename(other / f"{99 - int(file.stem)}.png")
    held = [{image.tobytes() for image in p.test.images.numpy()} for p in (first, read(other))]
    assert held[0] == held[1]


def test_mixed_sizes_become_squares(tmp_path: Path) -> None:
    write_pictures(tmp_path, 12, height=40, width=60)
    Image.fromarray(made_array(99, 300, 200)).save(tmp_path / "tall.jpg")
    parts = read(tmp_path)
    assert parts.train.shape == (3, 32, 32)
    assert "2 sizes" in parts.remarks[0]
    assert "--size" in parts.remarks[0]
    assert read(tmp_path, size=16).train.shape == (3, 16, 16)
    assert read(tmp_path, size=16).remarks == ()
    assert read(write_pictures(tmp_path / "large", 12, height=200, width=200)).train.shape[1:] == (
        64,
        64,
    )


def test_the_middle_is_kept(tmp_path: Path) -> None:
    """A white square between black sides stays white."""
    for place in range(12):
        array = np.zeros((8, 24), dtype=np.uint8)
        array[:, 8:16] = 255 - place
        Image.fromarray(array).save(tmp_path / f"{place}.png")
    parts = read(tmp_path, size=8)
    assert parts.train.shape == (1, 8, 8)
    assert parts.train.images.min() >= 244


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (Image.new("1", (4, 4), 1), (255, 255, 255)),
        (Image.new("L", (4, 4), 7), (7, 7, 7)),
        (Image.new("LA", (4, 4), (7, 0)), (255, 255, 255)),
        (Image.new("RGBA", (4, 4), (10, 20, 30, 255)), (10, 20, 30)),
        (Image.new("RGBA", (4, 4), (0, 0, 0, 51)), (204, 204, 204)),
        (Image.new("RGB", (4, 4), (1, 2, 3)).quantize(2), (1, 2, 3)),
        (Image.fromarray(np.full((4, 4), 65535, dtype=np.uint16)), (255, 255, 255)),
        (Image.fromarray(np.full((4, 4), 257 * 9, dtype=np.uint16)), (9, 9, 9)),
    ],
    ids=["bits", "grey", "clear", "solid", "veil", "palette", "white16", "grey16"],
)
def test_every_mode_becomes_rgb(
    tmp_path: Path, image: Image.Image, expected: tuple[int, int, int]
) -> None:
    image.save(tmp_path / "a.png")
    decoded = decode(tmp_path / "a.png")
    assert decoded.mode == "RGB"
    assert np.asarray(decoded).reshape(-1, 3).tolist() == [list(expected)] * 16


def test_formats_that_start_programs_are_no_pictures() -> None:
    script = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n%%EndComments\nshowpage\n"
    with pytest.raises(UnidentifiedImageError):
        decode(BytesIO(script))


def test_turned_photographs_are_turned_back(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn
    for place in range(12):
        image = Image.fromarray(made_array(place, 8, 12, 1))
        image.save(tmp_path / f"{place}.png", exif=exif)
    parts = read(tmp_path)
    assert parts.train.shape == (1, 12, 8)
    found = {
        image.tobytes() for image in torch.cat([parts.train.images, parts.test.images]).numpy()
    }
    assert np.rot90(made_array(0, 8, 12, 1), 3).tobytes() in found


def test_one_color_among_greys_makes_all_color(tmp_path: Path) -> None:
    for place in range(12):
        Image.fromarray(made_array(place, channels=1)).convert("RGB").save(
            tmp_path / f"{place}.png"
        )
    assert read(tmp_path).train.shape == (1, 8, 8)
    Image.fromarray(made_array(99)).save(tmp_path / "color.gif")
    assert read(tmp_path).train.shape == (3, 8, 8)


def test_broken_files_are_skipped_counted_and_named(tmp_path: Path) -> None:
    write_pictures(tmp_path, 20)
    whole = (tmp_path / "000.png").read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "text.jpg").write_text("no picture")
    (tmp_path / "z.gif").write_bytes(b"GIF89a")
    (tmp_path / "script.png").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n")
    (tmp_path / "notes.txt").write_text("not counted")
    (tmp_path / "._000.png").write_bytes(b"not counted either")
    parts = read(tmp_path)
    assert len(parts.train) + len(parts.test) == 20
    (remark,) = parts.remarks
    assert remark.startswith("skipped 5 of 25 files that cannot be read: cut.png (")
    assert "empty.png (not a picture), script.png (not a picture) and 2 more" in remark
    for file in tmp_path.glob("0*.png"):
        file.write_bytes(whole[:40])
    told = fault(tmp_path)
    assert told.startswith(f"none of the pictures in {tmp_path} can be read: skipped 25 of 25")


@pytest.mark.parametrize("kind", ["png", "jpg", "gif", "bmp", "webp", "tiff", "ppm"])
def test_damage_is_skipped_or_decoded_and_never_a_traceback(tmp_path: Path, kind: str) -> None:
    write_pictures(tmp_path, 12)
    file = tmp_path / f"damaged.{kind}"
    Image.fromarray(made_array(0)).save(file)
    whole = np.frombuffer(file.read_bytes(), dtype=np.uint8)
    rng = np.random.default_rng(0)
    for _ in range(60):
        damaged = whole.copy()
        damaged[rng.integers(0, min(len(whole), 120), 3)] = rng.integers(0, 256, 3)
        file.write_bytes(damaged.tobytes())
        # A damaged header may claim any size, which is then refused.
        with suppress(UserError):
            parts = read(tmp_path, size=8)
            assert len(parts.train) + len(parts.test) in (12, 13)


def test_folder_without_pictures(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    told = fault(tmp_path)
    assert told.startswith(f"the folder {tmp_path} holds no pictures: expected files that end in")
    assert ".png" in told


def test_pictures_of_one_pixel(tmp_path: Path) -> None:
    write_pictures(tmp_path, 20, height=1, width=1)
    told = fault(tmp_path, size=8)
    assert "20 pictures are below 4 pixels a side (000.png: 1 x 1 pixels)" in told


def png_of_black(width: int, height: int) -> bytes:
    """Return a small file that unpacks to any number of black pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes((1 + -(-width // 8)) * min(height, 100)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_small_black_pictures_are_read(tmp_path: Path) -> None:
    """The files of the next test are sound but for their size."""
    write_pictures(tmp_path, 12)
    (tmp_path / "black.png").write_bytes(png_of_black(8, 8))
    assert read(tmp_path).remarks == ()


@pytest.mark.parametrize(("width", "height"), [(20_000, 20_000), (20_000, 8), (8, 20_000)])
def test_decompression_bombs_are_never_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, width: int, height: int
) -> None:
    write_pictures(tmp_path, 12)
    (tmp_path / "bomb.png").write_bytes(png_of_black(width, height))

    def explode(*given: object) -> None:
        raise AssertionError("a picture was unpacked")

    monkeypatch.setattr(Image.Image, "load", explode)
    told = fault(tmp_path)
    assert "1 picture is too large to open safely (bomb.png" in told
    assert "16,384 pixels a side" in told


def test_too_few_pictures(tmp_path: Path) -> None:
    assert "too few pictures: 9; at least 10 different" in fault(write_pictures(tmp_path, 9))
    for copy in range(20):
        (tmp_path / f"copy{copy}.png").write_bytes((tmp_path / "000.png").read_bytes())
    assert "29, 9 of them different" in fault(tmp_path)


def test_subfolders_are_labels_and_parts(tmp_path: Path) -> None:
    for place, name in enumerate(("train/cat", "train/dog", "Test/cat", "Test/dog/far")):
        write_pictures(tmp_path / name, 5)
        for file in (tmp_path / name).iterdir():
            Image.fromarray(made_array(100 * place + int(file.stem))).save(file)
    parts = read(tmp_path)
    assert (len(parts.train), len(parts.test)) == (10, 10)
    assert parts.test.label_names == ("cat", "dog")
    assert parts.test.labels.tolist() == [0] * 5 + [1] * 5
    unsplit = tmp_path / "all"
    (tmp_path / "train").rename(unsplit)
    (unsplit / "bird").mkdir()
    Image.fromarray(made_array(999)).save(unsplit / "bird" / "b.png")
    parts = read(unsplit)
    assert parts.train.label_names == ("bird", "cat", "dog")
    assert len(parts.train) + len(parts.test) == 11


def test_a_part_without_pictures_is_refused(tmp_path: Path) -> None:
    write_pictures(tmp_path / "test", 12)
    assert "no pictures in its train part" in fault(tmp_path)


def test_metadata_gives_other_labels(tmp_path: Path) -> None:
    write_pictures(tmp_path / "in", 12)
    rows = [f"in/{place:03d}.png,{'ab'[place % 2]}," for place in range(12)]
    table = tmp_path / "metadata.csv"
    table.write_text("\n".join(["file_name,tone,other", *rows]), encoding="utf-8-sig")
    parts = read(tmp_path, label_column="tone")
    assert parts.train.label_names == ("a", "b")
    assert sum(parts.train.labels.tolist()) + sum(parts.test.labels.tolist()) == 6
    assert "no column 'hue': it has 'file_name', 'tone', 'other'" in fault(
        tmp_path, label_column="hue"
    )
    assert "no 'other' for 12 of 12 pictures (first: in/000.png)" in fault(
        tmp_path, label_column="other"
    )
    table.write_bytes(b"file_name,tone\n\xff\xfe")
    assert "cannot be read as a table" in fault(tmp_path, label_column="tone")
    table.unlink()
    assert "there is no table" in fault(tmp_path, label_column="tone")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads all files")
def test_unreadable_file_is_skipped(tmp_path: Path) -> None:
    write_pictures(tmp_path, 12)
    (tmp_path / "003.png").chmod(0)
    assert "003.png (Permission denied)" in read(tmp_path).remarks[0]
