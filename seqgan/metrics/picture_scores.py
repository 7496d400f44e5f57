"""Fréchet, kernel and Inception-style scores of pictures, computed by torchmetrics.

Legend: N, M pictures, F features, K outputs of the classifier.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import torch
from torch import Tensor, nn

BATCH_SIZE = 256
SUBSET_SIZE = 1000  # of the kernel distance, as in its paper
NUM_SUBSETS = 20


class FeatureExtractor(Protocol):
    """What sees pictures for us: uint8 pictures in, features out, and outputs of a classifier."""

    num_features: int

    def __call__(self, images: Tensor) -> Tensor:
        """Return features of uint8 pictures (N, C, H, W), shape (N, F)."""
        ...

    def classify(self, features_NF: Tensor) -> Tensor:
        """Return logits, shape (N, K)."""
        ...


class AsGiven(nn.Module):
    """The features themselves, where torchmetrics wants a module that makes them."""

    def __init__(self, num_features: int) -> None:
        super().__init__()
        self.num_features = num_features

    def forward(self, features_NF: Tensor) -> Tensor:
        """Return what came in."""
        return features_NF


@torch.no_grad()
def extract(extractor: FeatureExtractor, images: Tensor) -> tuple[Tensor, Tensor]:
    """Return features (N, F) and logits (N, K) of uint8 pictures, float64 on the CPU."""
    features = [extractor(batch) for batch in images.split(BATCH_SIZE)]
    logits = [extractor.classify(batch) for batch in features]
    return torch.cat(features).double().cpu(), torch.cat(logits).double().cpu()


def picture_scores(
    extractor: FeatureExtractor, real: Tensor, fake: Tensor, *, seed: int = 0
) -> dict[str, float]:
    """Return `fid`, `kid` and `inception_score` of uint8 pictures (see `feature_scores`)."""
    real_NF, _ = extract(extractor, real)
    fake_MF, fake_MK = extract(extractor, fake)
    return feature_scores(real_NF, fake_MF, fake_MK, seed=seed)


def feature_scores(
    real_NF: Tensor, fake_MF: Tensor, fake_MK: Tensor, *, seed: int = 0
) -> dict[str, float]:
    """Return `fid`, `kid` and `inception_score` of float64 features and the fakes' logits.

    fid: squared Fréchet distance (arXiv:1706.08500), biased upwards by few pictures: compare equal
    counts only. kid: squared distance of means under a cubic kernel (arXiv:1801.01401), unbiased,
    so it may be negative; the mean over 20 subsets of 1,000, or all pictures where they are fewer,
    drawn by `seed`. inception_score: exp of the mean KL of a picture's class probabilities from
    their mean (arXiv:1606.03498) over all fakes at once, 1 to K. Raises ValueError unless both
    sides have two pictures or more.
    """
    # Imported here: it takes more than a second.
    from torchmetrics.image.fid import FrechetInceptionDistance
    from torchmetrics.image.inception import InceptionScore
    from torchmetrics.image.kid import KernelInceptionDistance

    fewest = min(len(real_NF), len(fake_MF))
    if fewest < 2:
        raise ValueError(f"scores need two pictures or more on each side, got {fewest}")
    subset = min(SUBSET_SIZE, fewest)
    whole = len(real_NF) == len(fake_MF) == subset  # then all subsets are the same
    with _calmly(seed):
        fid = FrechetInceptionDistance(AsGiven(real_NF.shape[1]))
        kid = KernelInceptionDistance(
            AsGiven(real_NF.shape[1]), subsets=1 if whole else NUM_SUBSETS, subset_size=subset
        )
        for metric in (fid, kid):
            metric.update(real_NF, real=True)
            metric.update(fake_MF, real=False)
        inception = InceptionScore(AsGiven(fake_MK.shape[1]), splits=1)
        inception.update(fake_MK)
        return {
            "fid": max(float(fid.compute()), 0.0),
            "kid": float(kid.compute()[0]),
            "inception_score": float(inception.compute()[0]),
        }


@contextmanager
def _calmly(seed: int) -> Iterator[None]:
    """Draw from `seed` inside, leave the random state as it was, hide hints about memory."""
    with warnings.catch_warnings(), torch.random.fork_rng(devices=[]):
        warnings.simplefilter("ignore", UserWarning)
        torch.default_generator.manual_seed(seed)
        yield
