"""Likelihood beside any other game of sentences."""

from collections.abc import Sequence
from typing import Any

import torch

from seqgan.core.game import Game, Losses
from seqgan.text.games import LikelihoodGame, set_dropout
from seqgan.text.generators.base import Generator


class BesideLikelihood:
    """A game in which some players learn by likelihood, and the others play another game.

    Dropout is as the game of likelihood has it, and off where the generator writes.
    """

    def __init__(self, game: Game, likelihood: LikelihoodGame, generator: Generator) -> None:
        self.game, self.likelihood, self.generator = game, likelihood, generator

    def prepare(self, batch: Any, movers: Sequence[str], rng: torch.Generator) -> tuple[Any, Any]:
        """Return the batch as it is, and as the other game prepares it if it is played."""
        others = [name for name in movers if name not in self.likelihood.generators]
        if not others:
            return batch, None
        set_dropout(self.generator, False)
        return batch, self.game.prepare(batch, others, rng)

    def losses(self, player: str, batch: tuple[Any, Any], rng: torch.Generator) -> Losses:
        """Return what the player minimizes in its game."""
        own, prepared = batch
        if player in self.likelihood.generators:
            return self.likelihood.losses(player, own, rng)
        set_dropout(self.generator, False)
        return self.game.losses(player, prepared, rng)
