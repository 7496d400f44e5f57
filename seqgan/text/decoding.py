"""Responses from a generator: sampling, greedy choice, beam search.

Legend: B batch, S source length, T response length, V vocabulary, R rows still being written,
C candidates.
"""

import torch
from torch import Tensor

from seqgan.ops.sampling import filter_logits, sample_tokens
from seqgan.text.beams import Beams
from seqgan.text.generators.base import Generator, State, select

# Selecting copies the whole state: worth it once this share of the rows written has finished.
WORTH_SELECTING = 0.125
HOTTEST = 100  # temperature; beyond, words that are ruled out would be drawn


def prepare(
    logits_BV: Tensor, *, temperature: float = 1.0, top_k: int = 0, top_p: float = 1.0
) -> Tensor:
    """Return the logits of the distribution that is sampled from, shape (B, V).

    First the temperature, then the `top_k` likeliest, then the nucleus of mass `top_p`.
    Temperature 0 leaves only the likeliest token (the first of several).

    Raises:
        ValueError: for a temperature outside [0, 100], `top_k` below 0, `top_p` outside (0, 1].

    >>> prepare(torch.tensor([[0.0, 2.0, 1.0]]), temperature=0.5, top_k=2)
    tensor([[-inf, 4., 2.]])
    """
    if not 0 <= temperature <= HOTTEST or top_k < 0 or not 0 < top_p <= 1:
        raise ValueError(
            f"temperature {temperature} must lie in [0, {HOTTEST}], top_k {top_k} must not be "
            f"negative, top_p {top_p} must lie in (0, 1]"
        )
    if temperature == 0:
        best_B1 = logits_BV.argmax(-1, keepdim=True)
        return torch.full_like(logits_BV, -torch.inf).scatter(-1, best_B1, 0.0)
    return filter_logits(logits_BV / temperature, top_k=top_k, top_p=top_p)


@torch.no_grad()
def continue_from(
    generator: Generator,
    state: State,
    previous_B: Tensor,
    uniform_BT: Tensor,
    *,
    temperature: float = 1.0,
    top_k: int = 0,
    top_p: float = 1.0,
    limit_B: Tensor | None = None,
) -> Tensor:
    """Return sampled continuations of saved states, shape (B, T): up to `eos`, then `pad`.

    Entry (b, t) is drawn with `uniform_BT[b, t]`, so a row's draws do not depend on which rows
    are continued with it. Finished rows leave the batch and cost nothing. Neither the state nor
    the model's mode (dropout!) is changed.

    Args:
        generator: what continues.
        state: the states before `previous_B` was read.
        previous_B: the last token of each prefix (`bos` for an empty one).
        uniform_BT: numbers in [0, 1), one a token.
        temperature: divides the logits; 0 takes the likeliest token.
        top_k: sample among that many tokens (0: all).
        top_p: sample among the likeliest tokens that together reach this probability.
        limit_B: the most tokens each row may get (default T); 0 leaves a row empty.
    """
    num_rows, length = uniform_BT.shape
    tokens_BT = torch.full((num_rows, length), generator.pad, device=previous_B.device)
    if limit_B is None:
        limit_B = torch.full_like(previous_B, length)
    rows_R = torch.arange(num_rows, device=previous_B.device)
    previous_R, alive_R = previous_B, limit_B > 0
    for t in range(length):
        num_alive = int(alive_R.sum())
        if num_alive == 0:
            break
        if num_alive <= (1 - WORTH_SELECTING) * len(rows_R):
            kept_R = alive_R.nonzero().squeeze(1)
            state, rows_R, previous_R = select(state, kept_R), rows_R[kept_R], previous_R[kept_R]
            alive_R = alive_R[kept_R]
        logits_RV, state = generator.step(state, previous_R)
        logits_RV = prepare(logits_RV, temperature=temperature, top_k=top_k, top_p=top_p)
        previous_R = sample_tokens(logits_RV, uniform_BT[rows_R, t])
        tokens_BT[rows_R, t] = previous_R.where(alive_R, generator.pad)
        alive_R = alive_R & (previous_R != generator.eos) & (limit_B[rows_R] > t + 1)
    return tokens_BT


