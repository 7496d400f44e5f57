"""Two players in turn on a game tree: the best line of play, plain and with alpha-beta pruning.

A game is two functions: `moves` gives the positions that one move leads to (none: the game is
over), `value` says what a position is worth to the player who maximizes. What is searched has an
opponent who takes away what the other gains. A single writer who looks for the best text has none:
that is `seqgan.text.search.tree_search`.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Position = TypeVar("Position")
Moves = Callable[[Position], Sequence[Position]]
Value = Callable[[Position], float]


@dataclass(frozen=True)
class Line(Generic[Position]):
    """The best play of both sides: its worth, the positions it leads through, what it cost."""

    value: float
    positions: tuple[Position, ...]
    nodes: int  # positions looked at


def minimax(
    position: Position,
    moves: Moves[Position],
    value: Value[Position],
    *,
    depth: int,
    maximizing: bool = True,
) -> Line[Position]:
    """Return the best line of play, every position looked at down to `depth` moves.

    At that depth, or where the game is over, a position is worth its `value`. Of several best moves
    the first is taken. `maximizing` says whose move it is.

    Raises:
        ValueError: for a depth below 0.

    >>> branches = {"root": "ab", "a": "cd", "b": "ef"}
    >>> worth = {"c": 3.0, "d": 5.0, "e": 2.0, "f": 9.0}
    >>> minimax("root", lambda p: branches.get(p, ""), lambda p: worth[p], depth=2)
    Line(value=3.0, positions=('a', 'c'), nodes=7)
    """
    children = _children(position, moves, depth)
    if not children:
        return Line(value(position), (), 1)
    best, nodes = Line[Position](-math.inf if maximizing else math.inf, (), 0), 1
    for child in children:
        line = minimax(child, moves, value, depth=depth - 1, maximizing=not maximizing)
        nodes += line.nodes
        if not best.positions or _better(line.value, best.value, maximizing):
            best = Line(line.value, (child, *line.positions), 0)
    return Line(best.value, best.positions, nodes)


def alpha_beta(
    position: Position,
    moves: Moves[Position],
    value: Value[Position],
    *,
    depth: int,
    maximizing: bool = True,
    alpha: float = -math.inf,
    beta: float = math.inf,
) -> Line[Position]:
    """Return the same line as `minimax`, branches that cannot change it passed over.

    `alpha` is what the maximizing player is sure of by moves looked at before, `beta` the
    minimizing one; a position worth no more than alpha or no less than beta is never entered by
    one of them (Knuth and Moore 1975, procedure F2). With b moves everywhere and the best first,
    about 2 b ** (depth / 2) of the b ** depth ends are looked at; the order of `moves` decides.

    Raises:
        ValueError: for a depth below 0.

    >>> branches = {"root": "ab", "a": "cd", "b": "ef"}
    >>> worth = {"c": 3.0, "d": 5.0, "e": 2.0}  # f is not looked at: b is worth 2 at most
    >>> alpha_beta("root", lambda p: branches.get(p, ""), lambda p: worth[p], depth=2)
    Line(value=3.0, positions=('a', 'c'), nodes=6)
    """
    children = _children(position, moves, depth)
    if not children:
        return Line(value(position), (), 1)
    best, nodes = Line[Position](-math.inf if maximizing else math.inf, (), 0), 1
    for child in children:
        line = alpha_beta(
            child,
            moves,
            value,
            depth=depth - 1,
            maximizing=not maximizing,
            alpha=alpha,
            beta=beta,
        )
        nodes += line.nodes
        if not best.positions or _better(line.value, best.value, maximizing):
            best = Line(line.value, (child, *line.positions), 0)
        if maximizing:
            alpha = max(alpha, best.value)
        else:
            beta = min(beta, best.value)
        if alpha >= beta:
            break
    return Line(best.value, best.positions, nodes)


def _children(position: Position, moves: Moves[Position], depth: int) -> Sequence[Position]:
    if depth < 0:
        raise ValueError(f"depth {depth}: 0 (the position itself) is the least")
    return moves(position) if depth else ()


def _better(value: float, than: float, maximizing: bool) -> bool:
    return value > than if maximizing else value < than
