"""Seconds of a whole update, both sides, for every way a judge's opinion takes to the generator.

The setting of SeqGAN's benchmark: 5,000 words, 64 sentences of 20, networks of width 32 and 64.
"""

from pathlib import Path
from typing import Any

import pytest
import torch
from made_batches import NEVER, Record, median_seconds

from seqgan.core.run import Run
from seqgan.core.schedule import Phase, Phases
from seqgan.core.trainer import Trainer
from seqgan.text.batches import TextBatch
from seqgan.text.likelihood_models import LikelihoodModels
from seqgan.text.sentences.game import make_cast
from seqgan.text.sentences.networks import make_generator
from seqgan.text.sentences.options import SentenceGameOptions
from seqgan.text.sentences.oracle import END, PAD, START, VOCAB_SIZE, normal_

pytestmark = pytest.mark.benchmark

LENGTH, BATCH_SIZE = 20, 64
BY_SENTENCES: dict[str, Any] = {"discriminator": "sentence"}
ALONE: dict[str, Any] = {"baseline": "average", "replies_per_prompt": 1}
PATHS: dict[str, dict[str, Any]] = {
    "policy, a score a token": ALONE,
    "policy, whole sentence": {"reward": "sequence", **ALONE, **BY_SENTENCES},
    "policy, 16 rollouts": {"reward": "rollout", "num_rollouts": 16, **ALONE, **BY_SENTENCES},
    "policy, tree of 8 simulations": {"reward": "tree", "num_simulations": 8, **ALONE},
    "gumbel": {"gradient": "gumbel", **BY_SENTENCES},
    "straight-through": {"gradient": "straight-through", **BY_SENTENCES},
    "soft words, WGAN-GP": {"gradient": "soft", "objective": "wasserstein", **BY_SENTENCES},
    "word vectors, WGAN-GP": {"gradient": "vectors", "objective": "wasserstein", **BY_SENTENCES},
}


def made_sentences(number: int) -> TextBatch:
    """Return 64 sentences of 20 words, without a prompt."""
    rng = torch.Generator().manual_seed(number)
    tokens_BT = torch.randint(VOCAB_SIZE, (BATCH_SIZE, LENGTH), generator=rng)
    return TextBatch(tokens_BT[:, :0], tokens_BT)


@pytest.mark.parametrize("path", PATHS)
def test_update_of_every_gradient_path(
    path: str, tmp_path: Path, updates: int, threads: int, record: Record
) -> None:
    options = SentenceGameOptions(
        output_dir=tmp_path / "run",
        device="cpu",
        threads=threads,
        checkpoint_every=NEVER,
        generator_dim=32,
        dropout=0.0,
        critic_steps=1,
        teacher_every=0,
        **PATHS[path],
    )
    options.refuse_nonsense()
    run, warm = Run("benchmark", options), 1
    count = max(1, updates // 5) if "policy" in path else updates
    generator = make_generator(options, vocab_size=VOCAB_SIZE, pad=PAD, bos=START, eos=END)
    normal_(generator, std=0.1, rng=torch.Generator().manual_seed(0))
    cast = make_cast(
        options, LikelihoodModels(generator, measure="nll"), length=LENGTH, mean_length=LENGTH
    )
    trainer = Trainer(
        run,
        cast.game,
        players=list(cast.players.values()),
        phases=Phases([Phase("adversarial", warm + count, cast.play)]),
        batches=made_sentences,
    )
    cast.begin()
    step = median_seconds(trainer, warm=warm, count=count)
    figures = {
        "seconds_an_update": step,
        "words_a_second": BATCH_SIZE * LENGTH / step,
        "threads": torch.get_num_threads(),
        "updates": count,
    }
    record(f"gradient path, {path}", figures)
    assert cast.players["generator"].moves == warm + count
