"""How long a style transfer learns what, and how fast."""

from collections.abc import Mapping
from dataclasses import dataclass

EPOCHS: Mapping[str, float] = {
    "denoising": 1.0,
    "translation": 0.5,
    "choosing": 0.125,
    "continued": 0.125,
    "adversarial": 0.125,
}
"""Of `max_epochs` in each phase. What chooses among ways learned from the same few sentences: it is
soon pleased by its favorite words wherever they stand, and likelihood never is."""
SHORTEST_PHASE = 50
"""Updates that every phase may have, however few the sentences are."""


@dataclass(kw_only=True, frozen=True)
class PhaseOptions:
    """Updates of every phase, and rates of those before play."""

    denoising_updates: int = 1200
    """Updates of denoising alone."""
    translation_updates: int = 800
    """Updates of denoising and back-translation."""
    choosing_updates: int = 600
    """Updates of learning from the best of several ways to write a sentence."""
    continued_updates: int = 300
    """Updates more of that, for a copy that shows whether these alone are a gain; these take about
    the time of the critic's and the adversarial phase."""
    critic_updates: int = 200
    """Updates of the critic alone, before play."""
    adversarial_updates: int = 300
    """Updates of play: the critic's moves."""
    max_epochs: float = 12.0
    """How often denoising sees each sentence, at most; back-translation half as often, choosing and
    play an eighth (0: no limit). With few sentences all of these phases are shorter so."""
    learning_rate: float = 2e-3
    """Adam's rate for denoising; it falls over back-translation to a tenth."""
    continued_lr: float = 2e-4
    """Adam's rate for the copy."""
