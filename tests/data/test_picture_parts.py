"""What is held out, which size mixed pictures get, checksums of what parts hold."""

import numpy as np
import pytest
import torch

from seqgan.data.picture_parts import (
    common_size,
    contents_checksum,
    divide,
    hold_out,
    resize_parts,
)
from seqgan.data.pictures import PictureParts, Pictures
from seqgan.errors import UserError


def made(number: int, *, copies: int = 1, side: int = 4) -> Pictures:
    images = np.random.default_rng(0).integers(0, 256, (number, 1, side, side), dtype=np.uint8)
    labels = torch.arange(number) % 3
    return Pictures(torch.from_numpy(images).repeat(copies, 1, 1, 1), labels.repeat(copies), ("a",))


def keys(pictures: Pictures) -> list[bytes]:
    return [image.tobytes() for image in pictures.images.numpy()]


@pytest.mark.parametrize(("number", "share", "held"), [(10, 0.1, 2), (100, 0.1, 10), (30, 0.5, 15)])
def test_the_share_is_held_out(number: int, share: float, held: int) -> None:
    pictures = made(number)
    parts = hold_out(pictures, where="here", share=share)
    assert len(parts.test) == held
    assert sorted(keys(parts.train) + keys(parts.test)) == sorted(keys(pictures))
    order = keys(pictures)
    assert [order.index(key) for key in keys(parts.train)] == sorted(
        order.index(key) for key in keys(parts.train)
    )


def test_copies_stand_in_one_part_and_order_does_not_matter() -> None:
    parts = hold_out(made(40, copies=3), where="here")
    assert not set(keys(parts.train)) & set(keys(parts.test))
    assert len(parts.test) == 3 * 4
    backwards = made(40).at(torch.arange(39, -1, -1))
    assert set(keys(hold_out(backwards, where="here").test)) == set(keys(parts.test))


def test_labels_stay_with_their_pictures() -> None:
    pictures = made(40)
    label = dict(zip(keys(pictures), pictures.labels.tolist(), strict=True))
    for part in (parts := hold_out(pictures, where="here")).train, parts.test:
        assert [label[key] for key in keys(part)] == part.labels.tolist()


def test_too_few_and_empty_parts_are_refused() -> None:
    with pytest.raises(UserError, match="here has too few pictures: 27, 9 of them different"):
        hold_out(made(9, copies=3), where="here")
    for held, part in ((torch.ones(5), "train"), (torch.zeros(5), "test")):
        with pytest.raises(UserError, match=f"no pictures in its {part} part"):
            divide(made(5), held.bool(), where="here")


@pytest.mark.parametrize(
    ("sides", "size"),
    [
        ([(4, 128)] * 3, None),
        ([(4, 129)] * 3, 4),
        ([(200, 200)], 64),
        ([(63, 63), (90, 90), (62, 62)], 32),
        ([(5, 5), (300, 300), (300, 300)], 64),
    ],
)
def test_common_size(sides: list[tuple[int, int]], size: int | None) -> None:
    found, remark = common_size(sides)
    assert found == size
    assert (remark is None) == (size is None)


def test_resizing_keeps_flat_pictures_flat() -> None:
    flat = Pictures(torch.full((3, 3, 6, 9), 77, dtype=torch.uint8), torch.zeros(3).long())
    parts = resize_parts(PictureParts(flat, flat, ("told",)), 12)
    assert parts.remarks == ("told",)
    assert torch.equal(parts.train.images, torch.full((3, 3, 12, 12), 77, dtype=torch.uint8))
    same = made(3)
    assert resize_parts(PictureParts(same, same), 4).train is same


def test_contents_checksum_forgets_order_and_nothing_else() -> None:
    train, test = made(12), made(4, side=4).at(torch.tensor([3, 1]))
    same = contents_checksum(PictureParts(train, test))
    shuffled = train.at(torch.randperm(12, generator=torch.Generator().manual_seed(0)))
    assert contents_checksum(PictureParts(shuffled, test)) == same
    pixel = train.images.clone()
    pixel[0, 0, 0, 0] ^= 1
    changed = [
        PictureParts(test, train),
        PictureParts(train.at(torch.arange(11)), test),
        PictureParts(Pictures(pixel, train.labels), test),
        PictureParts(Pictures(train.images, train.labels.flip(0)), test),
        PictureParts(Pictures(train.images.reshape(12, 1, 2, 8), train.labels), test),
    ]
    assert len({same, *map(contents_checksum, changed)}) == 6
