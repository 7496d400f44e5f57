"""Completions of all prefixes of a batch of replies, sampled together from kept states.

Legend: G prefixes a reply (1 to T - 1 tokens), N completions a prefix, B batch, T reply length,
M longest completion, V vocabulary, F features, R rows being written, K rows that are kept.

For B = 64, T = 20, N = 16 the naive way takes 389,120 token-steps of the generator in 6,080 serial
steps; this one at most 176,384 in 20.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from seqgan.ops.categorical import CACHED_LOGITS
from seqgan.ops.sampling import sample_tokens
from seqgan.text.generators.base import FeatureGenerator, Generator, State, select

Read = Callable[[State, Tensor], tuple[Tensor, State]]
Draw = Callable[[Tensor, Tensor], Tensor]


@contextmanager
def without_dropout(scorer: object) -> Iterator[None]:
    """Put a module into evaluation mode for the block, and every part of it back after.

    Functions have no mode.
    """
    parts = list(scorer.modules()) if isinstance(scorer, nn.Module) else []
    modes = [(part, part.training) for part in parts]
    try:
        for part in parts:
            part.training = False
        yield
    finally:
        for part, mode in modes:
            part.training = mode


@torch.no_grad()
def completions(
    generator: Generator, source_BS: Tensor, tokens_BT: Tensor, uniform_GNBM: Tensor
) -> Tensor:
    """Return every proper prefix of every reply completed, shape (T - 1, N, B, M).

    Entry [g, n, b] keeps the first g + 1 tokens of reply b; token t > g is drawn with
    `uniform_GNBM[g, n, b, t]`. At serial step t all prefixes of at most t tokens grow by their
    token t in one batch; a finished one leaves it. Prefixes that hold the reply's end are padded.
    Dropout is off meanwhile.
    """
    num_prefixes, num_rollouts, batch, longest = uniform_GNBM.shape
    out_RM = _prefixes(tokens_BT, num_rollouts, longest, pad=generator.pad)
    uniform_RM = uniform_GNBM.flatten(0, 2)
    length_B = (tokens_BT != generator.pad).sum(1)
    input_BT = torch.cat([tokens_BT.new_full((batch, 1), generator.bos), tokens_BT], dim=1)
    read, draw = _reader(generator)
    with without_dropout(generator):
        # The state holds the rows being written and, behind them, the replies themselves: they
        # are read along to start the prefixes that end here.
        state = generator.start(source_BS)
        rows_R = previous_R = length_B[:0]
        for t in range(longest):
            reading = t <= num_prefixes
            if not reading and len(rows_R) == 0:
                break
            if reading:
                previous_R = torch.cat([previous_R, input_BT[:, t]])
            feature_RF, state = read(state, previous_R)
            active = len(rows_R)
            drawn_R = draw(feature_RF[:active], uniform_RM[rows_R, t])
            kept_K = torch.arange(active, device=rows_R.device)
            if reading and t > 0:
                open_B = (length_B > t).nonzero().squeeze(1)
                new_rows_BN = prefix_rows(t - 1, open_B, num_rollouts, batch)
                first_BN = draw(feature_RF[active + open_B], uniform_RM[new_rows_BN, t])
                rows_R = torch.cat([rows_R, new_rows_BN.flatten()])
                drawn_R = torch.cat([drawn_R, first_BN.flatten()])
                kept_K = torch.cat([kept_K, active + open_B.repeat_interleave(num_rollouts)])
            out_RM[rows_R, t] = drawn_R
            going_R = drawn_R != generator.eos
            rows_R, previous_R, kept_K = rows_R[going_R], drawn_R[going_R], kept_K[going_R]
            if t < num_prefixes:
                kept_K = torch.cat([kept_K, active + torch.arange(batch, device=kept_K.device)])
            if t + 1 < longest and (reading or len(kept_K) < active):
                state = select(state, kept_K)
    return out_RM.view(num_prefixes, num_rollouts, batch, longest)


@torch.no_grad()
def bytes_a_row(generator: Generator, source_1S: Tensor, *, longest: int) -> int:
    """Return the memory that one completion of at most so many tokens needs while it is written.

    Its decoding state, as large as after the last token (caches of keys and values grow with every
    token; twice, for the rows that go on are copied), its tokens and its random numbers.
    """
    with without_dropout(generator):
        first = generator.start(source_1S)
        _, second = generator.step(first, source_1S.new_full((1,), generator.bos))
    before, after = (sum(part.nbytes for part in state.values()) for state in (first, second))
    return 2 * (before + longest * (after - before)) + longest * (8 + 4)


def _prefixes(tokens_BT: Tensor, num_rollouts: int, longest: int, *, pad: int) -> Tensor:
    """Return the kept tokens, pad behind them, rows ordered (prefix, rollout, reply)."""
    batch, length = tokens_BT.shape
    out_GNBM = tokens_BT.new_full((length - 1, num_rollouts, batch, longest), pad)
    for g in range(length - 1):
        out_GNBM[g, :, :, : g + 1] = tokens_BT[:, : g + 1]
    return out_GNBM.flatten(0, 2)


def prefix_rows(group: int, reply_B: Tensor, num_rollouts: int, batch: int) -> Tensor:
    """Return where the completions of one prefix of these replies stand, shape (len, N).

    >>> prefix_rows(1, torch.tensor([0, 2]), 2, 3)
    tensor([[ 6,  9],
            [ 8, 11]])
    """
    rollout_N = torch.arange(num_rollouts, device=reply_B.device)
    return (group * num_rollouts + rollout_N) * batch + reply_B.unsqueeze(1)


def _reader(generator: Generator) -> tuple[Read, Draw]:
    """Return how a token is read, and how features or logits become the next token.

    Logits are as many as V times the rows. Where a generator reads them off features, they are
    made and used a few rows at a time, and a prefix's logits serve all of its completions.
    """
    if not isinstance(generator, FeatureGenerator):
        return generator.step, sample_tokens

    def read(state: State, previous_R: Tensor) -> tuple[Tensor, State]:
        feature_R1F, state = generator.features(state, previous_R.unsqueeze(1))
        return feature_R1F.squeeze(1), state

    def draw(feature_RF: Tensor, uniform: Tensor) -> Tensor:
        on_cpu = feature_RF.device.type == "cpu"
        rows = max(1, CACHED_LOGITS // generator.vocab_size) if on_cpu else max(1, len(feature_RF))
        parts = zip(feature_RF.split(rows), uniform.split(rows), strict=True)
        drawn = [sample_tokens(generator.words(part), numbers) for part, numbers in parts]
        return torch.cat(drawn) if drawn else uniform.long()

    return read, draw
