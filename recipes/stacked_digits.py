"""Stacked digits: three digits as red, green and blue, 1,000 modes to find, and evenly.

The test bed of Metz et al. 2017 (arXiv:1611.02163), counted as in PacGAN (arXiv:1712.04086): 26,000
samples, each channel told by a classifier of the single digits. By default the relativistic game
with R1 and R2 (Huang et al. 2024, arXiv:2501.05441).

    accelerate launch recipes/stacked_digits.py
    accelerate launch recipes/stacked_digits.py --corpus-path FOLDER --objective non-saturating
"""

import sys
from dataclasses import dataclass

from seqgan.core.launch import launch
from seqgan.core.monitor import Monitor
from seqgan.core.run import Run
from seqgan.core.schedule import Phases
from seqgan.core.trainer import Hook, Trainer
from seqgan.data.stacking import stack_parts
from seqgan.games.adversary import AdversaryOptions, adversaries, averaged, phases_of
from seqgan.image.adversarial import picture_game
from seqgan.image.extractor import accuracy
from seqgan.image.model import sampler_of
from seqgan.image.options import Kind, PictureOptions, announce, sized
from seqgan.image.setup import load_parts, make_watch, picture_batches
from seqgan.image.stacked import ALARMS, StackedHook, finish_stacked, refuse_unstackable
from seqgan.image.watch import ALARMS as CHANNEL_ALARMS
from seqgan.metrics.modes import STACKED_SAMPLES


@dataclass(kw_only=True, frozen=True)
class Config(AdversaryOptions, PictureOptions):
    """Train a generator of stacked digits against a critic; count the modes it finds."""

    corpus: str = "mnist"
    """Grey pictures with labels, of which three are stacked: mnist, fashion_mnist, digits, or
    folder."""
    network: Kind = "dcgan"
    """residual: without normalization (R3GAN); dcgan: with batch normalization, which learns this
    several times faster at this width; mlp."""
    averaging: float = 0.999
    """Decay of the moving average of the generator's weights, which is what samples."""
    gamma: float | None = 1.0
    """Weight of r1 and r2. Less than pictures usually get: fewer stacks are missed."""
    width: int = 16
    """Channels of the networks at the largest size (mlp: 8 times as many units)."""
    updates: int = 20_000
    """Updates."""
    evaluate_every: int = 1000
    """Updates between two counts."""
    num_samples: int = STACKED_SAMPLES
    """Stacks drawn at the end, in which modes are counted."""


def main(config: Config) -> None:
    """Let the two take turns on stacks; then count what the generator's average finds."""
    config.refuse_nonsense()
    config = sized(config)
    with Run("stacked_digits", config) as run:
        grey = load_parts(config, run)
        refuse_unstackable(config, grey)
        watch = make_watch(config, grey, run)
        right = accuracy(watch.judge.extractor, grey.test)
        run.say(f"the classifier of single pictures is right on {right:.2%} of held-out ones")
        stacked = stack_parts(grey)
        shape = stacked.train.shape
        run.say(announce(config, shape, count=len(stacked.train)))
        game = picture_game(
            config,
            config.network,
            shape,
            width=config.width,
            latent_dim=config.latent_dim,
            device=run.device,
        )
        players = adversaries(config, game.generator, game.critic, updates=config.updates)
        average = averaged(players)
        sampler = sampler_of(average, run.device)
        look = StackedHook(run, sampler, watch)
        trainer = Trainer(
            run,
            game,
            players=list(players.values()),
            phases=Phases(phases_of(config, config.updates)),
            batches=picture_batches(run, stacked.train, batch_size=config.batch_size),
            accumulation=config.accumulation,
            hooks=[Hook(config.evaluate_every, look)],
            monitor=Monitor([*ALARMS, *CHANNEL_ALARMS]),
            stateful={"watch": watch, "look": look},
        )
        trainer.resume()
        trainer.fit()
        networks = {"generator": average, "critic": game.critic}
        finish_stacked(run, config, trainer, sampler, grey, stacked, watch=watch, networks=networks)


if __name__ == "__main__":
    sys.exit(launch(Config, main))
