"""How well a two-way classifier does when its classes differ in size."""

import numpy as np
from numpy.typing import NDArray


def balanced_accuracy(guessed_N: NDArray[np.bool_], truth_N: NDArray[np.bool_]) -> float:
    """Return the mean of the accuracies on the true and on the false class.

    Raises ValueError if the shapes differ or a class is empty.

    >>> truth = np.array([True, False, False, False])
    >>> balanced_accuracy(np.array([True, True, False, False]), truth)  # 1 and 2/3
    0.8333333333333333
    """
    if guessed_N.shape != truth_N.shape:
        raise ValueError(f"one guess for each case, got {guessed_N.shape} and {truth_N.shape}")
    if truth_N.all() or not truth_N.any():
        raise ValueError("balanced accuracy needs cases of both classes")
    return float((guessed_N[truth_N].mean() + (~guessed_N[~truth_N]).mean()) / 2)


def preference(chosen_N: NDArray[np.floating], other_N: NDArray[np.floating]) -> float:
    """Return how often the first score is the higher one, a tie counting half.

    Raises ValueError if the shapes differ or are empty.

    >>> preference(np.array([2.0, 1.0, 0.0, 0.0]), np.array([1.0, 1.0, 1.0, 1.0]))
    0.375
    """
    if chosen_N.shape != other_N.shape or not chosen_N.size:
        raise ValueError(f"pairs of scores are needed, got {chosen_N.shape} and {other_N.shape}")
    return float(np.mean((chosen_N > other_N) + 0.5 * (chosen_N == other_N)))
