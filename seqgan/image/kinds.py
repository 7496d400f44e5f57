"""The kinds of pictures of a corpus: how to tell them, how often they come, how varied they are.

Legend: N pictures, F features, K kinds (labels, or groups of alike pictures), D pixels.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import hypergeom  # type: ignore[import-untyped]
from sklearn.cluster import KMeans
from torch import Tensor
from torch.nn import functional

from seqgan.image.extractor import Extractor
from seqgan.metrics.manifold import nearest
from seqgan.metrics.picture_scores import extract

GROUPS = 10  # where there are no labels
GROUPED = 5000  # pictures that they are made from
SIDE = 32  # pixels that are compared
FEWEST = 0.1  # of the real share: below it a kind is missing
THIN = 0.5  # of the real share
SURE = 0.01  # chance that a sound generator is blamed for any kind

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Look:
    """Features (N, F) and logits (N, K) of pictures, float64, and their pixels (N, D) in [0, 1]."""

    features: Tensor
    logits: Tensor
    pixels: NDArray[np.float32]

    @classmethod
    def at(cls, images: Tensor, extractor: Extractor) -> "Look":
        """Return what the extractor sees in uint8 pictures."""
        return cls(*extract(extractor, images), pixels_of(images))

    def __len__(self) -> int:
        return len(self.features)

    def first(self, count: int) -> "Look":
        """Return the look at the first `count` of the pictures."""
        return Look(self.features[:count], self.logits[:count], self.pixels[:count])


@dataclass(frozen=True)
class Kinds:
    """Names of the kinds, how many training pictures are of each, and their variances within.

    They are what the extractor calls them; without labels, groups of training pictures that are
    alike in their pixels (arXiv:1805.12462), `centers_KD` their means.
    """

    names: tuple[str, ...]
    centers_KD: NDArray[np.float32] | None
    count_K: Counts
    variance_K: Floats

    @property
    def share_K(self) -> Floats:
        """The share of each kind among training pictures."""
        return np.asarray(self.count_K / self.count_K.sum())

    def of(self, look: Look) -> Counts:
        """Return the number of each picture's kind, shape (N,)."""
        return _told(look, self.centers_KD)

    def spreads(self, look: Look, kind_N: Counts) -> tuple[float, Floats]:
        """Return how far pictures spread within kinds, 1 as far as real ones: overall, per kind.

        The root of the variance of the features over the real one; nan for a kind with fewer than
        two pictures. Overall, kinds weigh by the pictures in them; 0 if no kind has two.
        """
        variance_K = _variances(look, kind_N, len(self.names))
        ratio_K = variance_K / np.maximum(self.variance_K, 1e-12)
        count_K = np.bincount(kind_N, minlength=len(self.names))
        known_K = ~np.isnan(ratio_K)  # both sides have two pictures or more
        count = count_K[known_K].sum()
        overall = (count_K[known_K] * ratio_K[known_K]).sum() / count if count else 0.0
        return float(np.sqrt(overall)), np.sqrt(ratio_K)

    def counts(self, look: Look) -> Counts:
        """Return how many pictures are of each kind, shape (K,)."""
        return np.bincount(self.of(look), minlength=len(self.names))


def find_kinds(look: Look, extractor: Extractor, *, seed: int = 0) -> Kinds:
    """Return the kinds of the training pictures that were looked at."""
    names: tuple[str, ...] = extractor.outputs
    centers_KD = None
    if not extractor.labels:
        groups = max(1, min(GROUPS, len(look) // 5))
        found = KMeans(groups, n_init=4, random_state=seed).fit(look.pixels[:GROUPED])
        names = tuple(f"group {i + 1}" for i in range(groups))
        centers_KD = np.asarray(found.cluster_centers_, dtype=np.float32)
    kind_N = _told(look, centers_KD)
    count_K = np.bincount(kind_N, minlength=len(names))
    return Kinds(names, centers_KD, count_K, _variances(look, kind_N, len(names)))


def fewer(count_K: Counts, real_K: Counts, *, part: float) -> list[int]:
    """Return the kinds with less than `part` of their real share, surely not by chance.

    By the exact test of two counts (Fisher): the chance of so few of a kind, given how many of it
    are in both sets together, is under 1 % divided by the number of kinds (Bonferroni).

    >>> fewer(np.array([1, 99]), np.array([50, 50]), part=0.1)
    [0]
    """
    total, real_total = count_K.sum(), real_K.sum()
    chance_K = hypergeom.cdf(count_K, total + real_total, count_K + real_K, total)
    few_K = (count_K * real_total < part * real_K * total) & (chance_K < SURE / len(count_K))
    return [int(k) for k in np.flatnonzero(few_K)]


def shares_kl(share_K: Floats, real_K: Floats, *, count: int) -> float:
    """Return the KL divergence of shares from the real ones, in nats.

    A kind that none of the `count` real pictures is of counts as half a picture.

    >>> shares_kl(np.array([1.0, 0.0]), np.array([0.5, 0.5]), count=10)  # log 2
    0.6931471805599453
    """
    real_K = np.maximum(real_K, 0.5 / count)
    seen_K = share_K > 0
    return float(np.sum(share_K[seen_K] * np.log(share_K[seen_K] / real_K[seen_K])))


def pixels_of(images: Tensor) -> NDArray[np.float32]:
    """Return uint8 pictures as rows of pixels in [0, 1], shape (N, D), shrunk to 32 a side.

    At that size copies are found as well, and the search stays cheap.
    """
    height, width = images.shape[2:]
    pixels = images.cpu().float() / 255
    if max(height, width) > SIDE:
        pixels = functional.adaptive_avg_pool2d(pixels, (min(height, SIDE), min(width, SIDE)))
    return np.asarray(pixels.flatten(1).numpy(), dtype=np.float32)


def stacked_kinds(extractor: Extractor, images: Tensor) -> Counts:
    """Return the kind of each channel of stacked pictures as one number, shape (N,).

    The extractor sees one channel; with ten kinds, the channels 1, 0 and 2 make 102.
    """
    number_N = np.zeros(len(images), dtype=np.int64)
    for channel in range(images.shape[1]):
        _, logits_NK = extract(extractor, images[:, channel : channel + 1])
        number_N = number_N * logits_NK.shape[1] + logits_NK.argmax(1).numpy()
    return number_N


def _told(look: Look, centers_KD: NDArray[np.float32] | None) -> Counts:
    if centers_KD is None:
        return np.asarray(look.logits.argmax(1).numpy(), dtype=np.int64)
    return nearest(look.pixels, centers_KD)[1][:, 0]


def _variances(look: Look, kind_N: Counts, num_kinds: int) -> Floats:
    """Return the summed variance of the features within each kind, nan below two pictures."""
    features_NF, variance_K = look.features.numpy(), np.full(num_kinds, np.nan)
    for k in range(num_kinds):
        if (kind_N == k).sum() > 1:
            variance_K[k] = features_NF[kind_N == k].var(0, ddof=1).sum()
    return variance_K
