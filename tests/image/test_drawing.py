"""Drawings show every pixel where it belongs."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from seqgan.errors import UserError
from seqgan.image import drawing
from seqgan.image.drawing import (
    GAP,
    GAP_SHADE,
    animate_rounds,
    animation,
    captioned,
    pairs,
    picture_grid,
    save_png,
    side_by_side,
    strips,
)


def _pictures(*shape: int) -> Tensor:
    rng = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, shape, generator=rng, dtype=torch.uint8)


@pytest.mark.parametrize("channels", [1, 3])
def test_a_grid_holds_every_picture_in_its_place(channels: int) -> None:
    images = _pictures(5, channels, 4, 6)
    sheet = np.asarray(picture_grid(images, columns=2, scale=3))
    assert sheet.shape[:2] == (3 * 12 + 2 * GAP, 2 * 18 + GAP)
    for place, image in enumerate(images):
        top, left = place // 2 * (12 + GAP), place % 2 * (18 + GAP)
        tile = sheet[top : top + 12, left : left + 18]
        for row, column in [(0, 0), (1, 1), (2, 2)]:  # each pixel became nine
            small = tile[row::3, column::3]
            expected = image[0] if channels == 1 else image.permute(1, 2, 0)
            np.testing.assert_array_equal(small, expected.numpy())
    assert (sheet[26 + GAP :, 18 + GAP :] == GAP_SHADE).all()  # the sixth place is empty
    assert (sheet[:, 18 : 18 + GAP] == GAP_SHADE).all()


def test_small_pictures_are_enlarged_by_themselves() -> None:
    assert picture_grid(_pictures(1, 1, 8, 8), columns=8).size == (32, 32)
    assert picture_grid(_pictures(1, 1, 28, 28), columns=8).size == (28, 28)


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="uint8"):
        picture_grid(torch.zeros(1, 1, 4, 4), columns=1)
    with pytest.raises(ValueError, match="uint8"):
        picture_grid(_pictures(2, 2, 4, 4), columns=1)
    with pytest.raises(ValueError, match="uint8"):
        picture_grid(_pictures(0, 1, 4, 4), columns=1)
    with pytest.raises(ValueError, match="1 column or more, not 0"):
        picture_grid(_pictures(1, 1, 4, 4), columns=0)


def test_strips_have_no_gap_between_steps() -> None:
    images = _pictures(2, 3, 1, 4, 4)
    sheet = np.asarray(strips(images, scale=1))
    assert sheet.shape == (2 * 4 + 2 * GAP, 12)
    np.testing.assert_array_equal(sheet[:4], torch.cat(list(images[0, :, 0]), dim=1).numpy())
    np.testing.assert_array_equal(sheet[-4:, 4:8], images[1, 1, 0].numpy())
    assert strips(_pictures(1, 2, 1, 8, 8)).size == (64, 32)
    with pytest.raises(ValueError, match="shape"):
        strips(images[0])


def test_pairs_stand_together_with_their_captions() -> None:
    left, right = _pictures(3, 1, 4, 4), 255 - _pictures(3, 1, 4, 4)
    plain = np.asarray(pairs(left, right, columns=2, scale=1))
    wide = 2 * 4 + GAP
    assert plain.shape == (2 * 4 + 4 * GAP, 2 * wide + 4 * GAP)
    second = plain[:4, wide + 4 * GAP :]
    np.testing.assert_array_equal(second[:, :4], left[1, 0].numpy())
    np.testing.assert_array_equal(second[:, 4 + GAP :], right[1, 0].numpy())
    assert (plain[4 + 4 * GAP :, wide + 4 * GAP :] == 255).all()  # the fourth place is paper
    told = pairs(left, right, columns=2, captions=["0.1", "0.2", "0.3"], scale=8)
    assert told.height > pairs(left, right, columns=2, scale=8).height
    with pytest.raises(ValueError, match="2 captions for 3 pairs"):
        pairs(left, right, columns=2, captions=["a", "b"])
    with pytest.raises(ValueError, match="one shape"):
        pairs(left, right[:2], columns=2)


def test_a_caption_leaves_the_picture_alone_and_is_seen() -> None:
    image = picture_grid(_pictures(1, 1, 60, 60), columns=1)
    for above in (False, True):
        sheet = np.asarray(captioned(image, "update 500", above=above))
        line = sheet.shape[0] - 60
        picture, text = (sheet[line:], sheet[:line]) if above else (sheet[:60], sheet[60:])
        np.testing.assert_array_equal(picture, np.asarray(image))
        assert text.min() < 80  # ink
        assert text.max() == 255  # paper


def test_panels_keep_their_color_beside_grey_ones() -> None:
    grey, red = Image.new("L", (20, 20), 7), Image.new("RGB", (20, 30), (255, 0, 0))
    sheet = np.asarray(side_by_side([("a", grey), ("b", red)]))
    assert (sheet[-30:, -20:] == (255, 0, 0)).all()
    assert (sheet == 7).all(-1).sum() == 400


def test_files_are_whole_or_not_there(tmp_path: Path) -> None:
    image = picture_grid(_pictures(4, 3, 8, 8), columns=2)
    save_png(image, tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as read:
        np.testing.assert_array_equal(np.asarray(read), np.asarray(image))
    with pytest.raises(UserError, match=r"cannot write .*b\.png"):
        save_png(image, tmp_path / "nowhere" / "b.png")
    assert [file.name for file in tmp_path.iterdir()] == ["a.png"]


@pytest.mark.parametrize("name", ["a.gif", "a.png"])
def test_an_animation_has_every_frame_and_goes_on_for_ever(tmp_path: Path, name: str) -> None:
    frames = [picture_grid(_pictures(4, 1, 8, 8) // (i + 1), columns=2) for i in range(4)]
    animation(frames, tmp_path / name, milliseconds=200)
    with Image.open(tmp_path / name) as read:
        assert read.n_frames == 4
        assert read.info["loop"] == 0
        for number, frame in enumerate(frames):
            read.seek(number)
            np.testing.assert_array_equal(np.asarray(read.convert("L")), np.asarray(frame))
            assert read.info["duration"] == (800 if number == 3 else 200)


def test_a_heavy_animation_drops_frames_but_not_the_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawing, "MAX_ANIMATION_BYTES", 9_000)
    images = _pictures(9, 1, 40, 40)
    frames = [picture_grid(images[i : i + 1], columns=1) for i in range(9)]
    animation(frames, tmp_path / "a.gif")
    assert (tmp_path / "a.gif").stat().st_size <= 9_000
    with Image.open(tmp_path / "a.gif") as read:
        assert 1 < read.n_frames < 9
        read.seek(read.n_frames - 1)
        np.testing.assert_array_equal(np.asarray(read.convert("L")), np.asarray(frames[-1]))


def test_frames_that_make_no_animation_are_refused(tmp_path: Path) -> None:
    small, large = (Image.new("L", (side, side)) for side in (4, 8))
    with pytest.raises(ValueError, match="one size"):
        animation([small, large], tmp_path / "a.gif")
    with pytest.raises(ValueError, match="needs a frame"):
        animation([], tmp_path / "a.gif")
    with pytest.raises(ValueError, match=r"\.mp4"):
        animation([small], tmp_path / "a.mp4")


def test_rounds_are_animated_in_the_order_of_updates(tmp_path: Path) -> None:
    assert not animate_rounds(tmp_path, tmp_path / "training.gif")
    for update, shade in ((1_000_000, 30), (999_999, 20), (0, 10)):
        save_png(Image.new("L", (80, 80), shade), tmp_path / f"{update:06d}.png")
    save_png(Image.new("L", (80, 80), 200), tmp_path / "real.png")
    save_png(Image.new("L", (20, 20), 5), tmp_path / "000100.png")  # of an earlier setting
    assert animate_rounds(tmp_path, tmp_path / "training.gif")
    with Image.open(tmp_path / "training.gif") as read:
        shades = []
        for number in range(read.n_frames):
            read.seek(number)
            shades.append(read.convert("L").getpixel((40, 40)))
    assert shades == [10, 20, 30]
