"""Who moves at which update: pure functions of the update number."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate

Moves = Callable[[int], tuple[str, ...]]


def only(*players: str) -> Moves:
    """Return a schedule in which the same players move at every update."""
    return lambda update: players


def alternate(*, critic: str, generator: tuple[str, ...], critic_steps: int = 1) -> Moves:
    """Return a schedule: the critic always, the others every `critic_steps` (arXiv:1701.07875).

    >>> moves = alternate(critic="d", generator=("g",), critic_steps=2)
    >>> [moves(update) for update in range(3)]
    [('d',), ('d', 'g'), ('d',)]
    """

    def moves(update: int) -> tuple[str, ...]:
        return (critic, *generator) if (update + 1) % critic_steps == 0 else (critic,)

    return moves


def also(moves: Moves, player: str, *, every: int) -> Moves:
    """Return the schedule with one more player at every `every`-th update (0: never).

    >>> teacher_forcing = also(only("d", "g"), "teacher", every=2)
    >>> [teacher_forcing(update) for update in range(2)]
    [('d', 'g'), ('d', 'g', 'teacher')]
    """

    def extended(update: int) -> tuple[str, ...]:
        joins = every > 0 and (update + 1) % every == 0
        return (*moves(update), player) if joins else moves(update)

    return extended


@dataclass(frozen=True)
class Phase:
    """A stretch of updates under one schedule; its `moves` count from the phase's own start.

    `on_start` runs before the phase's first update (again if a run resumes exactly there), so it
    must depend on the state of the players alone.
    """

    name: str
    updates: int
    moves: Moves
    on_start: Callable[[], None] | None = None


class Phases:
    """Phases in a row, as one schedule over the whole run."""

    def __init__(self, phases: Sequence[Phase]) -> None:
        self.phases = [phase for phase in phases if phase.updates > 0]
        ends = list(accumulate(phase.updates for phase in self.phases))
        self.starts = [end - p.updates for end, p in zip(ends, self.phases, strict=True)]
        self.total = ends[-1] if ends else 0

    def at(self, update: int) -> tuple[Phase, int]:
        """Return the phase of an update and the update's number within it."""
        for phase, start in zip(self.phases, self.starts, strict=True):
            if start <= update < start + phase.updates:
                return phase, update - start
        raise ValueError(f"update {update} lies outside the run's {self.total} updates")

    def __call__(self, update: int) -> tuple[str, ...]:
        """Return who moves at this update."""
        phase, within = self.at(update)
        return phase.moves(within)
