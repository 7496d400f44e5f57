"""How far the words of transferred texts are from the frequencies that people give them.

A generator that learns from its best answers may say the same few words of a style again and again:
each answer is in style and reads well, and all of them together are nobody's. No figure of single
texts sees that.

Legend: S texts, V words, R resamplings.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix  # type: ignore[import-untyped]

from seqgan.metrics.bootstrap import Weights

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
        places = {word: at for at, word in enumerate(dict.fromkeys(w for t in texts for w in t))}
        columns = [places[word] for words in texts for word in words]
        rows = np.repeat(np.arange(len(texts)), [len(words) for words in texts])
        shape = (len(texts), len(places))
        count_SV = csr_matrix((np.ones(len(columns)), (rows, columns)), shape=shape)
        weights_NS = np.concatenate([np.ones((1, len(texts))), weights_RS.astype(np.float64)])
        count_NV = (count_SV.T @ weights_NS.T).T
        share_NV = count_NV / np.maximum(count_NV.sum(1, keepdims=True), 1)
        total = max(self.counts.total(), 1)
        people_V = np.array([self.counts[word] / total for word in places])
        found: NDArray[np.float64] = np.maximum(share_NV - people_V, 0).sum(1)
        return found
