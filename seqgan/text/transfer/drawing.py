"""The test sentences that are judged, and people's rewrites of them."""

import random
from collections.abc import Sequence

from seqgan.text.transfer.corpus import StyledTexts


def drawn(
    texts: StyledTexts, *, most: int, seed: int
) -> tuple[list[list[str]], list[list[list[str]]] | None]:
    """Return the test sentences of each style, at most so many, and people's rewrites of them."""
    sources, references = [], []
    for style, asked in enumerate(texts.test):
        count = min(most, len(asked))
        places = sorted(random.Random(seed).sample(range(len(asked)), count))
        sources.append([asked[at] for at in places])
        if texts.references is not None:
            references.append([texts.references[style][at] for at in places])
    return sources, references if texts.references is not None else None


def unreferenced(references: Sequence[Sequence[Sequence[str]]] | None) -> list[str]:
    """Return a warning where people rewrote some of the sentences and not others.

    >>> (told,) = unreferenced([[["a b"], []], [["c"], ["d"]]])
    >>> told[:47], told[-30:]
    ('1 of 4 test sentences have no rewrite by people', 'and there is no row of people.')
    >>> unreferenced(None)
    []
    """
    people = [own for style in references or [] for own in style]
    if not (missing := sum(not own for own in people)):
        return []
    return [
        f"{missing:,} of {len(people):,} test sentences have no rewrite by people: figures against "
        "rewrites are of the others, and there is no row of people."
    ]
