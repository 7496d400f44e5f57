"""The oracle benchmark of SeqGAN: sentences of a random LSTM, judged by that LSTM.

Yu et al. 2017 (arXiv:1609.05473), section 5.1: 10,000 sentences of 20 words out of 5,000. A model
of them is trained by likelihood, then against a discriminator, by any path that its opinion can
take to the generator; both are compared at every temperature.

    accelerate launch recipes/oracle.py
    accelerate launch recipes/oracle.py --corpus published --corpus-path FILE.npz
"""

import copy
import sys
from collections.abc import Mapping
from dataclasses import dataclass

import torch

from seqgan.core.launch import launch
from seqgan.core.run import Run
from seqgan.errors import UserError
from seqgan.text.batches import EncodedPairs
from seqgan.text.likelihood_models import LikelihoodModels
from seqgan.text.numbers import NumberTokenizer
from seqgan.text.sentences.game import make_cast
from seqgan.text.sentences.networks import make_generator
from seqgan.text.sentences.options import SentenceGameOptions
from seqgan.text.sentences.oracle import END, PAD, START, VOCAB_SIZE, normal_
from seqgan.text.sentences.oracle_judging import finish_oracle, weights_checksum
from seqgan.text.sentences.oracle_run import OracleOptions, judged_quickly
from seqgan.text.sentences.phases import (
    judge_figures,
    phases_of,
    play_phases,
    writing_now,
    writings,
)
from seqgan.text.sentences.start import start_from
from seqgan.text.sentences.writing import Writing
from seqgan.text.setup import keep_checksum
from seqgan.text.sizing import sized
from seqgan.text.validation import nll_figures, word_nll


@dataclass(kw_only=True, frozen=True)
class Config(SentenceGameOptions, OracleOptions):
    """Learn sentences of a synthetic oracle by likelihood, then adversarially; report both."""

    generator_dim: int = 64
    """Width of embeddings and states: the paper's 32 learn less, 128 with more decay more."""
    dropout: float = 0.1
    """Share dropped in the generator while it learns by likelihood."""
    dropout_until: float = 1.0
    """Share of its updates after which nothing is dropped any more (1: always). Sentences that have
    one length and a tenth dropped gain nothing by it."""
    weight_decay: float = 0.3
    """AdamW's decay of its weights meanwhile, times the rate: no other setting is worth as much."""
    likelihood_lr: float = 1e-2
    """Adam's rate for likelihood, from weights drawn from N(0, 0.01): both as in the paper."""
    likelihood_updates: int = 2000
    """Updates of likelihood."""
    discriminator_updates: int = 1500
    """Updates of the discriminator alone: after 300 it tells nothing apart yet."""
    evaluate_every: int = 100
    """Updates between two looks at the validation part."""


def main(config: Config) -> None:
    """Play likelihood, continued likelihood, the judge alone, the game, the judge alone; report."""
    config.refuse_nonsense()
    config.refuse_unjudgeable()
    if config.generator != "recurrent":
        raise UserError("--generator transformer needs words that end: use recurrent")
    if config.discriminator == "encoder":
        raise UserError("--discriminator encoder reads text, and the oracle's words are numbers")
    config = sized(config)
    if config.quick:
        config = judged_quickly(config)
    with Run("oracle", config) as run:
        oracle = config.oracle().to(run.device)
        keep_checksum(run, weights_checksum(oracle))
        parts = config.sentences(oracle)
        words = {"vocab_size": VOCAB_SIZE, "pad": PAD, "bos": START, "eos": END}
        generator = make_generator(config, **words)
        normal_(generator, std=0.1, rng=torch.Generator().manual_seed(config.seed))
        generator.to(run.device)
        random = Writing("random", copy.deepcopy(generator).eval())
        models = LikelihoodModels(generator, measure="tuned_nll", early_stop=config.early_stop)
        cast = make_cast(config, models, length=config.length, mean_length=config.length)
        phases = phases_of(config, cast, models)
        judge = config.judge(oracle, parts["test"], seed=config.seed)
        systems = writings(config, cast, models, length=config.length)

        def look(update: int) -> Mapping[str, float]:
            name, seen = writing_now(phases, systems, models, update)
            drawn = seen.draw(1000, length=config.length, seed=config.seed)
            figures = {f"{name}/nll_oracle": word_nll(oracle, drawn)}
            figures |= judge_figures(cast, name, parts["validation"])
            if seen.generator is not None:
                figures |= nll_figures(name, seen.generator, parts["validation"])
            return figures

        numbers, held_out = NumberTokenizer(**words), parts["validation"]
        data = weights_checksum(oracle)
        start_from(config, run, cast, models, held_out, checksum=data, tokenizer=numbers)
        rows = parts["train"].tolist()
        pairs = EncodedPairs([[]] * len(rows), rows, PAD, 0)
        trainer = play_phases(run, config, cast, models, phases, pairs, look)
        judged = [system.calibrated(held_out, seed=config.seed) for system in systems.values()]
        finish_oracle(run, config, trainer, judge, [random, *judged])


if __name__ == "__main__":
    sys.exit(launch(Config, main))
