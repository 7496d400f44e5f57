"""An unsupervised abstractive summarizer: three players, no pairs (arXiv:1810.02851).

Documents on one side, short texts that people wrote about other things on the other. A generator
with a pointer writes a short text within a word budget, a reconstructor must recover the document
from it, a discriminator must take it for human. Before they play, the generator keeps the words
that are typical of short texts and the reconstructor learns to make documents of these, then of
what the generator writes; it makes documents of people's short texts too, from which the generator
learns to come back (arXiv:1511.06709).

    accelerate launch recipes/summarize.py
    accelerate launch recipes/summarize.py --documents articles.txt --shorts headlines.txt
"""

import sys
from dataclasses import dataclass

from seqgan.core.launch import launch
from seqgan.core.monitor import Monitor
from seqgan.core.run import Run
from seqgan.core.trainer import Hook, Trainer
from seqgan.text.generators.base import Generator
from seqgan.text.likelihood_models import LikelihoodModels
from seqgan.text.sizing import sized
from seqgan.text.summary.batches import SummaryShare
from seqgan.text.summary.cast import make_cast, phases_of
from seqgan.text.summary.finish import SYSTEMS, finish_summaries, keep_first
from seqgan.text.summary.options import SummaryOptions
from seqgan.text.summary.setup import load_material
from seqgan.text.summary.start import start_from
from seqgan.text.summary.watch import ALARMS, Watch


@dataclass(kw_only=True, frozen=True)
class Config(SummaryOptions):
    """Learn to summarize without pairs; report what each part bought."""


def main(config: Config) -> None:
    """Play extraction, back-translation, the same continued, the game of three; then judge."""
    config.refuse_nonsense()
    config = sized(config)
    with Run("summarize", config) as run:
        generator, reconstructor, material = load_material(config, run)
        # Nothing chooses among updates: that would take pairs.
        models = LikelihoodModels(generator, measure="", early_stop=False, phase="back-translation")
        cast = make_cast(
            config,
            material.vocabulary,
            models,
            reconstructor,
            material.rare,
            max_length=material.max_length,
            mean_length=material.train.mean_length,
            recovered=material.recovered,
            mean_recovered=material.train.mean_recovered(material.recovered),
        )
        words = material.vocabulary.tokenizer
        phases = phases_of(config, cast, models, lambda: keep_first(run, reconstructor, words))
        played = cast.play.played

        def playing(update: int) -> tuple[str, Generator]:
            phase = phases.at(update - 1)[0].name
            return phase, {"continued": cast.continued.module, "adversarial": played}.get(
                phase, generator
            )

        look = Watch(run, material, reconstructor, playing, count=config.validation_documents)
        trainer = Trainer(
            run,
            cast.game,
            players=list(cast.players.values()),
            phases=phases,
            batches=SummaryShare(run, material.train, batch_size=config.batch_size),
            accumulation=config.accumulation,
            hooks=[Hook(config.evaluate_every, look)],
            monitor=Monitor(ALARMS),
            stateful=models.stateful,
            on_figures=models.keep_best,
        )
        start_from(config, models, reconstructor, material, run)
        cast.continued.load_state_dict(models.continued.state_dict())
        trainer.resume()
        trainer.fit()
        systems = dict(zip(SYSTEMS, (models.reference, cast.continued.module, played), strict=True))
        finish_summaries(run, config, trainer, material, reconstructor, systems, cast.play.reward)


if __name__ == "__main__":
    sys.exit(launch(Config, main))
