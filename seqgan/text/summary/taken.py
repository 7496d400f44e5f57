"""Which words of a document stand in its summary, and at which of their places they were read."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from seqgan.text.words import WORD

LOST = 24
"""Characters that a piece may lie behind the one before it: the vocabulary did not know them."""


class Span(NamedTuple):
    """From one place to another, in characters."""

    begin: int
    end: int


def words_of(text: str) -> list[tuple[Span, str]]:
    """Return the words of a text in small letters, with their places, marks around them left out.

    >>> words_of("(Read-only) maps!")
    [(Span(begin=1, end=10), 'read-only'), (Span(begin=12, end=16), 'maps')]
    """
    found = []
    for match in WORD.finditer(text):
        inside = [place for place, sign in enumerate(match[0]) if sign.isalnum()]
        if inside:
            begin, end = match.start() + inside[0], match.start() + inside[-1] + 1
            found.append((Span(begin, end), text[begin:end].casefold()))
    return found


def spans_of(pieces: Sequence[str], text: str) -> list[Span]:
    """Return where in the text each piece of it stands; one that cannot be found is empty.

    >>> spans_of([" re", "ad", "<unk>", " it"], "read☃ it")
    [Span(begin=0, end=2), Span(begin=2, end=4), Span(begin=4, end=4), Span(begin=6, end=8)]
    """
    found, done = [], 0
    for piece in pieces:
        sign = piece.strip()
        begin = text.find(sign, done, done + len(sign) + LOST) if sign else -1
        found.append(Span(begin, begin + len(sign)) if begin >= 0 else Span(done, done))
        done = found[-1].end
    return found


def taken_words(document: str, summary: str, read: Mapping[int, int]) -> tuple[Span, ...]:
    """Return the places of the document's words that stand in the summary, in order.

    A word that stands at several is taken from the one where it was read, otherwise from the first
    that is not taken yet.

    Args:
        document: a text.
        summary: another.
        read: for characters of the summary, from which one of the document they were copied.

    >>> [tuple(span) for span in taken_words("a map, a tool", "Tool map of a", {12: 7})]
    [(2, 5), (7, 8), (9, 13)]
    """
    places = defaultdict[str, list[Span]](list)
    for span, word in words_of(document):
        places[word].append(span)
    taken = set[Span]()
    for span, word in words_of(summary):
        pointed = [read[place] for place in range(*span) if place in read]
        there = [one for one in places[word] if any(one.begin <= at < one.end for at in pointed)]
        free = [one for one in places[word] if one not in taken]
        taken.update((there or free or places[word])[:1])
    return tuple(sorted(taken))
