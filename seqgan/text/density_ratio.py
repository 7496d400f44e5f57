"""A discriminator that is a language model itself, compared with the generator's probabilities.

The best discriminator of a generator q is D = p / (p + q). Where q can be computed, D need not
learn it: only p is unknown, and a language model of the real text stands for it (Finn et al. 2016,
arXiv:1611.03852). It scores every word that might follow a prefix, not the drawn one alone, so
that the generator can climb the expectation over its next word exactly (arXiv:1709.00503).

Legend: B batch, S source length, T sentence length, N real tokens, V vocabulary.
"""

import torch
from torch import Tensor, nn

from seqgan.objectives.likelihood import scatter_logp
from seqgan.objectives.policy_gradient import token_kl
from seqgan.ops.categorical import log_softmax_at
from seqgan.ops.masks import at_least_float32, token_mask
from seqgan.text.completion_scores import scores_by_reading_on
from seqgan.text.generators.base import (
    Generator,
    State,
    concat,
    join_states,
    part_states,
    select,
)
from seqgan.text.rollouts import without_dropout

READ_AT_ONCE = 1024
"""Completions that read one token together: each takes V logits of either model meanwhile."""

FIRST_SLOPE = 0.5
"""At slope s the writer times exp(score) is p^s q^(1 - s): two models that know equally much."""


class DensityRatio(nn.Module):
    """A score for every prefix: slope * log model(prefix) / writer(prefix) + offset.

    Were the model p itself, the best slope would be 1; of a model that errs as the writer does, it
    is less. `slope` and `offset` are learned with the model; the writer's own weights are not, and
    are always those that it has now, of copies of this module too.

    Args:
        model: p, a language model of the real text, of the writer's vocabulary.
        writer: q, the generator that is judged.
    """

    def __init__(self, model: Generator, writer: Generator) -> None:
        super().__init__()
        if (model.vocab_size, model.pad) != (writer.vocab_size, writer.pad):
            raise ValueError(
                f"the model has {model.vocab_size} words and padding {model.pad}, the generator "
                f"{writer.vocab_size} and {writer.pad}: they must be the same"
            )
        self.model, self.pad = model, model.pad
        self._writer = Borrowed(writer)
        self.slope = nn.Parameter(torch.tensor(FIRST_SLOPE))
        self.offset = nn.Parameter(torch.zeros(()))

    def forward(self, source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
        """Return the score of every prefix `tokens_BT[:, : t + 1]`, shape (B, T)."""
        mask_BT, writer = token_mask(tokens_BT, pad=self.model.pad), self._writer.generator
        logp_BT = scatter_logp(self.model.real_logits(source_BS, tokens_BT), tokens_BT, mask_BT)
        with torch.no_grad(), without_dropout(writer):
            logits_NV = writer.real_logits(source_BS, tokens_BT)
            logq_BT = scatter_logp(logits_NV, tokens_BT, mask_BT)
        return self.slope * (logp_BT - logq_BT).cumsum(1) + self.offset

    def begin(self, source_BS: Tensor) -> tuple[State, State]:
        """Return the states of both before the first token; nothing is looked back at.

        With them goes the token that neither has read yet, `bos` at first.
        """
        rows, slope = len(source_BS), self.slope.detach()
        own = {"token": source_BS.new_full((rows,), self.model.bos), "ratio": slope.new_zeros(rows)}
        return join_states([*(each.start(source_BS) for each in self._both()), own]), {}

    def read_on(self, state: State, token_B: Tensor) -> State:
        """Return the state after one more token a row, read a few rows at a time."""
        some = torch.arange(len(token_B), device=token_B.device).split(READ_AT_ONCE)
        return concat([self._read_on(select(state, rows), token_B[rows]) for rows in some])

    def _read_on(self, state: State, token_B: Tensor) -> State:
        *states, own = part_states(state, 3)
        read, logps = [], []
        for generator, before in zip(self._both(), states, strict=True):
            logits_BV, after = generator.step(before, own["token"])
            read.append(after)
            logps.append(log_softmax_at(at_least_float32(logits_BV), token_B))
        own = {"token": token_B, "ratio": own["ratio"] + logps[0] - logps[1]}
        return join_states([*read, own])

    def judge(self, source: State, state: State) -> Tensor:
        """Return the score of what was read until these states, shape (B,)."""
        _, _, own = part_states(state, 3)
        return self.slope * own["ratio"] + self.offset

    def score_completions(
        self, source_BS: Tensor, tokens_BT: Tensor, completed_GNBM: Tensor
    ) -> Tensor:
        """Return the scores of completed prefixes, shape (G, N, B), by `scores_by_reading_on`."""
        with without_dropout(self._writer.generator):
            return scores_by_reading_on(self, source_BS, tokens_BT, completed_GNBM)

    def _both(self) -> tuple[Generator, Generator]:
        return self.model, self._writer.generator

    def expected_loss(self, source_BS: Tensor, tokens_BT: Tensor, logits_NV: Tensor) -> Tensor:
        """Return minus the expected reward of the word in each real token's place, shape (N,).

        A word's reward is slope * log model/writer of that word after its prefix, held fixed; the
        expectation is over the writer, whose logits are given. So this is slope * KL(writer ||
        model), which has the same gradient, E[grad log writer] being 0. Beside a weight k of KL to
        a reference the best writer is model^(s / (s + k)) reference^(k / (s + k)), normalized; a
        slope below 0, where the model is no judge any more, counts as 0.
        """
        with torch.no_grad(), without_dropout(self.model):
            judged_NV = self.model.real_logits(source_BS, tokens_BT)
        return self.slope.detach().clamp(min=0) * token_kl(logits_NV, judged_NV)


class Borrowed:
    """Another player's generator: no part of the module that holds it, and never copied."""

    def __init__(self, generator: Generator) -> None:
        self.generator = generator

    def __deepcopy__(self, memo: dict[int, object]) -> "Borrowed":
        """Return itself."""
        return self
