"""The figures of a set of sentences that need no model, each with its interval by name.

Legend: S samples, R resamplings.
"""

from collections.abc import Sequence

import numpy as np

from seqgan.metrics.bleu import bleu_corpus, counts_against, sentence_bleus
from seqgan.metrics.bootstrap import (
    Estimate,
    Weights,
    centered,
    mean_estimate,
    ratio_estimate,
    resamplings,
)
from seqgan.metrics.copying import copied
from seqgan.metrics.diversity import distinct_n
from seqgan.metrics.ngrams import distinct_resampled, number_grams
from seqgan.metrics.repetition import repetition
from seqgan.metrics.self_bleu import counts_among

Words = Sequence[Sequence[str]]
Estimates = dict[str, Estimate]

ORDERS = (2, 3, 4, 5)
DISTINCT = (1, 2)
SHARE = (0.0, 1.0)


def bleu_measures(
    samples: Words, reference: Words, weights_RS: Weights, *, num_sentences: int
) -> Estimates:
    """Return BLEU-2 to 5 against the whole reference, of the corpus and as sentence means.

    The sentence means are over the first `num_sentences` samples (0: all).
    """
    counts = counts_against(samples, reference, max_n=max(ORDERS))
    first = len(samples) if num_sentences == 0 else min(num_sentences, len(samples))
    weights = resamplings(first, count=len(weights_RS))
    found = {}
    for n in ORDERS:
        drawn_R = [bleu_corpus(counts, n=n, weights_S=weights_S) for weights_S in weights_RS]
        found[f"bleu_corpus_{n}"] = centered(bleu_corpus(counts, n=n), drawn_R, bounds=SHARE)
    for n in ORDERS:
        scores_S = sentence_bleus(counts, n=n)[:first]
        found[f"bleu_sentence_mean_{n}"] = mean_estimate(scores_S, weights)
    return found


def diversity_measures(samples: Words, weights_RS: Weights) -> Estimates:
    """Return Self-BLEU-2 to 5 and distinct-1 and 2.

    The intervals of Self-BLEU resample the sentences that are judged; the others, each one's
    references, stay as they are (a resampling would make twins of them).
    """
    counts = counts_among(samples, max_n=max(ORDERS))
    found = {
        f"self_bleu_{n}": mean_estimate(sentence_bleus(counts, n=n), weights_RS) for n in ORDERS
    }
    return found | distinct_measures(samples, weights_RS)


def distinct_measures(samples: Words, weights_RS: Weights) -> Estimates:
    """Return distinct-1 and 2."""
    grams, found = number_grams(samples, max_n=max(DISTINCT)), {}
    for n in DISTINCT:
        drawn_R = distinct_resampled(grams[n - 1], weights_RS)
        found[f"distinct_{n}"] = centered(distinct_n(samples, n=n), drawn_R, bounds=SHARE)
    return found


def plain_measures(samples: Words, train: Words, real: Words, weights_RS: Weights) -> Estimates:
    """Return the share of copies of `train`, repetition, length, and words unknown to `real`."""
    lengths_S = np.array([len(words) for words in samples], dtype=np.float64)
    known = {word for words in real for word in words}
    strange_S = [sum(word not in known for word in words) for words in samples]
    return {
        "copied": mean_estimate(copied(samples, train), weights_RS),
        "repetition": mean_estimate(repetition(samples), weights_RS),
        "length": mean_estimate(lengths_S, weights_RS),
        "unknown_words": ratio_estimate(strange_S, lengths_S, weights_RS),
    }
