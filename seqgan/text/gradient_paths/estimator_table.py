"""The reward estimators of this package side by side, on a problem made for it.

Legend: B batch, S source length, T text length, R texts, K texts rated side by side.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from seqgan.ops.masks import token_mask
from seqgan.text.decoding import sample
from seqgan.text.generators.recurrent import RecurrentGenerator
from seqgan.text.gradient_paths.estimator_study import (
    Build,
    Enumeration,
    EstimatorRow,
    Problem,
    conditional_means,
    enumerate_texts,
    study,
)
from seqgan.text.people.rated_replies import Judged
from seqgan.text.people.ratings import SCALE
from seqgan.text.people.reward_model import RatingReward
from seqgan.text.rewards import (
    LastPrefix,
    PrefixScorer,
    ReplyScorer,
    RewardEstimator,
    RolloutReward,
    SequenceReward,
    TokenReward,
)
from seqgan.text.search.reward import TreeReward
from seqgan.text.search.tree_search import TreeSearch

PAD, BOS, EOS, VOCAB = 0, 1, 2, 5


def made_problem(*, seed: int = 0, max_length: int = 4) -> Problem:
    """Return a small recurrent generator of two words and the end, texts scored by a made table.

    The table gives any tokens a number between 0 and 1, prefixes too: what it says about half of a
    text has nothing to do with what the other half will make of it. The scorer of prefixes knows
    the truth, the mean score of what may follow.
    """
    rng = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        generator = RecurrentGenerator(VOCAB, pad=PAD, bos=BOS, eos=EOS, dim=4).double().eval()
    with torch.no_grad():
        for parameter in generator.parameters():
            noise = torch.randn(parameter.shape, generator=rng, dtype=torch.float64)
            parameter.add_(noise * 0.5)
    table = torch.rand(VOCAB**max_length, generator=rng, dtype=torch.float64)
    place_T = VOCAB ** torch.arange(max_length)

    def score(source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
        return table[(tokens_BT * place_T[: tokens_BT.shape[1]]).sum(1)]

    source_1S = torch.tensor([[3, 4]])
    texts = enumerate_texts(generator, source_1S, score, longest=max_length)
    return Problem(generator, source_1S, max_length, score, true_prefix_score(texts))


def at_prefixes(score: ReplyScorer, *, pad: int) -> PrefixScorer:
    """Return the scores of a scorer of whole texts that is asked about every prefix, (B, T)."""

    def prefix_score(source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
        column_T = torch.arange(tokens_BT.shape[1])
        asked = [tokens_BT.masked_fill(column_T > t, pad) for t in column_T.tolist()]
        return torch.stack([score(source_BS, tokens) for tokens in asked], dim=1)

    return prefix_score


def true_prefix_score(texts: Enumeration) -> PrefixScorer:
    """Return the scorer that knows what the whole text is worth in expectation, (B, T)."""
    mean_RT = conditional_means(texts.tokens_RT, texts.prob_R, texts.score_R)

    def score(source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
        width = tokens_BT.shape[1]
        same_BRT = (tokens_BT[:, None] == texts.tokens_RT[None, :, :width]).int().cumprod(2)
        return mean_RT[same_BRT.argmax(1), torch.arange(width)]

    return score


def whole_sequence(problem: Problem) -> RewardEstimator:
    """Return the score of the text for each of its tokens."""
    return SequenceReward(problem.score, pad=problem.generator.pad)


def rollouts(num_rollouts: int) -> Build:
    """Return what builds the mean score of so many completions of each prefix."""

    def build(problem: Problem) -> RewardEstimator:
        generator, longest = problem.generator, problem.max_length
        return RolloutReward(
            generator, problem.score, num_rollouts=num_rollouts, max_length=longest
        )

    return build


def per_token(problem: Problem) -> RewardEstimator:
    """Return the score that the scorer of whole texts gives to each prefix."""
    pad = problem.generator.pad
    return TokenReward(at_prefixes(problem.score, pad=pad), pad=pad)


def per_token_truly(problem: Problem) -> RewardEstimator:
    """Return each prefix's true expectation, which a discriminator of prefixes aims at."""
    return TokenReward(problem.prefix_score, pad=problem.generator.pad)


