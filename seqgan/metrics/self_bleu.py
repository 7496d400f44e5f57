"""Self-BLEU: how like each other samples are, each against all others and never against itself.

Published figures often count a sentence among its own references, which makes every Self-BLEU 1
but for the clipping of counts (Texygen's issue 46). Here a sample is left out exactly: of every
n-gram the largest and the second largest count are kept, and the owner of the largest is clipped
by the second. A sentence that stands in the set twice does meet its twin.

Legend: S samples, N longest n-gram, P different pairs of sentence and n-gram.
"""

import numpy as np

from seqgan.metrics.bleu import BleuCounts, lengths_of, sentence_bleus, summed, totals
from seqgan.metrics.ngrams import Floats, Grams, Integers, Sentences, number_grams


def counts_among(samples: Sentences, *, max_n: int) -> BleuCounts:
    """Return the counts of each sample with all others as references, n-grams up to `max_n`.

    Raises ValueError below two samples.

    >>> counts_among([["a", "a"], ["a"], ["b"]], max_n=1).matches_SN.tolist()
    [[1], [1], [0]]
    """
    if len(samples) < 2:
        raise ValueError(f"Self-BLEU needs two samples or more, got {len(samples)}")
    columns = [_matches(grams, size=len(samples)) for grams in number_grams(samples, max_n=max_n)]
    lengths_S = lengths_of(samples)
    return BleuCounts(
        np.stack(columns, 1), totals(lengths_S, max_n), lengths_S, closest_others(lengths_S)
    )


def self_bleus(samples: Sentences, *, n: int) -> Floats:
    """Return BLEU-n of each sample against all others, smoothing method 1, shape (S,).

    >>> self_bleus([["a", "b"], ["a", "b"]], n=2).tolist()
    [1.0, 1.0]
    """
    return sentence_bleus(counts_among(samples, max_n=n), n=n)


def _matches(grams: Grams, *, size: int) -> Integers:
    rows_P, kinds_P, counts_P = grams.in_sentences()
    order_P = np.lexsort((-counts_P, kinds_P))
    rows_P, kinds_P, counts_P = rows_P[order_P], kinds_P[order_P], counts_P[order_P]
    first_P = np.diff(kinds_P, prepend=-1) > 0
    next_P = np.append(np.where(first_P[1:], 0, counts_P[1:]), 0) if len(counts_P) else counts_P
    most = counts_P[first_P]
    # The owner of the largest count meets the largest count of the others.
    others_P = np.where(first_P, next_P, most[kinds_P])
    return summed(np.minimum(counts_P, others_P), rows_P, size=size)


def closest_others(lengths_S: Integers) -> Integers:
    """Return for each length the closest among the others; of two equally close the shorter.

    >>> closest_others(np.array([3, 5, 5, 9])).tolist()
    [5, 5, 5, 5]
    """
    known, counts = np.unique(lengths_S, return_counts=True)
    closest = {}
    for place, (length, count) in enumerate(zip(known.tolist(), counts.tolist(), strict=True)):
        around = known[max(place - 1, 0) : place + 2].tolist()
        if count == 1:
            around.remove(length)
        closest[length] = min(around, key=lambda other: (abs(other - length), other))
    return np.array([closest[length] for length in lengths_S.tolist()], dtype=np.int64)
