"""Neighbors, precision, recall, density and coverage against loops, and closed cases."""

import numpy as np
import pytest

from seqgan.metrics import manifold
from seqgan.metrics.manifold import Floats, nearest, precision_recall_density_coverage


def distance(x: Floats, y: Floats) -> float:
    return float(np.sqrt(((x - y) ** 2).sum()))


def slow_scores(real: Floats, fake: Floats, neighbors: int) -> dict[str, float]:
    """The definitions of arXiv:1904.06991 and arXiv:2002.09797, one pair at a time."""

    def radius(samples: Floats, i: int) -> float:
        others = sorted(distance(samples[i], samples[j]) for j in range(len(samples)) if j != i)
        return others[neighbors - 1]

    real_radii = [radius(real, i) for i in range(len(real))]
    fake_radii = [radius(fake, j) for j in range(len(fake))]
    in_real = [[distance(x, y) < r for x, r in zip(real, real_radii, strict=True)] for y in fake]
    in_fake = [[distance(x, y) < r for y, r in zip(fake, fake_radii, strict=True)] for x in real]
    return {
        "precision": float(np.mean([any(row) for row in in_real])),
        "recall": float(np.mean([any(row) for row in in_fake])),
        "density": float(np.sum(in_real)) / (neighbors * len(fake)),
        "coverage": float(np.mean(np.array(in_real).any(0))),
    }


@pytest.mark.parametrize("neighbors", [1, 3])
@pytest.mark.parametrize("cells", [1, 10_000_000])
def test_equal_to_loops(neighbors: int, cells: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifold, "CELLS", cells)  # one query at a time, or all at once
    rng = np.random.default_rng(0)
    real, fake = rng.standard_normal((30, 3)), rng.standard_normal((20, 3)) * 0.7 + 0.5
    got = precision_recall_density_coverage(real, fake, neighbors=neighbors)
    assert got == pytest.approx(slow_scores(real, fake, neighbors))


@pytest.mark.parametrize("count", [1, 4])
def test_nearest_equals_sorting_all_distances(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifold, "CELLS", 30)
    rng = np.random.default_rng(1)
    query, pool = rng.standard_normal((13, 3)), rng.standard_normal((11, 3)) + 50
    table = np.array([[distance(x, y) for y in pool] for x in query])
    distance_NK, found_NK = nearest(query, pool, count=count)
    np.testing.assert_array_equal(found_NK, np.argsort(table, axis=1)[:, :count])
    np.testing.assert_allclose(distance_NK, np.sort(table, axis=1)[:, :count])


def test_itself_is_left_out_but_its_double_is_not() -> None:
    points = np.array([[0.0], [0.0], [3.0]])
    distance_NK, found_NK = nearest(points, points, itself=True)
    assert distance_NK[:, 0].tolist() == [0, 0, 3]
    assert found_NK[:2, 0].tolist() == [1, 0]


def test_distances_of_equal_samples_are_exactly_zero() -> None:
    """Single precision and far from the origin, where expanded squares round badly."""
    points = (np.random.default_rng(2).random((50, 64)) + 1000).astype(np.float32)
    assert not nearest(points, points.copy())[0].any()


def test_two_clusters_tell_quality_from_diversity() -> None:
    rng = np.random.default_rng(3)
    left, right = rng.standard_normal((100, 2)), rng.standard_normal((100, 2)) + 100
    both, other = np.concatenate([left, right]), rng.standard_normal((100, 2))
    narrow = precision_recall_density_coverage(both, other)  # only one of two real clusters
    assert narrow["precision"] > 0.9
    assert 0.35 < narrow["recall"] <= 0.5
    assert 0.35 < narrow["coverage"] <= 0.5
    wide = precision_recall_density_coverage(other, both)  # half of the fakes are nowhere
    assert 0.35 < wide["precision"] <= 0.5
    assert wide["recall"] > 0.9
    assert 0.4 < wide["density"] < 0.6


def test_collapse_costs_recall_and_coverage() -> None:
    real = np.random.default_rng(4).standard_normal((200, 2))
    scores = precision_recall_density_coverage(real, np.repeat(real[:1] + 1e-9, 200, 0))
    assert scores["recall"] == 0
    assert scores["coverage"] < 0.1
    assert scores["precision"] == 1


def test_too_few_samples_are_refused() -> None:
    points = np.zeros((5, 2))
    with pytest.raises(ValueError, match="5 neighbors are asked for, 4 others"):
        precision_recall_density_coverage(points, np.zeros((9, 2)))
    with pytest.raises(ValueError, match="0 neighbors"):
        nearest(points, points, count=0)
