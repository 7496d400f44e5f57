"""Whether a text is in the language that a vocabulary was learned from."""

import re
from collections.abc import Collection, Sequence

from seqgan.metrics.words import CJK, is_chinese

LETTERS = re.compile(r"[^\W\d_]{2,}")
LEAST_WORDS = 8
"""Words in small letters, names apart, below which nothing is said of a text."""
LEAST_KNOWN = 1000
"""Whole words below which a vocabulary says nothing of languages."""
SHARE_KNOWN = 0.32
"""Of a text's words that are whole ones of the vocabulary. 4,000 pieces of English package
descriptions: 5 of 16,700 descriptions lie below, one of them in Spanish; sentences in nine other
languages with Latin letters have 0 to .31, English ones about other things .33 to .7."""
SHARE_CHINESE = 0.1
"""Of a text's letters, below which a Chinese run does not take it for Chinese."""


def whole_words(pieces: Sequence[str]) -> frozenset[str]:
    """Return the pieces of a vocabulary that are whole words in small letters.

    >>> sorted(whole_words([" the", "ing", " The", " a1", " a"]))
    ['the']
    """
    begun = (piece[1:] for piece in pieces if piece.startswith(" "))
    return frozenset(word for word in begun if word.islower() and LETTERS.fullmatch(word))


def other_language(text: str, known: Collection[str], *, chinese: bool) -> str:
    """Return why a text seems to be in another language than the run's, "" if it does not.

    `known` are the vocabulary's whole words.
    """
    letters = sum(map(str.isalpha, text))
    if letters and chinese and len(CJK.findall(text)) < SHARE_CHINESE * letters:
        return "it is not Chinese, as what this run learned from is; leave it out"
    if not chinese and is_chinese(text):
        return "it is Chinese, which this run did not learn from; leave it out"
    if chinese or len(known) < LEAST_KNOWN:
        return ""
    words = [word for word in LETTERS.findall(text) if word.islower()]
    strange = [word for word in words if word not in known]
    if len(words) < LEAST_WORDS or len(strange) <= (1 - SHARE_KNOWN) * len(words):
        return ""
    return (
        f"{len(strange)} of its {len(words)} words ({', '.join(dict.fromkeys(strange[:3]))}, ...) "
        "are none of this run's, which learned from another language; leave it out"
    )
