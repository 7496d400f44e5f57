"""Untrained models whose weights differ enough for every path through them to show."""

from collections.abc import Callable

import torch

from seqgan.text.generators.base import Generator


def lively(build: Callable[[], Generator], *, seed: int) -> Generator:
    """Return a new model with lively weights, in float64."""
    torch.manual_seed(seed)
    model = build().double().eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.3)
    return model
