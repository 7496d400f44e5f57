"""Torchmetrics' scores of our features against plain numpy; the extractor plugged in or not."""

import sys
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from seqgan.metrics.frechet import Floats, frechet_distance
from seqgan.metrics.picture_scores import extract, feature_scores, picture_scores


class Halves(nn.Module):
    """Six features of 4x4 pictures and three outputs, all linear."""

    num_features = 6

    def __init__(self) -> None:
        super().__init__()
        rng = torch.Generator().manual_seed(0)
        self.weight = nn.Parameter(torch.randn(16, 6, generator=rng))
        self.head = nn.Parameter(torch.randn(6, 3, generator=rng))

    def forward(self, images: Tensor) -> Tensor:
        return images.flatten(1).to(self.weight) / 255 @ self.weight

    def classify(self, features_NF: Tensor) -> Tensor:
        return features_NF @ self.head


def pictures(count: int, seed: int, *, low: int = 0, high: int = 256) -> Tensor:
    rng = torch.Generator().manual_seed(seed)
    return torch.randint(low, high, (count, 1, 4, 4), generator=rng).to(torch.uint8)


def gaussians(count: int, dim: int, seed: int) -> Tensor:
    rng = torch.Generator().manual_seed(seed)
    return torch.randn(count, dim, generator=rng, dtype=torch.float64)


def kernel_distance(first: Floats, second: Floats) -> float:
    """The unbiased squared distance of means under (x y / D + 1)^3, entry by entry."""
    num = len(first)

    def kernel(x: Floats, y: Floats) -> float:
        return float((x @ y / len(x) + 1) ** 3)

    within = sum(
        kernel(part[i], part[j])
        for part in (first, second)
        for i in range(num)
        for j in range(num)
        if i != j
    )
    between = sum(kernel(x, y) for x in first for y in second)
    return within / (num * (num - 1)) - 2 * between / num**2


def inception(logits: Floats) -> float:
    exp = np.exp(logits - logits.max(1, keepdims=True))
    given = exp / exp.sum(1, keepdims=True)
    return float(np.exp((given * np.log(given / given.mean(0))).sum(1).mean()))


def test_all_three_equal_plain_numpy() -> None:
    real, fake = gaussians(40, 5, 0), gaussians(40, 5, 1) * 1.5 + 0.3
    logits = gaussians(40, 4, 2) * 3
    scores = feature_scores(real, fake, logits)
    assert scores["fid"] == pytest.approx(frechet_distance(real.numpy(), fake.numpy()))
    assert scores["kid"] == pytest.approx(kernel_distance(real.numpy(), fake.numpy()))
    assert scores["inception_score"] == pytest.approx(inception(logits.numpy()))


def test_fewer_pictures_than_features_is_exact_too() -> None:
    """Torchmetrics takes eigenvalues of a singular matrix; the error stays small."""
    real, fake = gaussians(20, 64, 0), gaussians(20, 64, 1) + 0.2
    expected = frechet_distance(real.numpy(), fake.numpy())
    assert feature_scores(real, fake, fake)["fid"] == pytest.approx(expected, rel=1e-3)
    collapsed = fake[:1].expand(20, -1)
    expected = frechet_distance(real.numpy(), collapsed.numpy())
    assert feature_scores(real, collapsed, fake)["fid"] == pytest.approx(expected, rel=1e-3)


def test_features_given_or_extractor_plugged_in_is_the_same() -> None:
    """What we hand to torchmetrics as features is what it makes with our module as `feature`."""
    from torchmetrics.image.fid import FrechetInceptionDistance
    from torchmetrics.image.kid import KernelInceptionDistance

    extractor = Halves()
    real, fake = pictures(60, 0), pictures(60, 1, high=180)
    scores = picture_scores(extractor, real, fake)
    fid = FrechetInceptionDistance(extractor)
    kid = KernelInceptionDistance(extractor, subsets=1, subset_size=60)
    for metric in (fid, kid):
        metric.update(real, real=True)
        metric.update(fake, real=False)
    assert scores["fid"] == pytest.approx(float(fid.compute()), rel=1e-4)
    assert scores["kid"] == pytest.approx(float(kid.compute()[0]), rel=1e-3)
    assert "torch_fidelity" not in sys.modules


def test_a_set_equals_itself_and_scores_grow_with_the_difference() -> None:
    extractor = Halves()
    real = pictures(80, 0)
    same = picture_scores(extractor, real, real)
    assert same["fid"] == pytest.approx(0, abs=1e-6)
    assert same["kid"] < 0.05
    scores = [picture_scores(extractor, real, pictures(80, 1, high=high)) for high in (256, 200, 9)]
    for name in ("fid", "kid"):
        assert all(a[name] < b[name] for a, b in pairwise(scores))


def test_inception_score_is_the_number_of_classes_that_are_sure_and_even() -> None:
    sure = torch.eye(4, dtype=torch.float64).repeat(5, 1) * 800  # probabilities underflow to 0
    features = gaussians(20, 3, 0)
    assert feature_scores(features, features, sure)["inception_score"] == pytest.approx(4)
    unsure = torch.zeros(20, 4, dtype=torch.float64)
    assert feature_scores(features, features, unsure)["inception_score"] == pytest.approx(1)


def test_the_seed_draws_subsets_and_the_random_state_stays() -> None:
    real, fake = gaussians(1100, 3, 0), gaussians(1100, 3, 1)
    before = torch.get_rng_state()
    first, again = (feature_scores(real, fake, fake, seed=1) for _ in range(2))
    assert torch.equal(torch.get_rng_state(), before)
    assert first == again
    assert feature_scores(real, fake, fake, seed=2)["kid"] != first["kid"]


def test_extract_goes_in_batches_and_scores_need_two() -> None:
    extractor, images = Halves(), pictures(300, 0)
    features_NF, logits_NK = extract(extractor, images)
    assert features_NF.dtype == torch.float64
    torch.testing.assert_close(features_NF, extractor(images).double())
    torch.testing.assert_close(logits_NK, extractor.classify(extractor(images)).double())
    with pytest.raises(ValueError, match="two pictures"):
        feature_scores(features_NF[:1], features_NF, logits_NK)
