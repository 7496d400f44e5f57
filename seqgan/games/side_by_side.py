"""Many games in one run: each has players of its own, and they share updates and a report."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from torch import Generator

from seqgan.core.game import Game, Losses
from seqgan.games.latent import Draw


class Contest(NamedTuple):
    """A game and where its real items come from."""

    game: Game
    real: Draw


class SideBySide:
    """Games by name; player "a/critic" is the critic of game "a". A batch is a number of items."""

    def __init__(self, contests: Mapping[str, Contest]) -> None:
        self.contests = contests

    def prepare(self, batch: int, movers: Sequence[str], rng: Generator) -> dict[str, Any]:
        """Return a batch of each game of which someone moves, made ready by the game."""
        roles: dict[str, list[str]] = {}
        for mover in movers:
            name, _, role = mover.rpartition("/")
            roles.setdefault(name, []).append(role)
        return {
            name: self.contests[name].game.prepare(
                self.contests[name].real(batch, rng), moving, rng
            )
            for name, moving in roles.items()
        }

    def losses(self, player: str, batch: dict[str, Any], rng: Generator) -> Losses:
        """Return what the player minimizes in its own game."""
        name, _, role = player.rpartition("/")
        return self.contests[name].game.losses(role, batch[name], rng)
