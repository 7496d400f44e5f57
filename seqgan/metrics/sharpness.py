"""How sharp pictures are: blurred ones have weak edges.

Legend: N pictures, C channels, H height, W width.
"""

from torch import Tensor


def sharpness(images_NCHW: Tensor) -> float:
    """Return the root mean square step between neighbors in uint8 pictures; black to white is 1.

    Noise counts as edges do, so compare only pictures that are of the corpus otherwise.

    >>> import torch
    >>> round(sharpness(torch.tensor([[[[0, 255], [0, 255]]]], dtype=torch.uint8)), 6)
    0.707107
    """
    values = images_NCHW.double() / 255
    across, down = values.diff(dim=3), values.diff(dim=2)
    total = across.square().sum() + down.square().sum()
    return float((total / (across.numel() + down.numel())).sqrt())
