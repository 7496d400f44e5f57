"""The n-grams of many sentences as integers, so that counting them is arithmetic on arrays.

Legend: S sentences, G n-grams (repeats kept), P different pairs of sentence and n-gram,
R resamplings.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Sentences = Sequence[Sequence[Hashable]]


@dataclass(frozen=True)
class Grams:
    """The n-grams of one length: equal ones share a number below `num_kinds`."""

    rows_G: Integers
    """The sentence that each stands in."""
    kinds_G: Integers
    """The number of each."""
    num_kinds: int

    def in_sentences(self) -> tuple[Integers, Integers, Integers]:
        """Return sentence, number and count of every n-gram of every sentence, shapes (P,)."""
        keys_G = self.rows_G * max(self.num_kinds, 1) + self.kinds_G
        keys_P, counts_P = np.unique(keys_G, return_counts=True)
        rows_P, kinds_P = np.divmod(keys_P, max(self.num_kinds, 1))
        return rows_P, kinds_P, counts_P.astype(np.int64)


def number_grams(sentences: Sentences, *, max_n: int) -> list[Grams]:
    """Return the n-grams of lengths 1 to `max_n`, none over the end of a sentence.

    Raises ValueError if `max_n` is below 1.

    >>> number_grams([["a", "b", "a"], ["b", "a"]], max_n=2)[1].kinds_G.tolist()  # ab, ba, ba
    [0, 1, 1]
    """
    if max_n < 1:
        raise ValueError(f"n-grams have a length of 1 or more, got max_n={max_n}")
    numbers: dict[Hashable, int] = {}
    words_W = np.array(
        [numbers.setdefault(word, len(numbers)) for words in sentences for word in words],
        dtype=np.int64,
    )
    lengths_S = np.array([len(words) for words in sentences], dtype=np.int64)
    rows_W = np.repeat(np.arange(len(sentences)), lengths_S)
    starts_G, kinds_G, num_kinds = np.arange(len(words_W)), words_W, len(numbers)
    grams = [Grams(rows_W, kinds_G, num_kinds)]
    for n in range(2, max_n + 1):
        fits_G = starts_G + n - 1 < len(words_W)
        fits_G[fits_G] = rows_W[starts_G[fits_G] + n - 1] == rows_W[starts_G[fits_G]]
        starts_G, kinds_G = starts_G[fits_G], kinds_G[fits_G]
        keys_G = kinds_G * len(numbers) + words_W[starts_G + n - 1]
        known, kinds_G = np.unique(keys_G, return_inverse=True)
        num_kinds = len(known)
        grams.append(Grams(rows_W[starts_G], kinds_G, num_kinds))
    return grams


def distinct_resampled(grams: Grams, weights_RS: NDArray[np.float32]) -> Floats:
    """Return distinct-n of each resampling that draws sentence s `weights_RS[:, s]` times, (R,).

    >>> grams = number_grams([["a", "b"], ["a", "c"]], max_n=1)[0]
    >>> distinct_resampled(grams, np.array([[1, 1], [2, 0]], dtype=np.float32)).tolist()
    [0.75, 0.5]
    """
    if not len(grams.kinds_G):
        return np.zeros(len(weights_RS))
    order_G = np.argsort(grams.kinds_G, kind="stable")
    rows_G, starts = (
        grams.rows_G[order_G],
        np.searchsorted(grams.kinds_G[order_G], np.arange(grams.num_kinds)),
    )
    lengths_S = np.bincount(grams.rows_G, minlength=weights_RS.shape[1])
    shares = [
        np.logical_or.reduceat(weights_S[rows_G] > 0, starts).sum()
        / max(float(weights_S @ lengths_S), 1.0)
        for weights_S in weights_RS
    ]
    return np.array(shares, dtype=np.float64)
