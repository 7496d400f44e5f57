"""People's judgements as reward: learned by a network, or looked up where they were given.

Legend: R replies (B for an estimator of rewards), S prompt length, T reply length, P pairs.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from seqgan.core.game import Losses
from seqgan.metrics.classification import preference
from seqgan.objectives.preference import bradley_terry_loss, rating_loss
from seqgan.ops.masks import at_least_float32, last_real, token_mask
from seqgan.text.games import PolicyGradientGame, Replies, set_dropout
from seqgan.text.generators.store import Scorer
from seqgan.text.people.rated_replies import Judged, JudgedBatch, collate


class RewardModel(nn.Module):
    """A discriminator's network, read as one score a whole reply: high for what people like."""

    def __init__(self, scorer: Scorer, *, pad: int) -> None:
        super().__init__()
        self.scorer, self.pad = scorer, pad

    def forward(self, source_RS: Tensor, tokens_RT: Tensor) -> Tensor:
        """Return the score of each reply, shape (R,); that of its last prefix where there are."""
        score: Tensor = at_least_float32(self.scorer(source_RS, tokens_RT))
        if score.dim() == 1:
            return score
        return last_real(score, token_mask(tokens_RT, pad=self.pad))

    @torch.no_grad()
    def reward(self, source_RS: Tensor, tokens_RT: Tensor) -> Tensor:
        """Return sigmoid of the score without dropout, shape (R,): the expected rating, 0 to 1."""
        set_dropout(self, False)
        reward_R: Tensor = self(source_RS, tokens_RT).sigmoid()
        return reward_R


class RewardModelGame:
    """Player `model`: -log likelihood of the votes in pairs and of ratings, a prompt.

    All pairs of a prompt stand in one batch and together weigh 1 (arXiv:2203.02155, equation 1:
    shuffled apart they are overfitted within one pass); so do all its ratings.
    """

    def __init__(self, model: RewardModel, *, pair_weight: float, rating_weight: float) -> None:
        self.model = model
        self.pair_weight, self.rating_weight = pair_weight, rating_weight

    def prepare(
        self, batch: JudgedBatch, movers: Sequence[str], rng: torch.Generator
    ) -> JudgedBatch:
        """Return the batch as it is."""
        return batch

    def losses(self, player: str, batch: JudgedBatch, rng: torch.Generator) -> Losses:
        """Return both losses, weighted, and the number of prompts."""
        set_dropout(self.model, True)
        score_R = self.model(batch.text.source_BS, batch.text.tokens_BT)
        first_P, second_P = score_R[batch.pairs_P2].unbind(1)
        pair_P = bradley_terry_loss(first_P, second_P, batch.share_P) * batch.weight_P
        rating_R = rating_loss(score_R, batch.rating_R) * batch.weight_R
        terms = {"pairs": self.pair_weight * pair_P, "ratings": self.rating_weight * rating_R}
        return Losses(terms, batch.prompts)


@torch.no_grad()
def accuracy(model: RewardModel, judged: Sequence[Judged]) -> tuple[float, int]:
    """Return how often the model prefers what people prefer, and of how many pairs (nan of 0).

    Pairs on which the votes are even are left out; equal scores count half.
    """
    set_dropout(model, False)
    device = next(model.parameters()).device
    batch = collate(judged, pad=model.pad, device=device)
    score_R = model(batch.text.source_BS, batch.text.tokens_BT)
    decided_P = batch.share_P != 0.5
    if not bool(decided_P.any()):
        return float("nan"), 0
    first_P, second_P = score_R[batch.pairs_P2[decided_P]].unbind(1)
    is_first_P = batch.share_P[decided_P] > 0.5
    chosen_P = torch.where(is_first_P, first_P, second_P).cpu().numpy()
    other_P = torch.where(is_first_P, second_P, first_P).cpu().numpy()
    return preference(np.asarray(chosen_P), np.asarray(other_P)), len(chosen_P)


class RatingReward:
    """A person as reward estimator: what each rated reply earned above the others to its prompt.

    The same for each token of a reply; only replies that were judged have a reward.
    """

    def __init__(self, judged: Sequence[Judged], *, pad: int) -> None:
        self.pad = pad
        self.earned = {
            (tuple(each.source), tuple(tokens)): advantage
            for each in judged
            for tokens, advantage in zip(each.tokens, each.advantages, strict=True)
        }

    def __call__(self, source_BS: Tensor, tokens_BT: Tensor, rng: torch.Generator) -> Tensor:
        """Return rewards, shape (B, T); raises KeyError for a reply that nobody judged."""
        earned_B = [
            self.earned[self._ids(source), self._ids(tokens)]
            for source, tokens in zip(source_BS.tolist(), tokens_BT.tolist(), strict=True)
        ]
        mask_BT = token_mask(tokens_BT, pad=self.pad)
        return torch.tensor(earned_B, device=tokens_BT.device).unsqueeze(1) * mask_BT

    def _ids(self, row: list[int]) -> tuple[int, ...]:
        return tuple(token for token in row if token != self.pad)


class LoggedGame:
    """Player `generator` of a policy-gradient game, on replies drawn and judged beforehand.

    The replies are those of earlier policies, so `game` must bound the ratio to the probabilities
    they were drawn with, token by token (`clip`; arXiv:1707.06347, equation 7). The exact weight of
    a reply, the product of its ratios, is unbiased and useless: its variance grows exponentially
    with length. A subtracted baseline keeps a generator from learning whatever was logged, good or
    bad (arXiv:2011.02511).
    """

    def __init__(self, game: PolicyGradientGame) -> None:
        if game.clip is None:
            raise ValueError("replies of earlier policies need the game's ratio clipped: give clip")
        self.game = game

    def prepare(self, batch: JudgedBatch, movers: Sequence[str], rng: torch.Generator) -> Replies:
        """Return the judged replies with the probabilities they were drawn with."""
        return Replies(batch.text, batch.text.source_BS, batch.text.tokens_BT, batch.logp_RT)

    def losses(self, player: str, batch: Replies, rng: torch.Generator) -> Losses:
        """Return the clipped surrogate and the divergence from the start."""
        return self.game.losses(player, batch, rng)
