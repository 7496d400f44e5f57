"""Twenty-five Gaussians on a grid: which objectives find all modes, and how evenly.

The test bed of Metz et al. 2017 (arXiv:1611.02163), counted as in PacGAN (arXiv:1712.04086). By
default the relativistic game with R1 and R2 (Huang et al. 2024, arXiv:2501.05441).

    accelerate launch recipes/gaussians.py
    accelerate launch recipes/gaussians.py --objective non-saturating
"""

import dataclasses
import sys
from dataclasses import dataclass

import torch
from torch import Tensor

from seqgan.core.launch import launch
from seqgan.core.monitor import Monitor
from seqgan.core.run import Run, RunOptions
from seqgan.core.schedule import Phases
from seqgan.core.trainer import Hook, Trainer, seed_at
from seqgan.games.adversary import AdversaryOptions, adversaries, averaged, phases_of
from seqgan.image.adversarial import picture_game
from seqgan.image.grid_run import ALARMS, GridHook, finish_grid, real_points
from seqgan.image.model import sampler_of
from seqgan.image.options import refuse_below
from seqgan.nn.saving import save_built

LEAST: dict[str, float] = {"width": 1, "latent_dim": 1, "batch_size": 2, "updates": 0}
QUICK_UPDATES = 200


@dataclass(kw_only=True, frozen=True)
class Config(AdversaryOptions, RunOptions):
    """Train a small generator of points against a critic; count the modes it finds."""

    gamma: float | None = 0.05
    """Weight of r1 and r2: gamma/2 times the squared slope."""
    averaging: float = 0.999
    """Decay of the moving average of the generator's weights, which is what samples."""
    width: int = 16
    """An eighth of the units of a layer; there are three."""
    latent_dim: int = 2
    """Dimensions of the noise."""
    batch_size: int = 256
    """Points in a micro-batch, over all processes."""
    updates: int = 15_000
    """Updates."""
    evaluate_every: int = 1000
    """Updates between two counts."""


def sized(config: Config) -> Config:
    """Return the configuration with --quick and --max-updates applied."""
    refuse_below(config, LEAST)
    most = min(config.max_updates or sys.maxsize, QUICK_UPDATES if config.quick else sys.maxsize)
    return dataclasses.replace(
        config,
        updates=min(config.updates, most),
        pretrain_updates=min(config.pretrain_updates, most),
    )


def main(config: Config) -> None:
    """Let the two take turns on the grid; then count and report."""
    config.refuse_nonsense()
    config = sized(config)
    with Run("gaussians", config) as run:
        run.say(f"25 Gaussians; {config.updates} updates of {config.batch_size} points")
        game = picture_game(
            config,
            "mlp",
            (2,),
            width=config.width,
            latent_dim=config.latent_dim,
            device=run.device,
        )
        players = adversaries(config, game.generator, game.critic, updates=config.updates)
        average = averaged(players)
        sampler = sampler_of(average, run.device)
        share = -(-config.batch_size // run.accelerator.num_processes)

        def batch(index: int) -> Tensor:
            rng = torch.Generator(run.device)
            process = run.accelerator.process_index
            return real_points(share, rng.manual_seed(seed_at(run.seed, index, process, "data")))

        look = GridHook(run, sampler)
        trainer = Trainer(
            run,
            game,
            players=list(players.values()),
            phases=Phases(phases_of(config, config.updates)),
            batches=batch,
            hooks=[Hook(config.evaluate_every, look)],
            monitor=Monitor(ALARMS),
            stateful={"look": look},
        )
        trainer.resume()
        trainer.fit()
        if run.main:
            for name, network in (("generator", average), ("critic", game.critic)):
                save_built(network, run.folder / name)
        finish_grid(run, config, trainer, sampler)


if __name__ == "__main__":
    sys.exit(launch(Config, main))
