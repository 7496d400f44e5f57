"""What is measured of transferred texts, one figure a text, and the estimates made of it.

Accuracies and BLEU are from 0 to 100, so that their means can be taken; shares are from 0 to 1.

Legend: S texts, N longest n-gram, C classifiers, R resamplings.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sacrebleu.metrics.bleu import BLEU, BLEUScore

from seqgan.metrics.bleu import BleuCounts, bleu_corpus
from seqgan.metrics.bootstrap import Estimate, Weights, centered, mean_estimate, ratio_estimate
from seqgan.metrics.perplexity import perplexity_estimate
from seqgan.text.transfer.panel import Panel

MAX_N = 4
PERCENT = (0.0, 100.0)
NOTHING = BLEUScore(0.0, [0] * MAX_N, [0] * MAX_N, [0.0] * MAX_N, 1.0, 0, 0)
Words = Sequence[str]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Measured:
    """What is known of each text that a system wrote; texts of several directions can be joined."""

    hits_CS: NDArray[np.bool_]
    """Whether each classifier takes the text for the target style."""
    overlap: BleuCounts
    """N-grams in common with the source."""
    references: Sequence[BleuCounts]
    """N-grams in common with the first human rewrite, the first two, and so on."""
    nll_S: Floats
    """Nats under the language model."""
    words_S: Floats
    """Words that these are shared out over, the end counted."""
    copied_S: NDArray[np.bool_]
    containing_S: NDArray[np.bool_]
    lengths_S: Floats
    """Words of the text, and of the source."""
    source_lengths_S: Floats


def measure(
    texts: Sequence[str],
    sources: Sequence[str],
    panel: Panel,
    metric: BLEU,
    *,
    target: int,
    people: Sequence[Sequence[str]] = (),
) -> Measured:
    """Return what is known of texts that rewrite the sources in the style `target`.

    `people` are human rewrites of each source; as many count as every source has that has any.
    """
    read, before = panel.read(texts), panel.read(sources)
    most = min((len(own) for own in people if own), default=0)
    rewrites = [[own[:count] for own in people] for count in range(1, most + 1)]
    return Measured(
        np.stack([np.array(each.styles) == target for each in read], axis=1),
        bleu_counts(metric, texts, [[text] for text in sources]),
        [bleu_counts(metric, texts, some) for some in rewrites],
        np.array([each.nll for each in read]),
        np.array([each.num_words for each in read], dtype=np.float64),
        np.array([a.words == b.words for a, b in zip(read, before, strict=True)]),
        np.array([contains(a.words, b.words) for a, b in zip(read, before, strict=True)]),
        np.array([len(each.words) for each in read], dtype=np.float64),
        np.array([len(each.words) for each in before], dtype=np.float64),
    )


def joined(parts: Sequence[Measured]) -> Measured:
    """Return the texts of all parts, as many references as all of them have."""
    most = min(len(part.references) for part in parts)
    return Measured(
        np.concatenate([part.hits_CS for part in parts], axis=1),
        _joined_counts([part.overlap for part in parts]),
        [_joined_counts([part.references[at] for part in parts]) for at in range(most)],
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in (
                "nll_S",
                "words_S",
                "copied_S",
                "containing_S",
                "lengths_S",
                "source_lengths_S",
            )
        ),
    )


def _joined_counts(parts: Sequence[BleuCounts]) -> BleuCounts:
    return BleuCounts(
        np.concatenate([part.matches_SN for part in parts]),
        np.concatenate([part.totals_SN for part in parts]),
        np.concatenate([part.lengths_S for part in parts]),
        np.concatenate([part.closest_S for part in parts]),
    )


def bleu_metric(*, chinese: bool) -> BLEU:
    """Return what counts n-grams by sacrebleu's own tokenizer for the language."""
    # Of single sentences sacrebleu wants the effective order; the counts do not depend on it.
    return BLEU(tokenize="zh" if chinese else "13a", force=True, effective_order=True)


