"""What summaries of a document are ranked by: without pairs, and without anything else to train."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from seqgan.text.summary.reconstruction import Reconstruct
from seqgan.text.words import count_words

MISSING = float("nan")
VIEWS = 16
"""Windows of a long document that a summary of one of them is compared with."""


@dataclass(frozen=True)
class Scores:
    """What speaks for a summary; nan where the run has nothing that could say.

    Attributes: likelihood (its log-probability a token by the generator, at most 0), reconstruction
    (that of the document given the summary, a token, by the run's reconstructor), missed (the share
    of the word budget by which it is too short), total (what candidates are ranked by).
    """

    likelihood: float = MISSING
    reconstruction: float = MISSING
    missed: float = MISSING
    total: float = MISSING


def total(likelihood: float, reconstruction: float, missed: float) -> float:
    """Return log p(summary | document) a token + log p(document | summary) a token - missed.

    What is missing counts nothing. (Noisy channel reranking, arXiv:1908.05731, eq. 4, the channel
    being the reconstructor. A hardly trained run gained .9, .3 and .8 of ROUGE-1, -2 and -L by the
    best of 16 over beam search; by reconstruction alone it lost 1.3, 1.9 and 1.4.)

    >>> total(-1.0, -2.0, 0.5), total(-1.0, MISSING, 0.0)
    (-3.5, -1.0)
    """
    parts = (likelihood, reconstruction, -missed)
    return sum(part for part in parts if not math.isnan(part))


def missed(summary: str, words: int) -> float:
    """Return the share of the budget that a summary leaves unused.

    >>> missed("old maps", 8), missed("", 8)
    (0.75, 1.0)
    """
    return max(words - count_words(summary), 0) / words


def scores_of(
    documents: Sequence[str],
    summaries: Sequence[str],
    likelihoods: Sequence[float],
    words: Sequence[int],
    reconstruct: Reconstruct | None,
) -> list[Scores]:
    """Return the scores of each summary of the document of its place, within a word budget."""
    if not summaries:
        return []
    recovered = [MISSING] * len(summaries)
    if reconstruct is not None:
        recovered = reconstruct(documents, summaries)
    shares = [missed(*pair) for pair in zip(summaries, words, strict=True)]
    rows = zip(likelihoods, recovered, shares, strict=True)
    return [Scores(*row, total(*row)) for row in rows]


def together(scores: Sequence[Scores], summary: str, words: int) -> Scores:
    """Return the scores of a summary that is made of several with these scores."""
    likelihood, reconstruction = (
        sum(getattr(each, name) for each in scores) / len(scores)
        for name in ("likelihood", "reconstruction")
    )
    share = missed(summary, words)
    return Scores(likelihood, reconstruction, share, total(likelihood, reconstruction, share))


def telling(
    windows: Sequence[str], summaries: Sequence[str], reconstruct: Reconstruct | None
) -> list[float]:
    """Return how much of a document each of these summaries tells; 0 without a reconstructor.

    Each is compared with windows from all over the document: the better these can be recovered
    from it, the more it tells.
    """
    if reconstruct is None:
        return [0.0] * len(summaries)
    step = max(len(windows) / VIEWS, 1.0)
    views = [windows[int(place * step)] for place in range(min(len(windows), VIEWS))]
    recovered = reconstruct(
        [view for _ in summaries for view in views],
        [summary for summary in summaries for _ in views],
    )
    return [sum(recovered[k * len(views) : (k + 1) * len(views)]) for k in range(len(summaries))]


def most_telling(summaries: Sequence[str], worth: Sequence[float], number: int) -> list[int]:
    """Return the places of the summaries that tell most, in order; of equals the first.

    What another one says already tells nothing.

    >>> most_telling(["maps", "maps", "songs", "it"], [-1.0, -1.0, -3.0, -2.0], 2)
    [0, 3]
    """
    again = [summary in summaries[:place] for place, summary in enumerate(summaries)]
    best = sorted(range(len(summaries)), key=lambda place: (again[place], -worth[place]))
    return sorted(best[:number])
