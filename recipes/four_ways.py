"""Four ways to make the same pictures in the same time, beside a mixture fitted by likelihood.

One after the other: an autoencoder whose decoder draws from the Gaussian of its codes, a
variational autoencoder, a discriminator alone that is searched for what it takes for real, and the
game of a generator and a critic. All have networks of one kind and width; the
number of updates makes them take equally long.

    accelerate launch recipes/four_ways.py
    accelerate launch recipes/four_ways.py --corpus mnist --width 16 --updates 6000
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass

from seqgan.core.launch import launch
from seqgan.core.monitor import Monitor
from seqgan.core.run import Run
from seqgan.core.schedule import Phases
from seqgan.core.trainer import Hook, Trainer
from seqgan.games.several import SeveralGames, own_name
from seqgan.image.four_ways import WaysHook, finish_ways
from seqgan.image.options import announce, sized
from seqgan.image.setup import labeled_batches, load_parts, make_watch
from seqgan.image.watch import ALARMS, Watch
from seqgan.image.ways import (
    MakeWay,
    WaysOptions,
    adversarial_way,
    autoencoder_way,
    discriminator_way,
    variational_way,
)

SHARES: Mapping[MakeWay, float] = {
    autoencoder_way: 1.0,
    variational_way: 1.0,
    discriminator_way: 0.59,
    adversarial_way: 0.28,
}
"""Updates in the time of one of the autoencoder's. Measured on one core of a CPU at the defaults:
18 ms, 18 ms, 29 ms and half a second a search, 64 ms. The table says how long each took."""


@dataclass(kw_only=True, frozen=True)
class Config(WaysOptions):
    """Train an autoencoder, a VAE, a discriminator alone and a GAN; judge them in one table."""


def main(config: Config) -> None:
    """Train one way after the other; then judge all of them and report."""
    config.refuse_nonsense()
    config = sized(config)
    with Run("four_ways", config) as run:
        parts = load_parts(config, run)
        run.say(announce(config, parts.train.shape, count=len(parts.train)))
        ways = [
            make(config, run, parts, round(share * config.updates))
            for make, share in SHARES.items()
        ]
        named = {way.name: way for way in ways}
        game = SeveralGames(
            {name: way.game for name, way in named.items()},
            batches={name: way.takes for name, way in named.items()},
        )
        phases = Phases([phase for way in ways for phase in way.own_phases()])
        extractor = make_watch(config, parts, run).judge.extractor
        watches = {name: Watch(parts, extractor, seed=run.seed) for name in named}
        state = {own_name(name, "watch"): watch for name, watch in watches.items()}
        trainer = Trainer(
            run,
            game,
            players=[player for way in ways for player in way.own_players()],
            phases=phases,
            batches=labeled_batches(run, parts.train, batch_size=config.batch_size),
            accumulation=config.accumulation,
            hooks=[Hook(config.evaluate_every, WaysHook(run, named, watches, phases, parts))],
            monitor=Monitor(ALARMS),
            stateful={k: v for way in ways for k, v in way.own_state().items()} | state,
        )
        trainer.resume()
        trainer.fit()
        finish_ways(run, config, trainer, ways, parts, watches=watches)


if __name__ == "__main__":
    sys.exit(launch(Config, main))