@torch.no_grad()
def sample(
    generator: Generator,
    source_BS: Tensor,
    *,
    max_length: int,
    rng: torch.Generator,
    temperature: float = 1.0,
    top_k: int = 0,
    top_p: float = 1.0,
) -> Tensor:
    """Return one sampled response a source, shape (B, T), T the longest but at most `max_length`.

    A response cut at `max_length` simply has no `eos`. `rng` supplies one number for every token
    allowed, drawn or not (so it advances by the same amount whatever is sampled); it may live on
    another device than the model.
    """
    uniform_BT = torch.rand(len(source_BS), max_length, generator=rng, device=rng.device)
    tokens_BT = continue_from(
        generator,
        generator.start(source_BS),
        source_BS.new_full((len(source_BS),), generator.bos),
        uniform_BT.to(source_BS.device),
        temperature=temperature,
        top_k=top_k,
        top_p=top_p,
    )
    return trim(tokens_BT, pad=generator.pad)


@torch.no_grad()
def greedy(generator: Generator, source_BS: Tensor, *, max_length: int) -> Tensor:
    """Return the response of likeliest tokens a source, shape (B, T), T at most `max_length`."""
    tokens_BT = continue_from(
        generator,
        generator.start(source_BS),
        source_BS.new_full((len(source_BS),), generator.bos),
        torch.zeros(len(source_BS), max_length, device=source_BS.device),
        temperature=0.0,
    )
    return trim(tokens_BT, pad=generator.pad)


def trim(tokens_BT: Tensor, *, pad: int) -> Tensor:
    """Return the tokens without the last columns that hold nothing but padding.

    >>> trim(torch.tensor([[5, 2, 0], [2, 0, 0]]), pad=0)
    tensor([[5, 2],
            [2, 0]])
    """
    used_T = (tokens_BT != pad).any(0).nonzero()
    return tokens_BT[:, : int(used_T[-1]) + 1 if len(used_T) else 0]


@torch.no_grad()
def beam_search(
    generator: Generator,
    source_BS: Tensor,
    *,
    max_length: int,
    beam_size: int,
    length_penalty: float = 1.0,
) -> Tensor:
    """Return the best response found for each source, shape (B, T), T at most `max_length`.

    See `beam_hypotheses`.
    """
    best_BKT = beam_hypotheses(
        generator,
        source_BS,
        max_length=max_length,
        beam_size=beam_size,
        length_penalty=length_penalty,
    )
    return trim(best_BKT[:, 0], pad=generator.pad)


@torch.no_grad()
def beam_hypotheses(
    generator: Generator,
    source_BS: Tensor,
    *,
    max_length: int,
    beam_size: int,
    length_penalty: float = 1.0,
) -> Tensor:
    """Return the K = `beam_size` best responses found for each source, best first, (B, K, T).

    Hypotheses are ranked by log-likelihood / ((5 + length) / 6) ** length_penalty, `eos` counted
    (GNMT, arXiv:1609.08144, eq. 14; 0 ranks by likelihood alone). Those that reach `max_length`
    compete without `eos`. A source is done when K hypotheses have ended, so that size 1 is the
    greedy choice. Where fewer than K were found the last ones are padding alone.

    Raises:
        ValueError: for a beam size below 1.
    """
    if beam_size < 1:
        raise ValueError(f"beam_size {beam_size} must be at least 1")
    beams = Beams.start(generator, source_BS, beam_size=beam_size, max_length=max_length)
    best_BKT = source_BS.new_full((len(source_BS), beam_size, max_length), generator.pad)
    best_BK = torch.full(best_BKT.shape[:2], -torch.inf, device=source_BS.device)
    for t in range(max_length):
        if len(beams.rows_R) == 0:
            break
        grown = beams.grow(generator, t)
        counts_RC = grown.ending_RC if t + 1 < max_length else grown.ending_RC | grown.live_RC
        score_RC = grown.logp_RC / ((6 + t) / 6) ** length_penalty
        score_RC = score_RC.masked_fill(~counts_RC, -torch.inf)
        rows_R = beams.rows_R
        # Of equals the one that was found first stays ahead, and padding of what was not found.
        every_RN = torch.cat([best_BK[rows_R], score_RC], dim=1)
        score_RN, place_RN = every_RN.sort(dim=1, descending=True, stable=True)
        tokens_RNT = torch.cat([best_BKT[rows_R], grown.tokens_RCT], dim=1)
        place_RKT = place_RN[:, :beam_size, None].expand(-1, -1, max_length)
        best_BK[rows_R] = score_RN[:, :beam_size]
        best_BKT[rows_R] = tokens_RNT.gather(1, place_RKT)
        beams = beams.narrow(grown)
    return best_BKT
