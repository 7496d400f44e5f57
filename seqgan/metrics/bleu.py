"""BLEU of unconditional text: every sample against all references at once.

Texygen's protocol (arXiv:1802.01886): the whole test set is the set of references of each sample.
sacrebleu would read every reference again for every sample; here the n-grams of the references
are counted once. Sums and scores agree with sacrebleu and nltk.

Legend: S samples, N longest n-gram, P different pairs of sentence and n-gram, R resamplings.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sacrebleu import __version__ as sacrebleu_version
from sacrebleu.metrics.bleu import BLEU

from seqgan.metrics.ngrams import Floats, Integers, Sentences, number_grams

EPSILON = 0.1
"""What smoothing method 1 counts in place of no match (Chen and Cherry 2014)."""


@dataclass(frozen=True)
class BleuCounts:
    """What BLEU is computed from, for each sample."""

    matches_SN: Integers
    """N-grams of length n + 1 that stand in a reference, each at most as often as there."""
    totals_SN: Integers
    """N-grams of length n + 1."""
    lengths_S: Integers
    """Words of the sample."""
    closest_S: Integers
    """Words of the reference whose length is closest to the sample's; of two the shorter."""


def counts_against(samples: Sentences, references: Sentences, *, max_n: int) -> BleuCounts:
    """Return the counts of `samples`, each with all `references`, for n-grams up to `max_n`.

    Raises ValueError without samples or references.

    >>> counts_against([["a", "a", "b"]], [["a", "b"], ["c"]], max_n=2).matches_SN.tolist()
    [[2, 1]]
    """
    if not samples or not references:
        raise ValueError(
            "samples and references are needed, "
            f"got {len(samples)} samples and {len(references)} references"
        )
    num_references, columns = len(references), []
    for grams in number_grams([*references, *samples], max_n=max_n):
        rows_P, kinds_P, counts_P = grams.in_sentences()
        real_P = rows_P < num_references
        most = np.zeros(grams.num_kinds, dtype=np.int64)
        np.maximum.at(most, kinds_P[real_P], counts_P[real_P])
        matched = np.minimum(counts_P[~real_P], most[kinds_P[~real_P]])
        columns.append(summed(matched, rows_P[~real_P] - num_references, size=len(samples)))
    lengths_S = lengths_of(samples)
    closest_S = closest_lengths(lengths_S, lengths_of(references))
    return BleuCounts(np.stack(columns, 1), totals(lengths_S, max_n), lengths_S, closest_S)


def bleu_corpus(
    counts: BleuCounts, *, n: int, weights_S: NDArray[np.float32] | None = None
) -> float:
    """Return corpus BLEU-n from 0 to 1: sums over all samples, by sacrebleu's formula.

    `weights_S` says how often each sample counts (for resampling); by default once.
    """
    weights = np.ones(len(counts.lengths_S)) if weights_S is None else weights_S
    sums = [np.rint(weights @ part[:, :n]) for part in (counts.matches_SN, counts.totals_SN)]
    lengths = [np.rint(weights @ part) for part in (counts.lengths_S, counts.closest_S)]
    score = BLEU.compute_bleu(
        [int(value) for value in sums[0]],
        [int(value) for value in sums[1]],
        int(lengths[0]),
        int(lengths[1]),
        smooth_method="exp",
        max_ngram_order=n,
    ).score
    return min(float(score) / 100, 1.0)


def bleu_signature(num_references: int) -> str:
    """Return the settings of `bleu_corpus` in sacrebleu's notation.

    >>> bleu_signature(10).split("|version")[0]
    'nrefs:10|case:lc|eff:no|tok:none|smooth:exp'
    """
    return f"nrefs:{num_references}|case:lc|eff:no|tok:none|smooth:exp|version:{sacrebleu_version}"


def sentence_bleus(counts: BleuCounts, *, n: int) -> Floats:
    """Return BLEU-n of each sample from 0 to 1, smoothing method 1 (nltk's `method1`), (S,).

    A length without a match counts .1 of a match; a sample without a matching word is 0.
    """
    matches_SN, totals_SN = counts.matches_SN[:, :n], np.maximum(counts.totals_SN[:, :n], 1)
    precision_SN = np.where(matches_SN == 0, EPSILON, matches_SN) / totals_SN
    lengths_S = np.maximum(counts.lengths_S, 1)
    brevity_S = np.minimum(1 - counts.closest_S / lengths_S, 0)
    scores_S: Floats = np.exp(brevity_S + np.log(precision_SN).mean(1))
    return np.where(matches_SN[:, 0] > 0, scores_S, 0.0)


def lengths_of(sentences: Sequence[Sequence[Hashable]]) -> Integers:
    """Return the number of words of each sentence, shape (S,)."""
    return np.array([len(words) for words in sentences], dtype=np.int64)


def totals(lengths_S: Integers, max_n: int) -> Integers:
    """Return the number of n-grams of each length, shape (S, N).

    >>> totals(np.array([3, 1]), 2).tolist()
    [[3, 2], [1, 0]]
    """
    totals_SN: Integers = np.maximum(lengths_S[:, None] - np.arange(max_n), 0)
    return totals_SN


def summed(values_P: Integers, rows_P: Integers, *, size: int) -> Integers:
    """Return the sum of the values of each of `size` rows."""
    return np.rint(np.bincount(rows_P, weights=values_P, minlength=size)).astype(np.int64)


def closest_lengths(lengths_S: Integers, references: Integers) -> Integers:
    """Return for each length the closest of `references`; of two equally close the shorter.

    >>> closest_lengths(np.array([7, 9, 20]), np.array([6, 8, 12])).tolist()
    [6, 8, 12]
    """
    known = np.unique(references)
    place_S = np.searchsorted(known, lengths_S)
    below_S, above_S = known[np.maximum(place_S - 1, 0)], known[np.minimum(place_S, len(known) - 1)]
    shorter_S = np.abs(lengths_S - below_S) <= np.abs(above_S - lengths_S)
    closest_S: Integers = np.where(shorter_S, below_S, above_S)
    return closest_S
