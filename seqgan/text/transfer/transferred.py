"""An answer of a style transfer, and the answers for the parts of a text joined."""

from dataclasses import dataclass

from seqgan.text.inputs import joined
from seqgan.text.transfer.ranking import Scorers, Scores, scored


@dataclass(frozen=True)
class Transferred:
    """A sentence in another style; its text is that of the first of its candidates, best first.

    (Of a text of several sentences the first is the best of each joined, the others best first.)
    `kept`: it has the style already, as far as the run can tell, or has no word, and stays.
    """

    text: str
    scores: Scores
    candidates: "tuple[Transferred, ...]" = ()
    kept: bool = False


def unchanged(scorers: Scorers, text: str, read: str, target: int) -> Transferred:
    """Return a text that stays as it is, scored by what is `read` of it, if anything."""
    (scores,) = scored(scorers, [read], [read], style=target) if read else [Scores()]
    return Transferred(text, scores, (Transferred(text, scores),), kept=True)


def joins(parts: list[list[Transferred]]) -> list[str]:
    """Return the best of all parts as one text, then the second best, where there are any."""
    most = max(map(len, parts))
    texts = [
        joined([each[min(rank, len(each) - 1)].text for each in parts]) for rank in range(most)
    ]
    return list(dict.fromkeys(texts))


def chosen_first(answers: list[Transferred]) -> list[Transferred]:
    """Return the answers, behind the first one, which is chosen, best first."""
    return [*answers[:1], *sorted(answers[1:], key=lambda answer: -answer.scores.total)]
