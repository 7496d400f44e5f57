"""Who plays in `gradient_paths.py`, when, and how soft the words of a writer are by then."""

from collections.abc import Iterable
from functools import partial

from torch import nn

from seqgan.core.player import Player, adam_player, linear_decay
from seqgan.core.schedule import Moves, alternate
from seqgan.games.several import own_name, renamed
from seqgan.ops.relaxations import geometric_fall
from seqgan.text.gradient_paths.games import PATHS, Experiments

LR, BETAS = 2e-3, (0.0, 0.99)
FIRST_TEMPERATURE, LAST_TEMPERATURE = 1.0, 0.2
"""Of Gumbel-softmax and straight-through; soft words stay at 1, so that only their critic can
sharpen them."""


def make_players(
    made: Experiments, *, dial_moves: int, writer_moves: int, generator_moves: int
) -> dict[str, Player]:
    """Return the players of all games, whose rates fall over so many moves; writers' have two.

    No gradient is clipped: the norm of a bank of critics says nothing about one.
    """
    players = [
        _player(name, "critic", game.critic, moves=dial_moves)
        for name, game in made.dial_games.items()
    ]
    for name, game in made.writers.items():
        players.append(_player(name, "critic", game.critic, moves=writer_moves))
        players.append(_player(name, "generator", game.generator, moves=generator_moves))
    return {player.name: player for player in players}


def _player(game: str, role: str, module: nn.Module, *, moves: int) -> Player:
    decay = partial(linear_decay, moves=moves, warmup=1, least=0.05)
    modules = {role: module}
    player = adam_player(role, modules, lr=LR, betas=BETAS, max_grad_norm=None, lr_schedule=decay)
    return renamed(game, player)


def turns(names: Iterable[str], *, critic_steps: int) -> Moves:
    """Return a schedule of several games: critics always, generators every `critic_steps`.

    >>> turns(["a", "b"], critic_steps=1)(0)
    ('a/critic', 'a/generator', 'b/critic', 'b/generator')
    """
    each = [
        alternate(
            critic=own_name(name, "critic"),
            generator=(own_name(name, "generator"),),
            critic_steps=critic_steps,
        )
        for name in names
    ]
    return lambda update: tuple(mover for moves in each for mover in moves(update))


def warmth(name: str, move: int, *, moves: int) -> float:
    """Return the temperature of a path's words at a move of its writer.

    >>> [round(warmth("Gumbel-softmax, relativistic", move, moves=8), 2) for move in (0, 4, 8)]
    [1.0, 0.45, 0.2]
    """
    if PATHS[name].how == "soft":
        return 1.0
    return geometric_fall(move, moves=moves, first=FIRST_TEMPERATURE, last=LAST_TEMPERATURE)
