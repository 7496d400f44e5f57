"""What a discriminator of written words minimizes under any objective and penalty.

Legend: R pairs of a real and a written sentence, S source length, T sentence length (U of the
written one), V words, padding among them.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from seqgan.core.game import Losses
from seqgan.games.latent import LatentGame, Round, gaussian_noise
from seqgan.games.objectives import Objective, Penalty
from seqgan.ops.masks import at_least_float32, masked_mean, token_mask
from seqgan.ops.relaxations import one_hot
from seqgan.text.games import Replies
from seqgan.text.relaxed import VectorScorer, lengthened


class OneHotReader(nn.Module):
    """A scorer that reads words one-hot, (R, T, V), and scores them as it does tokens.

    A place that is wholly padding is not read; so between a real and a written sentence, where a
    penalty may look, all places of the longer one are.
    """

    def __init__(self, scorer: nn.Module, *, pad: int) -> None:
        super().__init__()
        self.scorer, self.pad = scorer, pad

    def forward(self, words_RTV: Tensor, source_RS: Tensor) -> Tensor:
        """Return the score of each sentence, shape (R,)."""
        scorer: VectorScorer = self.scorer  # type: ignore[assignment]
        pad_V = torch.arange(words_RTV.shape[-1], device=words_RTV.device) == self.pad
        vectors_RTD = words_RTV.masked_fill(pad_V, 0.0) @ scorer.word_vectors()
        return scorer.score_vectors(source_RS, vectors_RTD, words_RTV[..., self.pad] < 1)


class SentenceCritic:
    """Pairs every real sentence with those written beside it, under one objective.

    A scorer of prefixes gives a sentence many scores: a pair's loss is then the mean over all
    pairs of a real and a written prefix, whatever their lengths, which for objectives that treat
    the two apart is each one's mean over its prefixes. Slopes are those in the one-hot words, as
    where gradients pass through words.

    Args:
        scorer: the discriminator.
        objective: what it minimizes a pair; the distance of a pair is that of its one-hot words.
        penalties: on its slope.
        num_ids: V.
        pad: padding token, one of V.

    Raises:
        ValueError: for penalties on a scorer that reads no vectors.
    """

    def __init__(
        self,
        scorer: nn.Module,
        objective: Objective,
        *,
        penalties: Mapping[str, Penalty],
        num_ids: int,
        pad: int,
    ) -> None:
        if penalties and not isinstance(scorer, VectorScorer):
            raise ValueError(
                f"{type(scorer).__name__} reads words alone and has no slope in them for "
                f"{', '.join(penalties)}: take SentenceScorer, ConvScorer or TransformerScorer"
            )
        self.scorer, self.objective, self.penalties = scorer, objective, penalties
        self.num_ids, self.pad = num_ids, pad

    def __call__(self, batch: Replies, rng: torch.Generator) -> Losses:
        """Return the objective and the penalties, one value a pair."""
        human, replies = batch.human, len(batch.tokens_RT) // max(len(batch.human.tokens_BT), 1)
        real_RT = human.tokens_BT.repeat_interleave(replies, dim=0)
        if self.penalties:
            return self._with_slopes(batch.source_RS, real_RT, batch.tokens_RT, rng)
        scores_BT = self.scorer(human.source_BS, human.tokens_BT)
        real = at_least_float32(scores_BT).repeat_interleave(replies, dim=0)
        fake = at_least_float32(self.scorer(batch.source_RS, batch.tokens_RT))
        mask_RT = token_mask(real_RT, pad=self.pad)
        mask_RU = token_mask(batch.tokens_RT, pad=self.pad)
        distance_R = self._distance(real_RT, batch.tokens_RT)
        if real.dim() == 1:
            loss_R = self.objective.critic(real, fake, distance_R)
        else:
            real, fake = real.where(mask_RT, 0.0), fake.where(mask_RU, 0.0)
            loss_RTU = self.objective.critic(
                real.unsqueeze(2), fake.unsqueeze(1), distance_R[:, None, None]
            )
            both_RTU = mask_RT.unsqueeze(2) & mask_RU.unsqueeze(1)
            loss_R = masked_mean(loss_RTU.flatten(1), both_RTU.flatten(1))
            real, fake = masked_mean(real, mask_RT), masked_mean(fake, mask_RU)
        figures = {"real_score": real.detach().mean(), "fake_score": fake.detach().mean()}
        return Losses({"loss": loss_R}, len(loss_R), figures)

    def _with_slopes(
        self, source_RS: Tensor, real_RT: Tensor, fake_RU: Tensor, rng: torch.Generator
    ) -> Losses:
        game = LatentGame(
            nn.Identity(),
            OneHotReader(self.scorer, pad=self.pad),
            self.objective,
            draw=gaussian_noise(0),
            penalties=self.penalties,
        )
        real_RTV, fake_RTV = (
            one_hot(tokens_RT, self.num_ids) for tokens_RT in self._alike(real_RT, fake_RU)
        )
        played = Round(real_RTV, (source_RS,), real_RTV.new_empty(0), fake_RTV)
        return game.critic_losses(played, rng)

    def _distance(self, real_RT: Tensor, fake_RU: Tensor) -> Tensor:
        real_RT, fake_RT = self._alike(real_RT, fake_RU)
        return 2 / self.num_ids * (real_RT != fake_RT).float().mean(1)

    def _alike(self, real_RT: Tensor, fake_RU: Tensor) -> tuple[Tensor, Tensor]:
        longest = max(real_RT.shape[1], fake_RU.shape[1])
        return (
            lengthened(real_RT, longest, pad=self.pad),
            lengthened(fake_RU, longest, pad=self.pad),
        )
