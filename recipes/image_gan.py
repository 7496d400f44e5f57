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
from seqgan.core.schedule import Phases
from seqgan.core.trainer import Hook, Trainer
from seqgan.data.pictures import PictureParts
from seqgan.games.adversary import AdversaryOptions, adversaries, averaged, phases_of
from seqgan.image.adversarial import picture_game
from seqgan.image.augmentation import AugmentOptions, augmentation
from seqgan.image.finish import finish_pictures
from seqgan.image.model import sampler_of
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
        game = picture_game(
            config,
            config.network,
            shape,
            width=config.width,
            latent_dim=config.latent_dim,
            device=run.device,
            transform=augmentation(config),
        )
        players = adversaries(config, game.generator, game.critic, updates=config.updates)
        average = averaged(players)
        sampler = sampler_of(average, run.device)
        watch = make_watch(config, parts, run)
        look = SampleHook(run, sampler, watch, game.critic)
        trainer = Trainer(
            run,
            game,
            players=list(players.values()),
            phases=Phases(phases_of(config, config.updates)),
            batches=picture_batches(run, parts.train, batch_size=config.batch_size),
            accumulation=config.accumulation,
            hooks=[Hook(config.evaluate_every, look)],
            monitor=Monitor(ALARMS),
            stateful={"watch": watch},
        )
        trainer.resume()
        trainer.fit()
        networks = {"generator": average, "critic": game.critic}
        systems = {"GAN": sampler}
        finish_pictures(run, config, trainer, systems, parts, watch=watch, networks=networks)


if __name__ == "__main__":
    sys.exit(launch(Config, main))
