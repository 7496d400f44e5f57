"""Trivial transfers that every result must beat: copies, deletion, a phrase behind, new words.

They learn from the half of the texts that the transfer model learns from.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise

from seqgan.text.transfer.corpus import StyledTexts
from seqgan.text.transfer.lexicon import Lexicon, joined, key

Transfer = Callable[[Sequence[str], int, int], list[str]]
"""Rewrites texts of a style (second) in another (third), in order."""

COPY, DELETE, APPEND, INFILL, HUMAN = "copy", "delete", "append", "mask and infill", "human"
PHRASE, LEAST_COUNT = 4, 3
"""Words of the phrase that is put behind, and how often a style must have it."""
START, END = "<s>", "</s>"
NUM_CANDIDATES = 60
"""Words of each kind that are tried in a gap."""
SMOOTHING = 5.0
STYLE_WEIGHT = 1.0


def copy(texts: Sequence[str], source: int, target: int) -> list[str]:
    """Return the texts themselves.

    >>> copy(["it was cold"], 0, 1)
    ['it was cold']
    """
    return list(texts)


def deletion(lexicon: Lexicon) -> Transfer:
    """Return what leaves out the words that speak for the style (arXiv:1804.06437, section 3.1).

    As many as it takes for the rest to lean no way; one word at least is left.
    """

    def transfer(texts: Sequence[str], source: int, target: int) -> list[str]:
        outputs = []
        for text in texts:
            units = lexicon.split(text)
            gone = set(lexicon.polar(units, source, target))
            outputs.append(joined([unit for at, unit in enumerate(units) if at not in gone]))
        return outputs

    return transfer


def appending(texts: list[list[str]], lexicon: Lexicon) -> Transfer:
    """Return what puts behind a text the phrase that speaks most for the target."""
    phrases = [_phrase(texts, style, lexicon) for style in range(len(texts))]

    def transfer(sources: Sequence[str], source: int, target: int) -> list[str]:
        return [text + phrases[target] for text in sources]

    return transfer


def _phrase(texts: list[list[str]], style: int, lexicon: Lexicon) -> str:
    """Return the phrase that speaks most for a style, with the space before it if there is one."""
    phrases = Counter(
        phrase for text in texts[style] for phrase in _neighboring(lexicon.split(text))
    )
    others = [other for other in range(len(texts)) if other != style]

    def lean(phrase: tuple[str, ...]) -> float:
        keys = [key(unit) for unit in phrase]
        return min(lexicon.lean(keys, other, style) for other in others)

    common = [(lean(phrase), phrase) for phrase, count in phrases.items() if count >= LEAST_COUNT]
    return "".join(max(common)[1]) if common else ""


def _neighboring(units: list[str]) -> Iterator[tuple[str, ...]]:
    """Yield stretches of at most `PHRASE` different words, not the first, marks inside alone."""
    for begin in range(1, len(units)):
        for end in range(begin + 1, min(begin + PHRASE, len(units)) + 1):
            phrase = tuple(units[begin:end])
            if len(set(phrase)) < len(phrase) or not key(phrase[0]).isalnum():
                break
            if key(phrase[-1]).isalnum():
                yield phrase


class Neighbors:
    """Counts of a style's words and of pairs of neighbors, ends of texts among them."""

    def __init__(self, texts: Sequence[Sequence[str]]) -> None:
        """Count the keys of texts that are cut into units."""
        self._after: dict[str, Counter[str]] = {}
        self._before: dict[str, Counter[str]] = {}
        self._words: Counter[str] = Counter()
        for units in texts:
            for left, right in pairwise([START, *map(key, units), END]):
                self._after.setdefault(left, Counter())[right] += 1
                self._before.setdefault(right, Counter())[left] += 1
                self._words[right] += 1
        self._total = max(self._words.total(), 1)

    def logp(self, left: str, right: str) -> float:
        """Return the log-probability that `right` follows `left`, smoothed by its own share."""
        after = self._after.get(left, Counter())
        share = (self._words[right] + 0.1) / self._total
        return math.log((after[right] + SMOOTHING * share) / (after.total() + SMOOTHING))

    def candidates(self, left: str, right: str | None) -> list[str]:
        """Return words seen behind `left` or before `right`, the commonest ones."""
        found = self._after.get(left, Counter()).most_common(NUM_CANDIDATES)
        if right is not None:
            found += self._before.get(right, Counter()).most_common(NUM_CANDIDATES)
        return [word for word, _ in found if word not in (START, END)]


class Infilling:
    """Masks the words that speak for the style and fills the gaps with the target's words.

    The scheme of arXiv:1908.08039, its language model being counts of neighbors in the target
    style and its classifier the lexicon: a gap gets the word that follows its left neighbor, is
    followed by its right one, and speaks for the target.
    """

    def __init__(self, texts: list[list[str]], lexicon: Lexicon) -> None:
        """Count the neighbors of each style's words."""
        self._lexicon = lexicon
        self._styles = [Neighbors([lexicon.split(text) for text in each]) for each in texts]

    def __call__(self, texts: Sequence[str], source: int, target: int) -> list[str]:
        """Return the texts rewritten, in order; one word at least is new where there are two."""
        return [self._rewritten(text, source, target) for text in texts]

    def _rewritten(self, text: str, source: int, target: int) -> str:
        units = self._lexicon.split(text)
        gaps = set(self._lexicon.polar(units, source, target, at_least=1))
        if len(units) == 1:
            gaps = {0}
        keys = [START, *map(key, units), END]
        for gap in sorted(gaps):
            left = keys[gap]
            right = None if gap + 1 in gaps else keys[gap + 2]
            word = self._best(left, right, keys[gap + 1], source, target)
            space = units[gap][: len(units[gap]) - len(units[gap].lstrip())]
            units[gap], keys[gap + 1] = space + word, word
        return joined(units)

    def _best(self, left: str, right: str | None, old: str, source: int, target: int) -> str:
        neighbors = self._styles[target]

        def score(word: str) -> float:
            terms = [word, f"{left} {word}"] + ([] if right is None else [f"{word} {right}"])
            style = sum(self._lexicon.weight(term, source, target) for term in terms)
            fit = neighbors.logp(left, word) + (neighbors.logp(word, right) if right else 0.0)
            return fit + STYLE_WEIGHT * style

        tried = [word for word in neighbors.candidates(left, right) if word != old]
        return max(tried, key=score, default=old)


def written_by_people(references: Mapping[str, Sequence[str]]) -> Transfer:
    """Return what gives the first human rewrite of each text; KeyError for an unknown text."""

    def transfer(texts: Sequence[str], source: int, target: int) -> list[str]:
        return [references[text][0] for text in texts]

    return transfer


def transfer_baselines(texts: StyledTexts) -> dict[str, Transfer]:
    """Return every trivial transfer by name; people's rewrites where all of the test has them.

    Raises `UserError` without texts of two styles.
    """
    lexicon = Lexicon.train(texts.train)
    found: dict[str, Transfer] = {
        COPY: copy,
        DELETE: deletion(lexicon),
        APPEND: appending(texts.train, lexicon),
        INFILL: Infilling(texts.train, lexicon),
    }
    if texts.references is not None and all(all(people) for people in texts.references):
        rewrites = {
            text: rewritten
            for sources, people in zip(texts.test, texts.references, strict=True)
            for text, rewritten in zip(sources, people, strict=True)
        }
        found[HUMAN] = written_by_people(rewrites)
    return found
