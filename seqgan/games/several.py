"""Several games on the same data, each with players of its own: for comparing at one budget."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from torch import Generator

from seqgan.core.game import Game, Losses
from seqgan.core.player import Player


def own_name(game: str, name: str) -> str:
    """Return the name of one game's player or module among those of all games.

    >>> own_name("GAN", "critic")
    'GAN/critic'
    """
    return f"{game}/{name}"


def renamed(game: str, player: Player) -> Player:
    """Return the player under its name among those of all games, its modules as well."""
    modules = {own_name(game, name): module for name, module in player.modules.items()}
    return dataclasses.replace(player, name=own_name(game, player.name), modules=modules)


class SeveralGames:
    """Dispatches to the game that a player's name begins with; games never see each other.

    `batches` says what a game takes of a batch where that is not all of it.
    """

    def __init__(
        self,
        games: Mapping[str, Game],
        *,
        batches: Mapping[str, Callable[[Any], Any]] | None = None,
    ) -> None:
        self.games, self.batches = games, batches or {}

    def prepare(self, batch: Any, movers: Sequence[str], rng: Generator) -> dict[str, Any]:
        """Return what each game whose players move has prepared."""
        moving: dict[str, list[str]] = {}
        for name in movers:
            game, player = name.split("/", 1)
            moving.setdefault(game, []).append(player)
        return {
            game: self.games[game].prepare(
                self.batches[game](batch) if game in self.batches else batch, players, rng
            )
            for game, players in moving.items()
        }

    def losses(self, player: str, batch: Mapping[str, Any], rng: Generator) -> Losses:
        """Return what the player minimizes in its own game."""
        game, own = player.split("/", 1)
        return self.games[game].losses(own, batch[game], rng)
