"""Seconds and generator token-steps of one policy-gradient update for each reward estimator."""

import statistics
import time
from pathlib import Path

import pytest
import torch
from made_batches import MAX_LENGTH, PAD, Record, made_batch, make_setting
from torch import Tensor

from seqgan.ops.masks import token_mask
from seqgan.text.decoding import continue_from
from seqgan.text.generators.base import Generator
from seqgan.text.options import PolicyOptions
from seqgan.text.rewards import ReplyScorer, RolloutReward

pytestmark = pytest.mark.benchmark


class NaiveRolloutReward:
    """Each prefix of each rollout is read again from its first token, then completed."""

    def __init__(self, generator: Generator, score: ReplyScorer, *, num_rollouts: int) -> None:
        self.generator, self.score, self.num_rollouts = generator, score, num_rollouts

    @torch.no_grad()
    def __call__(self, source_BS: Tensor, tokens_BT: Tensor, rng: torch.Generator) -> Tensor:
        columns = [
            torch.stack(
                [self.once(source_BS, tokens_BT[:, :t], rng) for _ in range(self.num_rollouts)]
            )
            for t in range(1, tokens_BT.shape[1])
        ]
        whole_B = self.score(source_BS, tokens_BT)
        reward_BT = torch.stack([*(column.mean(0) for column in columns), whole_B], dim=1)
        return reward_BT * token_mask(tokens_BT, pad=PAD)

    def once(self, source_BS: Tensor, prefix_BT: Tensor, rng: torch.Generator) -> Tensor:
        state = self.generator.start(source_BS)
        previous_B = source_BS.new_full((len(source_BS),), self.generator.bos)
        for token_B in prefix_BT.unbind(1):
            _, state = self.generator.step(state, previous_B)
            previous_B = token_B
        uniform_BT = torch.rand(len(source_BS), MAX_LENGTH - prefix_BT.shape[1], generator=rng)
        rest_BT = continue_from(self.generator, state, previous_B, uniform_BT)
        return self.score(source_BS, torch.cat([prefix_BT, rest_BT], dim=1))


@pytest.mark.parametrize("reward", ["token", "sequence", "rollout", "naive rollout"])
def test_policy_gradient_update(
    reward: str, tmp_path: Path, updates: int, threads: int, record: Record
) -> None:
    options = PolicyOptions(reward="rollout" if reward == "naive rollout" else reward)
    slow = "rollout" in reward
    warm, count = (1, max(1, updates // 5)) if slow else (2, updates)
    if reward == "naive rollout":  # slow: once is enough
        warm, count = 0, 1
    setting = make_setting(
        tmp_path / "run",
        movers=("generator",),
        updates=warm + count,
        options=options,
        threads=threads,
    )
    if reward == "naive rollout":
        packed = setting.policy.game.reward
        assert isinstance(packed, RolloutReward)
        setting.policy.game.reward = NaiveRolloutReward(
            setting.generator, packed.score, num_rollouts=options.num_rollouts
        )
    generator, seconds, decoded, steps = setting.generator, [], [], []
    for update in range(warm + count):
        generator.decoded = generator.steps = generator.scored = 0
        start = time.perf_counter()
        setting.trainer.play(update)
        seconds.append(time.perf_counter() - start)
        decoded.append(generator.decoded)
        steps.append(generator.steps)
    record(
        f"policy-gradient update, reward {reward}",
        {
            "seconds": statistics.median(seconds[warm:]),
            "generator_token_steps": round(statistics.median(decoded[warm:])),
            "generator_serial_steps": round(statistics.median(steps[warm:])),
            "tokens_scored": generator.scored,
            "replies": len(made_batch(0).tokens_BT) * options.replies_per_prompt,
            "rollouts": options.num_rollouts if slow else 0,
            "threads": torch.get_num_threads(),
            "updates": count,
        },
    )
    assert min(decoded) > 0
