"""What a summary is rewarded for: every term by itself, credited to tokens.

Legend: R summaries (neighbours belong to one document), S document length, T summary length, V
vocabulary, D documents.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields

import torch
from torch import Tensor

from seqgan.ops.masks import masked_mean, token_mask
from seqgan.text.rewards import RewardEstimator
from seqgan.text.summary.vocabulary import BudgetVocabulary

Reconstruct = Callable[[Tensor, Tensor], Tensor]
"""Documents and summaries as ids to the log-likelihood of each document, a token, (R,)."""
OF_WORDS = ("coverage", "repetition", "length")
"""Terms that no network is asked for: the log has them whatever they weigh."""


@dataclass(frozen=True, kw_only=True)
class RewardWeights:
    """How much each term counts; at a weight of 0 no network is asked for it.

    realness: what the discriminator says of every prefix. reconstruction: log p(document | summary)
    of the reconstructor, a token. coverage: a rare piece of the document that is said, its first
    time, as a share of what the budget allows. repetition: -1 for a rare piece said again (rare:
    of a word, and in a tenth of the documents at most). length: minus the share of the budget by
    which the summary misses it.
    """

    realness: float
    reconstruction: float
    coverage: float
    repetition: float
    length: float

    def terms(self) -> list[str]:
        """Return the names of the terms that count."""
        return [each.name for each in fields(self) if getattr(self, each.name) > 0]


class SummaryReward:
    """Rewards of summaries of documents behind their budget marks.

    With `greedy` less those of the likeliest, the self-critical baseline (arXiv:1612.00563): from
    each term the value that the greedy summary of the same document earns is taken, for terms that
    credit tokens its mean a token.

    Args:
        weights: of the terms.
        vocabulary: budgets, and which ids begin words.
        rarity_V: inverse document frequency of each id, 0 for what is no part of a word.
        realness: the discriminator's rewards of tokens.
        reconstruct: the reconstructor.
        greedy: the likeliest summaries of such sources, (R, T); None takes no baseline.
    """

    def __init__(
        self,
        weights: RewardWeights,
        vocabulary: BudgetVocabulary,
        rarity_V: Tensor,
        *,
        realness: RewardEstimator,
        reconstruct: Reconstruct,
        greedy: Callable[[Tensor], Tensor] | None,
    ) -> None:
        self.weights, self.vocabulary, self.rarity_V = weights, vocabulary, rarity_V
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
        """Return each term that counts, and those of words alone, unweighted, shape (R, T)."""
        document_RS = source_RL[:, 1:]
        known: dict[str, Callable[[], Tensor]] = {
            "realness": lambda: self.realness(source_RL, tokens_RT, rng),
            "reconstruction": lambda: self.whole(
                self.reconstruct(document_RS, tokens_RT), tokens_RT
            ),
            "coverage": lambda: self.coverage(source_RL, tokens_RT),
            "repetition": lambda: -self.said_again(tokens_RT).to(self.rarity_V.dtype),
            "length": lambda: self.whole(self.missing(source_RL, tokens_RT), tokens_RT),
        }
        counts = self.weights.terms()
        return {name: find() for name, find in known.items() if name in (*counts, *OF_WORDS)}

    def whole(self, value_R: Tensor, tokens_RT: Tensor) -> Tensor:
        """Return a value of each summary at all of its tokens."""
        return value_R.unsqueeze(1).expand(tokens_RT.shape)

    def coverage(self, source_RL: Tensor, tokens_RT: Tensor) -> Tensor:
        """Return what share of the rarity that its budget allows each token adds, times T.

        (So that the mean over a summary's tokens is the share that it covers.)
        """
        document_RS, budget_R = source_RL[:, 1:], self.vocabulary.budgets(source_RL)
        rare_RT = self.rarity_V[tokens_RT] * _within(tokens_RT, document_RS) * ~_before(tokens_RT)
        rare_RS = self.rarity_V[document_RS] * ~_before(document_RS)
        best_RS = rare_RS.sort(dim=1, descending=True).values.cumsum(1)
        last_R1 = (budget_R.clamp(max=best_RS.shape[1]) - 1).unsqueeze(1)
        most_R1 = best_RS.gather(1, last_R1).clamp(min=1e-6)
        length_R1 = token_mask(tokens_RT, pad=self.vocabulary.tokenizer.pad).sum(1, keepdim=True)
        return rare_RT / most_R1 * length_R1

    def said_again(self, tokens_RT: Tensor) -> Tensor:
        """Return which tokens are a rare piece that stood before, shape (R, T)."""
        return _before(tokens_RT) & (self.rarity_V[tokens_RT] > 0)

    def missing(self, source_RL: Tensor, tokens_RT: Tensor) -> Tensor:
        """Return minus the share of its budget by which each summary misses it, shape (R,)."""
        written_R = self.vocabulary.begun_V.to(tokens_RT.device)[tokens_RT].sum(1)
        budget_R = self.vocabulary.budgets(source_RL)
        return -(written_R - budget_R).abs() / budget_R


def rarities(documents: list[list[int]], vocabulary: BudgetVocabulary) -> Tensor:
    """Return log(documents / documents with the id), shape (V,).

    0 for ids without a letter or digit, for those in more than a tenth of the documents and for
    those in none.
    """
    tokenizer = vocabulary.tokenizer
    count_V = torch.zeros(tokenizer.vocab_size)
    for ids in documents:
        count_V[torch.tensor(sorted(set(ids)), dtype=torch.long)] += 1
    pieces = tokenizer.pieces(list(range(tokenizer.vocab_size)))
    word_V = torch.tensor([any(map(str.isalnum, piece)) for piece in pieces])
    word_V[torch.tensor(vocabulary.marks)] = False
    rare_V = word_V & (count_V > 0) & (count_V <= len(documents) / 10)
    return (len(documents) / count_V.clamp(min=1)).log() * rare_V


def _before(tokens_RT: Tensor) -> Tensor:
    """Return which tokens stood in their row before, shape (R, T)."""
    same_RTT = tokens_RT.unsqueeze(2) == tokens_RT.unsqueeze(1)
    return same_RTT.tril(-1).any(2)


def _within(tokens_RT: Tensor, document_RS: Tensor) -> Tensor:
    """Return which tokens stand in their document, shape (R, T)."""
    return (tokens_RT.unsqueeze(2) == document_RS.unsqueeze(1)).any(2)


def _mean(term_RT: Tensor, mask_RT: Tensor) -> float:
    return float(masked_mean(term_RT.flatten()[None], mask_RT.flatten()[None])[0])
