"""A generator that turns noise into data against a critic, for data of any kind.

Legend: B batch; items may have any shape behind it.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Generator, Tensor, nn

from seqgan.core.game import Losses
from seqgan.games.objectives import Judged, Objective, Penalty
from seqgan.ops.masks import at_least_float32

Draw = Callable[[int, Generator], Tensor]
Transform = Callable[[Tensor, Generator], Tensor]


class Round(NamedTuple):
    """One batch: real items, the noise of as many fakes, and the fakes where a critic moves."""

    real: Tensor
    noise: Tensor
    fake: Tensor | None


def gaussian_noise(latent_dim: int, device: torch.device | str = "cpu") -> Draw:
    """Return a function that draws standard normal noise, shape (B, latent_dim)."""
    return lambda count, rng: torch.randn(count, latent_dim, generator=rng, device=device)


class LatentGame:
    """The game of Goodfellow et al. (arXiv:1406.2661) under any objective and penalties.

    Players: "critic", "generator"; "penalty" for penalties computed at every `penalty_every`-th
    update only, then so many times as strong (lazy, arXiv:1912.04958): let it share the critic's
    optimizer; "pretraining" for a critic that is an energy and first learns real items alone
    (arXiv:1609.03126). `transform` augments real and fake items alike before the critic
    sees them (arXiv:2006.10738).
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
    ) -> None:
        self.generator, self.critic, self.objective = generator, critic, objective
        self.draw, self.transform = draw, transform
        self.penalties, self.penalty_every = penalties or {}, penalty_every

    def prepare(self, batch: Tensor, movers: Sequence[str], rng: Generator) -> Round:
        """Return the batch with its noise and, if the critic or its penalty moves, its fakes."""
        noise = self.draw(len(batch), rng)
        judged = "critic" in movers or "penalty" in movers
        return Round(batch, noise, self.generator(noise) if judged else None)

    def losses(self, player: str, batch: Round, rng: Generator) -> Losses:
        """Return what the critic, its penalty or the generator minimizes, one value an item."""
        if player == "generator":
            return self.generator_losses(batch, rng)
        if player == "critic":
            return self.critic_losses(batch, rng)
        if player == "pretraining":
            return Losses({"energy": self.critic(self.seen(batch.real, rng))}, len(batch.real))
        real, fake = self.judged(batch, rng, slopes=True)
        return Losses(self.penalty_terms(real, fake, rng), len(batch.real))

    def critic_losses(self, batch: Round, rng: Generator) -> Losses:
        """Return the critic's objective, with its penalties unless they are lazy."""
        eager = bool(self.penalties) and self.penalty_every == 1
        real, fake = self.judged(batch, rng, slopes=eager)
        distance_B = (real.item - fake.item).detach().flatten(1).abs().mean(1)
        terms = {"loss": self.objective.critic(real.score_B, fake.score_B, distance_B)}
        if eager:
            terms |= self.penalty_terms(real, fake, rng)
        figures = {
            "real_score": real.score_B.detach().mean(),
            "fake_score": fake.score_B.detach().mean(),
        }
        return Losses(terms, len(batch.real), figures)

    def generator_losses(self, batch: Round, rng: Generator) -> Losses:
        """Return the generator's objective; real items are scored only where it reads them."""
        fake_B = self.critic(self.seen(self.generator(batch.noise), rng))
        real_B = fake_B.detach()
        if self.objective.generator_reads_real:
            real_B = self.critic(self.seen(batch.real, rng))
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
                pair.append(Judged(item, self.critic(item)))
        return pair[0], pair[1]

    def penalty_terms(self, real: Judged, fake: Judged, rng: Generator) -> dict[str, Tensor]:
        """Return each weighted penalty, one value an item."""
        device = real.item.device.type
        with torch.autocast(device, enabled=False):
            return {
                name: self.penalty_every * penalty(self.critic, real, fake, rng)
                for name, penalty in self.penalties.items()
            }
