"""Trivial summaries that every result must beat: first words, typical words, random ones.

They learn from the documents and short texts that the summarizer learns from. A word is what
stands between spaces (Chinese: a character).
"""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from seqgan.metrics.words import CJK
from seqgan.text.summary.corpus import SummaryTexts
from seqgan.text.summary.titleness import Titleness
from seqgan.text.words import WORD, first_words

Summarize = Callable[[Sequence[str], int], list[str]]
"""Writes a short text of at most so many words for each document, in order."""

LEAD, CONTENT, TITLENESS = "lead", "lead without stop words", "titleness"
RANDOM, EXTRACTIVE = "random words", "extractive"
TRIVIAL = (LEAD, CONTENT, TITLENESS, RANDOM, EXTRACTIVE)
HUMAN = "human"
"""The row of the short texts that people wrote."""
CLAUSE_END = ".!?;:,()[]。！？；：，、（）"
NUM_STOP_WORDS = 100
"""Commonest words of the documents that count as stop words, where the language is not English."""
ENGLISH = frozenset({"the", "of", "and", "to"})


def lead(documents: Sequence[str], words: int) -> list[str]:
    """Return the first words of each document.

    >>> lead(["a tool that reads maps", "读取地图"], 2)
    ['a tool', '读取']
    """
    return [first_words(document, words) for document in documents]


def split(text: str) -> list[str]:
    """Return the words of a text with the marks that touch them.

    >>> split("Maps, old ones."), split("读取maps")
    (['Maps,', 'old', 'ones.'], ['读', '取', 'maps'])
    """
    return WORD.findall(text)


def joined(words: Sequence[str]) -> str:
    """Return the words as a text, with no space where both neighbors are Chinese.

    >>> joined(["old", "maps"]), joined(["读", "取", "maps"])
    ('old maps', '读取 maps')
    """
    if not words:
        return ""
    parts = [words[0]]
    for before, word in pairwise(words):
        parts.append(word if CJK.fullmatch(before) and CJK.fullmatch(word) else f" {word}")
    return "".join(parts)


def bare(word: str) -> str:
    """Return what a word says, in small letters and without marks around it.

    >>> bare("(Maps),")
    'maps'
    """
    left = next((at for at, letter in enumerate(word) if letter.isalnum()), len(word))
    right = next((at for at, letter in enumerate(word[::-1]) if letter.isalnum()), len(word))
    return word[left : len(word) - right].casefold()


def stop_words(documents: Sequence[str]) -> frozenset[str]:
    """Return scikit-learn's stop words of English documents, else the commonest of all words."""
    counts = Counter(
        said for document in documents for word in split(document) if (said := bare(word))
    )
    common = [word for word, _ in counts.most_common(NUM_STOP_WORDS)]
    if set(common) >= ENGLISH:
        from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

        return frozenset(ENGLISH_STOP_WORDS)
    return frozenset(common)


def without(stopped: frozenset[str]) -> Summarize:
    """Return what takes the first words that are no stop words."""

    def summarize(documents: Sequence[str], words: int) -> list[str]:
        kept = [
            [word for word in split(document) if (said := bare(word)) and said not in stopped]
            for document in documents
        ]
        return [joined(each[:words]) for each in kept]

    return summarize


def at_random(*, seed: int = 0) -> Summarize:
    """Return what takes random words in the document's order, always the same ones."""

    def summarize(documents: Sequence[str], words: int) -> list[str]:
        outputs = []
        for document in documents:
            known = split(document)
            rng = random.Random(f"{seed} {document}")
            places = sorted(rng.sample(range(len(known)), min(words, len(known))))
            outputs.append(joined([known[place] for place in places]))
        return outputs

    return summarize


def clauses(document: str) -> list[list[str]]:
    """Return the words of each clause, which marks of punctuation end.

    >>> clauses("Old maps, read by a tool. Fast!")
    [['Old', 'maps,'], ['read', 'by', 'a', 'tool.'], ['Fast!']]
    """
    found: list[list[str]] = [[]]
    for word in split(document):
        if any(map(str.isalnum, word)):
            found[-1].append(word)
        if word[-1] in CLAUSE_END and found[-1]:
            found.append([])
    return [clause for clause in found if clause]


class Extractive:
    """Takes the stretch of a clause that is most like the whole document.

    Likeness is the cosine of weighted words (the centroid of arXiv:cs/0005020). On package
    descriptions such stretches are nearer to people's short texts than the beginnings of clauses,
    the beginning of the most central sentence, and stretches over clauses.
    """

    def __init__(self, documents: Sequence[str]) -> None:
        """Weigh the words by the documents."""
        # A second of importing that other baselines do not pay for.
        from sklearn.feature_extraction.text import TfidfVectorizer

        self._vectorizer = TfidfVectorizer(analyzer=_said, sublinear_tf=True)
        self._vectorizer.fit(documents)

    def __call__(self, documents: Sequence[str], words: int) -> list[str]:
        """Return a stretch of each document, in order; what has no clause is its beginning."""
        found = [stretches(document, words) for document in documents]
        if not found:
            return []
        rows = np.repeat(np.arange(len(found)), [len(each) for each in found])
        flat = [stretch for each in found for stretch in each]
        whole = self._vectorizer.transform(documents)
        likeness = np.asarray(self._vectorizer.transform(flat).multiply(whole[rows]).sum(1)).ravel()
        starts = np.searchsorted(rows, np.arange(len(found)))
        return [
            each[int(likeness[start : start + len(each)].argmax())]
            for each, start in zip(found, starts, strict=True)
        ]


def stretches(document: str, words: int) -> list[str]:
    """Return all stretches of so many words inside a clause, shorter clauses whole.

    >>> stretches("Old maps, read by a tool.", 3)
    ['Old maps', 'read by a', 'by a tool']
    """
    found = [
        joined(clause[start : start + words]).strip(CLAUSE_END)
        for clause in clauses(document)
        for start in range(max(len(clause) - words, 0) + 1)
    ]
    return found or [first_words(document, words)]


def typical(titleness: Titleness) -> Summarize:
    """Return what keeps the words most typical of short texts, in the document's order."""

    def summarize(documents: Sequence[str], words: int) -> list[str]:
        return [titleness.keep(document, words) for document in documents]

    return summarize


def summary_baselines(texts: SummaryTexts, *, seed: int = 0) -> dict[str, Summarize]:
    """Return every trivial summarizer by name; `seed` draws the random words."""
    titleness = Titleness.of(texts.shorts, texts.documents, chinese=texts.chinese)
    return {
        LEAD: lead,
        CONTENT: without(stop_words(texts.documents)),
        TITLENESS: typical(titleness),
        RANDOM: at_random(seed=seed),
        EXTRACTIVE: Extractive(texts.documents),
    }


def _said(text: str) -> list[str]:
    return [said for word in split(text) if (said := bare(word))]
