"""Made sentences of two styles on the same things, and the parts that judging takes them in."""

import random

from seqgan.text.transfer.corpus import StyledTexts
from seqgan.text.transfer.evaluation import TransferSettings

STYLES = ("negative", "positive")
THINGS = ["the soup", "our waiter", "this room", "the old bread", "my second tea", "the music"]
LINKS = ["was", "seemed", "is still", "had been"]
POLAR = {
    "negative": ["awful", "rude", "stale", "horrible", "bland"],
    "positive": ["lovely", "kind", "fresh", "wonderful", "tasty"],
}
ENDS = [".", "at noon .", "on the way home .", "for all of us ."]
CHINESE_THINGS = ["这家店的汤", "那个房间", "老板的茶", "今天的面"]
CHINESE_POLAR = {
    "negative": ["很难吃", "太差了", "真糟糕"],
    "positive": ["很好吃", "太棒了", "真不错"],
}

TINY = TransferSettings(
    num_sentences=24, num_resamplings=20, classifier_updates=150, language_updates=60
)


def styled(style: str, count: int, *, seed: int) -> list[str]:
    """Return different sentences of a style."""
    rng, found = random.Random(seed), dict[str, None]()
    while len(found) < count:
        words = (rng.choice(part) for part in (THINGS, LINKS, POLAR[style], ENDS))
        found[" ".join(words)] = None
    return list(found)


def chinese(style: str) -> list[str]:
    """Return all Chinese sentences of a style."""
    return [f"{thing}{word}。" for thing in CHINESE_THINGS for word in CHINESE_POLAR[style]]


def styled_texts(references: list[list[list[str]]] | None = None) -> StyledTexts:
    """Return texts in four parts; the test part has a few sentences of each style."""
    every = [styled(style, 300, seed=place) for place, style in enumerate(STYLES)]
    parts = [[each[start:stop] for each in every] for start, stop in ((0, 120), (120, 260))]
    return StyledTexts(
        STYLES,
        *parts,
        validation=[each[260:270] for each in every],
        test=[each[270:] for each in every],
        references=references,
        checksum="made",
    )


def swapped(text: str, source: int, target: int) -> str:
    """Return the sentence with its polar word turned into its counterpart."""
    pairs = zip(POLAR[STYLES[source]], POLAR[STYLES[target]], strict=True)
    for old, new in sorted(pairs, key=lambda pair: -len(pair[0])):
        if f" {old} " in text:
            return text.replace(f" {old} ", f" {new} ")
    raise AssertionError(text)
