"""How far the words of transferred texts are from the frequencies that people give them.

A generator that learns from its best answers may say the same few words of a style again and again:
each answer is in style and reads well, and all of them together are nobody's. No figure of single
texts sees that.

Legend: S texts, V different words, G words, R resamplings.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seqgan.metrics.bootstrap import Weights
from seqgan.metrics.ngrams import number_grams

Words = Sequence[str]
SHARE = (0.0, 1.0)


@dataclass(frozen=True)
class Usage:
    """How often people say each word in texts of a style."""

    counts: Counter[str]

    @classmethod
    def of(cls, texts: Iterable[Words]) -> "Usage":
        """Return the usage in these texts, each given as its words."""
        return cls(Counter(word for words in texts for word in words))

    def overuse(self, texts: Sequence[Words], weights_RS: Weights) -> NDArray[np.float64]:
        """Return the share of the texts' words that are more of their kind than people say.

        The total variation distance of the two distributions over words, of the texts and then of
        each resampling, (1 + R,). People's own texts, too, are away from others' by chance: the
        less, the more texts there are.

        >>> people = Usage.of([["good", "food"], ["nice", "food"]])
        >>> people.overuse([["good", "food"]], np.ones((0, 1), dtype=np.float32)).tolist()
        [0.25]
        """
        grams = number_grams(texts, max_n=1)[0]
        known = dict.fromkeys(word for words in texts for word in words)  # as they are numbered
        people_V = np.array([self.counts[word] for word in known]) / max(self.counts.total(), 1)
        found = []
        for weights_S in [np.ones(len(texts)), *weights_RS]:
            weights_G = weights_S[grams.rows_G]
            count_V = np.bincount(grams.kinds_G, weights_G, minlength=grams.num_kinds)
            found.append(np.maximum(count_V / max(count_V.sum(), 1) - people_V, 0).sum())
        return np.array(found)

    def overused(self, texts: Sequence[Words]) -> float:
        """Return that share alone.

        >>> Usage.of([["good", "food"]]).overused([["good", "good"], ["food", "good"]])
        0.25
        """
        return float(self.overuse(texts, np.ones((0, len(texts)), dtype=np.float32))[0])
