"""Stacked digits: three of MNIST's digits as red, green and blue, 1,000 modes to find.

Made from `mnist` when it is loaded, always the same: training stacks from its training digits,
held-out ones from the others. The label is the number that the three digits spell, red first.
"""

from pathlib import Path

import numpy as np
import torch

from seqgan.data.picture_corpus import PictureCorpus, load_pictures
from seqgan.data.pictures import PictureParts, Pictures

TRAIN, TEST = 60_000, 26_000  # 26,000 samples are judged, so as many real ones are held out
NAMES = tuple(f"{number:03d}" for number in range(1000))


def build(offline: bool) -> PictureParts:
    """Return stacks of the digits of `mnist`, which is fetched if need be."""
    return stack_parts(load_pictures("mnist", offline=offline))


def read(path: Path) -> PictureParts:
    """Return stacks of the digits of a local copy of `mnist`."""
    return stack_parts(load_pictures("mnist", path=path))


def stack_parts(digits: PictureParts) -> PictureParts:
    """Return the two parts, each stacked from its own digits."""
    return PictureParts(
        stack(digits.train, TRAIN, seed=0), stack(digits.test, TEST, seed=1), digits.remarks
    )


def stack(digits: Pictures, number: int, *, seed: int) -> Pictures:
    """Return `number` stacks of three digits drawn at random, each digit as likely as another."""
    # The raw numbers of a generator stay the same in all versions of numpy; its methods do not.
    raw = np.random.PCG64(seed).random_raw((number, 3)) % len(digits)
    drawn_N3 = torch.from_numpy(raw.astype(np.int64))
    images_N3HW = digits.images[:, 0][drawn_N3]
    labels_N = (digits.labels[drawn_N3] * torch.tensor([100, 10, 1])).sum(1)
    return Pictures(images_N3HW, labels_N, NAMES)


CORPUS = PictureCorpus(
    name="stacked",
    summary=(
        "three of mnist's digits as red, green and blue: 1,000 modes, 60,000 and 26,000 held out"
    ),
    source="mnist, of which it is made, or a local copy of that with --corpus-path",
    licence="as mnist",
    picture_licence="as mnist",
    version=1,
    build=build,
    read=read,
    suffixes=("",),
    kept=False,
)
