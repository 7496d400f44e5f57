"""A generator that turns noise into data against a critic, for data of any kind.

Legend: B batch; items may have any shape behind it.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import torch
from torch import Generator, Tensor, nn

from seqgan.core.game import Losses
from seqgan.games.objectives import Judged, Objective, Penalty
from seqgan.ops.masks import at_least_float32

Draw = Callable[[int, Generator], Tensor]
Transform = Callable[[Tensor, Generator], Tensor]
Condition = tuple[Tensor, ...]
Read = Callable[[Any], tuple[Tensor, Condition]]


class Round(NamedTuple):
    """One batch: real items with their conditions, noise for as many fakes, and the fakes where a
    critic moves.
    """

    real: Tensor
    condition: Condition
    noise: Tensor
    fake: Tensor | None


def unconditional(batch: Tensor) -> tuple[Tensor, Condition]:
    """Return the batch as real items without a condition."""
    return batch, ()


def gaussian_noise(latent_dim: int, device: torch.device | str = "cpu") -> Draw:
    """Return a function that draws standard normal noise, shape (B, latent_dim).

    Its `rng` may live on another device.
    """
    return lambda count, rng: torch.randn(count, latent_dim, generator=rng, device=rng.device).to(
        device
    )


class LatentGame:
    """The game of Goodfellow et al. (arXiv:1406.2661) under any objective and penalties.

    Players: "critic", "generator"; "penalty" for penalties computed at every `penalty_every`-th
    update only, then so many times as strong (lazy, arXiv:1912.04958): let it share the critic's
    optimizer; "pretraining" for a critic that is an energy and first learns real items alone
    (arXiv:1609.03126). `transform` augments real and fake items alike before the critic
    sees them (arXiv:2006.10738). `read` turns a batch into real items and what both networks are
    told besides, one row an item (arXiv:1411.1784): generator(noise, *condition), critic(item,
    *condition).
    """

    def __init__(
        self,
        generator: nn.Module,
        critic: nn.Module,
        objective: Objective,
        *,
        draw: Draw,
        penalties: Mapping[str, Penalty] | None = None,
        penalty_every: int = 1,
        transform: Transform | None = None,
        read: Read = unconditional,
    ) -> None:
        self.generator, self.critic, self.objective = generator, critic, objective
        self.draw, self.transform, self.read = draw, transform, read
        self.penalties, self.penalty_every = penalties or {}, penalty_every

    def prepare(self, batch: Any, movers: Sequence[str], rng: Generator) -> Round:
        """Return the batch with its noise and, if the critic or its penalty moves, its fakes."""
        real, condition = self.read(batch)
        noise = self.draw(len(real), rng)
        judged = "critic" in movers or "penalty" in movers
        fake = self.generator(noise, *condition) if judged else None
        return Round(real, condition, noise, fake)

    def losses(self, player: str, batch: Round, rng: Generator) -> Losses:
        """Return what the critic, its penalty or the generator minimizes, one value an item."""
        if player == "generator":
            return self.generator_losses(batch, rng)
        if player == "critic":
            return self.critic_losses(batch, rng)
        if player == "pretraining":
            energy_B = self.critic(self.seen(batch.real, rng), *batch.condition)
            return Losses({"energy": energy_B}, len(batch.real))
        real, fake = self.judged(batch, rng, slopes=True)
        return Losses(self.penalty_terms(real, fake, batch.condition, rng), len(batch.real))

    def critic_losses(self, batch: Round, rng: Generator) -> Losses:
        """Return the critic's objective, with its penalties unless they are lazy."""
        eager = bool(self.penalties) and self.penalty_every == 1
        real, fake = self.judged(batch, rng, slopes=eager)
        distance_B = (real.item - fake.item).detach().flatten(1).abs().mean(1)
        terms = {"loss": self.objective.critic(real.score_B, fake.score_B, distance_B)}
        if eager:
            terms |= self.penalty_terms(real, fake, batch.condition, rng)
        figures = {
            "real_score": real.score_B.detach().mean(),
            "fake_score": fake.score_B.detach().mean(),
        }
        return Losses(terms, len(batch.real), figures)

    def generator_losses(self, batch: Round, rng: Generator) -> Losses:
        """Return the generator's objective; real items are scored only where it reads them."""
        return self.judge_fakes(self.generator(batch.noise, *batch.condition), batch, rng)

    def judge_fakes(self, fake: Tensor, batch: Round, rng: Generator) -> Losses:
        """Return the generator's objective on items that it has made, one value an item.

        Raises ValueError if no gradient can pass from the items to the generator.
        """
        if not fake.requires_grad:
            raise ValueError(
                "no gradient passes from these items to the generator (words that were chosen "
                "carry none): relax them, or reward the generator by policy gradient"
            )
        fake_B = self.critic(self.seen(fake, rng), *batch.condition)
        real_B = fake_B.detach()
        if self.objective.generator_reads_real:
            real_B = self.critic(self.seen(batch.real, rng), *batch.condition)
        return Losses({"loss": self.objective.generator(real_B, fake_B)}, len(batch.real))

    def seen(self, items: Tensor, rng: Generator) -> Tensor:
        """Return the items as the critic sees them."""
        return items if self.transform is None else self.transform(items, rng)

    def judged(self, batch: Round, rng: Generator, *, slopes: bool) -> tuple[Judged, Judged]:
        """Return real and fake items with their scores, ready for slopes if asked for.

        Slopes are differentiated twice, which bfloat16 does not survive: then all is float32.
        """
        assert batch.fake is not None
        device = batch.real.device.type
        with torch.autocast(device, enabled=torch.is_autocast_enabled(device) and not slopes):
            pair = []
            for items in (batch.real, batch.fake):
                item = self.seen(at_least_float32(items.detach()), rng).requires_grad_(slopes)
                pair.append(Judged(item, self.critic(item, *batch.condition)))
        return pair[0], pair[1]

    def penalty_terms(
        self, real: Judged, fake: Judged, condition: Condition, rng: Generator
    ) -> dict[str, Tensor]:
        """Return each weighted penalty, one value an item."""

        def critic(item: Tensor) -> Tensor:
            score_B: Tensor = self.critic(item, *condition)
            return score_B

        device = real.item.device.type
        with torch.autocast(device, enabled=False):
            return {
                name: self.penalty_every * penalty(critic, real, fake, rng)
                for name, penalty in self.penalties.items()
            }
