"""Perplexity per word, whatever the vocabulary of the model."""

import math

import numpy as np
from numpy.typing import ArrayLike

from seqgan.metrics.bootstrap import Estimate, Weights, ratio_estimate


def perplexity(nll_sum: float, num_words: int) -> float:
    """Return exp(nll_sum / num_words), `nll_sum` in nats over all tokens and sentence ends.

    `num_words` comes from `seqgan.metrics.words.count_words`, so that models with different
    vocabularies compare. Beyond what a float holds it is infinite. Raises ValueError if
    `num_words` is below 1.

    >>> round(perplexity(4 * math.log(50), 4), 9)
    50.0
    """
    if num_words < 1:
        raise ValueError(f"perplexity needs one word or more, got {num_words}")
    try:
        return math.exp(nll_sum / num_words)
    except OverflowError:
        return math.inf


def perplexity_estimate(nll_S: ArrayLike, words_S: ArrayLike, weights_RS: Weights) -> Estimate:
    """Return the perplexity a word of many texts with its interval; texts are drawn whole.

    >>> from seqgan.metrics.bootstrap import resamplings
    >>> perplexity_estimate([0.0, 0.0], [3, 2], resamplings(2, count=10))
    Estimate(value=1.0, low=1.0, high=1.0)
    """
    nats = ratio_estimate(nll_S, words_S, weights_RS)
    return Estimate(*(float(np.exp(part)) for part in (nats.value, nats.low, nats.high)))
