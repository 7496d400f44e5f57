"""The divergence curve: closed forms at both ends, order between, a plain version."""

import math
from itertools import pairwise

import numpy as np
import pytest

from seqgan.metrics.divergence_curve import divergence_curve, group, mauve, mauve_of


def test_equal_histograms_have_all_of_the_square() -> None:
    assert mauve_of(np.array([1, 2, 3]), np.array([2, 4, 6])) == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("scale", [1.0, 5.0])
def test_disjoint_histograms_have_a_beta_function(scale: float) -> None:
    """The curve is (w^c, (1 - w)^c): its area is c B(c, c + 1) = c G(c) G(c + 1) / G(2 c + 1)."""
    points = divergence_curve(np.array([1, 0]), np.array([0, 1]), scale=scale, num_points=4001)
    area = float(np.diff(points[:, 0]) @ (points[1:, 1] + points[:-1, 1]) / 2)
    gamma = math.gamma
    want = scale * gamma(scale) * gamma(scale + 1) / gamma(2 * scale + 1)
    assert area == pytest.approx(want, rel=1e-3)


def test_points_of_a_curve_by_hand() -> None:
    """Halfway between (1/2, 1/2) and (1, 0) lies (3/4, 1/4)."""
    points = divergence_curve(np.array([1, 1]), np.array([1, 0]), scale=1.0, num_points=3)
    up = math.exp(-0.5 * math.log(2 / 3) - 0.5 * math.log(2))
    across = math.exp(-math.log(4 / 3))
    np.testing.assert_allclose(points[2], [across, up], rtol=1e-12)
    np.testing.assert_array_equal(points[[0, -1]], [[0, 1], [1, 0]])
    assert (np.diff(points[:, 0]) >= 0).all()


def test_the_area_is_symmetric_and_falls_with_distance() -> None:
    real, near, far = np.array([4, 4, 4, 4]), np.array([5, 4, 4, 3]), np.array([14, 1, 1, 0])
    assert mauve_of(real, near) == pytest.approx(mauve_of(near, real), rel=1e-9)
    assert 1 > mauve_of(real, near) > mauve_of(real, far) > 0


def test_sets_apart_share_no_group() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(60, 3)), rng.normal(20, 1, size=(60, 3))
    labels = group(first, second, num_groups=6)
    assert not set(labels[0].tolist()) & set(labels[1].tolist())
    assert mauve(first, second, num_resamplings=5).area.value < 0.01


def test_more_alike_sets_have_more_area() -> None:
    rng = np.random.default_rng(0)
    real, same, moved = rng.normal(size=(3, 300, 4))
    alike = mauve(same, real, num_resamplings=20).area
    apart = mauve(moved + np.array([2.0, 0, 0, 0]), real, num_resamplings=20).area
    assert apart.high < alike.low
    assert alike.low <= alike.value <= alike.high


def test_equal_rows_do_not_ask_for_more_groups_than_there_are() -> None:
    ones = np.ones((30, 2))
    assert mauve(ones, ones, num_resamplings=3).area.value == pytest.approx(1)


def plain_mauve(first: list[str], second: list[str]) -> float:
    """The paper's figure of items whose groups are known: loops, equation by equation."""
    names = sorted({*first, *second})
    p, q = ([items.count(name) / len(items) for name in names] for items in (first, second))

    def divergence(share: list[float], mixture: list[float]) -> float:
        return sum(a * math.log(a / b) for a, b in zip(share, mixture, strict=True) if a > 0)

    points = [(0.0, 1.0), (1.0, 0.0)]
    for step in range(25):
        weight = 1e-6 + (1 - 2e-6) * step / 24
        mixture = [weight * a + (1 - weight) * b for a, b in zip(p, q, strict=True)]
        points.append(
            (math.exp(-5 * divergence(q, mixture)), math.exp(-5 * divergence(p, mixture)))
        )
    points.sort(key=lambda point: (point[0], -point[1]))
    return sum(
        (after[0] - before[0]) * (after[1] + before[1]) / 2 for before, after in pairwise(points)
    )


def test_the_whole_equals_a_plain_version_where_groups_are_known() -> None:
    """Rows at a few places: whatever k-means starts from, its groups are the places."""
    rng = np.random.default_rng(3)
    places = dict(zip("abcdefg", 9 * rng.normal(size=(7, 4)), strict=True))
    first = rng.choice(list("abcdef"), 90, p=[0.4, 0.3, 0.1, 0.1, 0.05, 0.05]).tolist()
    second = rng.choice(list("bcdefg"), 110).tolist()
    rows = [np.array([places[name] for name in names]) for names in (first, second)]
    want = plain_mauve(first, second)
    assert 0.05 < want < 0.8
    got = mauve(*rows, num_groups=7, num_fits=3, num_resamplings=5)
    assert got.area.value == pytest.approx(want, rel=1e-9)
    heights = (got.curve_P2[1:, 1] + got.curve_P2[:-1, 1]) / 2
    assert np.diff(got.curve_P2[:, 0]) @ heights == pytest.approx(want, rel=1e-9)


def test_wrong_histograms_are_named() -> None:
    with pytest.raises(ValueError, match="one length"):
        divergence_curve(np.ones(2), np.ones(3))
    with pytest.raises(ValueError, match="empty"):
        divergence_curve(np.zeros(2), np.ones(2))


def test_the_curve_tells_missing_kinds_from_foreign_ones() -> None:
    """Samples within real text keep the right edge high; samples around it run along the top."""
    places = 9 * np.random.default_rng(0).normal(size=(4, 3))
    real, narrow, wide = (
        np.repeat(places, counts, 0) for counts in ([9, 9, 0, 0], [18, 0, 0, 0], [5, 5, 5, 5])
    )
    within = mauve(narrow, real, num_groups=4, num_resamplings=3).curve_P2
    around = mauve(wide, real, num_groups=4, num_resamplings=3).curve_P2
    assert (
        within[-2, 1] > 0.02 > 1e-6 > within[1, 0]
    )  # real text that no sample is like: KL infinite
    assert around[1, 0] > 0.02 > 1e-6 > around[-2, 1]
