"""What samples of pictures show, against real ones: the figures behind a diagnosis.

Legend: N pictures, K kinds (labels, or groups of alike pictures).
"""

from dataclasses import dataclass

import numpy as np
from torch import Tensor

from seqgan.image.judging import ALIKE, SEARCHED, Judge, distance_to_others, manifold
from seqgan.image.kinds import FEWEST, THIN, Floats
from seqgan.image.watch import likeness

DUPLICATES = 0.2  # more near-copies of other samples than this, beyond real ones: collapse
SPREAD = 0.5  # less spread within kinds than this, 1 being real: collapse
MEMORIZED = 1 / 3  # of the distance to the second nearest training picture: a copy of the nearest
UNREAL = 0.5  # of the held-out pictures' precision and density


@dataclass(frozen=True)
class Evidence:
    """What samples show; each field with `real` says the same of held-out pictures."""

    names: tuple[str, ...]
    share_K: Floats
    real_share_K: Floats
    missing: list[int]
    thin: list[int]
    spread: float
    spread_K: Floats
    duplicates: float
    real_duplicates: float
    copies: float
    real_copies: float
    figures: dict[str, float]
    real_figures: dict[str, float]

    @property
    def likeness(self) -> float:
        """How real samples look, 1 as held-out pictures: by precision and density."""
        return likeness(self.figures) / max(likeness(self.real_figures), 1e-12)

    @property
    def unreal(self) -> bool:
        """Whether samples are unlike the corpus; the density at a few spots says nothing."""
        precise = self.figures["precision"] / max(self.real_figures["precision"], 1e-12)
        return (precise if self.repeated else self.likeness) < UNREAL

    @property
    def repeated(self) -> bool:
        """Whether samples are copies of one another."""
        return self.duplicates > self.real_duplicates + DUPLICATES

    @property
    def collapsed(self) -> bool:
        """Whether samples are copies of one another, or alike within kinds."""
        return self.repeated or (self.spread < SPREAD and not self.unreal)


def gather(samples: Tensor, judge: Judge) -> Evidence:
    """Return the figures that a diagnosis is made from."""
    look, kinds, held_out = judge.look(samples), judge.kinds, judge.held_out
    kind_N = kinds.of(look)
    count_K = kinds.counts(look)
    spread, spread_K = kinds.spreads(look, kind_N)
    missing = judge.fewer(count_K, part=FEWEST)
    reference = judge.reference.first(SEARCHED)
    return Evidence(
        names=kinds.names,
        share_K=count_K / len(look),
        real_share_K=(kinds.share_K + judge.held_out_K / judge.count) / 2,
        missing=missing,
        thin=[k for k in judge.fewer(count_K, part=THIN) if k not in missing],
        spread=spread,
        spread_K=spread_K,
        duplicates=float((distance_to_others(look) <= judge.alike).mean()),
        real_duplicates=float((distance_to_others(held_out) <= judge.alike).mean()),
        copies=copied_share(judge.train_distance(look), judge.held_out_distance),
        real_copies=copied_share(judge.held_out_distance, judge.held_out_distance),
        figures=manifold(reference, look.first(SEARCHED)),
        real_figures=manifold(reference, held_out.first(SEARCHED)),
    )


def copied_share(distance_N2: Floats, held_out_N2: Floats) -> float:
    """Return the share of pictures that are copies of a training picture.

    A copy is three times nearer to one training picture than to any other (relative distances as
    in arXiv:2301.13188, for a blurred picture is near to many), or four times nearer than held-out
    pictures usually are, for the corpus itself may hold a picture twice.
    """
    usual = float(np.median(held_out_N2[:, 0]))
    near_N = distance_N2[:, 0] <= ALIKE * usual
    return float((near_N | (distance_N2[:, 0] <= MEMORIZED * distance_N2[:, -1])).mean())
