"""A variational autoencoder, and with `--conditional` one that is asked for a class.

Kingma and Welling 2014 (arXiv:1312.6114): the encoder says how sure it is of a code, the decoder
gives pictures back from draws, and codes are kept near a standard normal. Conditional: each class
has a mean of its own, which is learned (means), or encoder and decoder are told the class (told,
Sohn et al. 2015).

    accelerate launch recipes/vae.py
    accelerate launch recipes/vae.py --conditional means
"""

import sys
from dataclasses import dataclass

from seqgan.core.launch import launch
from seqgan.core.monitor import Alarm, Monitor
from seqgan.core.run import Run
from seqgan.core.schedule import Phase, Phases, only
from seqgan.core.trainer import Hook, Trainer
from seqgan.errors import UserError
from seqgan.games.autoencoding import VariationalGame
from seqgan.image.autoencoders import (
    AutoencoderOptions,
    CodeLook,
    autoencoder_player,
    finish_autoencoder,
    known_classes,
)
from seqgan.image.coded import CodeGenerator, Conditional
from seqgan.image.coder import Coder
from seqgan.image.model import sampler_of
from seqgan.image.networks import PictureEncoder
from seqgan.image.options import announce, sized
from seqgan.image.samples import SampleHook
from seqgan.image.setup import labeled_batches, load_parts, make_watch
from seqgan.image.watch import ALARMS

CODE_ALARMS = [Alarm("codes/used", "codes say nothing: lower --weight", low=0.5)]


@dataclass(kw_only=True, frozen=True)
class Config(AutoencoderOptions):
    """Train a variational autoencoder, watch its codes, sample its decoder, and report."""

    weight: float = 0.1
    """Weight of the codes' divergence; also the variance of a pixel that the error supposes."""
    conditional: Conditional = "no"
    """How the class enters: not at all, as the learned mean of its codes, or told to both."""

    def refuse_nonsense(self) -> None:
        """Raise `UserError` for values out of range."""
        super().refuse_nonsense()
        if not self.weight >= 0:
            raise UserError(f"--weight is {self.weight}: it must be 0 or more")


def main(config: Config) -> None:
    """Learn to give pictures back from uncertain codes; judge the decoder's samples and report."""
    config.refuse_nonsense()
    config = sized(config)
    with Run("vae", config) as run:
        parts = load_parts(config, run)
        shape = parts.train.shape
        run.say(announce(config, shape, count=len(parts.train)))
        generator = CodeGenerator(
            config.network,
            shape,
            width=config.width,
            code_dim=config.latent_dim,
            num_classes=0 if config.conditional == "no" else known_classes(config, parts),
            conditional=config.conditional,
        ).to(run.device)
        encoder = PictureEncoder(
            config.network,
            shape,
            width=config.width,
            dim_out=2 * config.latent_dim,
            num_classes=generator.told,
        ).to(run.device)
        means, decode = generator.means, generator.decode
        game = VariationalGame(encoder, decode, prior_mean=means, weight=config.weight)
        coder = Coder(game.posterior, decode, prior_mean=means)
        modules = {"encoder": encoder, "generator": generator}
        sampler = sampler_of(generator, run.device)
        watch = make_watch(config, parts, run)
        look = CodeLook(coder, parts.test, SampleHook(run, sampler, watch), run.device)
        trainer = Trainer(
            run,
            game,
            players=[autoencoder_player(config, modules)],
            phases=Phases([Phase("autoencoder", config.updates, only("autoencoder"))]),
            batches=labeled_batches(run, parts.train, batch_size=config.batch_size),
            accumulation=config.accumulation,
            hooks=[Hook(config.evaluate_every, look)],
            monitor=Monitor([*ALARMS, *CODE_ALARMS]),
            stateful={"watch": watch},
        )
        trainer.resume()
        trainer.fit()
        systems = {"VAE": sampler}
        finish_autoencoder(
            run, config, trainer, systems, coder, parts, watch=watch, networks=modules
        )


if __name__ == "__main__":
    sys.exit(launch(Config, main))
