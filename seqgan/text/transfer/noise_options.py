"""What a user may choose about the words that sentences lose before they are restored."""

from dataclasses import dataclass

from seqgan.errors import UserError
from seqgan.text.transfer.noise import THRESHOLD
from seqgan.text.transfer.terms import Noise


@dataclass(kw_only=True, frozen=True)
class NoiseOptions:
    """Which words are hidden, and how far the others move."""

    style_rate: float = 0.9
    """Share of the words that speak for a style that are hidden before denoising."""
    word_rate: float = 0.03
    """Share of the other words that are hidden."""
    reach: float = 0.0
    """Words move by less than so many places before denoising (1 or less: they stay, so that the
    words without style are copied one by one)."""
    salience: float = THRESHOLD
    """How many times as often a word must stand in one style to speak for it."""
    plain_share: float = 0.5
    """Share of sentences translated with all of their words; the others without those that speak
    for their style."""

    @property
    def noise(self) -> Noise:
        """What sentences lose before they are restored or translated."""
        return Noise(
            style_rate=self.style_rate,
            word_rate=self.word_rate,
            reach=self.reach,
            plain_share=self.plain_share,
        )

    def refuse_noise(self) -> None:
        """Raise `UserError` for values out of range."""
        for name in ("style_rate", "word_rate", "plain_share"):
            if not 0 <= getattr(self, name) <= 1:
                raise UserError(
                    f"--{name.replace('_', '-')} is {getattr(self, name)}: it must lie in [0, 1]"
                )
        if self.salience <= 1:
            raise UserError(f"--salience is {self.salience}: it must be above 1")
