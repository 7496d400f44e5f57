"""Judging text: Self-BLEU of ten thousand sentences, beside what leaving each out by hand costs."""

import time

import pytest
from made_batches import Record
from made_texts import made_sentences

from seqgan.metrics.bleu import counts_against, sentence_bleus
from seqgan.metrics.bootstrap import resamplings
from seqgan.metrics.self_bleu import counts_among
from seqgan.text.evaluation.measures import diversity_measures

pytestmark = pytest.mark.benchmark

NUM_SENTENCES, NUM_PLAIN, NUM_RESAMPLINGS = 10_000, 3, 200


def test_self_bleu_of_ten_thousand_sentences(record: Record) -> None:
    """Self-BLEU-2 to 5 of 5 to 20 words a sentence; then all with intervals, and distinct-n."""
    samples = [text.split() for text in made_sentences(NUM_SENTENCES, words=(5, 20), seed=0)]
    begin = time.perf_counter()
    counts = counts_among(samples, max_n=5)
    found = {n: sentence_bleus(counts, n=n) for n in (2, 3, 4, 5)}
    seconds = time.perf_counter() - begin
    begin = time.perf_counter()
    diversity_measures(samples, resamplings(len(samples), count=NUM_RESAMPLINGS))
    with_intervals = time.perf_counter() - begin
    begin = time.perf_counter()
    for place in range(NUM_PLAIN):
        others = samples[:place] + samples[place + 1 :]
        alone = counts_against([samples[place]], others, max_n=5)
        assert sentence_bleus(alone, n=5)[0] == pytest.approx(found[5][place], rel=1e-12)
    each_alone = (time.perf_counter() - begin) / NUM_PLAIN
    record(
        "self_bleu",
        {
            "sentences": NUM_SENTENCES,
            "seconds": seconds,
            "seconds_with_intervals": with_intervals,
            "plain_seconds": each_alone * NUM_SENTENCES,
        },
    )
