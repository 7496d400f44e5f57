"""How far samples lie from real text in the features of sentences.

Legend: S sentences, D size of a vector.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from seqgan.metrics.bootstrap import Estimate
from seqgan.metrics.divergence_curve import Floats, mauve
from seqgan.metrics.frechet import frechet_estimate
from seqgan.text.evaluation.features import EncoderFeatures, NgramFeatures, Vectors
from seqgan.text.evaluation.language_scores import LanguageScorer
from seqgan.text.evaluation.lines import Lines

NGRAMS, HIDDEN, EMBEDDING = "frechet_ngrams", "frechet_hidden", "frechet_embedding"
HIDDEN_NAME = "states of a language model of the reference, mean over a sentence"


@dataclass(frozen=True)
class _Space:
    """Vectors in units of real text's spread: the variances of all directions sum to 1.

    So a Fréchet distance reads alike whatever the features: 1 is as far as real text is wide.
    """

    name: str
    embed: Callable[[Lines], Vectors]
    scale: float
    reference_SD: Vectors

    @classmethod
    def of(cls, name: str, embed: Callable[[Lines], Vectors], reference: Lines) -> "_Space":
        vectors_SD = embed(reference)
        scale = float(np.sqrt(vectors_SD.astype(np.float64).var(0).sum())) or 1.0
        return cls(name, embed, scale, vectors_SD / scale)


@dataclass(frozen=True)
class Distances:
    """Figures of a set of samples, and the points (P, 2) of its divergence curve."""

    figures: dict[str, Estimate]
    curve_P2: Floats


class SentenceDistances:
    """Fréchet distances and MAUVE to a reference, in the features that are at hand."""

    def __init__(
        self,
        real: Lines,
        reference: Lines,
        *,
        scorer: LanguageScorer | None = None,
        encoder: EncoderFeatures | None = None,
    ) -> None:
        """Fit the features on `real` and measure `reference` once."""
        ngrams = NgramFeatures(real.words)
        spaces = {NGRAMS: (ngrams.name, lambda lines: ngrams.embed(lines.words))}
        if scorer is not None:
            spaces[HIDDEN] = (HIDDEN_NAME, lambda lines: scorer.embed(lines.words))
        if encoder is not None:
            spaces[EMBEDDING] = (encoder.name, lambda lines: encoder.embed(lines.texts))
        self._spaces = {
            metric: _Space.of(name, embed, reference) for metric, (name, embed) in spaces.items()
        }

    @property
    def names(self) -> dict[str, str]:
        """The features of each figure; MAUVE reads the last of them."""
        names = {metric: space.name for metric, space in self._spaces.items()}
        return names | {"mauve": list(names.values())[-1]}

    def measures(self, samples: Lines, *, num_resamplings: int, num_fits: int) -> Distances:
        """Return how far `samples` are, which are in random order."""
        found = {}
        vectors = {name: each.embed(samples) / each.scale for name, each in self._spaces.items()}
        for name, space in self._spaces.items():
            found[name] = frechet_estimate(
                vectors[name], space.reference_SD, num_resamplings=num_resamplings
            )
        last = list(self._spaces)[-1]
        divergence = mauve(
            vectors[last],
            self._spaces[last].reference_SD,
            num_fits=num_fits,
            num_resamplings=num_resamplings,
        )
        return Distances(found | {"mauve": divergence.area}, divergence.curve_P2)
