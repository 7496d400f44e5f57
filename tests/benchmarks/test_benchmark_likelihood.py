"""Tokens a second of maximum likelihood, and what the trainer costs over a plain loop."""

import copy
import statistics
import time
from pathlib import Path

import pytest
import torch
from made_batches import (
    MEAN_LENGTH,
    PAD,
    CountingGenerator,
    Record,
    Setting,
    made_batch,
    make_setting,
)
from torch import nn

from seqgan.core.trainer import seed_at
from seqgan.text.batches import TextBatch

pytestmark = pytest.mark.benchmark


def plain_update(
    generator: CountingGenerator, optimizer: torch.optim.Optimizer, batch: TextBatch, *, seed: int
) -> float:
    """The same mathematics as a PyTorch user would write it in one file."""
    torch.manual_seed(seed)
    generator.train()
    logits_NV = generator.real_logits(batch.source_BS, batch.tokens_BT)
    real_N = batch.tokens_BT[batch.tokens_BT != PAD]
    usual = len(batch.tokens_BT) * MEAN_LENGTH  # every token weighs the same in whatever batch
    loss = nn.functional.cross_entropy(logits_NV, real_N, reduction="sum") / usual
    loss.backward()
    nn.utils.clip_grad_norm_(generator.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad()
    return loss.item()


def test_trainer_against_a_plain_loop(
    tmp_path: Path, updates: int, threads: int, record: Record
) -> None:
    """The two take turns, update by update: the plain loop moves when the trainer asks for data."""
    warm = 3
    asked, answered = [], []

    def batches(number: int) -> TextBatch:
        batch = made[number]
        seed = seed_at(setting.run.seed, number, 0, "dropout")
        asked.append(time.perf_counter())
        plain_update(twin, optimizer, batch, seed=seed)
        torch.manual_seed(seed)  # the same dropout for both
        answered.append(time.perf_counter())
        return batch

    count = warm + updates + 1
    made = [made_batch(number) for number in range(count)]
    setting: Setting = make_setting(
        tmp_path / "run", movers=("likelihood",), updates=count, threads=threads, batches=batches
    )
    twin = copy.deepcopy(setting.generator)
    optimizer = torch.optim.AdamW(twin.parameters(), lr=2e-3, weight_decay=0.0, fused=True)
    setting.trainer.fit()

    plain = [end - begin for begin, end in zip(asked, answered, strict=True)][warm:-1]
    ours = [begin - end for end, begin in zip(answered[:-1], asked[1:], strict=True)][warm:]
    tokens = [int((batch.tokens_BT != PAD).sum()) for batch in made[warm:-1]]
    rates = [n / seconds for n, seconds in zip(tokens, ours, strict=True)]
    ratios = [a / b for a, b in zip(ours, plain, strict=True)]
    record(
        "likelihood",
        {
            "tokens_per_second": statistics.median(rates),
            "seconds_an_update": statistics.median(ours),
            "seconds_of_a_plain_loop": statistics.median(plain),
            "trainer_over_plain_loop": statistics.median(ratios),
            "threads": torch.get_num_threads(),
            "updates": updates,
        },
    )
    for mine, theirs in zip(setting.generator.parameters(), twin.parameters(), strict=True):
        assert (mine - theirs).norm() < 0.01 * mine.norm(), "the two do not compute the same"
