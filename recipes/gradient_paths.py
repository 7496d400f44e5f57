"""How gradients pass through words, on one page: soft words, Gumbel, straight-through, rewards.

Words are choices, so a discriminator's slope ends at them. Soft words let it pass, but a
Jensen-Shannon critic then only learns that they are not one-hot (arXiv:1701.07875, section 2);
a Wasserstein critic with gradient penalty measures how far they are (arXiv:1704.00028, section
5.4). Shown on a made language whose sentences can all be counted, beside Gumbel-softmax and
straight-through (arXiv:1611.01144) and a table of what rewards do to a policy gradient.

    accelerate launch recipes/gradient_paths.py
"""

import dataclasses
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from torch import Generator, Tensor

from seqgan.core.launch import launch
from seqgan.core.player import Player
from seqgan.core.run import Run, RunOptions
from seqgan.core.schedule import Phase, Phases, only
from seqgan.core.trainer import Hook, Trainer, seed_at
from seqgan.errors import refuse_below
from seqgan.games.several import SeveralGames, own_name
from seqgan.text.gradient_paths.games import SETTINGS, Experiments, made_language
from seqgan.text.gradient_paths.measures import read_writers
from seqgan.text.gradient_paths.page import finish_gradient_paths
from seqgan.text.gradient_paths.players import make_players, turns, warmth

LEAST = {
    "dial_updates": 1,
    "writer_updates": 1,
    "critic_steps": 1,
    "batch_size": 1,
    "estimator_draws": 2,
    "max_updates": 1,
}
QUICK, QUICK_DRAWS = 40, 5


@dataclass(kw_only=True, frozen=True)
class Config(RunOptions):
    """Show what a critic's gradient does to soft words, and what other paths through words do."""

    dial_updates: int = 1000
    """Updates of the critics of fakes on two dials."""
    writer_updates: int = 1000
    """Updates of the games in which writers learn."""
    critic_steps: int = 2
    """Critic moves for each of a writer's."""
    batch_size: int = 64
    """Sentences in a batch, and of each setting of the dials, over all processes."""
    estimator_draws: int = 100
    """Draws of every reward estimator for every text."""
    language_seed: int = 0
    """Seed of the made language."""
    log_every: int = 20
    """Updates between two lines of metrics.jsonl, and between two looks at the writers."""


def sized(config: Config) -> Config:
    """Return the configuration with --quick and --max-updates applied."""
    refuse_below(config, LEAST)
    most = min(config.max_updates or sys.maxsize, QUICK if config.quick else sys.maxsize)
    return dataclasses.replace(
        config,
        dial_updates=min(config.dial_updates, most),
        writer_updates=min(config.writer_updates, most),
        estimator_draws=min(config.estimator_draws, QUICK_DRAWS if config.quick else sys.maxsize),
    )


def main(config: Config) -> None:
    """Let critics read the dials and writers learn; then draw the page."""
    config = sized(config)
    with Run("gradient_paths", config) as run:
        language = made_language(config.language_seed)
        moves = max(config.writer_updates // config.critic_steps, 1)
        players: dict[str, Player] = {}

        def temperature(name: str) -> float:
            return warmth(name, players[own_name(name, "generator")].moves, moves=moves)

        made = Experiments.make(language, run.device, temperature=temperature)
        dials, writers = config.dial_updates, config.writer_updates
        players |= make_players(made, dial_moves=dials, writer_moves=writers, generator_moves=moves)
        phases = Phases(
            [
                Phase("dials", dials, only(*(own_name(x, "critic") for x in made.dial_games))),
                Phase("writers", writers, turns(made.writers, critic_steps=config.critic_steps)),
            ]
        )
        process, processes = run.accelerator.process_index, run.accelerator.num_processes
        share = max(config.batch_size // processes, 1)

        def batches(index: int) -> Tensor:
            rng = Generator(run.device).manual_seed(seed_at(run.seed, index, process, "sentences"))
            return language.draw(share * len(SETTINGS), rng)

        def look(update: int) -> Mapping[str, float]:
            if phases.at(update - 1)[0].name != "writers":
                return {}
            rng = Generator(run.device).manual_seed(seed_at(run.seed, update, 0, "look"))
            seen = read_writers(made, rng=rng)
            return {own_name(n, key): x for n, own in seen.items() for key, x in own.items()}

        trainer = Trainer(
            run,
            SeveralGames(made.games, batches=made.takes(share)),
            players=list(players.values()),
            phases=phases,
            batches=batches,
            hooks=[Hook(config.log_every, look)],
        )
        trainer.resume()
        trainer.fit()
        finish_gradient_paths(run, config, trainer, made)


if __name__ == "__main__":
    sys.exit(launch(Config, main))
