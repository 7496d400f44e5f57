"""What reward estimators do to the policy gradient: bias, variance and price, by enumeration.

Legend: R texts (all there are), N draws of an estimator's own randomness, T longest text,
S source length, V vocabulary, P parameters.

The gradient meant is that of the expected score of whole texts. An estimator's is
sum_t (reward_t - b) grad log p(token_t), its mean and variance taken over every text with its
probability; only what the estimator itself draws at random (rollouts) is sampled.
"""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor, nn

from seqgan.ops.masks import stack_padded, token_mask
from seqgan.text.generators.base import Generator, State
from seqgan.text.rewards import PrefixScorer, ReplyScorer, RewardEstimator


@dataclass(frozen=True)
class Problem:
    """A generator small enough to enumerate, one source, and two scorers.

    `score` is asked about whole texts (it answers to any tokens), `prefix_score` about prefixes.
    `mean_score` is what a whole text is worth in expectation, filled in by `study`: estimators that
    subtract a baseline of their own add it, for it is subtracted from all.
    """

    generator: Generator
    source_1S: Tensor
    max_length: int
    score: ReplyScorer
    prefix_score: PrefixScorer
    mean_score: float = 0.0


Build = Callable[[Problem], RewardEstimator]


@dataclass(frozen=True)
class EstimatorRow:
    """One estimator's line of the table; bias and variance relative to the exact gradient."""

    estimator: str
    bias: float  # length of (mean gradient - exact gradient) over that of the exact one
    noise: float  # the bias that an unbiased estimator would show by its finite draws
    variance: float  # trace of a single text's covariance over the exact gradient's square
    mean_reward: float  # of a token, the expected score taken away: above 0 is optimistic
    token_steps: float  # the generator's steps of a row for one text, those that wrote it excepted
    texts_scored: float  # for one text; a pass that scores every prefix counts once


@dataclass(frozen=True)
class Enumeration:
    """All texts with their probability, score and the slope of each token's log-probability."""

    tokens_RT: Tensor
    prob_R: Tensor
    score_R: Tensor
    slope_RTP: Tensor

    def gradient(self) -> Tensor:
        """Return the exact gradient of the expected score, shape (P,)."""
        return torch.einsum("r,rtp->p", self.prob_R * self.score_R, self.slope_RTP)


@torch.enable_grad()
def enumerate_texts(
    generator: Generator, source_1S: Tensor, score: ReplyScorer, *, longest: int
) -> Enumeration:
    """Return every text that the generator can write, at most so many tokens each."""
    words = [t for t in range(generator.vocab_size) if t not in (generator.pad, generator.eos)]
    rows = [list(text) for text in itertools.product(words, repeat=longest)]
    if generator.eos < generator.vocab_size:
        for length in range(longest):
            rows += [[*text, generator.eos] for text in itertools.product(words, repeat=length)]
    tokens_RT = stack_padded(rows, pad=generator.pad)
    source_RS = source_1S.expand(len(tokens_RT), -1)
    logp_RT = token_logp(generator, source_RS, tokens_RT)
    possible_R = logp_RT.detach().sum(1).exp() > 0
    tokens_RT, logp_RT = tokens_RT[possible_R], logp_RT[possible_R]
    slope_RTP = slopes(logp_RT, token_mask(tokens_RT, pad=generator.pad), generator)
    with torch.no_grad():
        score_R = score(source_RS[possible_R], tokens_RT)
    return Enumeration(tokens_RT, logp_RT.detach().sum(1).exp(), score_R, slope_RTP)


def token_logp(generator: Generator, source_RS: Tensor, tokens_RT: Tensor) -> Tensor:
    """Return each token's log-probability in the generator's precision, 0 at padding, (R, T)."""
    real_RT = token_mask(tokens_RT, pad=generator.pad)
    logp_RTV = generator.logits(source_RS, tokens_RT).log_softmax(-1)
    index_RT1 = tokens_RT.masked_fill(~real_RT, 0).unsqueeze(-1)
    return logp_RTV.gather(-1, index_RT1).squeeze(-1).masked_fill(~real_RT, 0)


def slopes(logp_RT: Tensor, mask_RT: Tensor, generator: nn.Module) -> Tensor:
    """Return the gradient of each token's log-probability, shape (R, T, P); 0 at padding."""
    parameters = list(generator.parameters())
    num_parameters = sum(parameter.numel() for parameter in parameters)
    slope_RTP = logp_RT.new_zeros(*logp_RT.shape, num_parameters)
    for r, t in mask_RT.nonzero().tolist():
        parts = torch.autograd.grad(
            logp_RT[r, t], parameters, retain_graph=True, materialize_grads=True
        )
        slope_RTP[r, t] = torch.cat([part.flatten() for part in parts])
    return slope_RTP.detach()


def conditional_means(tokens_RT: Tensor, prob_R: Tensor, score_R: Tensor) -> Tensor:
    """Return the expected score of the whole text after each prefix of each text, shape (R, T).

    >>> texts, even = torch.tensor([[3, 3], [3, 4]]), torch.tensor([0.5, 0.5])
    >>> conditional_means(texts, even, torch.tensor([0.0, 1.0]))
    tensor([[0.5000, 0.0000],
            [0.5000, 1.0000]])
    """
    same_RRT = (tokens_RT[:, None] == tokens_RT[None]).int().cumprod(2)
    weight_RRT = same_RRT * prob_R[None, :, None]
    return torch.einsum("rqt,q->rt", weight_RRT, score_R) / weight_RRT.sum(1)


