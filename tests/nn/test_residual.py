from itertools import pairwise

import pytest
import torch
from torch import nn

from seqgan.nn.residual import (
    ResidualBlock,
    ResidualEncoder,
    ResidualGenerator,
    scaled,
    stages,
)
from seqgan.nn.resolutions import halvings

SHAPES = [(1, 4, 4), (1, 8, 8), (3, 7, 5), (1, 28, 28), (3, 33, 15), (1, 128, 4), (3, 64, 100)]


@pytest.mark.parametrize("shape", SHAPES)
def test_every_size_goes_in_and_comes_out(shape: tuple[int, int, int]) -> None:
    generator = ResidualGenerator(shape, latent_dim=5, width=4)
    encoder = ResidualEncoder(shape, dim_out=3, width=4)
    made = generator(torch.randn(2, 5))
    assert made.shape == (2, *shape)
    assert encoder(made).shape == (2, 3)


def test_a_block_is_the_identity_at_the_start_and_learns_from_there() -> None:
    block = ResidualBlock(32, num_blocks=2).double()
    x = torch.randn(2, 32, 5, 5, dtype=torch.float64)
    assert torch.equal(block(x), x)
    block(x).square().sum().backward()
    assert block.out.weight.grad.abs().sum() > 0


def test_groups_hold_sixteen_channels_where_they_divide_them() -> None:
    assert ResidualBlock(64, num_blocks=1).across.groups == 4
    assert ResidualBlock(24, num_blocks=1).across.groups == 1


def test_weights_have_the_variance_asked_for() -> None:
    """48 inputs, gain 3: the standard deviation is 3/sqrt(48), within 5 of its standard errors."""
    torch.manual_seed(0)
    weight = scaled(nn.Conv2d(16, 3000, (1, 3)), 3.0).weight
    expected = 3 / 48**0.5
    assert abs(weight.std() - expected) < 5 * expected / (2 * weight.numel()) ** 0.5


def test_no_picture_sees_another_in_either_network() -> None:
    generator = ResidualGenerator((1, 8, 8), latent_dim=5, width=16).double()
    encoder = ResidualEncoder((1, 8, 8), dim_out=2, width=16).double()
    noise = torch.randn(4, 5, dtype=torch.float64)
    together = encoder(generator(noise))
    alone = torch.cat([encoder(generator(row[None])) for row in noise])
    torch.testing.assert_close(together, alone)


def test_slopes_of_the_slope_exist() -> None:
    """Penalties on the slope need a second derivative: checked against differences."""
    torch.manual_seed(0)
    encoder = ResidualEncoder((1, 9, 4), dim_out=1, width=4).double()
    nn.init.normal_(encoder.layers[0].out.weight)
    x = torch.randn(1, 1, 9, 4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradgradcheck(lambda x: encoder(x).tanh(), (x,))


def test_blocks_start_at_half_the_size_from_sixteen_pixels_on() -> None:
    assert stages((1, 8, 8), 16) == [((8, 8), 16), ((4, 4), 32)]
    assert [size for size, _ in stages((3, 64, 64), 16)] == [(32, 32), (16, 16), (8, 8), (4, 4)]
    assert [channels for _, channels in stages((3, 64, 64), 16)] == [16, 32, 64, 64]


def test_halving_rounds_up_and_ends_at_four_at_most() -> None:
    for height in range(4, 129):
        sizes = halvings(height, 4)
        assert 3 <= sizes[-1][0] <= 4
        assert all(fine[0] <= 2 * coarse[0] <= fine[0] + 1 for fine, coarse in pairwise(sizes))
