"""How much a sentence repeats itself."""

from collections.abc import Hashable, Sequence

import numpy as np

from seqgan.metrics.ngrams import Floats, Integers, number_grams


def repeated_grams(
    samples: Sequence[Sequence[Hashable]], *, n: int = 2
) -> tuple[Integers, Integers]:
    """Return how many n-grams of each sample stood in it before, and how many it has, (S,).

    >>> [part.tolist() for part in repeated_grams([["a", "b", "a", "b"], ["a"]], n=2)]
    [[1, 0], [3, 0]]
    """
    rows_P, _, counts_P = number_grams(samples, max_n=n)[-1].in_sentences()
    total_S = np.bincount(rows_P, weights=counts_P, minlength=len(samples)).astype(np.int64)
    return total_S - np.bincount(rows_P, minlength=len(samples)), total_S


def repetition(samples: Sequence[Sequence[Hashable]], *, n: int = 2) -> Floats:
    """Return the share of each sample's n-grams that stood in it before, 0 without any, (S,).

    seq-rep-n of arXiv:1908.04319, section 5.

    >>> repetition([["so", "so", "so", "so"], ["a", "b", "c"]], n=2).tolist()
    [0.6666666666666666, 0.0]
    """
    repeated_S, total_S = repeated_grams(samples, n=n)
    return np.asarray(repeated_S / np.maximum(total_S, 1), dtype=np.float64)
