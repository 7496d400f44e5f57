"""Which words speak for which style: a text as words, and a linear model over them.

Legend: K styles.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

from seqgan.metrics.words import all_chinese
from seqgan.text.tokenizer import SPACE, SubwordTokenizer
from seqgan.text.transfer.judges import labeled

UNIT = re.compile(r"\s*(?:\w+(?:['’]\w+)*|[^\w\s])")
VOCABULARY = 3000
REGULARIZATION = 1.0
LEAST_MOVE = 0.25
"""By how much of a common text's lean a word must move a text to speak for a style."""

Split = Callable[[str], list[str]]
"""Cuts a text into units that make the text again when put together."""


def key(unit: str) -> str:
    """Return what a unit says, without the space before it and in lower case.

    >>> key(" Great")
    'great'
    """
    return unit.strip().lower()


def words_of(text: str) -> list[str]:
    """Return words and marks, each with the space before it.

    >>> words_of("it wasn't great .")
    ['it', " wasn't", ' great', ' .']
    """
    return UNIT.findall(text)


def joined(units: Sequence[str]) -> str:
    """Return the text that the units make.

    >>> joined([" so", " cold", "."])
    'so cold.'
    """
    return "".join(units).strip()


def splitter(texts: Sequence[str]) -> Split:
    """Return what cuts texts like these into words; Chinese into subwords learned from them.

    Chinese is written without spaces, and a single character of it seldom has a style.
    """
    if not all_chinese(texts):
        return words_of
    tokenizer = SubwordTokenizer.train(texts, vocab_size=VOCABULARY, exact=False)

    def pieces_of(text: str) -> list[str]:
        units, space = [], ""
        for piece in tokenizer.processor.encode(text, out_type=str):
            said = space + piece.replace(SPACE, " ")
            space = "" if said.strip() else said  # of a unit, as in English
            units += [said] if said.strip() else []
        return units

    return pieces_of


@dataclass(frozen=True)
class Lexicon:
    """How much each word and each pair of neighbors speaks for each style."""

    split: Split
    weights: dict[str, NDArray[np.float64]]
    """Of a word or of two with a space between, (K,)."""
    bias_K: NDArray[np.float64]
    common_lean: float
    """The median lean of the texts that it was trained on, in logits."""

    @classmethod
    def train(cls, texts: list[list[str]]) -> "Lexicon":
        """Return the weights of a logistic regression over words and pairs that stand there twice.

        `texts` are the texts of each style, which weigh the same however many they are. Raises
        `UserError` without texts of two styles.
        """
        flat, styles = labeled(texts)
        split = splitter(flat)
        vectorizer = CountVectorizer(
            tokenizer=list,
            token_pattern=None,
            lowercase=False,
            ngram_range=(1, 2),
            min_df=2,
            binary=True,
        )
        words = [[key(unit) for unit in split(text)] for text in flat]
        regression = LogisticRegression(C=REGULARIZATION, class_weight="balanced", max_iter=1000)
        found_NF = vectorizer.fit_transform(words)
        regression.fit(found_NF, styles)
        weight_KF, bias_K = regression.coef_, regression.intercept_
        if len(texts) == 2:  # one row stands for both styles
            weight_KF = np.concatenate([-weight_KF, weight_KF]) / 2
            bias_K = np.concatenate([-bias_K, bias_K]) / 2
        leans_NK = np.sort(found_NF @ weight_KF.T + bias_K, axis=1)
        common_lean = float(np.median(leans_NK[:, -1] - leans_NK[:, -2]))
        names = vectorizer.get_feature_names_out().tolist()
        return cls(split, dict(zip(names, weight_KF.T, strict=True)), bias_K, common_lean)

    def weight(self, term: str, source: int, target: int) -> float:
        """Return how much more a word or pair speaks for `target` than for `source`."""
        found_K = self.weights.get(term)
        return 0.0 if found_K is None else float(found_K[target] - found_K[source])

    def lean(self, keys: Sequence[str], source: int, target: int) -> float:
        """Return the logit of `target` against `source`; 0 says nothing."""
        pairs = [f"{first} {second}" for first, second in pairwise(keys)]
        total = float(self.bias_K[target] - self.bias_K[source])
        return total + sum(self.weight(term, source, target) for term in [*keys, *pairs])

    def polar(
        self, units: Sequence[str], source: int, target: int, *, at_least: int = 0
    ) -> list[int]:
        """Return the places of the words that speak for `source`, as many as decide its lean.

        The word whose loss moves the text most to `target` goes first, then that of what is left,
        until the rest leans to `target` or no word moves it by `LEAST_MOVE` of a common lean;
        `at_least` so many go in any case, but for the last one.
        """
        kept, keys = list(range(len(units))), [key(unit) for unit in units]
        gone: list[int] = []
        least = LEAST_MOVE * self.common_lean
        while len(kept) > 1:
            now = self.lean([keys[at] for at in kept], source, target)
            leans = [
                self.lean([keys[at] for at in kept if at != place], source, target)
                for place in kept
            ]
            if len(gone) >= at_least and (now >= 0 or max(leans) - now < least):
                break
            best = kept[int(np.argmax(leans))]
            kept.remove(best)
            gone.append(best)
        return sorted(gone)
