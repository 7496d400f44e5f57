"""A critic alone: it learns to tell data from what it was itself taken in by, and is searched.

Legend: B batch; items may have any shape behind it.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Generator, Tensor

from seqgan.core.game import Losses
from seqgan.objectives.minimax import fake_loss, real_loss
from seqgan.objectives.penalties import squared_slope

Critic = Callable[[Tensor], Tensor]


@torch.enable_grad()
def ascend(
    critic: Critic,
    start: Tensor,
    *,
    steps: int,
    step: float,
    noise: float = 0.0,
    rng: Generator | None = None,
    bound: float = 1.0,
) -> Tensor:
    """Return argmax_x D(x) as far as `steps` steps uphill reach from `start`, same shape.

    Each step moves an item's values by `step` in the root mean square along its slope, less and
    less toward the end, whatever the scale of D; `noise`, a share of the step, makes it Langevin
    dynamics (arXiv:1903.08689). Values stay within `bound` of 0.

    >>> ascend(lambda x: -(x - 0.5).square().sum(1), torch.zeros(1, 1), steps=100, step=0.02).round(
    ...     decimals=1
    ... )
    tensor([[0.5000]])
    """
    x = start.detach().clamp(-bound, bound)
    for taken in range(steps):
        x = x.detach().requires_grad_()
        (slope,) = torch.autograd.grad(critic(x).sum(), x)
        size = slope.flatten(1).square().mean(1).sqrt().clamp(min=1e-12)
        direction = slope / size.view(-1, *[1] * (x.ndim - 1))
        if noise:
            shake = torch.empty_like(x).normal_(generator=rng)
            direction = direction + noise * shake
        x = (x + step * (1 - taken / steps) * direction).clamp(-bound, bound)
    return x.detach()


def ranked_right(real_N: Tensor, fake_M: Tensor) -> float:
    """Return the share of pairs in which the real item has the higher score; ties count half.

    >>> ranked_right(torch.tensor([1.0, 2.0]), torch.tensor([0.0, 2.0]))
    0.625
    """
    above_NM = (real_N[:, None] - fake_M[None]).sign()
    return float((above_NM + 1).mean() / 2)


class Memory:
    """All negatives of all rounds, for the critic never to forget."""

    def __init__(self) -> None:
        self.rounds: list[Tensor] = []

    def add(self, items: Tensor) -> None:
        """Remember one more round's negatives."""
        self.rounds.append(items)

    def draw(self, count: int, rng: Generator) -> Tensor:
        """Return negatives of all rounds alike, drawn with replacement."""
        if not self.rounds:
            raise ValueError("the memory is empty: add the first round's negatives before a draw")
        everything = torch.cat(self.rounds)
        index = torch.randint(len(everything), (count,), generator=rng, device=everything.device)
        return everything[index]

    def state_dict(self) -> dict[str, Any]:
        """Return the rounds."""
        return {"rounds": list(self.rounds)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Put saved rounds back."""
        self.rounds = list(state["rounds"])


class Sides(NamedTuple):
    """Real items and remembered negatives."""

    real: Tensor
    negative: Tensor


class SearchGame:
    """A classifier of data against the memory of negatives, by the loss of arXiv:1406.2661.

    Player: "critic". `gamma` weighs half the squared slope at real items (R1), without which its
    hills are too steep to climb.
    """

    def __init__(self, critic: Critic, memory: Memory, *, gamma: float = 0.0) -> None:
        self.critic, self.memory, self.gamma = critic, memory, gamma

    def prepare(self, batch: Tensor, movers: Sequence[str], rng: Generator) -> Sides:
        """Return the batch with as many negatives."""
        return Sides(batch, self.memory.draw(len(batch), rng))

    def losses(self, player: str, batch: Sides, rng: Generator) -> Losses:
        """Return what the critic minimizes, one value a pair."""
        device, held = batch.real.device.type, self.gamma > 0
        # Slopes are differentiated twice, which bfloat16 does not survive.
        with torch.autocast(device, enabled=torch.is_autocast_enabled(device) and not held):
            real = batch.real.detach().requires_grad_(held)
            real_B, fake_B = self.critic(real), self.critic(batch.negative)
            terms = {"loss": real_loss(real_B) + fake_loss(fake_B)}
            if held:
                terms["r1"] = self.gamma / 2 * squared_slope(real_B, real)
        figures = {
            "real_score": real_B.detach().mean(),
            "fake_score": fake_B.detach().mean(),
        }
        return Losses(terms, len(batch.real), figures)
