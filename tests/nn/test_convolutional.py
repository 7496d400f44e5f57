import pytest
import torch

from seqgan.nn.convolutional import ConvolutionalEncoder, ConvolutionalGenerator
from seqgan.nn.resolutions import step

SHAPES = [(1, 4, 4), (1, 8, 8), (3, 7, 5), (1, 28, 28), (3, 33, 15), (1, 128, 4), (3, 64, 100)]


@pytest.mark.parametrize("shape", SHAPES)
def test_every_size_goes_through_both_networks(shape: tuple[int, int, int]) -> None:
    generator = ConvolutionalGenerator(shape, latent_dim=5, width=4)
    encoder = ConvolutionalEncoder(shape, dim_out=3, width=4)
    made = generator(torch.randn(2, 5))
    assert made.shape == (2, *shape)
    assert encoder(made).shape == (2, 3)


def test_a_convolution_and_its_transpose_agree_on_every_side() -> None:
    for fine in range(8, 129):
        coarse = -(-fine // 2)
        (kernel, _), (stride, _) = step((fine, 4), (coarse, 4))
        assert (fine + 2 - kernel) // stride + 1 == coarse
        assert (coarse - 1) * stride - 2 + kernel == fine


def test_a_score_depends_on_its_picture_alone() -> None:
    encoder = ConvolutionalEncoder((1, 8, 8), dim_out=1, width=8).double().train()
    x = torch.randn(4, 1, 8, 8, dtype=torch.float64)
    torch.testing.assert_close(encoder(x), torch.cat([encoder(row[None]) for row in x]))


def test_the_generator_normalizes_over_the_batch_in_training_only() -> None:
    generator = ConvolutionalGenerator((1, 8, 8), latent_dim=5, width=8).double()
    noise = torch.randn(4, 5, dtype=torch.float64)
    assert not torch.allclose(generator(noise)[:2], generator(noise[:2]))
    generator.eval()
    torch.testing.assert_close(generator(noise)[:2], generator(noise[:2]))
