"""In which way a transfer failed, and which words it changed most."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from seqgan.text.evaluation.judge_words import normalized_words
from seqgan.text.transfer.lexicon import Lexicon, Split, joined, key

COPIED, CONTENT, FLUENCY = "copied", "content lost", "not fluent"
NEGATION, STYLE, FINE = "negation missed", "style missed", "none of these"
KINDS = (COPIED, CONTENT, FLUENCY, NEGATION, STYLE, FINE)
MEANINGS = {
    COPIED: "the source word for word",
    CONTENT: "fewer than half of the source's words that have no style are left",
    FLUENCY: "less likely, a word, than 95 % of real sentences of the target style",
    NEGATION: "at least one classifier does not find the target style, and the text denies as "
    "often as its source, which does",
    STYLE: "changed, but at least one classifier does not find the target style",
    FINE: "no copy; half or more of the source's words that have no style are left; likelier, a "
    "word, than the unlikeliest 5 % of real sentences of the target style; both classifiers find "
    "that style. No more is measured",
}
LEAST_CONTENT = 0.5
REAL_SHARE = 0.95

NEGATION_WORDS = "no not never none nothing nobody nowhere neither nor cannot without hardly"
NEGATIONS = frozenset(re.findall(r"\w+", NEGATION_WORDS))
WORD = re.compile(r"[\w']+")
CHINESE_NEGATION = re.compile(
    "不(?![错但仅过愧断管])|没|无(?!线)|未(?!来(?!过))|(?<![特区差分个级离告识])别(?=[去买来信]|再(?!见)|用(?!心))"
)
MAX_UNITS = 200
"""Units of a text in which changes are looked for: finding them takes the square of that."""


@dataclass(frozen=True)
class Judgement:
    """What is known of one transferred text."""

    copied: bool
    content: float
    """Share of the source's words without style that are left."""
    fluent: bool
    in_style: bool
    """Whether all classifiers say so."""
    negation_kept: bool

    @property
    def kind(self) -> str:
        """The first of `KINDS` that holds."""
        if self.copied:
            return COPIED
        if self.content < LEAST_CONTENT:
            return CONTENT
        if not self.fluent:
            return FLUENCY
        if self.in_style:
            return FINE
        return NEGATION if self.negation_kept else STYLE


def shares(kinds: Sequence[str]) -> dict[str, float]:
    """Return the share of each kind; they sum to 1.

    >>> {kind: share for kind, share in shares(["copied", "none of these"]).items() if share}
    {'copied': 0.5, 'none of these': 0.5}
    """
    counts = Counter(kinds)
    return {kind: counts[kind] / max(len(kinds), 1) for kind in KINDS}


def negations(text: str, *, chinese: bool) -> int:
    """Return how many words deny.

    >>> negations("it wasn't good , not at all", chinese=False)
    2
    >>> negations("it wasn't.", chinese=False), negations("i didn't, really", chinese=False)
    (1, 1)
    >>> negations("he said 'you can't'", chinese=False)
    1
    >>> negations("不错，不贵", chinese=True)  # not bad, not dear: the first is a word of praise
    1
    >>> negations("未来的无线网", chinese=True), negations("别去", chinese=True)
    (0, 1)
    >>> negations("特别用心，个别用户说离别再见", chinese=True)
    0
    """
    if chinese:
        return len(CHINESE_NEGATION.findall(text))
    words = [word.strip("'") for word in WORD.findall(text.lower().replace("’", "'"))]
    return sum(word in NEGATIONS or word.endswith("n't") for word in words)


def negation_kept(source: str, text: str, *, chinese: bool) -> bool:
    """Return whether a text denies as often as its source, which does deny.

    >>> negation_kept("not good", "not bad", chinese=False)
    True
    >>> negation_kept("not good", "very good", chinese=False), negation_kept("a", "b", chinese=True)
    (False, False)
    """
    denied = negations(source, chinese=chinese)
    return denied > 0 and negations(text, chinese=chinese) == denied


def content_words(
    text: str, lexicon: Lexicon, source: int, target: int, *, chinese: bool
) -> list[str]:
    """Return the words (Chinese: characters) of a text that do not speak for its style."""
    units = lexicon.split(text)
    polar = set(lexicon.polar(units, source, target))
    rest = joined([unit for at, unit in enumerate(units) if at not in polar])
    return [word for word in normalized_words(rest, chinese=chinese) if word.isalnum()]


def share_kept(content: Sequence[str], words: Sequence[str]) -> float:
    """Return the share of the content's words that stand in a text; 1 where there is none.

    >>> share_kept(["the", "soup", "the"], ["the", "soup", "was", "cold"])
    0.6666666666666666
    """
    if not content:
        return 1.0
    return (Counter(content) & Counter(words)).total() / len(content)


def changes(source: Sequence[str], text: Sequence[str]) -> list[tuple[str, str]]:
    """Return what stands in a text in place of what; one side may be empty.

    >>> changes("it was very cold".split(), "it was hot".split())
    [('very cold', 'hot')]
    """
    matcher = SequenceMatcher(None, source, text, autojunk=False)
    return [
        (" ".join(source[a:b]), " ".join(text[c:d]))
        for kind, a, b, c, d in matcher.get_opcodes()
        if kind != "equal"
    ]


def changed_most(
    sources: Sequence[str], texts: Sequence[str], split: Split, *, count: int
) -> dict[str, list[list[str | int]]]:
    """Return the commonest `removed` and `added` words and `replaced` stretches, and how often.

    A word is removed if the text has it less often than its source.
    """
    gone, new = Counter[str](), Counter[str]()
    replaced = Counter[tuple[str, str]]()
    for source, text in zip(sources, texts, strict=True):
        before, after = ([key(unit) for unit in split(each)[:MAX_UNITS]] for each in (source, text))
        gone += Counter(before) - Counter(after)
        new += Counter(after) - Counter(before)
        replaced.update(pair for pair in changes(before, after) if all(pair))
    return {
        "removed": [[word, times] for word, times in gone.most_common(count)],
        "added": [[word, times] for word, times in new.most_common(count)],
        "replaced": [[*pair, times] for pair, times in replaced.most_common(count)],
    }


def by_kind(kinds: Mapping[str, Sequence[str]]) -> dict[str, list[tuple[str, int]]]:
    """Return where each kind occurs: direction and place.

    >>> by_kind({"a>b": ["copied", "copied"]})["copied"]
    [('a>b', 0), ('a>b', 1)]
    """
    places: dict[str, list[tuple[str, int]]] = {kind: [] for kind in KINDS}
    for direction, each in kinds.items():
        for place, kind in enumerate(each):
            places[kind].append((direction, place))
    return places
