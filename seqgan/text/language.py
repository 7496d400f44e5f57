"""Whether a text is in the language that a vocabulary was learned from."""

import re
from collections.abc import Sequence
from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from seqgan.metrics.words import CJK, is_chinese

LETTERS = re.compile(r"[^\W\d_]{2,}")
LEAST_WORDS = 8
"""Words in small letters, names apart, below which nothing is said of a text."""
LEAST_KNOWN, NUM_KNOWN = 1000, 500
"""Whole words below which a vocabulary says nothing of languages, and the commonest that tell."""
LEAST_PROBABLE = 0.01
"""Of the run's language, below which a text is in another one.

With the vocabulary of English package descriptions these are 99.9 % of their translations into ten
languages, 94 % of the first eight words of such, and none of 6,000 English descriptions, captions
and reviews, also without their commonest words.
"""
SHARE_CHINESE = 0.1
"""Of a text's letters, below which a Chinese run does not take it for Chinese."""


@cache
def identifier() -> LanguageIdentifier:
    """Return what tells 97 languages apart (arXiv:1104.4390: a naive Bayes model of bytes)."""
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def language_of(pieces: Sequence[str]) -> str:
    """Return the code of the language that a vocabulary's pieces are from, "" where too few tell.

    Vocabularies of subwords have the commonest first.

    >>> language_of([" the", " of"])
    ''
    """
    begun = (piece[1:] for piece in pieces if piece.startswith(" "))
    words = [word for word in begun if word.islower() and LETTERS.fullmatch(word)]
    if len(words) < LEAST_KNOWN:
        return ""
    return str(identifier().classify(" ".join(words[:NUM_KNOWN]))[0])


def other_language(text: str, language: str, *, chinese: bool) -> str:
    """Return why a text seems to be in another language than the run's, "" if it does not.

    `language` is the vocabulary's (`language_of`), "" where that is not known.
    """
    letters = sum(map(str.isalpha, text))
    if letters and chinese and len(CJK.findall(text)) < SHARE_CHINESE * letters:
        return "it is not Chinese, as what this run learned from is; leave it out"
    if not chinese and is_chinese(text):
        return "it is Chinese, which this run did not learn from; leave it out"
    if chinese or not language:
        return ""
    if not any(map(str.islower, text)):
        text = text.lower()
    if sum(map(str.islower, LETTERS.findall(text))) < LEAST_WORDS:
        return ""
    ranked = identifier().rank(text)
    if dict(ranked)[language] >= LEAST_PROBABLE:
        return ""
    return (
        f"it seems to be in another language ({ranked[0][0]}) than what this run learned from "
        f"({language}); leave it out"
    )
