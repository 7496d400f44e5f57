import math

import pytest
import torch
from torch import nn

from seqgan.nn.mlp import Mlp, MlpEncoder, MlpGenerator


def test_without_hidden_layers_it_is_linear() -> None:
    network = Mlp(3, 2, width=7, depth=0).double()
    one, other = torch.randn(2, 4, 3, dtype=torch.float64)
    bias = network(torch.zeros(4, 3, dtype=torch.float64))
    torch.testing.assert_close(network(one + other) + bias, network(one) + network(other))


def test_depth_counts_hidden_layers_and_width_their_values() -> None:
    network = Mlp(3, 2, width=7, depth=3)
    shapes = [tuple(layer.weight.shape) for layer in network.layers if isinstance(layer, nn.Linear)]
    assert shapes == [(7, 3), (7, 7), (7, 7), (2, 7)]


def test_rectified_layers_keep_the_size_of_the_signal() -> None:
    """He's gain: the mean square stays 1 +- what 64 pictures of 512 values leave open."""
    torch.manual_seed(0)
    network = Mlp(512, 512, width=512, depth=8, activation="relu")
    hidden = network.layers[:16](torch.randn(64, 512))
    assert 2 * 0.5 < hidden.square().mean() * 2 < 2 * 2


def test_generator_and_encoder_take_any_shape() -> None:
    for shape in ((2,), (1, 8, 8), (3, 5, 6)):
        generator = MlpGenerator(shape, latent_dim=4, width=8)
        encoder = MlpEncoder(shape, dim_out=3, width=8)
        made = generator(torch.randn(5, 4))
        assert made.shape == (5, *shape)
        assert encoder(made).shape == (5, 3)
        assert encoder.layers.layers[0].in_features == math.prod(shape)


def test_an_unknown_activation_is_refused() -> None:
    with pytest.raises(ValueError, match="'gelu' is none of relu, leaky"):
        Mlp(1, 1, width=1, activation="gelu")
