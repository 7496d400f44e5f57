"""Perplexity per word, whatever the vocabulary of the model."""

import math


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
