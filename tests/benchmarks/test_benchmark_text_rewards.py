"""One reward batch of SeqGAN, packed against naive, its parts, and how it grows.

Legend: B batch, T length, G prefixes, N rollouts, M longest.
"""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from made_batches import Record
from measure_rewards import NUM_ROLLOUTS, VOCAB_SIZE, CountingModel, made_sentences
from naive_seqgan import NaiveSeqGAN

from seqgan.ops.processor import use_processor
from seqgan.text.rewards import RolloutReward
from seqgan.text.rollouts import completions
from seqgan.text.sentence_scorer import SentenceScorer

pytestmark = pytest.mark.benchmark


def median_seconds(work: Callable[[], object], repeats: int) -> float:
    """Return the median time of the work, once done before."""
    work()
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


@pytest.mark.parametrize("own_gate", [False, True])
def test_reward_batch_of_seqgan_against_the_usual_way(
    own_gate: bool, updates: int, threads: int, record: Record
) -> None:
    """The two networks are the same, and so are their scores of the same completions."""
    use_processor(threads, 1)
    torch.manual_seed(0)
    generator, tokens_BT = CountingModel().eval(), made_sentences(20)
    scorer = SentenceScorer(VOCAB_SIZE, pad=VOCAB_SIZE, own_gate=own_gate).eval()
    source_BS, repeats = tokens_BT[:, :0], max(1, updates // 4)
    packed = RolloutReward(generator, scorer, num_rollouts=NUM_ROLLOUTS, max_length=20)
    rng = torch.Generator().manual_seed(0)
    uniform_GNBM = torch.rand(19, NUM_ROLLOUTS, len(tokens_BT), 20, generator=rng)
    completed_GNBM = completions(generator, source_BS, tokens_BT, uniform_GNBM)

    generator.token_steps = generator.serial_steps = 0
    completions(generator, source_BS, tokens_BT, uniform_GNBM)
    counts = generator.token_steps, generator.serial_steps
    whole = median_seconds(lambda: packed(source_BS, tokens_BT, rng), repeats)
    writing = median_seconds(
        lambda: completions(generator, source_BS, tokens_BT, uniform_GNBM), repeats
    )
    scoring = median_seconds(
        lambda: scorer.score_completions(source_BS, tokens_BT, completed_GNBM), repeats
    )
    naive = NaiveSeqGAN(generator, scorer)
    start = time.perf_counter()
    naive.reward(tokens_BT, num_rollouts=NUM_ROLLOUTS)
    naive_seconds = time.perf_counter() - start
    record(
        f"SeqGAN reward batch, {'own' if own_gate else 'shared'} gate",
        {
            "seconds": whole,
            "seconds_of_the_generator": writing,
            "seconds_of_the_discriminator": scoring,
            "naive_seconds": naive_seconds,
            "naive_seconds_of_the_generator": naive.seconds["generator"],
            "naive_seconds_of_drawing": naive.seconds["draw"],
            "naive_seconds_of_the_discriminator": naive.seconds["discriminator"],
            "naive_over_packed": naive_seconds / whole,
            "generator_token_steps": counts[0],
            "generator_serial_steps": counts[1],
            "naive_token_steps": naive.token_steps,
            "naive_serial_steps": naive.serial_steps,
            "threads": torch.get_num_threads(),
        },
    )
    assert counts == (64 * 20 + 64 * NUM_ROLLOUTS * 19 * 18 // 2, 20)
    assert (naive.token_steps, naive.serial_steps) == (389_120, 6_080)
    with torch.no_grad():
        got_GNB = scorer.score_completions(source_BS, tokens_BT, completed_GNBM)
        for g in (0, 10, 18):
            plain_B = naive.score(completed_GNBM[g, 3])
            torch.testing.assert_close(got_GNB[g, 3], plain_B, rtol=0, atol=1e-5)


def measure(*options: str, threads: int) -> dict[str, float]:
    """Return the figures of one reward batch in a process of its own."""
    script = Path(__file__).with_name("measure_rewards.py")
    command = [sys.executable, str(script), "--threads", str(threads), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


@pytest.mark.parametrize("length", [20, 40, 80, 160])
def test_growth_with_the_length(length: int, threads: int, record: Record) -> None:
    """Serial steps grow with the length (one more asks how large a state is)."""
    figures = measure("--length", str(length), threads=threads)
    record(f"SeqGAN reward batch, {length} tokens", figures)
    assert figures["generator_serial_steps"] == length + 1


def test_a_lower_limit_of_rows_takes_less_memory(threads: int, record: Record) -> None:
    for max_rows in (2**13, 2**11):
        figures = measure("--length", "40", "--max-rows", str(max_rows), threads=threads)
        record(f"SeqGAN reward batch, 40 tokens, {max_rows} rows at once", figures)


def test_a_score_for_every_prefix_in_one_pass(threads: int, record: Record) -> None:
    """What rollouts cost beside: a causal discriminator, no token written."""
    figures = measure("--reward", "token", "--repeats", "5", threads=threads)
    record("SeqGAN reward batch, a score a token", figures)
    assert figures["generator_token_steps"] == 0
