"""AdamW in one pass over weights, gradients and moments."""

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor
from torch.optim import AdamW, Optimizer


def fused_adamw(
    parameters: Iterable[Tensor],
    *,
    lr: float,
    betas: tuple[float, float] = (0.9, 0.999),
    weight_decay: float = 0.0,
) -> AdamW:
    """Return AdamW (arXiv:1711.05101) by torch's fused kernel, equal to the plain one to rounding.

    On one CPU thread a step of 2.6 million weights takes 4.4 ms in place of 26: a third of an
    update of a recurrent generator was Adam's. Weights must be on one device, a CPU, GPU or MPS.
    """
    optimizer = AdamW(list(parameters), lr=lr, betas=betas, weight_decay=weight_decay, fused=True)
    optimizer.register_step_pre_hook(lay_out)
    return optimizer


@torch.no_grad()
def lay_out(optimizer: Optimizer, args: Any, kwargs: Any) -> None:
    """Lay out gradients and moments in memory as the weights are.

    The fused kernel for CPUs walks through memory and asks nothing: where these lie transposed it
    moves the wrong weights, silently. Automatic differentiation lays out gradients as it should;
    what is set by hand, and moments read from a file beside weights with channels last, may differ.
    """
    for group in optimizer.param_groups:
        for weight in group["params"]:
            if weight.grad is None:
                continue
            if weight.grad.stride() != weight.stride():
                weight.grad = like(weight, weight.grad)
            moments = optimizer.state.get(weight, {})
            for name in ("exp_avg", "exp_avg_sq"):
                if name in moments and moments[name].stride() != weight.stride():
                    moments[name] = like(weight, moments[name])


def like(weight: Tensor, values: Tensor) -> Tensor:
    """Return the values, laid out in memory as the weight."""
    return torch.empty_like(weight).copy_(values)
