"""The n-gram sampler draws what its formula says, by enumeration."""

from collections import Counter
from random import Random

import pytest

from seqgan.text.sentences.ngram_sampler import END, NgramSampler, units_of

TEXTS = ["a b", "a b", "a c", "b a"]


def test_words_follow_by_witten_bell() -> None:
    """After "a" stand b twice and c once: 3 of 5 are one of these, 2 of 5 any word by its count."""
    sampler, rng = NgramSampler(TEXTS, order=2), Random(0)
    counts = {"a": 3, " b": 2, " c": 1, "b": 1, " a": 1, END: 4}
    followers = {" b": 2 / 3, " c": 1 / 3}
    after = {
        word: 3 / 5 * followers.get(word, 0.0) + 2 / 5 * count / 12
        for word, count in counts.items()
    }
    drawn = Counter(sampler.draw(("a",), rng) for _ in range(20_000))
    for word, chance in after.items():
        assert drawn[word] / 20_000 == pytest.approx(chance, abs=0.015)


def test_an_unseen_history_is_shortened() -> None:
    sampler = NgramSampler(TEXTS, order=3)
    drawn = {sampler.draw(("x", "y"), Random(seed)) for seed in range(200)}
    assert drawn == {"a", " b", " c", "b", " a", END}


def test_sentences_are_made_of_the_texts_words_and_repeat_with_the_seed() -> None:
    sampler = NgramSampler(["so, it goes .", "你好吗"])
    some = sampler.sentences(50, seed=1, most=5)
    assert some == sampler.sentences(50, seed=1, most=5)
    assert some != sampler.sentences(50, seed=2, most=5)
    assert all(len(units_of(text)) <= 5 for text in some)
    assert "你好吗" in some


def test_with_one_text_and_high_counts_it_says_that_text() -> None:
    sampler = NgramSampler(["one two three"] * 10_000)
    said = Counter(sampler.sentences(100, seed=0, most=9))
    assert said["one two three"] > 95
