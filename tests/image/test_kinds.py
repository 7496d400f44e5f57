"""Kinds of pictures: told, counted, compared."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from made_sets import digit_extractor, digit_parts
from scipy.stats import fisher_exact  # type: ignore[import-untyped]

from seqgan.image.kinds import (
    Kinds,
    Look,
    fewer,
    find_kinds,
    pixels_of,
    shares_kl,
    stacked_kinds,
)


def test_kinds_are_what_the_extractor_calls_them() -> None:
    train = digit_parts().train
    look = Look.at(train.images, digit_extractor())
    kinds = find_kinds(look, digit_extractor())
    assert kinds.names == digit_extractor().outputs
    told = np.bincount(train.labels, minlength=10)
    np.testing.assert_allclose(kinds.count_K, told, atol=12)  # the few it takes for another
    assert kinds.counts(look).tolist() == kinds.count_K.tolist()
    assert kinds.share_K.sum() == pytest.approx(1)


def test_without_labels_alike_pictures_are_a_kind() -> None:
    extractor = digit_extractor(labels=False)
    look = Look.at(digit_parts().train.images, extractor)
    kinds, again = find_kinds(look, extractor), find_kinds(look, extractor)
    assert kinds.names == tuple(f"group {i + 1}" for i in range(10))
    assert kinds.count_K.sum() == len(look)
    assert kinds.counts(look).tolist() == again.counts(look).tolist()
    truth = digit_parts().train.labels.numpy()
    kind_N = kinds.of(look)
    pure = sum(np.bincount(truth[kind_N == k]).max() for k in range(10)) / len(look)
    assert pure > 0.3  # by chance about .15


def test_spread_is_one_for_the_pictures_themselves_and_scales() -> None:
    look = Look.at(digit_parts().train.images, digit_extractor())
    kinds = find_kinds(look, digit_extractor())
    kind_N = kinds.of(look)
    overall, spread_K = kinds.spreads(look, kind_N)
    assert overall == pytest.approx(1)
    np.testing.assert_allclose(spread_K, 1)
    middle_KF = torch.stack([look.features[kind_N == k].mean(0) for k in range(10)])
    half = replace(look, features=middle_KF[kind_N] + (look.features - middle_KF[kind_N]) / 2)
    overall, spread_K = kinds.spreads(half, kind_N)
    assert overall == pytest.approx(0.5)
    np.testing.assert_allclose(spread_K, 0.5)


def test_spread_of_single_pictures_is_unknown() -> None:
    look = Look(torch.zeros(2, 1), torch.eye(2), np.zeros((2, 1), np.float32))
    kinds = Kinds(("a", "b"), None, np.array([3, 3]), np.ones(2))
    overall, spread_K = kinds.spreads(look, kinds.of(look))
    assert overall == 0
    assert np.isnan(spread_K).all()


def test_fewer_is_fishers_exact_test() -> None:
    count_K, real_K = np.array([3, 20, 177]), np.array([30, 25, 145])
    for k in range(3):
        table = [[count_K[k], real_K[k]], [200 - count_K[k], 200 - real_K[k]]]
        sure = fisher_exact(table, alternative="less").pvalue < 0.01 / 3
        below = count_K[k] < 0.5 * real_K[k]
        assert (k in fewer(count_K, real_K, part=0.5)) == (sure and below)
    assert fewer(count_K, real_K, part=0.5) == [0]
    assert fewer(np.array([0, 5]), np.array([1, 4]), part=0.5) == [], "too few to be sure"


def test_sound_samples_are_seldom_blamed() -> None:
    """Two draws from one distribution: in at most 1 % of the cases any kind is called thin."""
    rng = np.random.default_rng(0)
    share_K = rng.dirichlet(np.ones(10))
    blamed = sum(
        bool(fewer(rng.multinomial(300, share_K), rng.multinomial(500, share_K), part=1))
        for _ in range(500)
    )
    assert blamed <= 12  # 5 expected at most; 12 is three standard deviations above


def test_shares_kl_is_nil_for_equal_shares_and_finite_for_new_kinds() -> None:
    share_K = np.array([0.2, 0.8, 0.0])
    assert shares_kl(share_K, share_K, count=10) == 0
    new = shares_kl(np.array([0.0, 0.0, 1.0]), share_K, count=10)
    assert new == pytest.approx(np.log(20))


def test_pixels_are_shrunk_only_where_they_are_many() -> None:
    small = torch.arange(64, dtype=torch.uint8).reshape(1, 1, 8, 8)
    np.testing.assert_allclose(pixels_of(small)[0], np.arange(64) / 255, rtol=1e-6)
    assert pixels_of(torch.zeros(2, 3, 64, 20, dtype=torch.uint8)).shape == (2, 3 * 32 * 20)


def test_stacked_channels_make_one_number() -> None:
    test = digit_parts().test
    kind_N = digit_extractor().logits(test.images[:9]).argmax(1)
    stacked = test.images[:9].reshape(3, 3, 8, 8)
    digits_N3 = kind_N.reshape(3, 3)
    expected = digits_N3[:, 0] * 100 + digits_N3[:, 1] * 10 + digits_N3[:, 2]
    assert stacked_kinds(digit_extractor(), stacked).tolist() == expected.tolist()