def study(
    problem: Problem, estimators: Mapping[str, Build], *, num_draws: int = 200, seed: int = 0
) -> list[EstimatorRow]:
    """Return the table of these estimators, one row each.

    The baseline b is the expected score itself, which biases nothing. Estimators are drawn
    `num_draws` times for every text.
    """
    texts = enumerate_texts(
        problem.generator, problem.source_1S, problem.score, longest=problem.max_length
    )
    problem = replace(problem, mean_score=float(texts.prob_R @ texts.score_R))
    rows = []
    for name, build in estimators.items():
        rng = torch.Generator().manual_seed(seed)
        rows.append(_row(name, build, problem, texts, num_draws=num_draws, rng=rng))
    return rows


@torch.no_grad()
def _row(
    name: str,
    build: Build,
    problem: Problem,
    texts: Enumeration,
    *,
    num_draws: int,
    rng: torch.Generator,
) -> EstimatorRow:
    prob_R, exact_P = texts.prob_R, texts.gradient()
    mask_RT = token_mask(texts.tokens_RT, pad=problem.generator.pad)
    source_QS = problem.source_1S.expand(len(prob_R) * num_draws, -1)
    tokens_QT = texts.tokens_RT.repeat_interleave(num_draws, dim=0)
    reward_RNT = build(problem)(source_QS, tokens_QT, rng).double().unflatten(0, (-1, num_draws))
    advantage_RNT = (reward_RNT - problem.mean_score) * mask_RT.unsqueeze(1)
    got_RNP = torch.einsum("rnt,rtp->rnp", advantage_RNT, texts.slope_RTP)
    mean_RP = got_RNP.mean(1)
    mean_P, square_R = prob_R @ mean_RP, got_RNP.square().sum(2).mean(1)
    spread_R = (got_RNP - mean_RP.unsqueeze(1)).square().sum((1, 2)) / max(num_draws - 1, 1)
    weight_RT = prob_R.unsqueeze(1) * mask_RT
    size = float(exact_P.norm())
    token_steps, texts_scored = _costs(build, problem, texts, rng)
    return EstimatorRow(
        name,
        bias=float((mean_P - exact_P).norm()) / size,
        noise=float((prob_R.square() @ spread_R / num_draws).sqrt()) / size,
        variance=float(prob_R @ square_R - mean_P.square().sum()) / size**2,
        mean_reward=float((weight_RT * advantage_RNT.mean(1)).sum() / weight_RT.sum()),
        token_steps=token_steps,
        texts_scored=texts_scored,
    )


def _costs(
    build: Build, problem: Problem, texts: Enumeration, rng: torch.Generator
) -> tuple[float, float]:
    """Return the expected token-steps and texts scored for one text."""
    steps = scored = 0.0
    for prob, tokens_1T in zip(texts.prob_R.tolist(), texts.tokens_RT.split(1), strict=True):
        generator = CountedGenerator(problem.generator)
        score, prefix_score = CountedScore(problem.score), CountedScore(problem.prefix_score)
        counted = replace(problem, generator=generator, score=score, prefix_score=prefix_score)
        build(counted)(problem.source_1S, tokens_1T, rng)
        steps += prob * generator.token_steps
        scored += prob * (score.texts + prefix_score.texts)
    return steps, scored


class CountedScore:
    """Another scorer, the texts that it was asked about counted."""

    def __init__(self, inner: ReplyScorer) -> None:
        self.inner, self.texts = inner, 0

    def __call__(self, source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
        """Return what the inner scorer gives; counted."""
        self.texts += len(tokens_BT)
        return self.inner(source_BS, tokens_BT)


class CountedGenerator(Generator):
    """Another generator, the rows of its steps counted."""

    def __init__(self, inner: Generator) -> None:
        super().__init__()
        self.inner, self.token_steps = inner, 0
        self.pad, self.bos, self.eos = inner.pad, inner.bos, inner.eos
        self.vocab_size = inner.vocab_size

    def start(self, source_BS: Tensor) -> State:
        """Return the state before the first token."""
        return self.inner.start(source_BS)

    def step(self, state: State, previous_B: Tensor) -> tuple[Tensor, State]:
        """Return the next token's logits (B, V) and the new state; counted."""
        self.token_steps += len(previous_B)
        return self.inner.step(state, previous_B)

    def word_vectors(self) -> Tensor:
        """Return the vector that stands for each token, shape (V, D)."""
        return self.inner.word_vectors()

    def step_vectors(self, state: State, previous_BD: Tensor) -> tuple[Tensor, State]:
        """Return the next token's logits (B, V) and the new state; counted."""
        self.token_steps += len(previous_BD)
        return self.inner.step_vectors(state, previous_BD)

    def logits(self, source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
        """Return the teacher-forced logits (B, T, V)."""
        return self.inner.logits(source_BS, tokens_BT)

    def save_pretrained(self, folder: Path) -> None:
        """Write the inner generator's files into the folder."""
        self.inner.save_pretrained(folder)
