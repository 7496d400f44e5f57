"""Untrained models whose weights differ enough for every path through them to show."""

from collections.abc import Callable
from typing import TypeVar

import torch
from torch import nn

Model = TypeVar("Model", bound=nn.Module)


def lively(build: Callable[[], Model], *, seed: int) -> Model:
    """Return a new model with lively weights, in float64."""
    torch.manual_seed(seed)
    model = build().double().eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.3)
    return model
