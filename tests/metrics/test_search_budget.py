"""The best of several tries, against enumeration of every choice."""

from itertools import combinations

import numpy as np
import pytest

from seqgan.metrics.search_budget import best_of

SCORES = [4.0, 1.5, 9.0, 2.5, 2.5, 7.0]


@pytest.mark.parametrize("budget", range(1, 7))
def test_mean_and_spread_equal_those_of_all_choices(budget: int) -> None:
    lowest = [min(chosen) for chosen in combinations(SCORES, budget)]
    mean, spread = best_of(SCORES, budget)
    assert mean == pytest.approx(np.mean(lowest))
    assert spread == pytest.approx(np.std(lowest), abs=1e-12)


@pytest.mark.parametrize("budget", [0, 7])
def test_a_budget_that_cannot_be_chosen_is_refused(budget: int) -> None:
    with pytest.raises(ValueError, match="1 to 6 can be chosen"):
        best_of(SCORES, budget)
