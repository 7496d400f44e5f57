"""How much of a document a summary gives back, and whether it does so by a secret code.

A generator and a reconstructor that learn together may agree on signs that mean nothing to people:
capitals, marks, rare words, a certain way to cut words. So the reconstructor is asked twice: about
the summary as it was written, and about its plain form. What counts is the gain, in nats a token
of the document, over the summary of another document; what survives is the share of the gain that
the plain form keeps. The reconstructor is asked about words that are cut anew either way: how many
summaries were cut otherwise is a figure of its own, `cut_as_usual`. People's own short texts and
the trivial summaries, whose authors never met the reconstructor, say how much the plain form costs
one who has no secrets.

Legend: S texts, R resamplings.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seqgan.metrics.bootstrap import Estimate, Weights, mean_estimate, ratio_estimate
from seqgan.text.summary.measures import plain_words

Reconstruct = Callable[[Sequence[str], Sequence[str]], list[float]]
"""Documents and summaries: the log-likelihood of each document given its summary, nats a token."""
LEAST_SEEN = 2
"""Short texts of people that have a word which is no secret sign."""
LEAST_GAIN = 0.01
"""Nats a token below which there is nothing to survive."""


@dataclass(frozen=True)
class PlainForm:
    """Writes a summary again without what could be a secret sign; `common` are people's words."""

    common: frozenset[str]
    chinese: bool

    @classmethod
    def of(cls, shorts: Iterable[str], *, chinese: bool) -> "PlainForm":
        """Return the plain form whose common words stand in two of these texts or more."""
        counts = Counter(
            word for text in shorts for word in set(plain_words(text, chinese=chinese))
        )
        common = (word for word, count in counts.items() if count >= LEAST_SEEN)
        return cls(frozenset(common), chinese)

    def __call__(self, summary: str, document: str) -> str:
        """Return the summary in small letters, without marks, tokenized anew.

        Words stay that people use or that the document has; all others may be a code.

        >>> PlainForm(frozenset({"a", "tool"}), False)("A TOOL: xq maps!", "old maps")
        'a tool maps'
        """
        known = set(plain_words(document, chinese=self.chinese)) | self.common
        words = plain_words(summary, chinese=self.chinese)
        return ("" if self.chinese else " ").join(word for word in words if word in known)


@dataclass(frozen=True)
class Reconstruction:
    """Nats a token of each document, given its own summary or another's, as written or plain."""

    own_S: NDArray[np.float64]
    other_S: NDArray[np.float64]
    plain_S: NDArray[np.float64]
    other_plain_S: NDArray[np.float64]

    @classmethod
    def of(
        cls,
        reconstruct: Reconstruct,
        plain_form: PlainForm,
        documents: Sequence[str],
        summaries: Sequence[str],
    ) -> "Reconstruction":
        """Ask the reconstructor about every document and summary.

        Raises ValueError below two documents: there is no summary of another one.
        """
        if len(documents) < 2:
            raise ValueError(f"two documents or more are needed, got {len(documents)}")
        plain = [
            plain_form(summary, document)
            for summary, document in zip(summaries, documents, strict=True)
        ]

        def nats(texts: Sequence[str]) -> NDArray[np.float64]:
            return -np.array(reconstruct(documents, texts), dtype=np.float64)

        return cls(nats(summaries), nats(_turned(summaries)), nats(plain), nats(_turned(plain)))

    def estimates(self, weights_RS: Weights) -> dict[str, Estimate]:
        """Return every figure with its interval; what survives only where there is a gain."""
        gain_S = self.other_S - self.own_S
        plain_gain_S = self.other_plain_S - self.plain_S
        found = {
            "reconstruction_nats": mean_estimate(self.own_S, weights_RS),
            "reconstruction_plain": mean_estimate(self.plain_S, weights_RS),
            "reconstruction_gain": mean_estimate(gain_S, weights_RS),
        }
        if gain_S.mean() > LEAST_GAIN:
            found["survives"] = ratio_estimate(plain_gain_S, gain_S, weights_RS)
        return found


def _turned(texts: Sequence[str]) -> list[str]:
    """Return the texts turned by half of their number: documents of one program lie together."""
    half = len(texts) // 2
    return [*texts[half:], *texts[:half]]
