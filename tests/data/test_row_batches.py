"""Batches: every row once an epoch, a pure function of seed and number, little padding."""

import numpy as np
import pytest

from seqgan.data.batches import Batches

LENGTHS = [int(n) for n in np.random.default_rng(0).integers(1, 40, size=1003)]


@pytest.mark.parametrize("rows", [1, 3, 8, 9, 1003])
def test_every_row_comes_once_an_epoch(rows: int) -> None:
    batches = Batches(LENGTHS[:rows], batch_size=8, seed=1, window=3)
    for epoch in range(2):
        first = epoch * batches.epoch_batches
        drawn = [row for i in range(batches.epoch_batches) for row in batches[first + i]]
        assert sorted(drawn) == list(range(rows))
        sizes = [len(batches[first + i]) for i in range(batches.epoch_batches)]
        assert sorted(sizes, reverse=True)[:-1] == [8] * (len(sizes) - 1)


def test_batch_depends_on_seed_and_number_alone() -> None:
    straight = Batches(LENGTHS, batch_size=16, seed=3)
    numbers = [0, 5, 62, 63, 64, 200]
    expected = [straight[i] for i in numbers]
    resumed = Batches(LENGTHS, batch_size=16, seed=3)
    assert [resumed[i] for i in reversed(numbers)] == expected[::-1]
    assert Batches(LENGTHS, batch_size=16, seed=4)[0] != expected[0]


def test_epochs_differ() -> None:
    batches = Batches(LENGTHS, batch_size=16, seed=3)
    first = [batches[i] for i in range(batches.epoch_batches)]
    second = [batches[i + batches.epoch_batches] for i in range(batches.epoch_batches)]
    assert first != second
    assert {frozenset(rows) for rows in first} != {frozenset(rows) for rows in second}


def test_similar_lengths_share_a_batch() -> None:
    def padded(window: int) -> int:
        batches = Batches(LENGTHS, batch_size=16, seed=0, window=window)
        chosen = (batches[i] for i in range(batches.epoch_batches))
        return sum(max(LENGTHS[row] for row in rows) * len(rows) for rows in chosen)

    assert padded(50) < 1.05 * sum(LENGTHS) < 1.5 * sum(LENGTHS) < padded(1)


def test_lengths_are_not_learned_in_order() -> None:
    """Inside an epoch the batches' lengths go up and down, not from short to long."""
    batches = Batches(LENGTHS, batch_size=16, seed=0)
    means = [np.mean([LENGTHS[row] for row in batches[i]]) for i in range(batches.epoch_batches)]
    rising = np.mean(np.diff(means) > 0)
    assert 0.3 < rising < 0.7


@pytest.mark.parametrize("options", [{"batch_size": 0}, {"batch_size": 4, "window": 0}])
def test_sizes_below_one_are_refused(options: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="1 or more"):
        Batches([1, 2], seed=0, **options)


def test_no_rows_and_negative_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="no rows"):
        Batches([], batch_size=2, seed=0)
    with pytest.raises(IndexError, match="-1"):
        Batches([1], batch_size=2, seed=0)[-1]
