"""Scores of completed prefixes by scorers that read from left to right, no prefix read twice.

Legend: B batch, S source length, T reply length, G prefixes a reply, N completions a prefix,
M longest completion, R completions being read, K rows that are read on.

For B = 64, T = 20, N = 16 reading each completion from its first token takes 389,120 token-steps;
this way at most 195,776, in as many serial steps as the longest completion has tokens.
"""

from typing import Protocol

import torch
from torch import Tensor

from seqgan.text.generators.base import State, select
from seqgan.text.rollouts import prefix_rows, without_dropout

JUDGED_AT_ONCE = 1024
"""Completions whose sources are looked back at together: each brings a copy of its own."""


class ReadsOn(Protocol):
    """A scorer of prefixes that goes on from where it stopped reading."""

    pad: int

    def begin(self, source_BS: Tensor) -> tuple[State, State]:
        """Return the state before the first token, and what a score looks back at of the source."""
        ...

    def read_on(self, state: State, token_B: Tensor) -> State:
        """Return the state after one more token a row; the given one stays valid."""
        ...

    def judge(self, source: State, state: State) -> Tensor:
        """Return the score of what was read until these states, shape (B,)."""
        ...


@torch.no_grad()
def scores_by_reading_on(
    scorer: ReadsOn, source_BS: Tensor, tokens_BT: Tensor, completed_GNBM: Tensor
) -> Tensor:
    """Return the scores of completed prefixes, shape (G, N, B), without dropout.

    Entry [g, n, b] of `completed_GNBM` must begin with the first g + 1 tokens of reply b and be
    longer; the score is 0 where those are the whole reply. Elsewhere it is that which the scorer
    gives the whole completion. At serial step t all completions of prefixes of at most t tokens
    read their token t in one batch, and the replies theirs, to start the prefixes that end here.
    """
    num_prefixes, num_rollouts, batch, longest = completed_GNBM.shape
    completed_RM = completed_GNBM.flatten(0, 2)
    length_R = (completed_RM != scorer.pad).sum(1)
    length_B = (tokens_BT != scorer.pad).sum(1)
    score_R: Tensor | None = None
    with without_dropout(scorer):
        state, source = scorer.begin(source_BS)
        open_B = (length_B > 1).nonzero().squeeze(1)
        state, rows_R = select(state, open_B), open_B[:0]
        for t in range(longest):
            token_K = completed_RM[rows_R, t]
            if t < num_prefixes:
                token_K = torch.cat([token_K, tokens_BT[open_B, t]])
            if len(token_K) == 0:
                break
            state = scorer.read_on(state, token_K)
            active = torch.arange(len(rows_R), device=rows_R.device)
            ended_R = length_R[rows_R] == t + 1
            for some in active[ended_R].split(JUDGED_AT_ONCE):
                part = scorer.judge(select(source, rows_R[some] % batch), select(state, some))
                score_R = part.new_zeros(len(completed_RM)) if score_R is None else score_R
                score_R[rows_R[some]] = part
            rows_R, kept_K = rows_R[~ended_R], active[~ended_R]
            if t < num_prefixes:
                reply_B = len(active) + torch.arange(len(open_B), device=rows_R.device)
                begun_BN = prefix_rows(t, open_B, num_rollouts, batch)
                rows_R = torch.cat([rows_R, begun_BN.flatten()])
                going_B = (length_B[open_B] > t + 2) & (t + 1 < num_prefixes)
                kept_K = torch.cat(
                    [kept_K, reply_B.repeat_interleave(num_rollouts), reply_B[going_B]]
                )
                open_B = open_B[going_B]
            state = select(state, kept_K)
    if score_R is None:
        score_R = torch.zeros(len(completed_RM), device=completed_RM.device)
    return score_R.view(num_prefixes, num_rollouts, batch)
