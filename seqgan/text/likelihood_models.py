"""The generator in play and what its adversarial phase is measured against.

Every text recipe starts from the best likelihood model and lets a copy of it go on learning by
likelihood, so that more updates alone cannot be taken for a gain of the game.
"""

import copy
import math
from collections.abc import Mapping

from seqgan.core.averaging import KeepBest
from seqgan.core.player import Player
from seqgan.core.trainer import Stateful
from seqgan.text.generators.base import Generator


class LikelihoodModels:
    """The generator, its state at its best likelihood, and a copy that goes on with likelihood.

    `measure` is the figure, lower being better, by which both are kept at their best: it stands as
    `PHASE/MEASURE` (`likelihood` usually) and `continued/MEASURE` among the hooks' figures. Without
    `early_stop` the last weights of likelihood are taken for its best.
    """

    def __init__(
        self,
        generator: Generator,
        *,
        measure: str,
        early_stop: bool = True,
        phase: str = "likelihood",
    ) -> None:
        self.generator, self.measure, self.early_stop = generator, measure, early_stop
        self.phase = phase
        self.reference = copy.deepcopy(generator).requires_grad_(False)
        self.continued = copy.deepcopy(generator)
        self.best, self.best_continued = KeepBest(generator), KeepBest(self.continued)

    @property
    def stateful(self) -> dict[str, Stateful]:
        """What a checkpoint must carry of it."""
        return {"best": self.best, "best_continued": self.best_continued}

    def branch(self, likelihood: Player, continued: Player) -> None:
        """Let the copy start from the best generator, its optimizer as the generator's stands."""
        self.best.restore()
        self.continued.load_state_dict(self.generator.state_dict())
        state = copy.deepcopy(likelihood.optimizer.state_dict())
        continued.optimizer.load_state_dict(state)
        self.best_continued.offer(self.best.score, update=self.best.update)

    def begin_play(self) -> None:
        """Let the game start from the best generator, which the reference keeps."""
        self.best.restore()
        self.reference.load_state_dict(self.generator.state_dict())

    def keep_best(self, update: int, figures: Mapping[str, float]) -> None:
        """Remember both at their best (a trainer's `on_figures`)."""
        if not self.early_stop:
            return
        self.best.offer(figures.get(f"{self.phase}/{self.measure}", math.inf), update=update)
        self.best_continued.offer(figures.get(f"continued/{self.measure}", math.inf), update=update)
