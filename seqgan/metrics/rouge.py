"""ROUGE of short texts against one human text each, by rouge-score.

rouge-score reads the letters a to z and digits alone: identical Chinese texts get 0, and "élève" is
"l" and "ve". So texts of other letters are given a tokenizer of our own: characters in Chinese,
words elsewhere.

Legend: S texts, K kinds of ROUGE.
"""

import re
from collections.abc import Sequence
from importlib.metadata import version

import numpy as np
from numpy.typing import NDArray
from rouge_score.rouge_scorer import RougeScorer

from seqgan.metrics.words import all_chinese, split_words

ROUGE = ("rouge1", "rouge2", "rougeL")
LATIN = re.compile(r"[a-z]", re.IGNORECASE)
OTHERS = 0.005
"""Share of letters beyond a to z that English has at most: names, words from elsewhere."""
CHECKED = 1000
"""References that say in which letters texts are written."""


class OwnTokenizer:
    """What rouge-score asks for words: characters of Chinese, small words of other letters."""

    def __init__(self, *, chinese: bool) -> None:
        self._chinese = chinese

    def tokenize(self, text: str) -> list[str]:
        """Return the words of a text without marks.

        >>> OwnTokenizer(chinese=True).tokenize("你好, 吗?")
        ['你', '好', '吗']
        """
        return [word for word in split_words(text.lower(), chinese=self._chinese) if word.isalnum()]


class Rouge:
    """Scores texts as the letters of the references ask for."""

    def __init__(self, references: Sequence[str]) -> None:
        """Look at the references.

        Attributes: signature (which words were compared).
        """
        sample = references[:CHECKED]
        letters = sum(character.isalpha() for text in sample for character in text)
        latin = sum(len(LATIN.findall(text)) for text in sample)
        known = letters - latin <= OTHERS * letters
        chinese = all_chinese(sample)
        own = None if known and not chinese else OwnTokenizer(chinese=chinese)
        self._scorer = RougeScorer(list(ROUGE), use_stemmer=own is None, tokenizer=own)
        read = "characters" if chinese else "words" if own else "its own words, stemmed"
        self.signature = f"rouge-score {version('rouge-score')}, F1, one reference, {read}"

    def f1(self, texts: Sequence[str], references: Sequence[str]) -> NDArray[np.float64]:
        """Return F1 of ROUGE-1, -2 and -L of each text, 0 to 100, shape (S, K).

        Raises ValueError unless there is one reference for each text.

        >>> Rouge(["the cat sat"]).f1(["the cats"], ["the cat sat"]).round(1).tolist()
        [[80.0, 66.7, 80.0]]
        """
        if len(texts) != len(references):
            raise ValueError(
                f"one reference for each text is needed, got {len(texts)} texts and "
                f"{len(references)} references"
            )
        scores = [
            self._scorer.score(reference, text)
            for text, reference in zip(texts, references, strict=True)
        ]
        found = [[100.0 * each[kind].fmeasure for kind in ROUGE] for each in scores]
        return np.array(found, dtype=np.float64).reshape(-1, len(ROUGE))
