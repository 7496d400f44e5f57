"""BLEU against a whole set of references: equal to a slow plain version, nltk and sacrebleu."""

import math
import random
from collections import Counter

import numpy as np
import pytest
from sacrebleu.metrics.bleu import BLEU

from seqgan.metrics.bleu import bleu_corpus, closest_lengths, counts_against, sentence_bleus

Sentence = list[str]


def _made(seed: int, count: int, *, longest: int = 9) -> list[Sentence]:
    rng = random.Random(seed)
    return [
        [rng.choice("aaabbcde") for _ in range(rng.randrange(1, longest))] for _ in range(count)
    ]


def _grams(words: Sentence, n: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(words[at : at + n]) for at in range(len(words) - n + 1))


def plain_sentence_bleu(references: list[Sentence], words: Sentence, n: int) -> float:
    """Return sentence BLEU with smoothing method 1, reading every reference anew."""
    log_precision = 0.0
    for order in range(1, n + 1):
        found, total = 0, max(1, len(words) - order + 1)
        for gram, count in _grams(words, order).items():
            found += min(count, max(_grams(each, order)[gram] for each in references))
        if order == 1 and found == 0:
            return 0.0
        log_precision += math.log((found or 0.1) / total) / n
    closest = min((len(each) for each in references), key=lambda r: (abs(r - len(words)), r))
    brevity = min(0.0, 1 - closest / len(words))
    return math.exp(brevity + log_precision)


@pytest.mark.parametrize("n", [2, 3, 4, 5])
def test_sentence_scores_equal_the_plain_version(n: int) -> None:
    samples, references = _made(0, 40), _made(1, 25, longest=7)
    got = sentence_bleus(counts_against(samples, references, max_n=5), n=n)
    want = [plain_sentence_bleu(references, words, n) for words in samples]
    np.testing.assert_allclose(got, want, rtol=1e-12)


@pytest.mark.parametrize("n", [2, 4])
def test_sentence_scores_equal_those_of_nltk(n: int) -> None:
    nltk = pytest.importorskip("nltk.translate.bleu_score")
    samples, references = _made(2, 20), _made(3, 30)
    smoothing = nltk.SmoothingFunction().method1
    got = sentence_bleus(counts_against(samples, references, max_n=n), n=n)
    want = [
        nltk.sentence_bleu(references, words, (1 / n,) * n, smoothing_function=smoothing)
        for words in samples
    ]
    np.testing.assert_allclose(got, want, rtol=1e-12)


def test_a_sentence_score_by_hand() -> None:
    """3 of 4 words, 1 of 3 pairs, no triple (.1 of 2); the reference is one word longer."""
    counts = counts_against([list("abxc")], [list("abcde")], max_n=3)
    want = math.exp(1 - 5 / 4) * (3 / 4 * 1 / 3 * 0.1 / 2) ** (1 / 3)
    assert sentence_bleus(counts, n=3)[0] == pytest.approx(want, rel=1e-12)


@pytest.mark.parametrize("n", [2, 3, 4, 5])
def test_the_corpus_score_equals_sacrebleu_with_every_reference_given_to_it(n: int) -> None:
    samples, references = _made(4, 30), _made(5, 20)
    metric = BLEU(tokenize="none", smooth_method="exp", max_ngram_order=n, force=True)
    streams = [[" ".join(each)] * len(samples) for each in references]
    want = metric.corpus_score([" ".join(words) for words in samples], streams).score / 100
    assert bleu_corpus(counts_against(samples, references, max_n=5), n=n) == pytest.approx(want)


def test_weights_are_repetitions_of_samples() -> None:
    samples, references = _made(6, 4), _made(7, 9)
    counts = counts_against(samples, references, max_n=4)
    drawn = [samples[at] for at in (0, 0, 2, 3)]
    got = bleu_corpus(counts, n=4, weights_S=np.array([2, 0, 1, 1], dtype=np.float32))
    assert got == bleu_corpus(counts_against(drawn, references, max_n=4), n=4)


def test_samples_out_of_the_references_score_one_and_strangers_nothing() -> None:
    references = [list("abcdef"), list("ghijkl")]
    counts = counts_against([references[1], list("uvwxyz")], references, max_n=4)
    np.testing.assert_allclose(sentence_bleus(counts, n=4), [1, 0])
    assert bleu_corpus(counts_against(references, references, max_n=5), n=5) == 1
    assert bleu_corpus(counts_against([list("xyz")], references, max_n=4), n=4) == 0


def test_empty_and_short_samples_do_not_break() -> None:
    counts = counts_against([[], ["a"]], [list("abc")], max_n=4)
    assert sentence_bleus(counts, n=4)[0] == 0
    assert 0 < sentence_bleus(counts, n=4)[1] < 1


def test_of_two_lengths_as_close_the_shorter_counts() -> None:
    assert closest_lengths(np.array([10]), np.array([12, 8])).tolist() == [8]


def test_missing_texts_are_named() -> None:
    with pytest.raises(ValueError, match="0 samples and 1 references"):
        counts_against([], [["a"]], max_n=2)
