"""A discriminator alone: it is searched for what it takes for real, and learns to refuse that.

Start from random negatives. Repeat: learn to tell data from all negatives so far; find new ones
where the score is highest, by climbing its slope from random pictures. The same search draws
the samples (compare arXiv:1903.08689). `--negatives random` leaves the search out of training:
the score is then high in places that no data are near.

    accelerate launch recipes/discriminator_only.py
    accelerate launch recipes/discriminator_only.py --corpus gaussians --negatives random
"""

import sys
from dataclasses import dataclass
from functools import partial
from typing import Literal

from torch import Generator, Tensor

from seqgan.core.launch import launch
from seqgan.core.monitor import Monitor
from seqgan.core.player import adam_player, linear_decay
from seqgan.core.run import Run
from seqgan.core.schedule import Phases
from seqgan.core.trainer import Hook, Trainer
from seqgan.games.latent import gaussian_noise
from seqgan.games.rounds import Rounds
from seqgan.games.search import Memory, SearchGame
from seqgan.image.model import sampler_of
from seqgan.image.options import sized
from seqgan.image.searched import SearchGenerator
from seqgan.image.searching import SearchOptions, ground_of
from seqgan.image.watch import ALARMS


@dataclass(kw_only=True, frozen=True)
class Config(SearchOptions):
    """Train a critic against what it is taken in by, sample by the same search, and report."""

    negatives: Literal["searched", "random"] = "searched"
    """Where negatives come from after the first round."""


def main(config: Config) -> None:
    """Search and refuse, round after round; judge what the last search finds and report."""
    config.refuse_nonsense()
    config = sized(config)
    with Run("discriminator_only", config) as run:
        ground = ground_of(config, run)
        generator = SearchGenerator(
            ground.network,
            ground.shape,
            width=config.width,
            steps=config.search_steps,
            step=config.search_step,
            noise=config.search_noise,
        ).to(run.device)
        noise = gaussian_noise(generator.latent_dim, run.device)

        def at_random(count: int, rng: Generator) -> Tensor:
            return generator.start(noise(count, rng))

        searched = sampler_of(generator, run.device)
        game = SearchGame(generator.score, Memory(), gamma=config.gamma)
        rounds = Rounds(
            game.memory,
            generator.score,
            first=at_random,
            find=searched if config.negatives == "searched" else at_random,
            held_out=ground.held_out,
            count=config.num_negatives,
            stop_below=config.stop_below,
            seed=config.seed,
        )
        moves = max(config.updates, 1)
        decay = partial(linear_decay, moves=moves, warmup=1, least=config.final_lr)
        critic = adam_player(
            "critic",
            {"generator": generator},
            lr=config.critic_lr,
            betas=(0.5, 0.99),
            lr_schedule=decay,
        )
        trainer = Trainer(
            run,
            game,
            players=[critic],
            phases=Phases(rounds.phases(config.rounds, config.updates)),
            batches=ground.batches,
            accumulation=config.accumulation,
            hooks=[Hook(config.evaluate_every, ground.look(generator))],
            monitor=Monitor(ALARMS),
            stateful={**ground.stateful, "rounds": rounds},
        )
        trainer.resume()
        trainer.fit()
        run.say(rounds.outcome())
        ground.finish(trainer, generator)


if __name__ == "__main__":
    sys.exit(launch(Config, main))
