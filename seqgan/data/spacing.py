"""Spaces that got lost, as at the line ends of transcripts: "some guyI work with", "be nice.So"."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

TOKEN = re.compile(r"'?[^\W\d_]+(?:'[^\W\d_]+)*|[.,!?;:\"-]+")
WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
CASES = re.compile(r"(?<=[^\W\d_A-Z])(?=[A-Z])")
NAMES = ("mc", "mac", "de", "di", "la", "le", "du", "fitz", "ph")
KNOWN = 10  # a part must stand alone this often


def space_punctuation(text: str) -> str:
    """Return the text with a space after punctuation that runs into the next word.

    Dots inside abbreviations stay, and so do rows of dots.

    >>> space_punctuation("It rang.Now what?We wait,and a Ph.D. from the U.S. says so...maybe.")
    'It rang. Now what? We wait, and a Ph.D. from the U.S. says so...maybe.'
    """
    text = re.sub(r"(?<=[A-Za-z'])([,;!?]+)(?=[A-Za-z])", r"\1 ", text)
    return re.sub(r"(?<=[a-z])(?<!\bPh)\.(?=[A-Z])", ". ", text)


def split_glued(texts: Sequence[str]) -> tuple[list[str], int]:
    """Return the texts with words that lost the space between them set apart, and how many.

    The texts themselves are the judge. A word is split in two where the two, each frequent, stand
    side by side in these texts five times as often as glued, or at all if glued only once or twice;
    where a capital follows a small letter it is enough that both are frequent, names such as
    McDonald apart. A word that could be split in several ways is left alone, unless one of them
    is far more frequent.
    """
    singles: Counter[str] = Counter()
    beside: Counter[tuple[str, str]] = Counter()
    for text in texts:
        words = [word.lower() for word in TOKEN.findall(text)]
        singles.update(words)
        beside.update(pairwise(words))
    places: dict[str, int] = {}
    repaired = 0

    def repair(match: re.Match[str]) -> str:
        nonlocal repaired
        word = match[0]
        if word not in places:
            places[word] = split_place(word, singles, beside)
        place = places[word]
        repaired += place > 0
        return f"{word[:place]} {word[place:]}" if place else word

    return [WORD.sub(repair, text) for text in texts], repaired


def split_place(word: str, singles: Counter[str], beside: Counter[tuple[str, str]]) -> int:
    """Return where to split a word, 0 for nowhere.

    `singles` counts words, `beside` pairs of neighbouring words, all in lower case.
    """
    low = word.lower()
    glued = singles[low]
    apart: dict[int, int] = {}
    for place in range(1, len(low)):
        left, right = low[:place], low[place:]
        if min(singles[left], singles[right]) < KNOWN or not (left in "ai" or len(left) > 1):
            continue
        count = beside[left, right]
        if count >= (1 if glued <= 2 and len(left) > 1 and len(right) > 1 else 5 * glued):
            apart[place] = count
    best = sorted(apart, key=lambda place: apart[place], reverse=True)
    if len(best) == 1 or (len(best) > 1 and apart[best[0]] >= 5 * apart[best[1]]):
        return best[0]
    if best:
        return 0
    cased = [match.start() for match in CASES.finditer(word)]
    if len(cased) != 1 or low[: cased[0]] in NAMES:
        return 0
    frequent = min(singles[low[: cased[0]]], singles[low[cased[0] :]]) >= KNOWN
    return cased[0] if frequent else 0
