"""Whether a text is in the language that a vocabulary was learned from."""

import re
from collections.abc import Mapping, Sequence

from seqgan.metrics.words import CJK, is_chinese

LETTERS = re.compile(r"[^\W\d_]{2,}")
LEAST_WORDS = 12
"""Words in small letters, names apart, below which nothing is said of a text."""
LEAST_KNOWN = 1000
"""Whole words below which a vocabulary says nothing of languages."""
SHARE_KNOWN, SHARE_COMMON, NUM_COMMON = 0.42, 0.09, 50
"""Shares of a text's words that are whole ones of the vocabulary, and the commonest ones of it.

A text about other things lacks the former, one in another language both. 4,000 pieces of English
package descriptions: below both lie 14 sentences of 14 in ten other languages with Latin letters
(technical words are the same in many), .2 % of English captions and reviews, 8 of 32,205
descriptions, four of these in Esperanto or Spanish; below .32 of the former alone 9 % of captions.
"""
SHARE_CHINESE = 0.1
"""Of a text's letters, below which a Chinese run does not take it for Chinese."""


def whole_words(pieces: Sequence[str]) -> Mapping[str, int]:
    """Return the places of a vocabulary's whole words in small letters among each other.

    Vocabularies of subwords have the commonest first.

    >>> whole_words([" the", "ing", " The", " a1", " cat"])
    {'the': 0, 'cat': 1}
    """
    begun = (piece[1:] for piece in pieces if piece.startswith(" "))
    words = [word for word in begun if word.islower() and LETTERS.fullmatch(word)]
    return {word: place for place, word in enumerate(words)}


def other_language(text: str, known: Mapping[str, int], *, chinese: bool) -> str:
    """Return why a text seems to be in another language than the run's, "" if it does not.

    `known` are the vocabulary's `whole_words`.
    """
    letters = sum(map(str.isalpha, text))
    if letters and chinese and len(CJK.findall(text)) < SHARE_CHINESE * letters:
        return "it is not Chinese, as what this run learned from is; leave it out"
    if not chinese and is_chinese(text):
        return "it is Chinese, which this run did not learn from; leave it out"
    if chinese or len(known) < LEAST_KNOWN:
        return ""
    if not any(map(str.islower, text)):
        text = text.lower()
    words = [word for word in LETTERS.findall(text) if word.islower()]
    strange = [word for word in words if word not in known]
    common = sum(known.get(word, NUM_COMMON) < NUM_COMMON for word in words)
    if len(words) < LEAST_WORDS or len(strange) <= (1 - SHARE_KNOWN) * len(words):
        return ""
    if common >= SHARE_COMMON * len(words):
        return ""
    return (
        f"{len(strange)} of its {len(words)} words ({', '.join(dict.fromkeys(strange[:3]))}, ...) "
        "are none of this run's, which learned from another language; leave it out"
    )
