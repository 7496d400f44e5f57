"""Sentences of an n-gram model: what any generator of text must pass."""

import re
from bisect import bisect
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import accumulate
from random import Random

from seqgan.text.words import CJK

ORDER = 3
END = ""
UNIT = re.compile(rf" ?(?:[{CJK}]|[^\W{CJK}]+|[^\w\s])")


def units_of(text: str) -> list[str]:
    """Return words, marks and Chinese characters, each with the space before it.

    >>> units_of("So, why?"), units_of("你好 吗")
    (['So', ',', ' why', '?'], ['你', '好', ' 吗'])
    """
    return UNIT.findall(text)


class NgramSampler:
    """Draws sentences word by word from an n-gram model with Witten-Bell smoothing.

    After a history h that c(h) words followed, T(h) of them different, the next word is one of
    these, by their counts, with probability c(h) / (c(h) + T(h)), else one of the model whose
    history is a word shorter (Witten and Bell 1991; Chen and Goodman 1998, section 2.5).

    Args:
        texts: what is counted.
        order: n, the words of the longest n-gram.
    """

    def __init__(self, texts: Sequence[str], *, order: int = ORDER) -> None:
        self.order = order
        counts: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
        for text in texts:
            units = [END] * (order - 1) + units_of(text) + [END]
            for place in range(order - 1, len(units)):
                for size in range(order):
                    counts[tuple(units[place - size : place])][units[place]] += 1
        self.successors = {
            history: (list(found), list(accumulate(found.values())))
            for history, found in counts.items()
        }

    def draw(self, history: tuple[str, ...], rng: Random) -> str:
        """Return a word that follows the history."""
        while history not in self.successors or (history and self._shortens(history, rng)):
            history = history[1:]
        words, sums = self.successors[history]
        return words[bisect(sums, rng.random() * sums[-1])]

    def _shortens(self, history: tuple[str, ...], rng: Random) -> bool:
        words, sums = self.successors[history]
        return rng.random() * (sums[-1] + len(words)) >= sums[-1]

    def sentence(self, rng: Random, *, most: int) -> str:
        """Return a sentence of at most so many words and marks."""
        units: list[str] = []
        history = (END,) * (self.order - 1)
        while len(units) < most and (word := self.draw(history, rng)) != END:
            units.append(word)
            history = (*history, word)[len(history) + 1 - (self.order - 1) :]
        return "".join(units).strip()

    def sentences(self, count: int, *, seed: int, most: int) -> list[str]:
        """Return so many sentences, the same ones for the same seed."""
        rng = Random(seed)
        return [self.sentence(rng, most=most) for _ in range(count)]
