"""Words of any language: what lies between spaces, and every Chinese or Japanese character.

Chinese is written without spaces, so there a limit of 20 words is a limit of 20 characters (about
13 words of a dictionary); who needs longer replies raises the limit. Korean puts spaces between
its words and is counted by them.
"""

import re

CJK = "\u2e80-\u2fff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
WORD = re.compile(rf"[{CJK}]|[^\s{CJK}]+")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b\u2028\u2029\ufeff]")


def count_words(text: str) -> int:
    """Return the number of words.

    >>> count_words("So, how are you?"), count_words("你好吗"), count_words("OK 你好")
    (4, 3, 3)
    """
    return sum(1 for _ in WORD.finditer(text))


def first_words(text: str, limit: int) -> str:
    """Return the text up to the end of its word number `limit`.

    >>> first_words("one  two three", 2), first_words("你好吗", 2)
    ('one  two', '你好')
    """
    ends = [word.end() for word in WORD.finditer(text)]
    return text if len(ends) <= limit else text[: ends[limit - 1]]


def last_words(text: str, limit: int) -> str:
    """Return the text from the start of the last `limit` words on.

    >>> last_words("one two three", 2), last_words("one two", 5)
    ('two three', 'one two')
    """
    starts = [word.start() for word in WORD.finditer(text)]
    return text if len(starts) <= limit else text[starts[-limit] :]


def normalize_spaces(text: str) -> str:
    """Return the text with control characters as spaces, each run of spaces as one, none outside.

    Halves of surrogate pairs, which no file can hold, become question marks.

    >>> normalize_spaces(" a\\tb\\x00 c\\u3000d ")
    'a b c d'
    """
    text = CONTROL.sub(" ", text).encode("utf-8", "replace").decode("utf-8")
    return " ".join(text.split())
