"""What counts how much for a player of style transfer, and what sentences lose before."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Weights:
    """How much each term counts for a player; a term of weight 0 is not computed.

    denoising: -log p(x | noised x, its style). back_translation: -log p(x | y, its style) with y
    written in another style, as words (arXiv:1511.06709). adversarial: the critic on y, as relaxed
    words. cycle: -log p(x | y, its style) with the gradient through y (arXiv:1703.10593). code:
    `confusion` of the code critic. semantic: squared distance of the codes of x and y
    (arXiv:1611.02200, the f-constancy). chosen: -log p(y | x, the style asked) with y the best of
    several ways to write it (arXiv:2304.06767); policy: -A(y) log p(y | x, the style asked) of ways
    y that are drawn, A what each earned above the others. opinion: what a point of the critic's
    score of a way is worth in what it earns; heard: what it is worth where the best is chosen.
    """

    denoising: float = 0.0
    back_translation: float = 0.0
    adversarial: float = 0.0
    cycle: float = 0.0
    code: float = 0.0
    semantic: float = 0.0
    chosen: float = 0.0
    policy: float = 0.0
    opinion: float = 0.0
    heard: float = 0.0

    @property
    def relaxed(self) -> bool:
        """Whether a term needs y as relaxed words."""
        return max(self.adversarial, self.cycle, self.semantic) > 0


@dataclass(frozen=True, kw_only=True)
class Noise:
    """What is hidden and moved in sentences that are to be restored; see `noised`."""

    style_rate: float = 0.8
    word_rate: float = 0.1
    reach: float = 3.0
    plain_share: float = 0.5
    """Share of the sentences that are translated from all of their words; the others without those
    that speak for their style."""
