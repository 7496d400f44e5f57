"""Digits in two parts, their extractor, and made sets of samples with one known fault each."""

from functools import cache

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import Tensor

from seqgan.data.pictures import PictureParts, Pictures
from seqgan.image.extractor import Extractor, train_extractor

NAMES = tuple(f"digit {i}" for i in range(10))


@cache
def digit_parts(*, labels: bool = True) -> PictureParts:
    """Return scikit-learn's 8x8 digits: 1,097 to train on and 700 held out."""
    raw = load_digits()
    order = torch.randperm(1797, generator=torch.Generator().manual_seed(0))
    images = torch.from_numpy((raw.images * 255 / 16).round().astype(np.uint8)).unsqueeze(1)[order]
    targets = torch.from_numpy(raw.target).long()[order] * labels
    names = NAMES if labels else ()
    return PictureParts(
        Pictures(images[700:], targets[700:], names), Pictures(images[:700], targets[:700], names)
    )


@cache
def digit_extractor(*, labels: bool = True) -> Extractor:
    """Return an extractor of them, trained for a second or two."""
    return train_extractor(digit_parts(labels=labels).train, updates=200)


def healthy() -> Tensor:
    """Return 400 held-out pictures."""
    return digit_parts().test.images[:400]


def of_classes(classes: range, *, count: int = 400) -> Tensor:
    """Return held-out pictures of some classes, `count` or all there are."""
    test = digit_parts().test
    return test.images[torch.isin(test.labels, torch.tensor(classes))][:count]


def repeated(num: int, *, noise: float = 0.0) -> Tensor:
    """Return 400 samples: `num` held-out pictures over and over, slightly changed."""
    return noisy(healthy()[:num].repeat(-(-400 // num), 1, 1, 1)[:400], noise)


def copies(*, noise: float = 0.0) -> Tensor:
    """Return 400 training pictures, slightly changed."""
    return noisy(digit_parts().train.images[:400], noise)


def noisy(images: Tensor, scale: float) -> Tensor:
    """Return pictures with noise of that many gray levels."""
    noise = torch.randn(images.shape, generator=torch.Generator().manual_seed(0))
    return (images + scale * noise).round().clamp(0, 255).to(torch.uint8)
