"""Digits: 1,797 handwritten digits of 8 by 8 pixels that come with scikit-learn.

They are the test part of the UCI set "Optical Recognition of Handwritten Digits", 16 shades and
white. About a sixth is held out.
"""

from pathlib import Path

import numpy as np
import torch

from seqgan.data.picture_corpus import PictureCorpus
from seqgan.data.picture_parts import channels_first, hold_out
from seqgan.data.pictures import PictureParts, Pictures
from seqgan.errors import UserError

HELD_OUT = 300 / 1797
STRONGEST = 16  # values are 0 to 16


def build(offline: bool) -> PictureParts:
    """Return the two parts; nothing is fetched, online or not."""
    from sklearn.datasets import load_digits  # takes a second to import

    images, labels = load_digits(return_X_y=True)
    shades = np.rint(images.reshape(-1, 8, 8) * (255 / STRONGEST)).astype(np.uint8)
    names = tuple(str(digit) for digit in range(10))
    pictures = Pictures(channels_first(shades), torch.from_numpy(labels.astype(np.int64)), names)
    return hold_out(pictures, where="digits", share=HELD_OUT)


def read(path: Path) -> PictureParts:
    """Refuse a local copy: the pictures come with scikit-learn."""
    raise UserError(f"digits come with scikit-learn, not from {path}: leave --corpus-path out")


CORPUS = PictureCorpus(
    name="digits",
    summary="handwritten digits of 8 x 8 pixels, 1,497 and 300 held out: the quickest corpus",
    source="scikit-learn, with which it comes: nothing is fetched",
    licence="BSD 3-Clause (scikit-learn)",
    picture_licence="CC BY 4.0 (UCI repository)",
    version=1,
    build=build,
    read=read,
    kept=False,
)
