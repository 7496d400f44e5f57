"""Augmentation: what it may do to a picture, by enumeration, and the gradient through it."""

import pytest
import torch
from torch import Tensor

from seqgan.ops.augment import (
    POLICIES,
    change_color,
    cut_out,
    diff_augment,
    random_flips,
    translate,
)


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def made(number: int, channels: int = 3, height: int = 8, width: int = 16) -> Tensor:
    shape = (number, channels, height, width)
    return torch.rand(shape, generator=rng(1), dtype=torch.float64) + 0.5  # 0 is never a pixel


def test_translations_are_all_those_within_an_eighth() -> None:
    """Each of the 3 x 5 moves of one picture comes up, each about as often: 3,000 draws."""
    picture = made(1)
    moved = translate(picture.expand(3000, -1, -1, -1), rng=rng())
    expected = []
    for down in (-1, 0, 1):
        for right in (-2, -1, 0, 1, 2):
            board = torch.zeros(1, 3, 10, 20, dtype=torch.float64)
            board[:, :, 1 + down : 9 + down, 2 + right : 18 + right] = picture
            expected.append(board[0, :, 1:9, 2:18])
    same = (moved[:, None] == torch.stack(expected)).flatten(2).all(2)
    assert same.sum(1).eq(1).all()
    share = same.double().mean(0)
    assert (share - 1 / 15).abs().max() < 4.5 * (1 / 15 * 14 / 15 / 3000) ** 0.5


@pytest.mark.parametrize(("height", "width"), [(8, 8), (7, 9), (4, 4)])
def test_holes_are_half_a_side_and_may_cross_the_border(height: int, width: int) -> None:
    pictures = made(4000, 1, height, width)
    holes = cut_out(pictures, rng=rng()) == 0
    high, wide = int(height / 2 + 0.5), int(width / 2 + 0.5)
    rows, columns = holes[:, 0].any(2), holes[:, 0].any(1)
    assert torch.equal(holes[:, 0], rows[:, :, None] & columns[:, None, :])
    assert rows.sum(1).max() == high
    assert columns.sum(1).max() == wide
    assert rows.sum(1).min() >= high // 2
    kept = cut_out(pictures, rng=rng())[~holes]
    assert torch.equal(kept, pictures[~holes])
    # Far from the border each row is hit by `high` of the places that the middle may have.
    middle = height // 2
    chance = high / (height + 1 - high % 2)
    assert abs(rows[:, middle].double().mean() - chance) < 4.5 * (0.25 / 4000) ** 0.5


def test_color_changes_the_three_moments_and_no_more() -> None:
    """Differences of color scale by 2 s c, those of shade by c, the mean moves by b - 1/2."""
    pictures = made(500)
    changed = change_color(pictures, rng=rng())
    brightness, saturation, contrast = torch.rand(3, 500, 1, 1, 1, generator=rng()).double()

    def split(images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        grey, mean = images.mean(1, keepdim=True), images.mean((1, 2, 3), keepdim=True)
        return mean, grey - mean, images - grey

    (mean, shade, hue), (mean_2, shade_2, hue_2) = split(pictures), split(changed)
    torch.testing.assert_close(mean_2, mean + brightness - 0.5)
    torch.testing.assert_close(shade_2, shade * (contrast + 0.5))
    torch.testing.assert_close(hue_2, hue * 2 * saturation * (contrast + 0.5))


def test_flips_mirror_about_half() -> None:
    pictures = made(4000, 1, 4, 4)
    flipped = random_flips(pictures, rng=rng())
    mirrored = (flipped == pictures.flip(3)).flatten(1).all(1)
    alike = (flipped == pictures).flatten(1).all(1)
    assert (mirrored ^ alike).all()
    assert abs(mirrored.double().mean() - 0.5) < 4.5 * (0.25 / 4000) ** 0.5


def test_the_gradient_is_that_of_a_linear_map() -> None:
    """All policies are affine in the picture for fixed draws: differences map to differences."""
    first, second = made(6).requires_grad_(), made(6).flip(0)
    out = diff_augment(first, rng=rng())
    weights = torch.rand(out.shape, generator=rng(2), dtype=torch.float64)
    (slope,) = torch.autograd.grad((out * weights).sum(), first)
    change = (diff_augment(second, rng=rng()) - out.detach()) * weights
    torch.testing.assert_close((slope * (second - first.detach())).sum(), change.sum())
    assert slope.abs().sum() > 0


def test_draws_come_from_the_generator_alone() -> None:
    pictures = made(5)
    torch.testing.assert_close(
        diff_augment(pictures, rng=rng(3)), diff_augment(pictures, rng=rng(3)), rtol=0, atol=0
    )
    assert not torch.equal(diff_augment(pictures, rng=rng(3)), diff_augment(pictures, rng=rng(4)))
    assert diff_augment(pictures, rng=rng(), policies=()) is pictures


def test_unknown_policy_names_those_there_are() -> None:
    with pytest.raises(ValueError, match=f"'blur': choose from {', '.join(POLICIES)}"):
        diff_augment(made(1), rng=rng(), policies=("color", "blur"))
