"""Sentences as they were written and as the judges read them."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from seqgan.text.evaluation.judge_words import normalized_words


@dataclass(frozen=True)
class Lines:
    """Sentences: their texts, and the words of each after the judges' normalization."""

    texts: Sequence[str]
    words: Sequence[Sequence[str]]

    @classmethod
    def read(cls, texts: Sequence[str], *, chinese: bool) -> "Lines":
        """Return the lines of `texts`; Chinese is read by characters."""
        return cls(texts, [normalized_words(text, chinese=chinese) for text in texts])

    def __len__(self) -> int:
        return len(self.texts)

    def pick(self, places: Iterable[int]) -> "Lines":
        """Return the lines at these places."""
        chosen = list(places)
        return Lines([self.texts[at] for at in chosen], [self.words[at] for at in chosen])

    def filled(self) -> "Lines":
        """Return the lines that have words.

        >>> Lines.read(["Hi!", " "], chinese=False).filled().texts
        ['Hi!']
        """
        return self.pick(place for place, words in enumerate(self.words) if words)

    def draw(self, count: int, *, seed: int) -> "Lines":
        """Return `count` lines, or all if there are fewer, in random order: files are sorted."""
        return self.pick(random.Random(seed).sample(range(len(self)), min(count, len(self))))
