"""Numbered n-grams against Python's own counting."""

import random
from collections import Counter

import numpy as np
import pytest

from seqgan.metrics.bootstrap import resamplings
from seqgan.metrics.copying import copied
from seqgan.metrics.diversity import distinct_n
from seqgan.metrics.ngrams import distinct_resampled, number_grams
from seqgan.metrics.repetition import repetition


def _made(seed: int) -> list[list[str]]:
    rng = random.Random(seed)
    return [[rng.choice("abc") for _ in range(rng.randrange(0, 6))] for _ in range(30)]


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_counts_are_those_of_tuples(n: int) -> None:
    sentences = _made(n)
    rows_P, kinds_P, counts_P = number_grams(sentences, max_n=n)[-1].in_sentences()
    tuples = [tuple(words[at : at + n]) for words in sentences for at in range(len(words) - n + 1)]
    by_kind = Counter(dict.fromkeys(kinds_P.tolist(), 0))
    for kind, count in zip(kinds_P.tolist(), counts_P.tolist(), strict=True):
        by_kind[kind] += count
    assert sorted(by_kind.values()) == sorted(Counter(tuples).values())
    in_rows = [Counter(zip(rows_P.tolist(), counts_P.tolist(), strict=True))]
    want = [
        (row, count)
        for row, words in enumerate(sentences)
        for count in Counter(tuple(words[at : at + n]) for at in range(len(words) - n + 1)).values()
    ]
    assert in_rows == [Counter(want)]


@pytest.mark.parametrize("n", [1, 2])
def test_resampled_distinct_n_is_that_of_the_drawn_sentences(n: int) -> None:
    sentences = _made(7)
    weights_RS = resamplings(len(sentences), count=5)
    got = distinct_resampled(number_grams(sentences, max_n=n)[-1], weights_RS)
    for value, weights_S in zip(got, weights_RS.astype(int), strict=True):
        drawn = [words for words, w in zip(sentences, weights_S, strict=True) for _ in range(w)]
        assert value == pytest.approx(distinct_n(drawn, n=n))


def test_repetition_is_within_a_sentence() -> None:
    found = repetition([list("abab"), list("ab"), list("ab"), [], ["a"]], n=2)
    np.testing.assert_allclose(found, [1 / 3, 0, 0, 0, 0])


def test_copies_are_whole_sentences() -> None:
    train = [["a", "b", "c"], ["d"]]
    assert copied([["a", "b"], ["a", "b", "c"], ["d"], []], train).tolist() == [0, 1, 1, 0]


def test_no_words_at_all() -> None:
    grams = number_grams([[], []], max_n=3)
    assert [each.num_kinds for each in grams] == [0, 0, 0]
    assert distinct_resampled(grams[0], resamplings(2, count=3)).tolist() == [0, 0, 0]
    with pytest.raises(ValueError, match="max_n=0"):
        number_grams([["a"]], max_n=0)
