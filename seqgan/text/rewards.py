"""Reward estimators: replies in, the reward of every token out.

Legend: B batch, S source length, T response length, G prefixes, N rollouts, M longest completion,
R rows. A score is high for human.
Estimators ask for functions: a scorer of prefixes gives (B, T), one of whole replies gives (B,).
"""

from collections.abc import Callable, Iterator
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor

from seqgan.ops.masks import at_least_float32, last_real, token_mask
from seqgan.text.generators.base import Generator
from seqgan.text.rollouts import bytes_a_row, completions, without_dropout

PrefixScorer = Callable[[Tensor, Tensor], Tensor]
ReplyScorer = Callable[[Tensor, Tensor], Tensor]
CompletionScorer = Callable[[Tensor, Tensor, Tensor], Tensor]

SCORED_AT_ONCE = 1024
"""Completions given to a scorer that knows no quicker way: what it computes stays in the cache."""

MAX_SCORED = 2**15
"""Completions whose features are held at once: all of SeqGAN's, 64 x 16 x 19."""

MAX_BYTES = 2**31
"""Memory for the completions written at once, their decoding states and random numbers."""


class RewardEstimator(Protocol):
    """Credits each token of a reply."""

    def __call__(self, source_BS: Tensor, tokens_BT: Tensor, rng: torch.Generator) -> Tensor:
        """Return rewards, shape (B, T), 0 at padding."""
        ...


@runtime_checkable
class ScoresCompletions(Protocol):
    """A scorer of whole replies that knows a quicker way to score many that begin alike."""

    def score_completions(
        self, source_BS: Tensor, tokens_BT: Tensor, completed_GNBM: Tensor
    ) -> Tensor:
        """Return the scores of completed prefixes, shape (G, N, B).

        Entry [g, n, b] of `completed_GNBM` begins with the first g + 1 tokens of reply b; the
        score counts for nothing where those are the whole reply.
        """
        ...


