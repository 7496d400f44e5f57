"""A generator alone: an autoencoder whose decoder is sampled, plain or denoising.

The codes of training pictures, taken for a Gaussian, are what the decoder is fed (Ghosh et al.
2020, arXiv:1903.12436). With `--codes random` there is no encoder: each picture is given a code
at random, and the decoder must learn pictures by heart. With `--noise` the encoder sees noisy
pictures (Vincent et al. 2008).

    accelerate launch recipes/autoencoder.py
    accelerate launch recipes/autoencoder.py --codes random
"""

import sys
from dataclasses import dataclass
from typing import Literal

from seqgan.core.launch import launch
from seqgan.core.monitor import Monitor
from seqgan.core.run import Run
from seqgan.core.schedule import Phase, Phases, only
from seqgan.core.trainer import Hook, Trainer
from seqgan.errors import UserError
from seqgan.games.autoencoding import AutoencoderGame
from seqgan.image.autoencoders import (
    AutoencoderOptions,
    CodeLook,
    autoencoder_player,
    finish_autoencoder,
)
from seqgan.image.coded import CodeGenerator
from seqgan.image.coder import fit_codes, point_coder
from seqgan.image.model import sampler_of
from seqgan.image.networks import PictureEncoder
from seqgan.image.options import announce, sized
from seqgan.image.samples import SampleHook
from seqgan.image.setup import load_parts, make_watch, picture_batches
from seqgan.image.watch import ALARMS
from seqgan.nn.random_codes import RandomCodes


@dataclass(kw_only=True, frozen=True)
class Config(AutoencoderOptions):
    """Train an autoencoder, sample its decoder, and report."""

    noise: float = 0.0
    """Standard deviation of the noise on what the encoder sees (pictures go from -1 to 1)."""
    codes: Literal["encoder", "random"] = "encoder"
    """Whether pictures are coded by an encoder or each by a random code of its own."""

    def refuse_nonsense(self) -> None:
        """Raise `UserError` for values out of range and choices without meaning together."""
        super().refuse_nonsense()
        if not self.noise >= 0:
            raise UserError(f"--noise is {self.noise}: it must be 0 or more")
        if self.noise and self.codes == "random":
            raise UserError("--noise goes with --codes encoder: a random code sees no picture")


def main(config: Config) -> None:
    """Learn to give pictures back; fit the codes, judge the decoder's samples and report."""
    config.refuse_nonsense()
    config = sized(config)
    with Run("autoencoder", config) as run:
        parts, random = load_parts(config, run), config.codes == "random"
        shape = parts.train.shape
        run.say(announce(config, shape, count=len(parts.train)))
        network, code_dim, width = config.network, config.latent_dim, config.width
        encoder = (
            RandomCodes(shape, dim_out=code_dim, seed=config.seed)
            if random
            else PictureEncoder(network, shape, dim_out=code_dim, width=width)
        ).to(run.device)
        generator = CodeGenerator(network, shape, code_dim=code_dim, width=width)
        generator = generator.to(run.device)

        coder = point_coder(encoder, generator.decode)

        def settle() -> None:
            if not random:
                fit_codes(coder, generator, parts.train, device=run.device)

        sampler = sampler_of(generator, run.device)
        watch = make_watch(config, parts, run)
        look = SampleHook(run, sampler, watch)
        looking = CodeLook(coder, parts.test, look, run.device, before=settle)
        modules = {"encoder": encoder, "generator": generator}
        trainer = Trainer(
            run,
            AutoencoderGame(encoder, generator.decode, noise=config.noise),
            players=[autoencoder_player(config, modules)],
            phases=Phases([Phase("autoencoder", config.updates, only("autoencoder"))]),
            batches=picture_batches(run, parts.train, batch_size=config.batch_size),
            accumulation=config.accumulation,
            hooks=[Hook(config.evaluate_every, looking)],
            monitor=Monitor(ALARMS),
            stateful={"watch": watch},
        )
        trainer.resume()
        trainer.fit()
        settle()
        networks = {"generator": generator} if random else modules
        systems = {"autoencoder": sampler}
        finish_autoencoder(
            run, config, trainer, systems, coder, parts, watch=watch, networks=networks
        )


if __name__ == "__main__":
    sys.exit(launch(Config, main))
