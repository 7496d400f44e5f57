"""Rounds of a critic that is searched: when new negatives come, and when it is time to stop."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import torch
from torch import Generator, Tensor

from seqgan.core.schedule import Phase
from seqgan.core.trainer import seed_at
from seqgan.games.search import Critic, Memory, ranked_right


class Rounds:
    """A round: add negatives to the memory, then let the critic learn to tell them from data.

    Args:
        memory: of the game.
        critic: of the game.
        first: draws the negatives of round 0, at random.
        find: draws those of every later round, by search.
        held_out: real items that the critic does not learn from.
        count: negatives a round.
        stop_below: once the critic ranks held-out items above the newest negatives, which it has
            learned to refuse for a round, in less than this share of pairs, negatives match data
            and nothing moves any more.
        seed: of the draws.
    """

    def __init__(
        self,
        memory: Memory,
        critic: Critic,
        *,
        first: Callable[[int, Generator], Tensor],
        find: Callable[[int, Generator], Tensor],
        held_out: Tensor,
        count: int,
        stop_below: float,
        seed: int,
    ) -> None:
        self.memory, self.critic, self.held_out = memory, critic, held_out
        self.first, self.find, self.count = first, find, count
        self.stop_below, self.seed = stop_below, seed
        self.matched = False

    @torch.no_grad()
    def told_apart(self) -> float:
        """Return the share of pairs of a held-out item and a newest negative ranked right."""
        newest = self.memory.rounds[-1]
        return ranked_right(self.critic(self.held_out), self.critic(newest))

    def begin(self) -> None:
        """Start the next round, unless the negatives of the last match the data."""
        done = len(self.memory.rounds)
        if self.matched or (done and self.told_apart() < self.stop_below):
            self.matched = True
            return
        seed = seed_at(self.seed, done, 0, "negatives")  # the same on every process
        rng = Generator(self.held_out.device).manual_seed(seed)
        self.memory.add((self.find if done else self.first)(self.count, rng).detach())

    def phases(self, num_rounds: int, updates: int) -> list[Phase]:
        """Return the rounds, so many updates between them, as phases of one name."""

        def moves(update: int) -> tuple[str, ...]:
            return () if self.matched else ("critic",)

        ends = [updates * done // num_rounds for done in range(num_rounds + 1)]
        lengths = [end - start for start, end in pairwise(ends)]
        return [Phase("rounds", length, moves, self.begin) for length in lengths]

    def outcome(self) -> str:
        """Return in words how the rounds ended."""
        if not self.memory.rounds:
            return "no round was played"
        done = f"{len(self.memory.rounds)} rounds of search"
        if self.matched:
            return f"{done}: the critic cannot tell the last ones from data, which ended them"
        return (
            f"{done}: the critic tells the last ones from data in {self.told_apart():.0%} of pairs"
        )

    def state_dict(self) -> dict[str, Any]:
        """Return the memory and whether the search is over."""
        return {"memory": self.memory.state_dict(), "matched": self.matched}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Put a saved state back."""
        self.memory.load_state_dict(state["memory"])
        device = self.held_out.device  # a checkpoint comes back on the CPU
        self.memory.rounds = [negatives.to(device) for negatives in self.memory.rounds]
        self.matched = state["matched"]
