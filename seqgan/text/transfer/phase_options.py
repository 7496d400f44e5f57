"""How long a style transfer learns what, and how fast."""

from dataclasses import dataclass


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
    learning_rate: float = 2e-3
    """Adam's rate for denoising; it falls over back-translation to a tenth."""
    continued_lr: float = 2e-4
    """Adam's rate for the copy."""
