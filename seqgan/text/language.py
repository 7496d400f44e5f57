"""Which language texts are in, and whether another text is in it."""

import re
from collections import Counter
from collections.abc import Iterable
from functools import cache
from itertools import islice

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from seqgan.metrics.words import CJK, is_chinese

LETTERS = re.compile(r"[^\W\d_]{2,}")
LEAST_WORDS = 8
"""Words in small letters, names apart, below which nothing is said of a text."""
TOLD, LEAST_TOLD = 500, 30
"""Texts that tell a run's language, and how few say nothing of it."""
MOST_FOREIGN = 0.02
"""Of these texts: where more are foreign to the language of most, a run has none of its own."""
LEAST_PROBABLE = 0.01
"""Of the run's language, below which a text is in another one.

Of a run that learned from English package descriptions these are 99.9 % of their translations
into ten languages, 94 % of the first eight words of such, and none of 6,000 English descriptions,
captions and reviews, also without their commonest words.
"""
SHARE_CHINESE = 0.1
"""Of a text's letters, below which a Chinese run does not take it for Chinese."""


@cache
def identifier() -> LanguageIdentifier:
    """Return what tells 97 languages apart (arXiv:1104.4390: a naive Bayes model of bytes)."""
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def language_of(texts: Iterable[str]) -> str:
    """Return the code of the language that these texts are in, "" where it is not one alone.

    Too short ones say nothing, nor do Chinese ones, which are told by their characters.

    >>> language_of(["a text", "another one"])
    ''
    """
    told = list(islice(filter(says_enough, texts), TOLD))
    if len(told) < LEAST_TOLD:
        return ""
    ((language, _),) = Counter(identifier().classify(text)[0] for text in told).most_common(1)
    foreign = sum(bool(other_language(text, language, chinese=False)) for text in told)
    return str(language) if foreign <= MOST_FOREIGN * len(told) else ""


def says_enough(text: str) -> bool:
    """Return whether a text has words enough in small letters, names apart."""
    return sum(map(str.islower, LETTERS.findall(text))) >= LEAST_WORDS


def other_language(text: str, language: str, *, chinese: bool) -> str:
    """Return why a text seems to be in another language than the run's, "" if it does not.

    `language` is that of what the run learned from (`language_of`), "" where that is not known.
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
    if not says_enough(text):
        return ""
    ranked = identifier().rank(text)
    if dict(ranked)[language] >= LEAST_PROBABLE:
        return ""
    return (
        f"it seems to be in another language ({ranked[0][0]}) than what this run learned from "
        f"({language}); leave it out"
    )
