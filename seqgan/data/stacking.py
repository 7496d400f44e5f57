"""Three grey pictures as the color channels of one: many modes that can be counted.

Legend: N pictures, H height, W width.
"""

import numpy as np
import torch

from seqgan.data.pictures import PictureParts, Pictures

TRAIN, TEST = 60_000, 26_000  # 26,000 samples are judged, so as many real ones are held out
NAMES = tuple(f"{number:03d}" for number in range(1000))


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
