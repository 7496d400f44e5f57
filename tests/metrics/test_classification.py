"""Balanced accuracy against scikit-learn; preferences counted by hand."""

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score

from seqgan.metrics.classification import balanced_accuracy, preference


def test_balanced_accuracy_equals_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    truth, guessed = rng.random(200) < 0.2, rng.random(200) < 0.4
    expected = balanced_accuracy_score(truth, guessed)
    assert balanced_accuracy(guessed, truth) == pytest.approx(expected)


def test_saying_always_yes_is_worth_a_half() -> None:
    truth = np.array([True, True, True, False])
    assert balanced_accuracy(np.ones(4, dtype=bool), truth) == 0.5


def test_ties_count_half() -> None:
    assert preference(np.zeros(10), np.zeros(10)) == 0.5
    assert preference(np.array([3.0, 1.0]), np.array([2.0, 2.0])) == 0.5


def test_refusals() -> None:
    with pytest.raises(ValueError, match="both classes"):
        balanced_accuracy(np.array([True]), np.array([True]))
    with pytest.raises(ValueError, match="one guess"):
        balanced_accuracy(np.array([True]), np.array([True, False]))
    with pytest.raises(ValueError, match="pairs of scores"):
        preference(np.zeros(2), np.zeros(3))
