"""The play of a summarizer: sampled summaries that are rewarded, or words that gradients pass.

Legend: B batch, L source with its budget, S document length, T summary length, V vocabulary, R
summaries.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from seqgan.core.game import Losses
from seqgan.games.latent import LatentGame, Round
from seqgan.objectives.baselines import LeaveOneOut, no_baseline
from seqgan.ops.masks import words_alone
from seqgan.text.batches import TextBatch
from seqgan.text.decoding import sample
from seqgan.text.games import PolicyGradientGame, set_dropout
from seqgan.text.generators.base import Generator
from seqgan.text.generators.pointer import PointerGenerator
from seqgan.text.prefix_scorers import CausalScorer
from seqgan.text.relaxed import RelaxedWriter
from seqgan.text.rewards import ScaledScore, TokenReward
from seqgan.text.summary.game import recovered_from, recovered_logp
from seqgan.text.summary.options import SummaryOptions
from seqgan.text.summary.rare_words import RareWords
from seqgan.text.summary.rewards import Reconstruct, SummaryReward
from seqgan.text.summary.vocabulary import BudgetVocabulary


class WithoutSource(nn.Module):
    """A scorer of prefixes that never sees what they were written from."""

    def __init__(self, scorer: CausalScorer) -> None:
        super().__init__()
        self.scorer = scorer

    def forward(self, source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
        """Return the score of every prefix, shape (B, T)."""
        score_BT: Tensor = self.scorer(source_BS[:, :0], tokens_BT)
        return score_BT


def policy_play(
    options: SummaryOptions,
    generator: Generator,
    reference: Generator,
    reconstructor: PointerGenerator,
    vocabulary: BudgetVocabulary,
    rare: RareWords,
    *,
    max_length: int,
    recovered: int,
) -> tuple[PolicyGradientGame, WithoutSource, SummaryReward]:
    """Return the game of sampled summaries, its discriminator, and what rewards them."""
    pad, device = generator.pad, next(generator.parameters()).device
    scorer = CausalScorer(generator.num_ids, pad=pad, dim=options.discriminator_dim)
    discriminator = WithoutSource(scorer).to(device)

    def greedy(source_RL: Tensor) -> Tensor:
        return sample(
            generator, source_RL, max_length=max_length, rng=torch.Generator(), temperature=0.0
        )

    reward = SummaryReward(
        options.rewards,
        vocabulary,
        rare,
        realness=TokenReward(ScaledScore(discriminator, scale=torch.sigmoid, pad=pad), pad=pad),
        reconstruct=recovering(reconstructor, recovered=recovered),
        greedy=greedy if options.self_critical else None,
    )
    game = PolicyGradientGame(
        generator,
        discriminator,
        reward,
        no_baseline if options.self_critical else LeaveOneOut(options.samples),
        max_length=max_length,
        replies_per_prompt=options.samples,
        mismatch_weight=0.0,
        reference=reference,
        kl_weight=options.kl_weight,
    )
    return game, discriminator, reward


def recovering(reconstructor: PointerGenerator, *, recovered: int) -> Reconstruct:
    """Return the reconstructor as a function of documents and summaries, without gradient."""

    @torch.no_grad()
    def reconstruct(document_RS: Tensor, tokens_RT: Tensor) -> Tensor:
        set_dropout(reconstructor, False)
        words_RT = words_alone(tokens_RT, eos=reconstructor.eos, pad=reconstructor.pad)
        return recovered_logp(reconstructor, document_RS, words_RT, longest=recovered)

    return reconstruct


class RelaxedPlay:
    """Players "critic", "penalty" and "generator", whose words the critic and the reconstructor
    read relaxed.

    Args:
        game: relaxed sentences against the critic; its generator writes them.
        reconstructor: recovers documents from them.
        realness: weight of the critic's opinion.
        reconstruction: weight of the reconstructor's likelihood.
        recovered: how many tokens of a document are to be recovered.
    """

    def __init__(
        self,
        game: LatentGame,
        reconstructor: PointerGenerator,
        *,
        realness: float,
        reconstruction: float,
        recovered: int,
    ) -> None:
        self.game, self.reconstructor = game, reconstructor
        self.realness, self.reconstruction, self.recovered = realness, reconstruction, recovered

    @property
    def writer(self) -> RelaxedWriter:
        """Who writes relaxed sentences."""
        assert isinstance(self.game.generator, RelaxedWriter)
        return self.game.generator

    def prepare(self, batch: TextBatch, movers: Sequence[str], rng: torch.Generator) -> Round:
        """Return relaxed sentences beside real ones."""
        set_dropout(self.writer.generator, False)
        return self.game.prepare(batch, movers, rng)

    def losses(self, player: str, batch: Round, rng: torch.Generator) -> Losses:
        """Return what a player minimizes, one value a summary."""
        if player != "generator":
            return self.game.losses(player, batch, rng)
        set_dropout(self.writer.generator, False)
        words_BTV = self.writer(batch.noise, *batch.condition)
        (source_BL,) = batch.condition
        # What weighs nothing is for the log: the way back through it is not taken.
        with torch.set_grad_enabled(self.realness > 0):
            real_B = -self.game.judge_fakes(words_BTV, batch, rng).terms["loss"]
        with torch.set_grad_enabled(self.reconstruction > 0):
            recovered_B = self.recovery(words_BTV, source_BL)
        loss_B = -(self.realness * real_B + self.reconstruction * recovered_B)
        figures = {
            "realness": real_B.detach().mean(),
            "reconstruction": recovered_B.detach().mean(),
        }
        return Losses({"loss": loss_B}, len(words_BTV), figures)

    def recovery(self, words_BTV: Tensor, source_BL: Tensor) -> Tensor:
        """Return log p(document | relaxed summary), a token, with its gradient, shape (B,)."""
        set_dropout(self.reconstructor, False)
        token_BT = words_BTV.argmax(-1)
        vectors_BTD = words_BTV @ self.reconstructor.word_vectors()
        read_BT = token_BT.masked_fill(token_BT == self.reconstructor.eos, self.reconstructor.pad)
        state = self.reconstructor.start_vectors(vectors_BTD, read_BT)
        state = self.reconstructor.copying_shares(state, words_BTV)
        return recovered_from(self.reconstructor, source_BL[:, 1:], state, longest=self.recovered)
