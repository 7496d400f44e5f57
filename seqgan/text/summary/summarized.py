"""An answer of a summarizer, and answers for the windows of a document made into one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from seqgan.metrics.words import CJK
from seqgan.text.summary.ranking import Scores, together
from seqgan.text.summary.taken import Span


@dataclass(frozen=True)
class Summarized:
    """A summary; its text is that of the first of its candidates, best first.

    `document` is what was read, `taken` are the places of its words that stand in the summary, in
    characters.
    """

    text: str
    scores: Scores
    document: str = ""
    taken: tuple[Span, ...] = ()
    candidates: "tuple[Summarized, ...]" = ()


def whole(parts: Sequence[Sequence[Summarized]], words: int) -> Summarized:
    """Return the answer for a text: that of its only window, or those of all of them joined.

    The best of all windows are one candidate, the second best another, where there are any.
    """
    candidates: Sequence[Summarized] = parts[0]
    if len(parts) > 1:
        most = max(map(len, parts))
        joins = [
            _join([each[min(rank, len(each) - 1)] for each in parts], words) for rank in range(most)
        ]
        different = {one.text: one for one in reversed(joins)}
        candidates = sorted(different.values(), key=lambda one: -one.scores.total)
    return replace(candidates[0], candidates=tuple(candidates))


def _join(parts: Sequence[Summarized], words: int) -> Summarized:
    """Return the summaries of windows as one."""
    text = enumerated([part.text for part in parts])
    scores = together([part.scores for part in parts], text, words)
    taken = tuple(span for part in parts for span in part.taken)
    return Summarized(text, scores, parts[0].document, taken)


def enumerated(texts: Sequence[str]) -> str:
    """Return short texts as one, a semicolon behind those that end without a mark.

    Behind Chinese a space stands alone, as in headlines: a mark there counts as a character.

    >>> enumerated(["old maps", "", "a tool."]), enumerated(["旧地图", "工具"])
    ('old maps; a tool.', '旧地图 工具')
    """
    found = ""
    for text in dict.fromkeys(filter(None, texts)):
        if found:
            found += "; " if found[-1].isalnum() and not CJK.match(found[-1]) else " "
        found += text
    return found
