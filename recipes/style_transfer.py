"""Sentences rewritten in another style, learned without pairs, both ways at once.

By default the cycle family: a generator told the wanted style learns to restore sentences whose
style words were hidden (arXiv:1804.06437), to come back from its own rewritings
(arXiv:1711.00043), to write the best of several ways at once (arXiv:2304.06767), and at last plays
against a critic of each style: ways that it draws earn what critic and own scorers say of them
(policy gradient, arXiv:1905.10060). With `--gradient soft` critic and way back read its words as
distributions (CycleGAN, arXiv:1703.10593, on text as in arXiv:1905.05621). `--family common` keeps
the style out of a common space of codes instead (arXiv:1705.09655).

    accelerate launch recipes/style_transfer.py
    accelerate launch recipes/style_transfer.py --styles casual=FILE.txt formal=FILE.txt
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass

from seqgan.core.launch import launch
from seqgan.core.monitor import Monitor
from seqgan.core.run import Run
from seqgan.core.trainer import Hook, Trainer
from seqgan.text.generators.base import Generator
from seqgan.text.likelihood_models import LikelihoodModels
from seqgan.text.sizing import sized
from seqgan.text.transfer.batches import StyledShare
from seqgan.text.transfer.cast import make_cast, phases_of
from seqgan.text.transfer.finish import finish_transfer, own_scorers, systems_of
from seqgan.text.transfer.judging import SYSTEMS
from seqgan.text.transfer.options import TransferOptions
from seqgan.text.transfer.setup import load_material
from seqgan.text.transfer.start import refuse_start, start_from
from seqgan.text.transfer.watch import ALARMS, Watch


@dataclass(kw_only=True, frozen=True)
class Config(TransferOptions):
    """Learn to rewrite sentences in another style; report what each part bought."""


def main(config: Config) -> None:
    """Play denoising, back-translation, choosing, the same on, the critic, the game; judge."""
    config.refuse_nonsense()
    config = sized(config)
    with Run("style_transfer", config) as run:
        generator, material = load_material(config, run)
        config = config.paced(material.train.num_sentences)
        refuse_start(config, material, run)
        scorers = own_scorers(material.texts, run, start=config.start_from)
        last = "choosing" if config.last_phase == "choosing" else "back-translation"
        models = LikelihoodModels(generator, measure="shortfall", phase=last)
        cast = make_cast(
            config,
            material.vocabulary,
            models,
            scorers,
            max_length=material.max_length,
            mean_length=material.train.mean_length,
        )
        phases = phases_of(config, cast, models)
        played = cast.averages.module.generator

        def playing(update: int) -> tuple[str, Generator]:
            phase = phases.at(update - 1)[0].name
            return phase, {"continued": models.continued, "adversarial": played}.get(
                phase, generator
            )

        def keep_best(update: int, figures: Mapping[str, float]) -> None:
            models.keep_best(update, figures)
            cast.best.offer(figures.get("adversarial/shortfall", float("inf")), update=update)

        plain = {"denoising", "back-translation"} - {last}
        look = Watch(run, material, scorers, playing, count=config.num_looked_at, plain=plain)
        start_from(config, models, material, run, look)
        trainer = Trainer(
            run,
            cast.game,
            players=list(cast.players.values()),
            phases=phases,
            batches=StyledShare(run, material.train, batch_size=config.batch_size),
            accumulation=config.accumulation,
            hooks=[Hook(config.evaluate_every, look)],
            monitor=Monitor(ALARMS),
            stateful={**models.stateful, "best_played": cast.best},
            on_figures=keep_best,
        )
        trainer.resume()
        trainer.fit()
        models.best_continued.restore()
        cast.best.restore()
        every = dict(zip(SYSTEMS, (models.reference, models.continued, played), strict=True))
        systems = {name: every[name] for name in systems_of(config)}
        finish_transfer(run, config, trainer, material, systems)


if __name__ == "__main__":
    sys.exit(launch(Config, main))
