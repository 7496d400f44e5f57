"""Sentences from nothing: likelihood first, then an adversarial game by any gradient path.

By default the discriminator rewards every word (the per-token critic of ScratchGAN,
arXiv:1905.09922, and MaskGAN, arXiv:1801.07736) and the generator moves by policy gradient; SeqGAN
(arXiv:1609.05473), Gumbel-softmax, straight-through, soft words and emitted vectors are options,
each against any objective and penalty. With `--candidates N` a discriminator whose score is a
log-ratio also chooses among candidates (arXiv:2004.11714).

    accelerate launch recipes/text_gan.py
    accelerate launch recipes/text_gan.py --corpus-path FILE.txt --gradient gumbel \
        --discriminator sentence
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass

from seqgan.core.launch import launch
from seqgan.core.run import Run
from seqgan.text.likelihood_models import LikelihoodModels
from seqgan.text.sentences.corpus import encoded
from seqgan.text.sentences.finish import TextOptions, finish_sentences, load_asked
from seqgan.text.sentences.game import make_cast
from seqgan.text.sentences.networks import make_generator
from seqgan.text.sentences.options import SentenceGameOptions
from seqgan.text.sentences.phases import (
    judge_figures,
    phases_of,
    play_phases,
    writing_now,
    writings,
)
from seqgan.text.sentences.start import start_from
from seqgan.text.sizing import sized
from seqgan.text.validation import nll_figures


@dataclass(kw_only=True, frozen=True)
class Config(SentenceGameOptions, TextOptions):
    """Learn to write sentences by likelihood, then adversarially; report what that bought."""


def main(config: Config) -> None:
    """Play likelihood, continued likelihood, the judge alone, the game, the judge alone; report."""
    config.refuse_nonsense()
    config.refuse_unjudgeable()
    config = sized(config)
    with Run("text_gan", config) as run:
        asked = load_asked(config, run)
        words, longest = asked.tokenizer, asked.length
        generator = make_generator(
            config, vocab_size=words.vocab_size, pad=words.pad, bos=words.bos, eos=words.eos
        ).to(run.device)
        models = LikelihoodModels(generator, measure="tuned_nll", early_stop=config.early_stop)
        train = encoded(asked.sentences.train, words, longest=longest)
        if train.num_cut:
            run.warn(f"{train.num_cut} sentences were cut at {longest} subwords")
        validation = encoded(asked.sentences.validation, words, longest=longest)
        held_out = validation.collate(range(len(validation)), run.device).tokens_BT
        cast = make_cast(config, models, words, length=longest, mean_length=train.mean_length)
        phases = phases_of(config, cast, models)
        systems = writings(config, cast, models, length=longest)

        def look(update: int) -> Mapping[str, float]:
            name, seen = writing_now(phases, systems, models, update)
            for row in seen.draw(3, length=longest, seed=update).tolist():
                run.say(f"  {words.decode(row)}")
            figures = judge_figures(cast, name, held_out)
            if seen.generator is not None:
                figures |= nll_figures(name, seen.generator, held_out)
            return figures

        data = asked.sentences.checksum
        start_from(config, run, cast, models, held_out, checksum=data, tokenizer=words)
        trainer = play_phases(run, config, cast, models, phases, train, look)
        judged = [system.calibrated(held_out, seed=config.seed) for system in systems.values()]
        finish_sentences(run, config, trainer, asked, judged)


if __name__ == "__main__":
    sys.exit(launch(Config, main))