def bleu_counts(
    metric: BLEU, texts: Sequence[str], references: Sequence[Sequence[str]]
) -> BleuCounts:
    """Return sacrebleu's own counts of each text against its references.

    Sums of them give its corpus score, so resampled texts need not be read again. A text without
    references counts nothing.
    """
    found = [
        metric.sentence_score(text, list(own)) if own else NOTHING
        for text, own in zip(texts, references, strict=True)
    ]
    return BleuCounts(
        np.array([each.counts for each in found], dtype=np.int64).reshape(-1, MAX_N),
        np.array([each.totals for each in found], dtype=np.int64).reshape(-1, MAX_N),
        np.array([each.sys_len for each in found], dtype=np.int64),
        np.array([each.ref_len for each in found], dtype=np.int64),
    )


def contains(words: Words, source: Words) -> bool:
    """Return whether all words of the source stand in a text in their order, others between.

    >>> contains(["so", "cold", "and", "good"], ["so", "good"]), contains(["good"], ["so", "good"])
    (True, False)
    """
    rest = iter(words)
    return all(word in rest for word in source)


def accuracy_names(num_classifiers: int) -> list[str]:
    """Return what the accuracies by the classifiers are called: n-grams first, then the network."""
    return ["accuracy_ngram", "accuracy_neural"][:num_classifiers]


def estimates(measured: Measured, weights_RS: Weights) -> dict[str, Estimate]:
    """Return every figure of the texts together with its bootstrap interval."""
    bleu = _bleu(measured.overlap, weights_RS)
    accuracy = _accuracy(measured, weights_RS)
    names = accuracy_names(len(measured.hits_CS))
    found = {
        name: mean_estimate(100.0 * hits_S, weights_RS)
        for name, hits_S in zip(names, measured.hits_CS, strict=True)
    }
    found["source_bleu"] = centered(bleu[0], bleu[1:], bounds=PERCENT)
    for count, reference in enumerate(measured.references, start=1):
        figures = _bleu(reference, weights_RS)
        found[f"ref_bleu_{count}"] = centered(figures[0], figures[1:], bounds=PERCENT)
    geometric, harmonic = np.sqrt(accuracy * bleu), harmonic_mean(accuracy, bleu)
    return found | {
        "perplexity": perplexity_estimate(measured.nll_S, measured.words_S, weights_RS),
        "copy_rate": mean_estimate(measured.copied_S, weights_RS),
        "contains_source": mean_estimate(measured.containing_S, weights_RS),
        "length_ratio": ratio_estimate(measured.lengths_S, measured.source_lengths_S, weights_RS),
        "geometric_mean": centered(geometric[0], geometric[1:], bounds=PERCENT),
        "harmonic_mean": centered(harmonic[0], harmonic[1:], bounds=PERCENT),
    }


def direction_gap(parts: Sequence[tuple[Measured, Weights]]) -> Estimate:
    """Return the points of mean accuracy between the best and the worst direction."""
    accuracies = np.stack([_accuracy(measured, weights_RS) for measured, weights_RS in parts])
    gaps = accuracies.max(0) - accuracies.min(0)
    return centered(gaps[0], gaps[1:], bounds=PERCENT)


def harmonic_mean(first: Floats, second: Floats) -> Floats:
    """Return the harmonic means of two rows of figures, 0 where both are.

    >>> harmonic_mean(np.array([90.0, 0.0]), np.array([45.0, 0.0])).tolist()
    [60.0, 0.0]
    """
    total = first + second
    mean: Floats = 2 * first * second / np.where(total == 0, 1, total)
    return mean


def _accuracy(measured: Measured, weights_RS: Weights) -> Floats:
    """Return the classifiers' mean accuracy, 0 to 100: of the texts, then resampled, (1 + R,)."""
    mean_S = 100.0 * measured.hits_CS.mean(0)
    resampled_R = weights_RS.astype(np.float64) @ mean_S / weights_RS.sum(1)
    return np.concatenate([[mean_S.mean()], resampled_R])


def _bleu(counts: BleuCounts, weights_RS: Weights) -> Floats:
    """Return corpus BLEU, 0 to 100: of the texts, then resampled, shape (1 + R,)."""
    drawn = [bleu_corpus(counts, n=MAX_N, weights_S=weights_S) for weights_S in weights_RS]
    return 100.0 * np.array([bleu_corpus(counts, n=MAX_N), *drawn])
