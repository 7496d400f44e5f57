"""What a critic measures, on one page of pictures: divergences, distances, slopes.

One Gaussian fitted to two modes under every f-divergence (f-GAN, arXiv:1606.00709); two lines
theta apart, which Jensen-Shannon cannot gauge and Wasserstein can (arXiv:1701.07875, example 1);
the slope of a Wasserstein critic: free, clipped, penalized (arXiv:1704.00028) and spectrally
normalized (arXiv:1802.05957).

    accelerate launch recipes/divergences.py
"""

import dataclasses
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from operator import itemgetter

from torch import Generator, Tensor

from seqgan.core.launch import launch
from seqgan.core.player import Player, adam_player, linear_decay
from seqgan.core.run import Run, RunOptions
from seqgan.core.schedule import Moves, Phase, Phases
from seqgan.core.trainer import Hook, Trainer, seed_at
from seqgan.errors import UserError
from seqgan.games.latent import LatentGame
from seqgan.games.several import SeveralGames, renamed
from seqgan.image.divergence_games import CLIP, Experiments
from seqgan.image.divergence_measures import measure_slopes
from seqgan.image.divergence_page import finish_divergences
from seqgan.image.options import refuse_below
from seqgan.objectives.wasserstein import clip_weights_

LEAST: dict[str, float] = {
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

    fit_updates: int = 2000
    """Updates of the fits; the Gaussian moves at every second."""
    line_updates: int = 1000
    """Updates of the critics of two lines."""
    ring_updates: int = 1500
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
        fit_updates=min(config.fit_updates, most),
        line_updates=min(config.line_updates, most),
        ring_updates=min(config.ring_updates, most),
    )


def pairs(
    games: Mapping[str, LatentGame], rates: Mapping[str, float], *, updates: int
) -> dict[str, Player]:
    """Return the players with a rate of each game; the rates fall over the updates."""
    decay = partial(linear_decay, moves=updates, warmup=1, least=0.05)
    players = {}
    for name, game in games.items():
        modules = {"critic": game.critic, "generator": game.generator}
        for role, lr in rates.items():
            own = {role: modules[role]}
            player = adam_player(role, own, lr=lr, betas=(0.0, 0.99), lr_schedule=decay)
            players[f"{name}/{role}"] = renamed(name, player)
    return players


def turns(players: Iterable[str], *, critic_steps: int) -> Moves:
    """Return a schedule: all critics always, the generators every `critic_steps`."""
    critics = tuple(name for name in players if name.endswith("/critic"))
    generators = tuple(name for name in players if name.endswith("/generator"))
    return lambda update: critics + (() if (update + 1) % critic_steps else generators)


def main(config: Config) -> None:
    """Fit, gauge, and rein in; then draw the page."""
    config = sized(config)
    with Run("divergences", config) as run:
        made = Experiments.make(run.device)
        fits = pairs(made.fits, {"critic": 2e-3, "generator": 5e-3}, updates=config.fit_updates)
        lines = pairs(made.named_lines, {"critic": 5e-3}, updates=config.line_updates)
        rings = pairs(made.rings, {"critic": 1e-3, "generator": 1e-3}, updates=config.ring_updates)
        clipped = rings[f"{CLIP}/critic"]
        clipped.after_step = partial(clip_weights_, clipped.parameters, config.clip)
        phases = Phases(
            [
                Phase("fits", config.fit_updates, turns(fits, critic_steps=2)),
                Phase("lines", config.line_updates, turns(lines, critic_steps=1)),
                Phase("rings", config.ring_updates, turns(rings, critic_steps=config.critic_steps)),
            ]
        )
        here = run.accelerator
        share = max(config.batch_size // here.num_processes, 1)

        def batches(index: int) -> dict[str, Tensor]:
            seed = seed_at(run.seed, index, here.process_index, "points")
            return made.draw(share, Generator(run.device).manual_seed(seed))

        def look(update: int) -> Mapping[str, float]:
            if phases.at(update - 1)[0].name != "rings":
                return {}
            seed = seed_at(run.seed, update, 0, "look")
            rng = Generator(run.device).manual_seed(seed)
            return measure_slopes(made.rings, made.ring, rng=rng)

        kinds = {"fits": made.fits, "lines": made.named_lines, "rings": made.rings}
        trainer = Trainer(
            run,
            SeveralGames(
                {name: game for games in kinds.values() for name, game in games.items()},
                batches={name: itemgetter(kind) for kind, games in kinds.items() for name in games},
            ),
            players=[*fits.values(), *lines.values(), *rings.values()],
            phases=phases,
            batches=batches,
            hooks=[Hook(config.log_every, look)],
        )
        trainer.resume()
        trainer.fit()
        finish_divergences(run, config, trainer, made)


if __name__ == "__main__":
    sys.exit(launch(Config, main))
