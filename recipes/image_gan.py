"""Pictures from noise: any classical adversarial objective, penalty and network.

By default the relativistic game with R1 and R2 on a small residual network without normalization
(Huang et al. 2024, "The GAN is dead; long live the GAN!", arXiv:2501.05441).

    accelerate launch recipes/image_gan.py
    accelerate launch recipes/image_gan.py --objective wasserstein --critic-steps 5
"""

import sys
from dataclasses import dataclass

from seqgan.core.launch import launch
from seqgan.core.monitor import Monitor
from seqgan.core.run import Run
from seqgan.core.schedule import Phase, Phases, only
from seqgan.core.trainer import Hook, Trainer
from seqgan.data.pictures import PictureParts
from seqgan.games.adversary import (
    AdversaryOptions,
    adversaries,
    objective_of,
    penalties_of,
    turns,
)
from seqgan.games.latent import LatentGame, gaussian_noise
from seqgan.image.adversarial import make_adversary
from seqgan.image.augmentation import AugmentOptions, augmentation
from seqgan.image.finish import finish_pictures
from seqgan.image.model import sampler_of
from seqgan.image.networks import make_generator
from seqgan.image.options import PictureOptions, announce, sized
from seqgan.image.samples import SampleHook
from seqgan.image.setup import load_parts, make_watch, picture_batches
from seqgan.image.watch import ALARMS


@dataclass(kw_only=True, frozen=True)
class Config(AugmentOptions, AdversaryOptions, PictureOptions):
    """Train a generator of pictures against a critic, diagnose what it makes, and report."""


def main(config: Config) -> None:
    """Let the two take turns; then judge the generator's average and report."""
    config.refuse_nonsense()
    config = sized(config)
    with Run("image_gan", config) as run:
        parts: PictureParts = load_parts(config, run)
        run.say(announce(config, parts.train.shape, count=len(parts.train)))
        shape = parts.train.shape
        generator = make_generator(
            config.network, shape, width=config.width, latent_dim=config.latent_dim
        ).to(run.device)
        critic = make_adversary(config, config.network, shape, width=config.width).to(run.device)
        players = adversaries(config, generator, critic, updates=config.updates)
        game = LatentGame(
            generator,
            critic,
            objective_of(config),
            draw=gaussian_noise(config.latent_dim, run.device),
            penalties=penalties_of(config, shape),
            penalty_every=config.penalty_every,
            transform=augmentation(config),
        )
        averages = players["generator"].averages
        assert averages is not None
        sampler = sampler_of(averages.module, run.device)
        watch = make_watch(config, parts, run)
        look = SampleHook(run, sampler, watch, critic)
        trainer = Trainer(
            run,
            game,
            players=list(players.values()),
            phases=Phases(
                [
                    Phase("pretraining", config.pretrain_updates, only("pretraining")),
                    Phase("adversarial", config.updates, turns(config)),
                ]
            ),
            batches=picture_batches(run, parts.train, batch_size=config.batch_size),
            accumulation=config.accumulation,
            hooks=[Hook(config.evaluate_every, look)],
            monitor=Monitor(ALARMS),
            stateful={"watch": watch},
        )
        trainer.resume()
        trainer.fit()
        networks = {"generator": averages.module, "critic": critic}
        systems = {"GAN": sampler}
        finish_pictures(run, config, trainer, systems, parts, watch=watch, networks=networks)


if __name__ == "__main__":
    sys.exit(launch(Config, main))
