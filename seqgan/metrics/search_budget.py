"""What the best of several tries is worth: the score expected from a budget, and its spread.

Legend: N tries, their scores sorted from best to worst.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln  # type: ignore[import-untyped]


def best_of(scores: Sequence[float], budget: int) -> tuple[float, float]:
    """Return mean and standard deviation of the lowest of `budget` tries out of these.

    Over all ways to choose so many without replacement, in closed form (what Lucic et al.,
    arXiv:1711.10337, section 6.2, take from bootstrap samples). Raises ValueError unless
    1 <= budget <= number of tries.

    >>> best_of([1.0, 2.0, 3.0], 1)
    (2.0, 0.816496580927726)
    >>> best_of([1.0, 2.0, 3.0], 3)
    (1.0, 0.0)
    """
    count = len(scores)
    if not 1 <= budget <= count:
        raise ValueError(f"the best of {budget} out of {count} tries: 1 to {count} can be chosen")
    sorted_N = np.sort(np.asarray(scores, dtype=np.float64))
    # The i-th best is the lowest if it is chosen and all others come from behind it.
    behind_N = np.arange(count - 1, -1, -1)
    log_chance_N = _log_choose(behind_N, budget - 1) - _log_choose(np.array([count]), budget)
    chance_N = np.exp(log_chance_N)
    mean = float(chance_N @ sorted_N)
    variance = float(chance_N @ (sorted_N - mean) ** 2)
    return mean, variance**0.5


def _log_choose(out_of_N: NDArray[np.int64], chosen: int) -> NDArray[np.float64]:
    """Return the logarithm of each binomial coefficient, -inf where there is no way."""
    possible_N = np.maximum(out_of_N, chosen)
    ways_N = gammaln(possible_N + 1) - gammaln(chosen + 1) - gammaln(possible_N - chosen + 1)
    return np.asarray(np.where(out_of_N >= chosen, ways_N, -np.inf), dtype=np.float64)
