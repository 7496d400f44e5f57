"""Perplexity per word does not depend on how words are cut into tokens."""

import math

import pytest

from seqgan.metrics.perplexity import perplexity
from seqgan.metrics.words import count_words


def test_a_uniform_model_over_words_has_its_vocabulary_as_perplexity() -> None:
    texts = ["one two three", "four"]
    nll_of_words = math.log(50) * 6  # four words and two ends
    assert perplexity(nll_of_words, count_words(texts)) == pytest.approx(50)


def test_cutting_words_into_tokens_changes_nothing() -> None:
    """A word of two tokens with probabilities 1/5 and 1/10 is a word of probability 1/50."""
    assert perplexity(-math.log(1 / 5) - math.log(1 / 10), 1) == pytest.approx(50)


def test_overflow_is_infinite_and_no_words_are_refused() -> None:
    assert perplexity(1e6, 1) == math.inf
    with pytest.raises(ValueError, match="got 0"):
        perplexity(1.0, 0)
