"""Reward estimators: replies in, the reward of every token out.

Legend: B batch, S source length, T response length, N rollouts, R rows. A score is high for human.
Estimators ask for functions: a scorer of prefixes gives (B, T), one of whole replies gives (B,).
"""

from collections.abc import Callable
from typing import Protocol

import torch
from torch import Tensor

from seqgan.ops.masks import last_real, token_mask
from seqgan.text.generators.base import Generator
from seqgan.text.rollouts import completions

PrefixScorer = Callable[[Tensor, Tensor], Tensor]
ReplyScorer = Callable[[Tensor, Tensor], Tensor]


class RewardEstimator(Protocol):
    """Credits each token of a reply."""

    def __call__(self, source_BS: Tensor, tokens_BT: Tensor, rng: torch.Generator) -> Tensor:
        """Return rewards, shape (B, T), 0 at padding."""
        ...


def of_last_prefix(score: PrefixScorer, *, pad: int) -> ReplyScorer:
    """Return the scorer of whole replies that a scorer of prefixes contains."""
    return lambda source_BS, tokens_BT: last_real(
        score(source_BS, tokens_BT), token_mask(tokens_BT, pad=pad)
    )


class SequenceReward:
    """The score of the whole reply, the same for each of its tokens (REINFORCE's plain case)."""

    def __init__(self, score: ReplyScorer, *, pad: int) -> None:
        self.score, self.pad = score, pad

    def __call__(self, source_BS: Tensor, tokens_BT: Tensor, rng: torch.Generator) -> Tensor:
        """Return rewards, shape (B, T)."""
        mask_BT = token_mask(tokens_BT, pad=self.pad)
        return self.score(source_BS, tokens_BT).unsqueeze(1) * mask_BT


class TokenReward:
    """The score of the prefix that ends with the token (arXiv:1701.06547, every step)."""

    def __init__(self, score: PrefixScorer, *, pad: int) -> None:
        self.score, self.pad = score, pad

    def __call__(self, source_BS: Tensor, tokens_BT: Tensor, rng: torch.Generator) -> Tensor:
        """Return rewards, shape (B, T)."""
        return self.score(source_BS, tokens_BT) * token_mask(tokens_BT, pad=self.pad)


class RolloutReward:
    """The expected score of the finished reply once the token stands (SeqGAN, arXiv:1609.05473).

    Each prefix is completed `num_rollouts` times by the generator as it is now; the last token's
    reward is the score of the reply itself. All completions are sampled together from kept states.
    """

    def __init__(
        self, generator: Generator, score: ReplyScorer, *, num_rollouts: int, max_length: int
    ) -> None:
        self.generator, self.score = generator, score
        self.num_rollouts, self.max_length = num_rollouts, max_length

    def __call__(self, source_BS: Tensor, tokens_BT: Tensor, rng: torch.Generator) -> Tensor:
        """Return rewards, shape (B, T)."""
        pad, (batch, length) = self.generator.pad, tokens_BT.shape
        mask_BT = token_mask(tokens_BT, pad=pad)
        reward_BT = torch.zeros(batch, length, device=tokens_BT.device)
        last_B = mask_BT.sum(1).sub(1).clamp(min=0)
        whole_B = self.score(source_BS, tokens_BT)
        reward_BT.scatter_(1, last_B.unsqueeze(1), whole_B.float().unsqueeze(1))
        if length > 1:
            longest = max(self.max_length, length)  # a person's reply may be longer
            shape = (length - 1, self.num_rollouts, batch, longest)
            uniform = torch.rand(shape, generator=rng, device=rng.device)
            tokens_GNBT = completions(
                self.generator, source_BS, tokens_BT, uniform.to(tokens_BT.device)
            )
            open_GB = mask_BT[:, 1:].t()  # prefix t is open if the reply has a token t + 1
            group_R, row_R = open_GB.nonzero(as_tuple=True)
            rows_RNT = tokens_GNBT.permute(0, 2, 1, 3)[group_R, row_R]
            source_QS = source_BS[row_R].repeat_interleave(self.num_rollouts, dim=0)
            score_RN = self.score(source_QS, rows_RNT.flatten(0, 1)).view(-1, self.num_rollouts)
            reward_BT[row_R, group_R] = score_RN.mean(1).float()
        return reward_BT * mask_BT
