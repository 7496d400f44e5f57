"""Diversity against a slow plain count."""

import random

import pytest

from seqgan.metrics.diversity import commonest_share, distinct_n, mean_length


def _plain_distinct(samples: list[list[int]], n: int) -> float:
    seen: list[list[int]] = []
    total = 0
    for sample in samples:
        for start in range(len(sample)):
            gram = sample[start : start + n]
            if len(gram) == n:
                total += 1
                if gram not in seen:
                    seen.append(gram)
    return len(seen) / total


@pytest.mark.parametrize("n", [1, 2, 3])
def test_distinct_equals_the_plain_count(n: int) -> None:
    rng = random.Random(n)
    samples = [[rng.randrange(5) for _ in range(rng.randrange(1, 7))] for _ in range(40)]
    assert distinct_n(samples, n=n) == _plain_distinct(samples, n)


def test_no_ngram_runs_over_the_end_of_a_sample() -> None:
    assert distinct_n([["a", "b"], ["a", "b"]], n=2) == 1 / 2
    assert distinct_n([["a"], ["b"]], n=2) == 0


def test_shares_add_up() -> None:
    replies = ["x"] * 5 + ["y"] * 3 + ["z", "w"]
    assert commonest_share(replies, count=1) == 0.5
    assert commonest_share(replies, count=2) == 0.8
    assert commonest_share(replies, count=10) == 1
    assert commonest_share([str(number) for number in range(50)], count=10) == 10 / 50


def test_lengths() -> None:
    assert mean_length([["a"] * 3, ["b"]]) == 2


def test_wrong_arguments_are_named() -> None:
    with pytest.raises(ValueError, match="n=0"):
        distinct_n([["a"]], n=0)
    with pytest.raises(ValueError, match="got 0"):
        commonest_share(["a"], count=0)
    with pytest.raises(ValueError, match="no samples"):
        commonest_share([], count=1)
    with pytest.raises(ValueError, match="no samples"):
        mean_length([])
