"""The style of a text that none of its clauses contradicts.

Half of a sentence in the wanted style is enough for a classifier to find it in the whole ("the food
was great and the waiter rude"), and not for a reader. Only clear contradictions count: clauses are
shorter than what the classifier learned from, and many have no style.

Legend: N texts, K styles.
"""

import re
from collections.abc import Sequence

import torch
from torch import Tensor

from seqgan.text.transfer.ranking import StyleScorer
from seqgan.text.words import count_words

BETWEEN = re.compile(
    r"[;:!?，。；：！？、]+|[,.](?!\d)|\b(?:and|because|while|although|though)\b"
    r"|(?<!\bnothing )(?<!\banything )(?<!\ball )\bbut\b|(?<![不非])但是?|因为|而且",
    re.IGNORECASE,
)
"""What stands between clauses; who is "nothing but polite" is polite."""
LEAST_WORDS = 2
"""Words of a clause (Chinese: characters): a single one has been judged with its neighbors."""
SLACK = 100.0
"""A text is so many times as likely to have a style as its most contrary clause, at most. Less
costs content, more leaves contradictions."""


def clauses(text: str) -> list[str]:
    """Return the clauses of a text; nothing where it is one itself.

    >>> clauses("the food was cold and the waiter, bob, rude .")
    ['the food was cold', 'the waiter']
    >>> clauses("屏幕很好，但是太贵"), clauses("it was 3.5 miles")
    (['屏幕很好', '太贵'], [])
    >>> clauses("great food and slow"), clauses("the staff was nothing but polite .")
    (['great food'], [])
    """
    found = [part for part in BETWEEN.split(text) if count_words(part)]
    long = [part.strip() for part in found if count_words(part) >= LEAST_WORDS]
    return long if len(found) > 1 else []


class ByClauses:
    """A scorer of styles that asks about clauses too; `scorer` says what each text by itself is."""

    def __init__(self, scorer: StyleScorer) -> None:
        self.scorer = scorer

    def probabilities(self, texts: Sequence[str]) -> Tensor:
        """Return how likely each style is of text and clauses, (N, K); rows sum to 1 at most."""
        found_NK = self.scorer.probabilities(texts)
        cut = [(place, part) for place, text in enumerate(texts) for part in clauses(text)]
        if not cut:
            return found_NK
        most_MK = SLACK * self.scorer.probabilities([part for _, part in cut])
        row_MK = torch.tensor([place for place, _ in cut]).unsqueeze(1).expand_as(most_MK)
        return found_NK.scatter_reduce(0, row_MK, most_MK, "amin")
