"""Self-BLEU leaves the sentence itself out, exactly, and its twin not."""

import random

import numpy as np
import pytest

from seqgan.metrics.bleu import counts_against
from seqgan.metrics.self_bleu import counts_among, self_bleus


def _made(seed: int, count: int) -> list[list[int]]:
    rng = random.Random(seed)
    return [[rng.randrange(4) for _ in range(rng.randrange(0, 8))] for _ in range(count)]


@pytest.mark.parametrize("seed", range(4))
def test_equals_each_sample_against_a_list_of_the_others(seed: int) -> None:
    samples = _made(seed, 30)
    fast = counts_among(samples, max_n=5)
    for place, words in enumerate(samples):
        others = samples[:place] + samples[place + 1 :]
        plain = counts_against([words], others, max_n=5)
        np.testing.assert_array_equal(fast.matches_SN[place], plain.matches_SN[0])
        np.testing.assert_array_equal(fast.totals_SN[place], plain.totals_SN[0])
        assert fast.closest_S[place] == plain.closest_S[0]


@pytest.mark.parametrize("n", [2, 5])
def test_equals_nltk(n: int) -> None:
    nltk = pytest.importorskip("nltk.translate.bleu_score")
    samples = [words for words in _made(9, 25) if words]
    smoothing = nltk.SmoothingFunction().method1
    want = [
        nltk.sentence_bleu(
            samples[:at] + samples[at + 1 :], words, (1 / n,) * n, smoothing_function=smoothing
        )
        for at, words in enumerate(samples)
    ]
    np.testing.assert_allclose(self_bleus(samples, n=n), want, rtol=1e-12)


def test_a_sentence_alone_of_its_words_scores_nothing_and_twins_score_one() -> None:
    samples = [list("abcdef"), list("uvwxyz"), list("uvwxyz")]
    np.testing.assert_allclose(self_bleus(samples, n=4), [0, 1, 1])


def test_the_owner_of_the_largest_count_is_clipped_by_the_second() -> None:
    counts = counts_among([["a"] * 5, ["a"] * 2, ["a"] * 3], max_n=1)
    assert counts.matches_SN[:, 0].tolist() == [3, 2, 3]


def test_one_sample_has_no_others() -> None:
    with pytest.raises(ValueError, match="got 1"):
        counts_among([["a"]], max_n=2)
