"""Made pictures in folders: squares and stripes of several sizes, no two alike."""

from pathlib import Path

import numpy as np
from PIL import Image


def made_array(number: int, height: int = 8, width: int = 8, channels: int = 3) -> np.ndarray:  # type: ignore[type-arg]
    """Return one picture of noise, uint8 (H, W, C), without C where it is 1."""
    shape = (height, width) if channels == 1 else (height, width, channels)
    return np.random.default_rng(number).integers(0, 256, shape, dtype=np.uint8)


def write_pictures(folder: Path, number: int = 20, *, height: int = 8, width: int = 8) -> Path:
    """Write that many PNG files of color pictures and return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for place in range(number):
        Image.fromarray(made_array(place, height, width)).save(folder / f"{place:03d}.png")
    return folder
