"""Augmentation that gradients pass through, for adversaries that see few real pictures.

Pictures are augmented alike wherever the critic looks: real and generated, and in both players'
moves; then the generator learns the pictures and not the augmentation (arXiv:2006.10738).

Legend: B batch, C channels, H height, W width.
"""

from collections.abc import Sequence

import torch
from torch import Generator, Tensor
from torch.nn import functional

POLICIES = ("color", "translation", "cutout")
SHIFT = 1 / 8  # of a side, either way
HOLE = 1 / 2  # of a side


def diff_augment(
    images_BCHW: Tensor, *, rng: Generator, policies: Sequence[str] = POLICIES
) -> Tensor:
    """Return pictures augmented by DiffAugment, each on its own, (B, C, H, W) (arXiv:2006.10738).

    Whatever leaves the picture or is cut out becomes 0, the middle of [-1, 1].

    Raises:
        ValueError: a policy is unknown.
    """
    for policy in policies:
        if policy not in POLICIES:
            raise ValueError(f"unknown policy {policy!r}: choose from {', '.join(POLICIES)}")
    if "color" in policies:
        images_BCHW = change_color(images_BCHW, rng=rng)
    if "translation" in policies:
        images_BCHW = translate(images_BCHW, rng=rng)
    if "cutout" in policies:
        images_BCHW = cut_out(images_BCHW, rng=rng)
    return images_BCHW


def change_color(images_BCHW: Tensor, *, rng: Generator) -> Tensor:
    """Return pictures of other brightness (± 1/2), saturation (0 to 2) and contrast (1/2 to 3/2).

    Grey pictures have no saturation to change.
    """
    brightness, saturation, contrast = uniform(3, images_BCHW, rng).unbind()
    images_BCHW = images_BCHW + (brightness - 0.5)
    grey_B1HW = images_BCHW.mean(1, keepdim=True)
    images_BCHW = (images_BCHW - grey_B1HW) * (2 * saturation) + grey_B1HW
    mean_B111 = images_BCHW.mean((1, 2, 3), keepdim=True)
    return (images_BCHW - mean_B111) * (contrast + 0.5) + mean_B111


def translate(images_BCHW: Tensor, *, rng: Generator) -> Tensor:
    """Return pictures moved by up to an eighth of their sides, each way, in whole pixels."""
    height, width = images_BCHW.shape[2:]
    most_down, most_right = share(height, SHIFT), share(width, SHIFT)
    down_B, right_B = whole((2 * most_down + 1, 2 * most_right + 1), images_BCHW, rng)
    padded = functional.pad(images_BCHW, (most_right, most_right, most_down, most_down))
    rows_BH = down_B[:, None] + torch.arange(height, device=images_BCHW.device)
    columns_BW = right_B[:, None] + torch.arange(width, device=images_BCHW.device)
    place_B = torch.arange(len(images_BCHW), device=images_BCHW.device)
    moved_BHWC = padded.permute(0, 2, 3, 1)[
        place_B[:, None, None], rows_BH[:, :, None], columns_BW[:, None, :]
    ]
    return moved_BHWC.permute(0, 3, 1, 2).contiguous()


def cut_out(images_BCHW: Tensor, *, rng: Generator) -> Tensor:
    """Return pictures with a hole, half a side high and wide; it may reach over the border."""
    height, width = images_BCHW.shape[2:]
    high, wide = share(height, HOLE), share(width, HOLE)
    # The hole's middle lies anywhere in the picture, as in the paper's code.
    top_B, left_B = whole((height + 1 - high % 2, width + 1 - wide % 2), images_BCHW, rng)
    rows_BH = torch.arange(height, device=images_BCHW.device) - (top_B - high // 2)[:, None]
    columns_BW = torch.arange(width, device=images_BCHW.device) - (left_B - wide // 2)[:, None]
    hole_BHW = inside(rows_BH, high)[:, :, None] & inside(columns_BW, wide)[:, None, :]
    return images_BCHW.masked_fill(hole_BHW[:, None], 0)


def random_flips(images_BCHW: Tensor, *, rng: Generator) -> Tensor:
    """Return pictures of which each is mirrored, left for right, with probability 1/2."""
    chance_B111 = uniform(1, images_BCHW, rng)[0]
    return torch.where(chance_B111 < 0.5, images_BCHW.flip(3), images_BCHW)


def uniform(number: int, images_BCHW: Tensor, rng: Generator) -> Tensor:
    """Return numbers in [0, 1) for each picture, shape (number, B, 1, 1, 1).

    `rng` may live on another device than the pictures.
    """
    drawn = torch.rand(number, len(images_BCHW), 1, 1, 1, generator=rng, device=rng.device)
    return drawn.to(images_BCHW)


def whole(limits: tuple[int, int], images_BCHW: Tensor, rng: Generator) -> tuple[Tensor, Tensor]:
    """Return two whole numbers for each picture, from 0 to below each limit, shape (B,)."""
    first, second = (
        torch.randint(limit, (len(images_BCHW),), generator=rng, device=rng.device)
        for limit in limits
    )
    return first.to(images_BCHW.device), second.to(images_BCHW.device)


def share(side: int, ratio: float) -> int:
    """Return a share of a side in whole pixels, halves rounded up.

    >>> share(8, 1 / 8), share(20, 1 / 8)
    (1, 3)
    """
    return int(side * ratio + 0.5)


def inside(places: Tensor, length: int) -> Tensor:
    """Return which places lie in [0, length)."""
    return (places >= 0) & (places < length)
