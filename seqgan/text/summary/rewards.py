"""What a summary is rewarded for: every term by itself, credited to tokens.

Legend: R summaries (neighbours belong to one document), S document length, T summary length, D
documents.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from seqgan.ops.masks import masked_mean, token_mask
from seqgan.text.rewards import RewardEstimator
from seqgan.text.summary.rare_words import RareWords, Words
from seqgan.text.summary.vocabulary import BudgetVocabulary

Reconstruct = Callable[[Tensor, Tensor], Tensor]
"""Documents and summaries as ids to the log-likelihood of each document, a token, (R,)."""


@dataclass(frozen=True, kw_only=True)
class RewardWeights:
    """How much each term counts; the log has those of weight 0 too.

    realness: what the discriminator says of every prefix. reconstruction: log p(document | summary)
    of the reconstructor, a token. coverage: a rare word of the document that is said, its first
    time, as a share of what the budget allows. repetition: -1 for a rare word said again (rare: in
    a tenth of the documents at most). Both are shared out over the pieces of the word. length:
    minus the share of the budget by which the summary misses it.
    """

    realness: float
    reconstruction: float
    coverage: float
    repetition: float
    length: float


class SummaryReward:
    """Rewards of summaries of documents behind their budget marks.

    With `greedy` less those of the likeliest, the self-critical baseline (arXiv:1612.00563): from
    each term the value that the greedy summary of the same document earns is taken, for terms that
    credit tokens its mean a token.

    Args:
        weights: of the terms.
        vocabulary: budgets, and which ids begin words.
        rare: which words are, and how much.
        realness: the discriminator's rewards of tokens.
        reconstruct: the reconstructor.
        greedy: the likeliest summaries of such sources, (R, T); None takes no baseline.
    """

    def __init__(
        self,
        weights: RewardWeights,
        vocabulary: BudgetVocabulary,
        rare: RareWords,
        *,
        realness: RewardEstimator,
        reconstruct: Reconstruct,
        greedy: Callable[[Tensor], Tensor] | None,
    ) -> None:
        self.weights, self.vocabulary, self.rare = weights, vocabulary, rare
        self.realness, self.reconstruct, self.greedy = realness, reconstruct, greedy
        self.figures: dict[str, float] = {}
        """The mean of each unweighted term at the last call, for the log."""

    def __call__(self, source_BS: Tensor, tokens_BT: Tensor, rng: torch.Generator) -> Tensor:
        """Return the weighted rewards of every token, shape (R, T)."""
        source_RL, tokens_RT = source_BS, tokens_BT
        mask_RT = token_mask(tokens_RT, pad=self.vocabulary.tokenizer.pad)
        terms = self.terms(source_RL, tokens_RT, rng)
        self.figures = {name: _mean(term_RT, mask_RT) for name, term_RT in terms.items()}
        total_RT = self.total(terms)
        if self.greedy is None:
            return total_RT * mask_RT
        unique_DL, row_R = source_RL.unique(dim=0, return_inverse=True)
        likeliest_DT = self.greedy(unique_DL)
        greedy_DT = self.total(self.terms(unique_DL, likeliest_DT, rng))
        likeliest_mask_DT = token_mask(likeliest_DT, pad=self.vocabulary.tokenizer.pad)
        baseline_R1 = masked_mean(greedy_DT, likeliest_mask_DT)[row_R].unsqueeze(1)
        return (total_RT - baseline_R1) * mask_RT

    def total(self, terms: Mapping[str, Tensor]) -> Tensor:
        """Return the weighted sum of the terms."""
        return torch.stack([getattr(self.weights, name) * terms[name] for name in terms]).sum(0)

    def terms(
        self, source_RL: Tensor, tokens_RT: Tensor, rng: torch.Generator
    ) -> dict[str, Tensor]:
        """Return each term, unweighted, shape (R, T)."""
        recovered_R = self.reconstruct(source_RL[:, 1:], tokens_RT)
        said = self.rare.read(tokens_RT)
        return {
            "realness": self.realness(source_RL, tokens_RT, rng),
            "reconstruction": self.whole(recovered_R, tokens_RT),
            "coverage": self.coverage(source_RL, said, tokens_RT),
            "repetition": -self.said_again(said),
            "length": self.whole(self.missing(source_RL, tokens_RT), tokens_RT),
        }

    def whole(self, value_R: Tensor, tokens_RT: Tensor) -> Tensor:
        """Return a value of each summary at all of its tokens."""
        return value_R.unsqueeze(1).expand(tokens_RT.shape)

    def coverage(self, source_RL: Tensor, said: Words, tokens_RT: Tensor) -> Tensor:
        """Return what share of the rarity that its budget allows each token adds, times T.

        (So that the mean over a summary's tokens is the share that it covers.)
        """
        document = self.rare.read(source_RL[:, 1:])
        here_RT = (said.code_RS.unsqueeze(2) == document.code_RS.unsqueeze(1)).any(2)
        rare_RT = self.rare.rarity(said.code_RS) * said.share_RS * (here_RT & ~said.again_RS)
        rare_RS = self.rare.rarity(document.code_RS) * (document.begins_RS & ~document.again_RS)
        most_R1 = most_rarity(
            rare_RS, document.size_RS, self.vocabulary.budgets(source_RL)
        ).unsqueeze(1)
        length_R1 = token_mask(tokens_RT, pad=self.vocabulary.tokenizer.pad).sum(1, keepdim=True)
        return rare_RT / most_R1.clamp(min=1e-6) * length_R1

    def said_again(self, said: Words) -> Tensor:
        """Return each token's share of a rare word that stood before, shape (R, T)."""
        return said.share_RS * (said.again_RS & (self.rare.rarity(said.code_RS) > 0))

    def missing(self, source_RL: Tensor, tokens_RT: Tensor) -> Tensor:
        """Return minus the share of its budget by which each summary misses it, shape (R,)."""
        written_R = self.vocabulary.begun_V.to(tokens_RT.device)[tokens_RT].sum(1)
        budget_R = self.vocabulary.budgets(source_RL)
        return -(written_R - budget_R).abs() / budget_R


def most_rarity(rare_RS: Tensor, size_RS: Tensor, budget_R: Tensor) -> Tensor:
    """Return the rarity that words of a document have together within a budget at most, (R,).

    The last of them counts by the share of it that the budget has room for.

    >>> most_rarity(torch.tensor([[2.0, 6.0, 3.0]]), torch.tensor([[1, 2, 1]]), torch.tensor([2]))
    tensor([6.])
    """
    order_RS = (rare_RS / size_RS).argsort(dim=1, descending=True)
    rare_RS, size_RS = rare_RS.gather(1, order_RS), size_RS.gather(1, order_RS)
    room_RS = budget_R.unsqueeze(1) - (size_RS.cumsum(1) - size_RS)
    return (rare_RS * (room_RS / size_RS).clamp(0, 1)).sum(1)


def _mean(term_RT: Tensor, mask_RT: Tensor) -> float:
    return float(masked_mean(term_RT.flatten()[None], mask_RT.flatten()[None])[0])
