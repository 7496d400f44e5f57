"""Figures of transferred texts by hand, and against sacrebleu's own corpus score."""

import numpy as np
import pytest
from sacrebleu.metrics.bleu import BLEU

from seqgan.metrics.bleu import BleuCounts
from seqgan.metrics.bootstrap import resamplings
from seqgan.metrics.overlap import corpus_bleu
from seqgan.text.transfer.measures import (
    Measured,
    bleu_counts,
    bleu_metric,
    contains,
    direction_gap,
    estimates,
    joined,
)

SOURCES = ["the soup was cold .", "our waiter was rude !", "it's far, too far", "no"]
TEXTS = ["the soup was warm .", "our waiter was kind !", "it's near, so near", ""]


def made(hits: list[list[bool]], overlap: BleuCounts | None = None) -> Measured:
    """Return texts of four words, one nat a word, copies where the first classifier misses."""
    hits_CS = np.array(hits)
    size = hits_CS.shape[1]
    same = bleu_counts(bleu_metric(chinese=False), SOURCES[:3], [[text] for text in SOURCES[:3]])
    fours = np.full(size, 4.0)
    return Measured(
        hits_CS, overlap or same, [], fours, fours, ~hits_CS[0], ~hits_CS[0], fours, fours / 2
    )


@pytest.mark.parametrize("chinese", [False, True])
def test_counts_of_sentences_give_the_corpus_score(chinese: bool) -> None:
    sources = ["这家店的汤很难吃。", "服务员 ok 吗？", "没有", "太差"] if chinese else SOURCES
    texts = ["这家店的汤很好吃。", "服务员很 ok！", "", "太好"] if chinese else TEXTS
    counts = bleu_counts(bleu_metric(chinese=chinese), texts, [[each] for each in sources])
    measured = made([[True] * 4], counts)
    found = estimates(measured, resamplings(4, count=3))["source_bleu"]
    assert found.value == pytest.approx(corpus_bleu(texts, sources).score)


def test_several_references_are_as_sacrebleu_counts_them() -> None:
    references = [[f"{text} indeed", f"so {text}"] for text in SOURCES]
    counts = bleu_counts(bleu_metric(chinese=False), TEXTS, references)
    part = made([[True] * 4], counts)
    two = Measured(**{**vars(part), "references": [counts, counts]})
    found = estimates(two, resamplings(4, count=3))
    columns = [list(column) for column in zip(*references, strict=True)]
    expected = BLEU(force=True).corpus_score(TEXTS, columns).score
    assert found["ref_bleu_2"].value == pytest.approx(expected)


def test_a_text_that_nobody_rewrote_counts_nothing() -> None:
    references = [[f"{text} indeed"] for text in SOURCES[:3]]
    metric = bleu_metric(chinese=False)
    texts = [*TEXTS[:3], "the soup was cold and rude ."]
    some = made([[True] * 4], bleu_counts(metric, texts, [*references, []]))
    alone = made([[True] * 3], bleu_counts(metric, TEXTS[:3], references))
    one, other = (
        estimates(each, resamplings(4, count=3)[:, :n]) for each, n in ((some, 4), (alone, 3))
    )
    assert one["source_bleu"].value == pytest.approx(other["source_bleu"].value)


def test_resampled_bleu_is_that_of_the_resampled_texts() -> None:
    counts = bleu_counts(bleu_metric(chinese=False), TEXTS, [[each] for each in SOURCES])
    weights_RS = np.array([[3, 1, 0, 0], [0, 0, 2, 2]], dtype=np.float32)
    drawn = [
        corpus_bleu(
            [text for text, times in zip(TEXTS, weights, strict=True) for _ in range(int(times))],
            [text for text, times in zip(SOURCES, weights, strict=True) for _ in range(int(times))],
        ).score
        for weights in weights_RS
    ]
    found = estimates(made([[True] * 4], counts), weights_RS)["source_bleu"]
    assert found.high - found.low == pytest.approx(abs(drawn[0] - drawn[1]) * 0.95)


def test_figures_by_hand() -> None:
    found = estimates(made([[True, True, False], [True, False, False]]), resamplings(3, count=9))
    values = {name: each.value for name, each in found.items()}
    assert values["accuracy_ngram"] == pytest.approx(200 / 3)
    assert values["accuracy_neural"] == pytest.approx(100 / 3)
    assert values["source_bleu"] == pytest.approx(100)
    assert values["geometric_mean"] == pytest.approx((50 * 100) ** 0.5)
    assert values["harmonic_mean"] == pytest.approx(200 / 3)
    assert values["perplexity"] == pytest.approx(np.e)
    assert values["copy_rate"] == values["contains_source"] == pytest.approx(1 / 3)
    assert values["length_ratio"] == 2
    for name, each in found.items():
        assert each.low <= each.value <= each.high, name


def test_directions_together_are_all_their_texts() -> None:
    parts = [made([[True, True, True]]), made([[False, True, False]])]
    both = joined(parts)
    assert both.hits_CS.shape == (1, 6)
    assert estimates(both, resamplings(6, count=3))["accuracy_ngram"].value == pytest.approx(
        400 / 6
    )
    weights = resamplings(3, count=9)
    gap = direction_gap([(part, weights) for part in parts])
    assert gap.value == pytest.approx(100 - 100 / 3)


def test_a_source_is_contained_in_its_order_alone() -> None:
    assert contains(["it", "was", "so", "cold", "today"], ["it", "was", "cold"])
    assert not contains(["cold", "was", "it"], ["it", "was", "cold"])
    assert not contains(["it", "was"], ["it", "was", "was"])
    assert contains(["anything"], [])
