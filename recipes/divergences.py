"""What a critic measures, on one page of pictures: divergences, distances, slopes.

One Gaussian fitted to two modes under every f-divergence (f-GAN, arXiv:1606.00709); two lines
theta apart, which Jensen-Shannon cannot gauge and Wasserstein can (arXiv:1701.07875, example 1);
the slope of a Wasserstein critic: free, clipped, penalized (arXiv:1704.00028) and spectrally
normalized (arXiv:1802.05957).

    accelerate launch recipes/divergences.py
"""

import dataclasses
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from operator import itemgetter

from torch import Generator, Tensor

from seqgan.core.launch import launch
from seqgan.core.player import Player, adam_player, linear_decay
from seqgan.core.run import Run, RunOptions
from seqgan.core.schedule import Phase, Phases, alternate, only
from seqgan.core.trainer import Hook, Trainer, seed_at
from seqgan.errors import UserError
from seqgan.games.several import SeveralGames, renamed
from seqgan.image.divergence_games import CLIP, Experiments, Together
from seqgan.image.divergence_measures import measure_slopes
from seqgan.image.divergence_page import finish_divergences
from seqgan.image.options import refuse_below
from seqgan.objectives.wasserstein import clip_weights_

LEAST: dict[str, float] = {
    "warm_updates": 0,
    "fit_updates": 1,
    "line_updates": 1,
    "ring_updates": 1,
    "critic_steps": 1,
    "batch_size": 2,
}
QUICK = 200


@dataclass(kw_only=True, frozen=True)
class Config(RunOptions):
    """Show what critics measure: a fit under each divergence, a distance, their own slope."""

    warm_updates: int = 200
    """Updates of the fits' critics beforehand: a raw one sends its Gaussian anywhere."""
    fit_updates: int = 3000
    """Updates of the fits; the Gaussians move at every second."""
    line_updates: int = 1000
    """Updates of the critics of two lines."""
    ring_updates: int = 3000
    """Updates of the Wasserstein games on a ring."""
    critic_steps: int = 5
    """Critic moves for each of the generator's on the ring."""
    batch_size: int = 256
    """Points in a batch, over all processes."""
    clip: float = 0.01
    """Bound of the clipped critic's weights."""
    log_every: int = 50
    """Updates between two lines of metrics.jsonl, and between two looks at the slopes."""


def sized(config: Config) -> Config:
    """Return the configuration with --quick and --max-updates applied."""
    refuse_below(config, LEAST)
    if not config.clip > 0:
        raise UserError(f"--clip is {config.clip}: it must be above 0, as .01")
    most = min(config.max_updates or sys.maxsize, QUICK if config.quick else sys.maxsize)
    return dataclasses.replace(
        config,
        warm_updates=min(config.warm_updates, most),
        fit_updates=min(config.fit_updates, most),
        line_updates=min(config.line_updates, most),
        ring_updates=min(config.ring_updates, most),
    )


def player(role: str, game: Together, *, lr: float, moves: int | None = None) -> Player:
    """Return all critics or generators of an experiment; their rate falls over the moves, if any.

    No gradient is clipped: the norm of all of them together says nothing about one.
    """
    decay = partial(linear_decay, moves=moves, warmup=1, least=0.05) if moves else lambda move: 1.0
    modules, betas = game.modules(role), (0.0, 0.99)
    return adam_player(role, modules, lr=lr, betas=betas, max_grad_norm=None, lr_schedule=decay)


def main(config: Config) -> None:
    """Fit, gauge, and rein in; then draw the page."""
    config = sized(config)
    with Run("divergences", config) as run:
        made = Experiments.make(run.device)
        games = made.games
        warm, fits, lines = config.warm_updates, config.fit_updates, config.line_updates
        reined = player("critic", games["rings"], lr=2e-3)
        clipped = list(made.rings[CLIP].critic.parameters())
        reined.after_step = partial(clip_weights_, clipped, config.clip)
        players = [
            renamed("fits", player("critic", games["fits"], lr=2e-3, moves=warm + fits)),
            renamed("fits", player("generator", games["fits"], lr=5e-3, moves=max(fits // 2, 1))),
            renamed("lines", player("critic", games["lines"], lr=5e-3, moves=lines)),
            renamed("rings", reined),
            renamed("rings", player("generator", games["rings"], lr=5e-4)),
        ]
        fit, rein = (
            alternate(critic=f"{name}/critic", generator=(f"{name}/generator",), critic_steps=steps)
            for name, steps in (("fits", 2), ("rings", config.critic_steps))
        )
        phases = Phases(
            [
                Phase("warm", warm, only("fits/critic")),
                Phase("fits", fits, fit),
                Phase("lines", lines, only("lines/critic")),
                Phase("rings", config.ring_updates, rein),
            ]
        )
        process, processes = run.accelerator.process_index, run.accelerator.num_processes

        def batches(index: int) -> dict[str, Tensor]:
            rng = Generator(run.device).manual_seed(seed_at(run.seed, index, process, "points"))
            return made.draw(max(config.batch_size // processes, 1), rng)

        def look(update: int) -> Mapping[str, float]:
            if phases.at(update - 1)[0].name != "rings":
                return {}
            rng = Generator(run.device).manual_seed(seed_at(run.seed, update, 0, "look"))
            return measure_slopes(made.rings, made.ring, rng=rng)

        trainer = Trainer(
            run,
            SeveralGames(games, batches={name: itemgetter(name) for name in games}),
            players=players,
            phases=phases,
            batches=batches,
            hooks=[Hook(config.log_every, look)],
        )
        trainer.resume()
        trainer.fit()
        finish_divergences(run, config, trainer, made)


if __name__ == "__main__":
    sys.exit(launch(Config, main))
