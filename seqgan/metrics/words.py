"""What counts as a word: whitespace words and simple tokens in English, characters in Chinese."""

import re
from collections.abc import Iterable, Sequence

# Unified ideographs, extension A, compatibility ideographs, and the supplementary planes.
CJK = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
TOKEN = re.compile(r"\w+|[^\w\s]")


def is_chinese(text: str) -> bool:
    """Return whether more than half of the letters of `text` are Chinese characters.

    >>> is_chinese("你好吗, Al?"), is_chinese("hello"), is_chinese("?!")
    (True, False, False)
    """
    return 2 * len(CJK.findall(text)) > sum(character.isalpha() for character in text)


def all_chinese(texts: Iterable[str]) -> bool:
    """Return whether `texts`, taken together, are Chinese.

    >>> all_chinese(["你好吗", "ok"])
    True
    """
    return is_chinese(" ".join(texts))


def split_words(text: str, *, chinese: bool | None = None) -> list[str]:
    """Return the words and marks of `text`, or its characters if it is Chinese.

    `chinese` says which; by default the text itself decides.

    >>> split_words("Don't go, please.")
    ['Don', "'", 't', 'go', ',', 'please', '.']
    >>> split_words("你好 吗?")
    ['你', '好', '吗', '?']
    """
    if is_chinese(text) if chinese is None else chinese:
        return [character for character in text if not character.isspace()]
    return TOKEN.findall(text)


def split_texts(texts: Sequence[str]) -> list[list[str]]:
    """Return the words of every text; the language is decided once for all of them.

    >>> split_texts(["Fine.", "Me too"])
    [['Fine', '.'], ['Me', 'too']]
    """
    chinese = all_chinese(texts)
    return [split_words(text, chinese=chinese) for text in texts]


def count_words(texts: Sequence[str]) -> int:
    """Return the whitespace words (Chinese: characters) of `texts`, each text's end counted.

    The number that a perplexity divides by: it does not depend on any vocabulary.

    >>> count_words(["Don't go.", "Why?"])  # two words and one word, each with its end
    5
    >>> count_words(["你好吗"])
    4
    """
    if all_chinese(texts):
        return sum(len(split_words(text, chinese=True)) + 1 for text in texts)
    return sum(len(text.split()) + 1 for text in texts)
