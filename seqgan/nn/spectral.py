"""Spectral normalization of whole networks."""

from torch import nn
from torch.nn.utils.parametrizations import spectral_norm


def spectral(module: nn.Module) -> None:
    """Divide every layer's weights by their largest singular value (arXiv:1802.05957).

    By torch's parametrization, of linear and convolutional layers. A layer that is 0 at the start,
    as the last of a residual block, is given weights first: zeros have no direction.
    """
    for layer in list(module.modules()):
        if isinstance(layer, nn.Linear | nn.Conv1d | nn.Conv2d | nn.ConvTranspose2d):
            if not layer.weight.any():
                nn.init.orthogonal_(layer.weight)
            spectral_norm(layer)
