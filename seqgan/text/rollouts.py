"""Completions of all prefixes of a batch of replies, sampled together from kept states.

Legend: G prefixes a reply (1 to T - 1 tokens), N completions a prefix, B batch, T reply length,
M longest completion, V vocabulary, R rows being written.

For B = 64, T = 20, N = 16 the naive way takes 389,120 token-steps of the generator in 6,080 serial
steps; this one at most 176,384 in 20.
"""

import torch
from torch import Tensor

from seqgan.ops.sampling import sample_tokens
from seqgan.text.generators.base import Generator, State, concat, select


@torch.no_grad()
def completions(
    generator: Generator, source_BS: Tensor, tokens_BT: Tensor, uniform_GNBM: Tensor
) -> Tensor:
    """Return every proper prefix of every reply completed, shape (T - 1, N, B, M).

    Entry [g, n, b] keeps the first g + 1 tokens of reply b; token t > g is drawn with
    `uniform_GNBM[g, n, b, t]`. At serial step t all prefixes of at most t tokens grow by their
    token t in one batch; a finished one leaves it. Prefixes that hold the reply's end are padded.
    """
    num_prefixes, num_rollouts, batch, longest = uniform_GNBM.shape
    pad, eos = generator.pad, generator.eos
    out_RM = _prefixes(tokens_BT, num_rollouts, longest, pad=pad)
    uniform_RM = uniform_GNBM.flatten(0, 2)
    length_B = (tokens_BT != pad).sum(1)
    fresh = generator.start(source_BS)
    fresh_previous_B = source_BS.new_full((batch,), generator.bos)
    active: State = select(fresh, fresh_previous_B[:0])
    rows_R = fresh_previous_B[:0]
    for t in range(longest):
        reading = t <= num_prefixes
        previous_R = out_RM[rows_R, t - 1]
        if reading:  # the replies themselves are read along, to start the prefixes that end here
            state = concat([active, fresh]) if len(rows_R) else fresh
            previous_R = torch.cat([previous_R, fresh_previous_B])
        elif len(rows_R) == 0:
            break
        else:
            state = active
        logits_RV, state = generator.step(state, previous_R)
        if reading:
            num_active = len(rows_R)
            all_R = torch.arange(len(previous_R), device=rows_R.device)
            fresh = select(state, all_R[num_active:])
            if t < tokens_BT.shape[1]:
                fresh_previous_B = tokens_BT[:, t]
            keep_R, rows_R = _join(rows_R, length_B, t, num_active, num_rollouts)
            state, logits_RV = select(state, keep_R), logits_RV[keep_R]
        drawn_R = sample_tokens(logits_RV, uniform_RM[rows_R, t])
        out_RM[rows_R, t] = drawn_R
        going_R = (drawn_R != eos).nonzero().squeeze(1)
        active, rows_R = select(state, going_R), rows_R[going_R]
    return out_RM.view(num_prefixes, num_rollouts, batch, longest)


def _prefixes(tokens_BT: Tensor, num_rollouts: int, longest: int, *, pad: int) -> Tensor:
    """Return the kept tokens, pad behind them, rows ordered (prefix, rollout, reply)."""
    batch, length = tokens_BT.shape
    out_GNBM = tokens_BT.new_full((length - 1, num_rollouts, batch, longest), pad)
    for g in range(length - 1):
        out_GNBM[g, :, :, : g + 1] = tokens_BT[:, : g + 1]
    return out_GNBM.flatten(0, 2)


def _join(
    rows_R: Tensor, length_B: Tensor, t: int, num_active: int, num_rollouts: int
) -> tuple[Tensor, Tensor]:
    """Return which rows of the stepped batch go on, and their rows in the result.

    To the active rows come `num_rollouts` of each reply with more than t tokens: its prefix of t
    tokens, group t - 1, draws its first own token now.
    """
    batch = len(length_B)
    open_B = (length_B > t).nonzero().squeeze(1) if t > 0 else length_B[:0]
    keep_R = torch.arange(num_active, device=rows_R.device)
    joins_R = open_B.repeat(num_rollouts)
    rollout_R = torch.arange(num_rollouts, device=rows_R.device).repeat_interleave(len(open_B))
    new_rows_R = ((t - 1) * num_rollouts + rollout_R) * batch + joins_R
    return torch.cat([keep_R, joins_R + num_active]), torch.cat([rows_R, new_rows_R])
