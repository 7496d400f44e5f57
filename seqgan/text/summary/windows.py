"""Long documents in windows of whole sentences, and a word budget shared out among them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from seqgan.text.inputs import parts_of
from seqgan.text.words import count_words

Size = Callable[[str], int]


@dataclass(frozen=True)
class Window:
    """A stretch of a document, from one place to another in characters."""

    begin: int
    end: int
    text: str

    @property
    def words(self) -> int:
        """Its words (Chinese: characters)."""
        return count_words(self.text)


@dataclass(frozen=True)
class Plan:
    """A document in windows, `num_chosen` of which share out so many words."""

    windows: list[Window]
    words: int
    num_chosen: int


def windows_of(document: str, *, size: Size, limit: int) -> list[Window]:
    """Return the document in windows of at most `limit`, which `size` counts.

    They are of whole sentences, where one is longer of clauses or of words.

    >>> [window.text for window in windows_of("a b. c. d e f.", size=count_words, limit=3)]
    ['a b. c.', 'd e f.']
    """
    spans: list[tuple[int, int]] = []
    begin = 0
    for part in parts_of(document, size=size, limit=limit):
        begin = document.index(part, begin)
        end = begin + len(part)
        if spans and size(document[spans[-1][0] : end]) <= limit:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((begin, end))
        begin = end
    return [Window(begin, end, document[begin:end]) for begin, end in spans]


def planned(
    document: str, words: int, *, size: Size, limit: int, usual_words: int, most_words: int
) -> Plan:
    """Return windows that together can have a summary of so many words, and how many shall.

    So many that each is about as long as summaries usually are, and all where the budget is larger
    than that; windows are cut smaller where the largest budget of one does not allow so many.

    Args:
        document: has that many words or more, one at least.
        words: the budget of all.
        size: of a text.
        limit: the largest window.
        usual_words: of a summary.
        most_words: of a summary.
    """
    windows = windows_of(document, size=size, limit=limit)
    while sum(capacities(windows, most_words)) < words:
        limit = max(1, min(limit, size(document)) * 4 // 5)
        windows = windows_of(document, size=size, limit=limit)
    smallest = sorted(capacities(windows, most_words))
    number = min(len(windows), max(1, round(words / usual_words)))
    while sum(smallest[:number]) < words:
        number += 1
    return Plan(windows, words, number)


def capacities(windows: Sequence[Window], most_words: int) -> list[int]:
    """Return the largest budget that each window can have."""
    return [min(window.words, most_words) for window in windows]


def shares(words: int, capacity: Sequence[int]) -> list[int]:
    """Return the words shared out as evenly as the capacities allow; the first get the rest.

    >>> shares(8, [5, 5, 5]), shares(8, [1, 9, 9]), shares(2, [4, 4, 4])
    ([3, 3, 2], [1, 4, 3], [1, 1, 0])
    """
    found = [0] * len(capacity)
    order = sorted(range(len(capacity)), key=lambda place: (capacity[place], -place))
    for done, place in enumerate(order):
        found[place] = min(capacity[place], words // (len(order) - done))
        words -= found[place]
    return found
