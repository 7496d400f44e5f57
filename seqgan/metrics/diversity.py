"""Diversity of a set of samples: different n-grams, and how much the commonest ones take."""

from collections import Counter
from collections.abc import Hashable, Sequence
from itertools import chain


def distinct_n(samples: Sequence[Sequence[Hashable]], *, n: int) -> float:
    """Return the number of different n-grams over the number of n-grams (arXiv:1510.03055).

    The figure falls as samples are added: compare only equal numbers of samples. Samples shorter
    than `n` have no n-grams; no n-grams at all give 0. Raises ValueError if `n` is below 1.

    >>> distinct_n([["a", "b", "a"], ["a", "b"]], n=2)  # ab, ba, ab
    0.6666666666666666
    """
    if n < 1:
        raise ValueError(f"n-grams have a length of 1 or more, got n={n}")
    grams = [
        tuple(sample[start : start + n])
        for sample in samples
        for start in range(len(sample) - n + 1)
    ]
    return len(set(grams)) / len(grams) if grams else 0.0


def commonest_share(samples: Sequence[Hashable], *, count: int) -> float:
    """Return the share of all samples that the `count` most frequent ones take together.

    `count=10` is the share of the ten most frequent replies, `count=1` that of the commonest.
    Raises ValueError without samples or if `count` is below 1.

    >>> commonest_share(["yes", "yes", "no", "why"], count=1)
    0.5
    """
    if count < 1:
        raise ValueError(f"count is 1 or more, got {count}")
    if not samples:
        raise ValueError("no samples: the share of the commonest needs one or more")
    commonest = Counter(samples).most_common(count)
    return sum(frequency for _, frequency in commonest) / len(samples)


def mean_length(samples: Sequence[Sequence[Hashable]]) -> float:
    """Return the mean number of words of the samples; ValueError without samples.

    >>> mean_length([["a", "b"], []])
    1.0
    """
    if not samples:
        raise ValueError("no samples: a mean length needs one or more")
    return len(list(chain.from_iterable(samples))) / len(samples)
