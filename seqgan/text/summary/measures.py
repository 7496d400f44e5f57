"""What is measured of summaries, one figure a text, and the estimates made of it.

ROUGE is from 0 to 100, shares are from 0 to 1. Words are compared in small letters and without
marks, Chinese by characters; lengths are in words between spaces (Chinese: characters), which is
what a budget counts.

Legend: S texts, K kinds of ROUGE, N lengths of n-grams, R resamplings.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from seqgan.metrics.bootstrap import Estimate, Weights, mean_estimate, ratio_estimate
from seqgan.metrics.perplexity import perplexity_estimate
from seqgan.metrics.repetition import repeated_grams
from seqgan.metrics.rouge import ROUGE, Rouge
from seqgan.text.evaluation.fluency import FluencyScorer
from seqgan.text.evaluation.judge_words import normalized_words
from seqgan.text.words import count_words

BRACKET = 2
"""Words that an output may be longer or shorter than usual to count in the bracket."""
NOVEL = {"novel_bigrams": 2, "novel_trigrams": 3}
"""Figures of what is not taken over, by words side by side; of one word it is `copied_words`."""

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Measured:
    """What is known of each summary."""

    nll_S: Floats
    """Nats under the language model."""
    scored_S: Floats
    """Words that these are shared out over, the end counted."""
    lengths_S: Floats
    inside_S: Bools
    """Whether its length lies in the bracket."""
    known_S: Bools
    """Whether it stands word for word among the short texts that were learned from."""
    words_S: Floats
    """Words without marks."""
    repeated_S: Floats
    """Those that stood in it before."""
    copied_S: Floats | None
    """Those that stand in the document; None without documents."""
    grams_SN: Floats
    novel_SN: Floats | None
    """Two or three words side by side, and those that do not stand so in the document."""
    rouge_SK: Floats | None
    """Against what people wrote; None where that is unknown, or the texts are theirs."""


@dataclass(frozen=True)
class Measuring:
    """What measuring needs of the data."""

    language_model: FluencyScorer
    rouge: Rouge
    learned: Collection[tuple[str, ...]]
    """The short texts that were learned from, as words."""
    usual_words: int
    chinese: bool

    def words(self, text: str) -> list[str]:
        """Return the words of a text as they are compared."""
        return plain_words(text, chinese=self.chinese)

    def measure(
        self,
        texts: Sequence[str],
        documents: Sequence[str] | None,
        references: Sequence[str] | None,
    ) -> Measured:
        """Return what is known of summaries of these documents."""
        words = [self.words(text) for text in texts]
        sources = None if documents is None else [self.words(document) for document in documents]
        read = self.language_model.nll(texts)
        lengths_S = np.array([count_words(text) for text in texts], dtype=np.float64)
        repeated_S, words_S = repeated_grams(words, n=1)
        return Measured(
            nll_S=np.array([nats for nats, _ in read]),
            scored_S=np.array([count for _, count in read], dtype=np.float64),
            lengths_S=lengths_S,
            inside_S=np.abs(lengths_S - self.usual_words) <= BRACKET,
            known_S=np.array([bool(each) and tuple(each) in self.learned for each in words]),
            words_S=words_S.astype(np.float64),
            repeated_S=repeated_S.astype(np.float64),
            copied_S=None if sources is None else _each(num_copied, words, sources),
            grams_SN=np.array(
                [[max(len(each) - n + 1, 0) for n in NOVEL.values()] for each in words],
                dtype=np.float64,
            ).reshape(len(words), len(NOVEL)),
            novel_SN=None if sources is None else _novel(words, sources),
            rouge_SK=None if references is None else self.rouge.f1(texts, references),
        )


def plain_words(text: str, *, chinese: bool) -> list[str]:
    """Return the words (Chinese: characters) of a text in small letters, without marks.

    >>> plain_words("A tool, read-only", chinese=False)
    ['a', 'tool', 'read', 'only']
    """
    words = normalized_words(text, chinese=chinese)
    return [word for word in words if any(map(str.isalnum, word))]


def estimates(measured: Measured, weights_RS: Weights) -> dict[str, Estimate]:
    """Return every figure of the texts together with its bootstrap interval."""
    found: dict[str, Estimate] = {}
    if measured.rouge_SK is not None:
        for kind, scores_S in zip(ROUGE, measured.rouge_SK.T, strict=True):
            found[kind] = mean_estimate(scores_S, weights_RS)
        if measured.inside_S.any():
            for kind, scores_S in zip(ROUGE, measured.rouge_SK.T, strict=True):
                found[f"{kind}_inside"] = ratio_estimate(
                    scores_S * measured.inside_S, measured.inside_S, weights_RS
                )
    found["inside"] = mean_estimate(measured.inside_S, weights_RS)
    found["words"] = mean_estimate(measured.lengths_S, weights_RS)
    if measured.copied_S is not None:
        found["copied_words"] = ratio_estimate(measured.copied_S, measured.words_S, weights_RS)
    if measured.novel_SN is not None:
        for name, novel_S, grams_S in zip(
            NOVEL, measured.novel_SN.T, measured.grams_SN.T, strict=True
        ):
            found[name] = ratio_estimate(novel_S, grams_S, weights_RS)
    return found | {
        "perplexity": perplexity_estimate(measured.nll_S, measured.scored_S, weights_RS),
        "repeated_words": ratio_estimate(measured.repeated_S, measured.words_S, weights_RS),
        "copied": mean_estimate(measured.known_S, weights_RS),
        "empty": mean_estimate(measured.words_S == 0, weights_RS),
    }


def num_copied(words: Sequence[str], source: Sequence[str]) -> int:
    """Return how many of the words stand in the source.

    >>> num_copied(["a", "map", "map"], ["old", "map"])
    2
    """
    known = set(source)
    return sum(word in known for word in words)


def num_novel(words: Sequence[str], source: Sequence[str], *, n: int) -> int:
    """Return how many times n words of the text do not stand side by side in the source.

    >>> num_novel(["old", "map", "tool"], ["tool", "of", "old", "map"], n=2)
    1
    >>> num_novel(["old", "map", "tool"], ["old", "map", "tool"], n=3)
    0
    """
    known = {tuple(source[at : at + n]) for at in range(len(source) - n + 1)}
    return sum(tuple(words[at : at + n]) not in known for at in range(len(words) - n + 1))


def _novel(words: Sequence[list[str]], sources: Sequence[list[str]]) -> Floats:
    columns = [_each(partial(num_novel, n=n), words, sources) for n in NOVEL.values()]
    return np.stack(columns, axis=1)


def _each(
    count: Callable[[Sequence[str], Sequence[str]], int],
    words: Sequence[list[str]],
    sources: Sequence[list[str]],
) -> Floats:
    found = [count(own, source) for own, source in zip(words, sources, strict=True)]
    return np.array(found, dtype=np.float64)
