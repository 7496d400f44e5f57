"""How typical a word is of short texts rather than of documents, and the typical ones of a text."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from seqgan.metrics.words import split_words

OURS, THEIRS = 0.1, 1.0
"""Added to the counts in short texts and in documents: a word that no short text has is far from
typical."""


@dataclass(frozen=True)
class Titleness:
    """The log ratio of a word's frequency in short texts to that in documents, smoothed.

    `weights` holds it for every word that was seen, in small letters; an unseen one has `unseen`.
    """

    weights: Mapping[str, float]
    unseen: float
    chinese: bool

    @classmethod
    def of(cls, shorts: Iterable[str], documents: Iterable[str], *, chinese: bool) -> "Titleness":
        """Return the weights of these texts."""
        ours, theirs = Counter[str](), Counter[str]()
        for counter, texts in ((ours, shorts), (theirs, documents)):
            for text in texts:
                counter.update(split_words(text.casefold(), chinese=chinese))
        known = ours.keys() | theirs.keys()
        own = ours.total() + OURS * len(known)
        other = theirs.total() + THEIRS * len(known)
        base = math.log(other / own)
        weights = {
            word: math.log((ours[word] + OURS) / (theirs[word] + THEIRS)) + base for word in known
        }
        return cls(weights, math.log(OURS / THEIRS) + base, chinese)

    def weight(self, word: str) -> float:
        """Return how typical a word is; above 0 it stands in short texts more often."""
        return self.weights.get(word.casefold(), self.unseen)

    def keep(self, document: str, words: int) -> str:
        """Return the words most typical of short texts, each once, in the document's order.

        Of equals the first ones stay; marks of punctuation never do.
        """
        seen: dict[str, tuple[int, str]] = {}
        for place, word in enumerate(split_words(document, chinese=self.chinese)):
            if any(map(str.isalnum, word)):
                seen.setdefault(word.casefold(), (place, word))
        best = sorted(seen.values(), key=lambda pair: -self.weight(pair[1]))[:words]
        return ("" if self.chinese else " ").join(word for _, word in sorted(best))
