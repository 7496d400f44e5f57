import pytest
import torch
from torch.nn.functional import avg_pool2d, pad

from seqgan.metrics.sharpness import sharpness


def test_flat_pictures_have_no_edges() -> None:
    assert sharpness(torch.full((3, 3, 5, 4), 90, dtype=torch.uint8)) == 0


def test_a_ramp_has_its_slope() -> None:
    """51 grey levels a pixel across, none down: 0.2 in 25 of 49 steps."""
    ramp = torch.arange(0, 256, 51, dtype=torch.uint8).expand(1, 1, 5, 6)
    across, down = 25, 24
    assert sharpness(ramp) == pytest.approx((across * 0.2**2 / (across + down)) ** 0.5)


def test_blur_takes_it_away_and_turning_does_not() -> None:
    images = torch.randint(0, 256, (8, 1, 8, 8), dtype=torch.uint8)
    blurred = avg_pool2d(pad(images.float(), (1, 1, 1, 1), "replicate"), 3, stride=1).byte()
    assert sharpness(blurred) < 0.5 * sharpness(images)
    assert sharpness(images.rot90(1, (2, 3))) == pytest.approx(sharpness(images))
