"""What rewritten sentences are ranked by: style, content and fluency.

Legend: N texts, K styles.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from torch import Tensor

from seqgan.metrics.words import is_chinese
from seqgan.text.evaluation.judge_words import normalized_words

MISSING = float("nan")
LEAST_STYLE, LEAST_CONTENT = 1e-6, 1e-2
STYLE_WEIGHT = 3.0
STYLE_ENOUGH = 0.7
"""Of answers: a style that is likelier counts no more; below, its logarithm counts thrice. Less
gives sentences of two minds, more gives up content."""
LEARNED_ENOUGH = 0.55
"""The same of ways to write a sentence that are learned from."""
FLUENCY_WEIGHT = 0.33
"""A nat a word is worth that much of a nat of content, in learning, answering and early stopping.
What is chosen is learned: on Yelp before play, .25 led to a source-BLEU of 62.2 at a perplexity of
64.9 and .4 to 58.8 at 54.8, where 500 real sentences had 59.8."""
DRAWN_TEMPERATURE = 1.2
"""Of ways that are drawn to choose from. What is not in style, strays or reads badly is not chosen,
so that variety is worth more than the mean."""
RUNGS = (0.4, 0.6, 0.8, 1.0, 1.5, 2.5)
"""Settings of the dial (`guidance.guided`) to choose from: as strong as a sentence needs."""


class StyleScorer(Protocol):
    """What tells styles apart."""

    def probabilities(self, texts: Sequence[str]) -> Tensor:
        """Return the probability of each style, shape (N, K)."""
        ...


class WordScorer(Protocol):
    """A language model."""

    def nll(self, texts: Sequence[str]) -> Sequence[tuple[float, int]]:
        """Return the nats of each text, and of how many words (its end is one)."""
        ...


@dataclass(frozen=True)
class Scorers:
    """The judges that a run keeps for use; None where it has none."""

    style: StyleScorer | None = None
    fluency: WordScorer | None = None


@dataclass(frozen=True)
class Scores:
    """What speaks for a rewritten sentence; nan where the run has nothing that could say.

    Attributes: style (probability of the target style, bounded by its clauses'), content (overlap
    with the source, 0 to 1), fluency (log-probability a word, at most 0), total (what candidates
    are ranked by).
    """

    style: float = MISSING
    content: float = MISSING
    fluency: float = MISSING
    total: float = MISSING


def overlap(source: str, text: str) -> float:
    """Return the share of words and pairs of words that two texts have in common, from 0 to 1.

    Dice's coefficient of the words (Chinese: characters), and of the pairs of neighbors where both
    have some, averaged.

    >>> overlap("it was cold", "it was warm"), overlap("cold", "cold"), overlap("a", "")
    (0.5833333333333333, 1.0, 0.0)
    """
    chinese = is_chinese(source)
    words, others = (normalized_words(one, chinese=chinese) for one in (source, text))
    shares = [_dice(words, others)]
    if len(words) > 1 and len(others) > 1:
        shares.append(_dice(_pairs(words), _pairs(others)))
    return sum(shares) / len(shares)


def _pairs(words: Sequence[str]) -> list[tuple[str, str]]:
    return list(pairwise(words))


def _dice(items: Sequence[object], others: Sequence[object]) -> float:
    common = (Counter(items) & Counter(others)).total()
    return 2 * common / max(len(items) + len(others), 1)


def total(style: float, content: float, fluency: float, *, enough: float = STYLE_ENOUGH) -> float:
    """Return what candidates are ranked by; what is missing counts nothing.

    3 log min(style / enough, 1) + log content + a share of the fluency: of those that have the
    style the one that keeps most and reads best; neither a copy nor a sentence about something
    else wins.

    >>> total(1.0, 1.0, -2.0), total(MISSING, 1.0, MISSING)
    (-0.66, 0.0)
    """
    parts = (
        STYLE_WEIGHT * math.log(min(max(style, LEAST_STYLE) / enough, 1.0)),
        math.log(max(content, LEAST_CONTENT)),
        FLUENCY_WEIGHT * fluency,
    )
    return sum(part for part in parts if not math.isnan(part))


def scored(
    scorers: Scorers,
    sources: Sequence[str],
    texts: Sequence[str],
    *,
    style: int,
    enough: float = STYLE_ENOUGH,
) -> list[Scores]:
    """Return the scores of each text, which rewrites the source of its place in a style."""
    if not texts:
        return []
    styles = [MISSING] * len(texts)
    if scorers.style is not None:
        styles = scorers.style.probabilities(texts)[:, style].tolist()
    fluencies = [MISSING] * len(texts)
    if scorers.fluency is not None:
        fluencies = [-nats / max(words, 1) for nats, words in scorers.fluency.nll(texts)]
    contents = [overlap(source, text) for source, text in zip(sources, texts, strict=True)]
    return [
        Scores(*values, total(*values, enough=enough))
        for values in zip(styles, contents, fluencies, strict=True)
    ]
