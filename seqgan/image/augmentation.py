"""Augmentation in front of the critic, of real and made pictures alike."""

from dataclasses import dataclass
from typing import Literal

from torch import Generator, Tensor

from seqgan.games.latent import Transform
from seqgan.ops.augment import diff_augment, random_flips

Policy = Literal["color", "translation", "cutout"]


@dataclass(kw_only=True, frozen=True)
class AugmentOptions:
    """What the critic never sees the pictures without; for small corpora (arXiv:2006.10738)."""

    augment: tuple[Policy, ...] = ()
    """Any of color, translation, cutout."""
    flips: bool = False
    """Mirror half of the pictures left to right."""


def augmentation(options: AugmentOptions) -> Transform | None:
    """Return the transformation of the options, None where there is none."""
    if not options.augment and not options.flips:
        return None

    def transform(images_BCHW: Tensor, rng: Generator) -> Tensor:
        if options.flips:
            images_BCHW = random_flips(images_BCHW, rng=rng)
        return diff_augment(images_BCHW, rng=rng, policies=options.augment)

    return transform
