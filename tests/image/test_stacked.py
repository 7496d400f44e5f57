"""Modes of stacks: known digits give known counts, names and words."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from seqgan.data.pictures import PictureParts, Pictures
from seqgan.data.stacking import stack
from seqgan.errors import UserError
from seqgan.image.options import PictureOptions
from seqgan.image.stacked import (
    channels_of,
    count_modes,
    figures_of,
    finding,
    mode_name,
    refuse_unstackable,
)

DIGITS = tuple("0123456789")


class Oracle(nn.Module):
    """Tells a picture's kind by its first pixel, and nothing else; pictures are grey."""

    outputs = DIGITS
    num_features = 1

    def forward(self, images: Tensor) -> Tensor:
        """Return the first pixel."""
        assert images.shape[1] == 1
        return images[:, 0, 0, :1].float()

    def classify(self, features_NF: Tensor) -> Tensor:
        """Return logits that are highest at the kind of that number."""
        return -(features_NF - torch.arange(10)).abs()


def grey(count: int) -> Pictures:
    """Return pictures whose first pixel says their label, each digit as often."""
    labels = torch.arange(count) % 10
    images = torch.zeros(count, 1, 4, 4, dtype=torch.uint8)
    images[:, 0, 0, 0] = labels.to(torch.uint8)
    return Pictures(images, labels, DIGITS)


def test_channels_follow_each_other() -> None:
    images = torch.arange(6, dtype=torch.uint8).view(2, 3, 1, 1)
    assert channels_of(images).shape == (6, 1, 1, 1)
    assert channels_of(images).flatten().tolist() == [0, 1, 2, 3, 4, 5]


def test_every_mode_once_is_even() -> None:
    numbers = torch.arange(1000)
    digits = torch.stack([numbers // 100, numbers // 10 % 10, numbers % 10], 1)
    images = torch.zeros(1000, 3, 4, 4, dtype=torch.uint8)
    images[:, :, 0, 0] = digits.to(torch.uint8)
    found = count_modes(images, Oracle())  # type: ignore[arg-type]
    assert figures_of(found) == {"modes": 1000.0, "modes_kl": pytest.approx(0, abs=1e-12)}
    half = count_modes(images[:500], Oracle())  # type: ignore[arg-type]
    assert half.modes == 500
    assert half.kl == pytest.approx(np.log(2))
    assert half.shares[499] > 0
    assert half.shares[500] == 0


def test_real_stacks_are_as_even_as_so_many_draws_can_be() -> None:
    """The bias of KL by 26,000 samples of 1,000 modes is 999 / 52,000 = .019."""
    drawn = stack(grey(1000), 26_000, seed=0)
    found = count_modes(drawn.images, Oracle())  # type: ignore[arg-type]
    assert found.modes == 1000
    assert found.kl == pytest.approx(999 / 52_000, rel=0.15)
    counts = np.bincount(drawn.labels.numpy(), minlength=1000) / 26_000
    np.testing.assert_allclose(found.shares, counts)


def test_missing_modes_are_named() -> None:
    images = torch.zeros(4, 3, 4, 4, dtype=torch.uint8)
    images[:, 2, 0, 0] = torch.tensor([0, 1, 2, 4], dtype=torch.uint8)
    told = finding(count_modes(images, Oracle()), 4, DIGITS)  # type: ignore[arg-type]
    assert told["kind"] == "dropping"
    assert "4 of 1,000 modes are found among 4 samples" in told["text"]
    assert told["text"].endswith("Missing: 003, 005, 006, 007, 008, 009, 010, 011 and 988 more.")
    assert mode_name(3, ("a", "b")) == "abb"


def test_what_is_found_whole_is_fine() -> None:
    found = count_modes(stack(grey(1000), 26_000, seed=0).images, Oracle())  # type: ignore[arg-type]
    told = finding(found, 26_000, DIGITS)
    assert told["kind"] == "fine"
    assert "Missing" not in told["text"]


def test_only_labeled_grey_pictures_are_stacked() -> None:
    config = PictureOptions(corpus="mnist")
    good = grey(20)
    refuse_unstackable(config, PictureParts(good, good))
    bare = Pictures(good.images, good.labels * 0)
    color = Pictures(good.images.repeat(1, 3, 1, 1), good.labels)
    for part, message in ((bare, "has no labels"), (color, "is of 3 channels")):
        with pytest.raises(UserError, match=message):
            refuse_unstackable(config, PictureParts(part, part))