def tree_of_rollouts(num_simulations: int, *, exploration: float = 0.5) -> Build:
    """Return what builds a search whose leaves are worth one completion each."""

    def build(problem: Problem) -> RewardEstimator:
        search = TreeSearch(
            generator=problem.generator,
            score=problem.score,
            max_length=problem.max_length,
            num_simulations=num_simulations,
            num_rollouts=1,
            exploration=exploration,
        )
        return TreeReward(search)

    return build


def tree_of_true_scores(num_simulations: int, *, exploration: float = 0.5) -> Build:
    """Return what builds a search whose leaves are worth their true expectation."""

    def build(problem: Problem) -> RewardEstimator:
        search = TreeSearch(
            generator=problem.generator,
            score=LastPrefix(problem.prefix_score, pad=problem.generator.pad),
            max_length=problem.max_length,
            num_simulations=num_simulations,
            exploration=exploration,
        )
        return TreeReward(search)

    return build


Rate = Callable[[Tensor, torch.Generator], Tensor]


def stars(score_B: Tensor, rng: torch.Generator) -> Tensor:
    """Return what somebody gives texts of this worth, as shares of the scale, shape (B,).

    The nearest of five stars to what is felt: the worth, off by a normal number of deviation .2.
    """
    low, high = SCALE
    off_B = torch.randn(score_B.shape, generator=rng, dtype=score_B.dtype)
    felt_B = low + (high - low) * (score_B + 0.2 * off_B)
    return (felt_B.round().clamp(low, high) - low) / (high - low)


def person(num_rated: int, rate: Rate = stars) -> Build:
    """Return what builds somebody's rating of a text above those of others from the same source.

    The others are drawn for each text, so that `num_rated` are rated for one reward.
    """

    def build(problem: Problem) -> RewardEstimator:
        def reward(source_BS: Tensor, tokens_BT: Tensor, rng: torch.Generator) -> Tensor:
            generator, pad = problem.generator, problem.generator.pad
            beside_QS = source_BS.repeat_interleave(num_rated - 1, dim=0)
            other_QT = sample(generator, beside_QS, max_length=problem.max_length, rng=rng)
            rated = torch.cat(
                [
                    rate(problem.score(beside_QS, other_QT), rng).view(-1, num_rated - 1),
                    rate(problem.score(source_BS, tokens_BT), rng).unsqueeze(1),
                ],
                dim=1,
            ).tolist()
            others = other_QT.unflatten(0, (-1, num_rated - 1)).tolist()
            rows = []
            for b, (source, own) in enumerate(
                zip(source_BS.tolist(), tokens_BT.tolist(), strict=True)
            ):
                texts = [[word for word in text if word != pad] for text in (*others[b], own)]
                judged = Judged("", source, texts, [], rated[b], [], rated[b])
                # The text itself is the last: where another says the same, its own rating counts.
                earned = RatingReward([judged], pad=pad)
                rows.append(earned(source_BS[b : b + 1], tokens_BT[b : b + 1], rng))
            mask_BT = token_mask(tokens_BT, pad=pad)
            return torch.cat(rows) + problem.mean_score * mask_BT

        return reward

    return build


ESTIMATORS: dict[str, Build] = {
    "whole sequence": whole_sequence,
    "rollouts, 1": rollouts(1),
    "rollouts, 4": rollouts(4),
    "rollouts, 16": rollouts(16),
    "per token, a whole-text scorer asked about prefixes": per_token,
    "per token, the true expectation": per_token_truly,
    "tree, 4 simulations of one rollout": tree_of_rollouts(4),
    "tree, 16 simulations of one rollout": tree_of_rollouts(16),
    "tree, 16 simulations of the true expectation": tree_of_true_scores(16),
    "a person's stars, above those of 3 other texts": person(4),
}


def estimator_table(*, seed: int = 0, num_draws: int = 100) -> list[EstimatorRow]:
    """Return bias, variance and price of every estimator on the made problem."""
    return study(made_problem(seed=seed), ESTIMATORS, num_draws=num_draws, seed=seed)