class LastPrefix:
    """The scorer of whole replies that a scorer of prefixes contains."""

    def __init__(self, score: PrefixScorer, *, pad: int) -> None:
        self.score, self.pad = score, pad

    def __call__(self, source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
        """Return the score of each whole reply, shape (B,)."""
        return last_real(self.score(source_BS, tokens_BT), token_mask(tokens_BT, pad=self.pad))

    def score_completions(
        self, source_BS: Tensor, tokens_BT: Tensor, completed_GNBM: Tensor
    ) -> Tensor:
        """Return the scores of completed prefixes, shape (G, N, B)."""
        score_completions = completion_scorer(self.score, pad=self.pad)
        return score_completions(source_BS, tokens_BT, completed_GNBM)


def completion_scorer(score: ReplyScorer | PrefixScorer, *, pad: int) -> CompletionScorer:
    """Return the scorer's own way to score completed prefixes, or else one after the other.

    A scorer of prefixes is asked for the last one.
    """
    if isinstance(score, ScoresCompletions):
        return score.score_completions

    def score_some(source_RS: Tensor, completed_RM: Tensor) -> Tensor:
        scores = score(source_RS, completed_RM)
        return scores if scores.dim() == 1 else last_real(scores, token_mask(completed_RM, pad=pad))

    def score_each(source_BS: Tensor, tokens_BT: Tensor, completed_GNBM: Tensor) -> Tensor:
        num_prefixes, num_rollouts, batch, _ = completed_GNBM.shape
        open_GB = token_mask(tokens_BT, pad=pad)[:, 1 : num_prefixes + 1].t()
        completed_RM = completed_GNBM.transpose(1, 2)[open_GB].flatten(0, 1)
        source_RS = source_BS[open_GB.nonzero()[:, 1]].repeat_interleave(num_rollouts, dim=0)
        parts = zip(
            source_RS.split(SCORED_AT_ONCE), completed_RM.split(SCORED_AT_ONCE), strict=True
        )
        score_R = torch.cat([score_some(source, completed) for source, completed in parts])
        score_GBN = score_R.new_zeros(num_prefixes, batch, num_rollouts)
        score_GBN[open_GB] = score_R.view(-1, num_rollouts)
        return score_GBN.transpose(1, 2)

    return score_each


class ScaledScore:
    """A discriminator's scores as rewards: without dropout, on any scale.

    Args:
        score: the discriminator, of prefixes or of whole replies.
        scale: what becomes of a score: its sigmoid, if it is a logit and a probability is wanted.
        pad: padding token.
    """

    def __init__(self, score: ReplyScorer, *, scale: Callable[[Tensor], Tensor], pad: int) -> None:
        self.score, self.scale, self.pad = score, scale, pad

    def __call__(self, source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
        """Return what `score` gives, scaled, in its shape."""
        return self._scaled(self.score, source_BS, tokens_BT)

    def score_completions(
        self, source_BS: Tensor, tokens_BT: Tensor, completed_GNBM: Tensor
    ) -> Tensor:
        """Return the scaled scores of completed prefixes, shape (G, N, B)."""
        score_completions = completion_scorer(self.score, pad=self.pad)
        return self._scaled(score_completions, source_BS, tokens_BT, completed_GNBM)

    def _scaled(self, score: Callable[..., Tensor], *given: Tensor) -> Tensor:
        with without_dropout(self.score):
            return self.scale(at_least_float32(score(*given)))


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
    reward is the score of the reply itself. All completions are sampled together from kept states,
    in as many serial steps as tokens. Neither network drops anything out.

    Args:
        generator: what completes the prefixes.
        score: the score of whole replies; where it has `score_completions`, that is used: what
            lies in a prefix is computed once for all of its completions (not by
            `TransformerScorer` and `EncoderScorer`, in which every token looks at those behind it).
        num_rollouts: N.
        max_length: the longest completion.
        max_rows: completions written at once, T - 1 at least; more are written in several rounds
            of T steps each, with the same result. By default as many as `MAX_BYTES` hold.
    """

    def __init__(
        self,
        generator: Generator,
        score: ReplyScorer,
        *,
        num_rollouts: int,
        max_length: int,
        max_rows: int | None = None,
    ) -> None:
        self.generator, self.score = generator, score
        self.num_rollouts, self.max_length = num_rollouts, max_length
        self.max_rows = max_rows

    @torch.no_grad()
    def __call__(self, source_BS: Tensor, tokens_BT: Tensor, rng: torch.Generator) -> Tensor:
        """Return rewards, shape (B, T)."""
        pad, (batch, length) = self.generator.pad, tokens_BT.shape
        mask_BT = token_mask(tokens_BT, pad=pad)
        reward_BT = torch.zeros(batch, length, device=tokens_BT.device)
        if length > 1:
            longest = max(self.max_length, length)  # a person's reply may be longer
            shape = (length - 1, self.num_rollouts, batch, longest)
            uniform_GNBM = torch.rand(shape, generator=rng, device=rng.device)
            score_GB = self._mean_scores(source_BS, tokens_BT, uniform_GNBM)
            reward_BT[:, :-1] = score_GB.t() * mask_BT[:, 1:]
        last_B = mask_BT.sum(1).sub(1).clamp(min=0)
        with without_dropout(self.score):
            whole_B = self.score(source_BS, tokens_BT)
        reward_BT.scatter_(1, last_B.unsqueeze(1), whole_B.float().unsqueeze(1))
        return reward_BT * mask_BT

    def _mean_scores(self, source_BS: Tensor, tokens_BT: Tensor, uniform_GNBM: Tensor) -> Tensor:
        """Return the mean score of each prefix's completions, shape (G, B)."""
        score_completions = completion_scorer(self.score, pad=self.generator.pad)
        mean_GB = torch.zeros(
            len(uniform_GNBM), len(tokens_BT), dtype=torch.float64, device=tokens_BT.device
        )
        max_rows = self.max_rows
        if max_rows is None:
            longest = uniform_GNBM.shape[-1]
            max_rows = MAX_BYTES // bytes_a_row(self.generator, source_BS[:1], longest=longest)
        for rollouts, replies in _rounds(uniform_GNBM, max_rows=max_rows):
            source, tokens = source_BS[replies], tokens_BT[replies]
            uniform = uniform_GNBM[:, rollouts, replies].to(tokens_BT.device)
            completed_GNBM = completions(self.generator, source, tokens, uniform)
            sum_GB = mean_GB[:, replies]
            for some, few in _rounds(completed_GNBM, max_rows=MAX_SCORED):
                with without_dropout(self.score):
                    score_GNB = score_completions(
                        source[few], tokens[few], completed_GNBM[:, some, few]
                    )
                sum_GB[:, few] += score_GNB.double().sum(1) / self.num_rollouts
        return mean_GB.float()


def _rounds(each_GNBM: Tensor, *, max_rows: int) -> Iterator[tuple[slice, slice]]:
    """Give the rollouts and the replies of each round, whole replies where that is possible."""
    num_prefixes, num_rollouts, batch, _ = each_GNBM.shape
    rollouts = min(num_rollouts, max(1, max_rows // num_prefixes))
    replies = max(1, max_rows // (num_prefixes * rollouts))
    for reply in range(0, batch, replies):
        for rollout in range(0, num_rollouts, rollouts):
            yield slice(rollout, rollout + rollouts), slice(reply, reply + replies)
