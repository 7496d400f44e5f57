"""A linear layer at the full speed of the processor.

Legend: R rows, I inputs, O outputs.
"""

import platform
from functools import cache
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

NUM_IMAGES = 16
"""From so many images on torch leaves 1x1 convolutions to oneDNN whatever the number of threads."""

WORTH_CONVOLVING = 128
"""Rows below which the convolution's preparations cost more than they save."""


CPU_INFO = Path("/proc/cpuinfo")


@cache
def mkl_is_slow() -> bool:
    """Return whether the processor is AMD's."""
    try:
        return "AuthenticAMD" in CPU_INFO.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "AuthenticAMD" in platform.processor()


def fast_linear(x_RI: Tensor, weight_OI: Tensor, bias_O: Tensor | None = None) -> Tensor:
    """Return x W' + b, shape (..., R, O), equal to `torch.nn.functional.linear` up to rounding.

    torch computes linear layers on a CPU with MKL, convolutions with oneDNN, and MKL does not use
    the wide vectors of AMD's processors: in float32 the same product as a 1x1 convolution over
    channels-last images took half the time on an EPYC. Gradients pass. On other processors (on a
    Xeon the convolution took a tenth to a third longer, its gradient most), devices and types, and
    for few rows, this is the plain linear layer.

    >>> fast_linear(torch.eye(2), torch.tensor([[1.0, 2.0]]), torch.tensor([0.5]))
    tensor([[1.5000],
            [2.5000]])
    """
    rows = x_RI.shape[:-1].numel()
    convolves = (
        x_RI.device.type == "cpu"
        and mkl_is_slow()
        and x_RI.dtype == weight_OI.dtype == torch.float32
        and rows >= WORTH_CONVOLVING
        and torch.backends.mkldnn.is_available()
        and not torch.is_autocast_enabled("cpu")
    )
    if not convolves:
        return functional.linear(x_RI, weight_OI, bias_O)
    flat_RI = x_RI.reshape(rows, x_RI.shape[-1])
    if rows % NUM_IMAGES:
        flat_RI = functional.pad(flat_RI, (0, 0, 0, -rows % NUM_IMAGES))
    image_NRI = flat_RI.unflatten(0, (NUM_IMAGES, -1))
    image_NI1R = image_NRI.unsqueeze(1).permute(0, 3, 1, 2)  # channels-last in memory
    out_NO1R = functional.conv2d(image_NI1R, weight_OI[:, :, None, None], bias_O)
    out_RO = out_NO1R.permute(0, 2, 3, 1).reshape(len(flat_RI), len(weight_OI))[:rows]
    return out_RO.view(*x_RI.shape[:-1], -1)
