"""What codes of several styles have in common: probes learned on one style's, asked on another's.

In a common space a code says the same whatever style its sentence had. So what reads an attribute
off the codes of one style must read it off those of another, and nothing reads the style itself.
The attributes are words that all styles use about as often.

Legend: N sentences, D width of a code, A attributes, K styles.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import balanced_accuracy_score, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from seqgan.ops.masks import stack_padded
from seqgan.text.rollouts import without_dropout
from seqgan.text.transfer.critics import pooled
from seqgan.text.transfer.networks import StyleGenerator
from seqgan.text.transfer.vocabulary import StyleVocabulary

Codes = NDArray[np.floating]
Words = Sequence[frozenset[str]]
"""The words of each sentence."""

MOST = 30
RAREST, COMMONEST = 0.02, 0.5
"""Shares of a style's sentences that a word must stand in, at least and at most."""
UNEVEN = 2.0
"""By how much more often a word may stand in one style than in another."""
RIDGE = 100.0
ROWS = 128


@dataclass(frozen=True)
class Agreement:
    """All in percent; 50 is what chance gives, for the style 100 / K."""

    attributes: float
    """Area under the ROC curve of words told from codes of a style that the probe never saw."""
    own: float
    """The same on other codes of the style that it learned from."""
    style: float
    """Balanced accuracy of a linear probe that tells the style from the code."""

    @property
    def metrics(self) -> dict[str, float]:
        """The figures of a row."""
        return {
            "attribute_agreement": self.attributes,
            "attribute_own": self.own,
            "style_in_codes": self.style,
        }


@torch.no_grad()
def codes_of(
    generator: StyleGenerator, vocabulary: StyleVocabulary, texts: Sequence[str], *, style: int
) -> Codes:
    """Return the mean code of each text that has this style, shape (N, D)."""
    device, codes = next(generator.parameters()).device, []
    with without_dropout(generator):
        for begin in range(0, len(texts), ROWS):
            ids = vocabulary.encode(texts[begin : begin + ROWS])
            words_BS = stack_padded(ids, pad=vocabulary.tokenizer.pad, device=device)
            style_B = torch.full((len(ids),), style, device=device)
            state = generator.start(vocabulary.source(words_BS, style_B, style_B))
            codes.append(pooled(*generator.memory(state)))
    return torch.cat(codes).float().cpu().numpy()


def even_words(words: Sequence[Words]) -> list[str]:
    """Return the commonest words that stand about as often in the sentences of each style.

    >>> even_words([[frozenset({"soup", "cold"}), frozenset({"tea"})],
    ...             [frozenset({"soup", "warm"}), frozenset({"tea"})]])
    ['soup', 'tea']
    """
    counts = [Counter(word for each in style for word in each) for style in words]
    least = {}
    for word in sorted(set.intersection(*(set(each) for each in counts))):
        shares = [each[word] / len(style) for each, style in zip(counts, words, strict=True)]
        if min(shares) >= max(RAREST, max(shares) / UNEVEN) and max(shares) <= COMMONEST:
            least[word] = min(shares)
    return sorted(least, key=lambda word: -least[word])[:MOST]


def agreement(codes: Sequence[Codes], words: Sequence[Words]) -> Agreement | None:
    """Return how far the codes (N, D) of each style agree; None where no word is even.

    Probes learn from every other sentence of a style and are asked of the rest.
    """
    attributes = [
        word for word in even_words(words) if all(_tellable(word, each) for each in words)
    ]
    if not attributes:
        return None
    said = [_said(attributes, style) for style in words]
    own, across = [], []
    for learned, asked in permutations(range(len(codes)), 2):
        probe = make_pipeline(StandardScaler(), Ridge(alpha=RIDGE))
        probe.fit(codes[learned][::2], said[learned][::2].astype(float))
        own.append(_area(probe.predict(codes[learned][1::2]), said[learned][1::2]))
        across.append(_area(probe.predict(codes[asked][1::2]), said[asked][1::2]))
    return Agreement(100 * float(np.mean(across)), 100 * float(np.mean(own)), _style(codes))


def _said(attributes: Sequence[str], style: Words) -> NDArray[np.bool_]:
    """Return which words stand in which sentence, shape (N, A)."""
    return np.array([[word in each for word in attributes] for each in style], dtype=bool)


def _tellable(word: str, style: Words) -> bool:
    """Return whether either half of the sentences has some with the word and some without.

    >>> _tellable("tea", [frozenset({"tea"}), frozenset(), frozenset(), frozenset({"tea"})])
    True
    >>> _tellable("tea", [frozenset({"tea"}), frozenset(), frozenset(), frozenset()])
    False
    """
    return all(
        0 < sum(word in each for each in half) < len(half) for half in (style[::2], style[1::2])
    )


def _area(scores_NA: NDArray[np.floating], said_NA: NDArray[np.bool_]) -> float:
    scores_NA = scores_NA.reshape(said_NA.shape)
    pairs = zip(said_NA.T, scores_NA.T, strict=True)
    return float(np.mean([roc_auc_score(said_N, scores_N) for said_N, scores_N in pairs]))


def _style(codes: Sequence[Codes]) -> float:
    styles = [np.full(len(each), place) for place, each in enumerate(codes)]
    probe = make_pipeline(
        StandardScaler(), LogisticRegression(class_weight="balanced", max_iter=500)
    )
    probe.fit(
        np.concatenate([each[::2] for each in codes]),
        np.concatenate([each[::2] for each in styles]),
    )
    told = probe.predict(np.concatenate([each[1::2] for each in codes]))
    asked = np.concatenate([each[1::2] for each in styles])
    return 100 * float(balanced_accuracy_score(asked, told))
