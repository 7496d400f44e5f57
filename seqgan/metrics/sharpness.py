"""How sharp pictures are: the strength of their edges.

Legend: N pictures, C channels, H height, W width.
"""

import torch
from torch import Tensor


def sharpness(images_NCHW: Tensor) -> float:
    """Return the root mean square difference of neighboring values of uint8 pictures, in [0, 1].

    Blurred pictures are below real ones, noisy ones above: only the figure of real pictures says
    what is right. Raises ValueError for pictures without neighbors.

    >>> sharpness(torch.tensor([[[[0, 255, 0]]]], dtype=torch.uint8))
    1.0
    """
    x = images_NCHW.double() / 255
    differences = torch.cat([x.diff(dim=3).flatten(), x.diff(dim=2).flatten()])
    if not len(differences):
        raise ValueError(f"pictures of shape {tuple(images_NCHW.shape)} have no edges to measure")
    return float(differences.square().mean().sqrt())
