"""BLEU and chrF against other implementations."""

from collections import Counter

import pytest
from nltk.translate.bleu_score import corpus_bleu as nltk_bleu

from seqgan.metrics.overlap import corpus_bleu, corpus_chrf
from seqgan.metrics.words import split_words

TEXTS = [
    "the small boat went over the long river at noon",
    "nobody knows what the tall man said , or why",
    "we had tea and cake in the old garden today",
]
REFERENCES = [
    "a small boat went over the wide river before noon",
    "nobody knows what the tall man said , and how",
    "they had tea and cake in the garden yesterday",
]
CHINESE = ["我们今天下午去河边散步", "他说他不想吃蛋糕"]
CHINESE_REFERENCES = ["我们今天上午去河边散步吧", "他说他不想吃蛋糕了"]


def test_bleu_equals_nltk() -> None:
    expected = nltk_bleu([[text.split()] for text in REFERENCES], [t.split() for t in TEXTS])
    assert corpus_bleu(TEXTS, REFERENCES).score == pytest.approx(100 * expected)


def test_chinese_bleu_counts_characters() -> None:
    expected = nltk_bleu(
        [[split_words(text)] for text in CHINESE_REFERENCES], [split_words(t) for t in CHINESE]
    )
    overlap = corpus_bleu(CHINESE, CHINESE_REFERENCES)
    assert overlap.score == pytest.approx(100 * expected)
    assert "tok:zh" in overlap.signature


def _plain_chrf(texts: list[str], references: list[str]) -> float:
    """Popovic 2015: F2 of the mean precision and mean recall of 1- to 6-grams of characters."""
    precisions, recalls = [], []
    for n in range(1, 7):
        hits = given = wanted = 0
        for text, reference in zip(texts, references, strict=True):
            grams = [
                Counter(s[i : i + n] for i in range(len(s) - n + 1))
                for s in (text.replace(" ", ""), reference.replace(" ", ""))
            ]
            hits += (grams[0] & grams[1]).total()
            given, wanted = given + grams[0].total(), wanted + grams[1].total()
        precisions.append(hits / given)
        recalls.append(hits / wanted)
    precision, recall = sum(precisions) / 6, sum(recalls) / 6
    return 100 * 5 * precision * recall / (4 * precision + recall)


def test_chrf_equals_the_plain_formula() -> None:
    overlap = corpus_chrf(TEXTS, REFERENCES)
    assert overlap.score == pytest.approx(_plain_chrf(TEXTS, REFERENCES))
    assert "nc:6" in overlap.signature


def test_identical_is_100_and_signature_names_the_tokenizer() -> None:
    overlap = corpus_bleu(TEXTS, TEXTS)
    assert overlap.score == 100
    assert "tok:13a" in overlap.signature


def test_numbers_must_agree() -> None:
    for metric in (corpus_bleu, corpus_chrf):
        with pytest.raises(ValueError, match="1 texts and 2 references"):
            metric(["a"], ["a", "b"])
        with pytest.raises(ValueError, match="0 texts"):
            metric([], [])
