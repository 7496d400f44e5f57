"""Completion tokens a second of a whole adversarial step of a Transformer, and where they go.

The setting of a public comparison: 4 layers of 256, 5,000 words, 64 prompts of 8 tokens, 8
completions of 20 tokens each; here with a discriminator that moves too and scores every prefix.
"""

import time
from pathlib import Path

import pytest
import torch
from made_batches import BOS, EOS, NEVER, PAD, Figures, Record, median_seconds

from seqgan.core.player import adam_player
from seqgan.core.run import Run, RunOptions
from seqgan.core.schedule import Phase, Phases, only
from seqgan.core.trainer import Trainer
from seqgan.text.batches import TextBatch
from seqgan.text.decoding import sample
from seqgan.text.games import LikelihoodGame
from seqgan.text.generators.base import Generator
from seqgan.text.generators.transformer import TransformerGenerator
from seqgan.text.options import PolicyOptions
from seqgan.text.policy import make_policy
from seqgan.text.prefix_scorers import ProjectionScorer

pytestmark = pytest.mark.benchmark

VOCAB_SIZE, NUM_PROMPTS, PROMPT_LENGTH, NUM_REPLIES, LENGTH = 5000, 64, 8, 8, 20


def made_prompts(number: int) -> TextBatch:
    """Return prompts of 8 tokens and human replies of 20."""
    rng = torch.Generator().manual_seed(number)
    size = (NUM_PROMPTS, PROMPT_LENGTH + LENGTH)
    tokens = torch.randint(3, VOCAB_SIZE, size, generator=rng)
    return TextBatch(tokens[:, :PROMPT_LENGTH], tokens[:, PROMPT_LENGTH:])


def endless_transformer() -> Generator:
    """Return the generator; its replies never end before the last token."""
    torch.manual_seed(0)
    generator = TransformerGenerator(
        VOCAB_SIZE, pad=PAD, bos=BOS, eos=EOS, dim=256, num_layers=4, num_heads=4
    )
    generator.output.ban_V[EOS] = -3e4
    return generator


@pytest.mark.parametrize("movers", [("generator",), ("discriminator", "generator")])
def test_adversarial_step_of_a_transformer(
    movers: tuple[str, ...], tmp_path: Path, updates: int, threads: int, record: Record
) -> None:
    quiet = RunOptions(
        output_dir=tmp_path / "run", device="cpu", threads=threads, checkpoint_every=NEVER
    )
    run, warm, count = Run("benchmark", quiet), 1, max(1, updates // 4)
    generator = endless_transformer()
    discriminator = ProjectionScorer(VOCAB_SIZE, pad=PAD, dim=128)
    policy = make_policy(
        PolicyOptions(baseline="leave-one-out", replies_per_prompt=NUM_REPLIES),
        generator,
        discriminator,
        reference=None,
        likelihood=LikelihoodGame({}, mean_length=1.0),
        max_length=LENGTH,
    )
    trainer = Trainer(
        run,
        policy.game,
        players=[
            adam_player("discriminator", {"discriminator": discriminator}, lr=1e-3),
            adam_player("generator", {"generator": generator}, lr=1e-4),
        ],
        phases=Phases([Phase("benchmark", warm + count, only(*movers))]),
        batches=made_prompts,
    )
    step = median_seconds(trainer, warm=warm, count=count)
    tokens = NUM_PROMPTS * NUM_REPLIES * LENGTH
    figures: Figures = {
        "completion_tokens_per_second": tokens / step,
        "seconds_an_update": step,
        "seconds_of_sampling": seconds_of_sampling(generator),
        "completion_tokens": tokens,
        "threads": torch.get_num_threads(),
        "updates": count,
    }
    record(f"Transformer, {' and '.join(movers)} an update", figures)


def seconds_of_sampling(generator: Generator) -> float:
    """Return what writing the completions takes of an update."""
    source_RS = made_prompts(0).source_BS.repeat_interleave(NUM_REPLIES, dim=0)
    generator.eval()
    start = time.perf_counter()
    tokens_RT = sample(
        generator, source_RS, max_length=LENGTH, rng=torch.Generator().manual_seed(0)
    )
    seconds = time.perf_counter() - start
    assert tokens_RT.shape == (NUM_PROMPTS * NUM_REPLIES, LENGTH)
    return seconds
