"""The game of three: who summarizes, who recovers the document, who tells people's texts apart.

Legend: B batch, S document length, L source with its budget, T short text with its end, V
vocabulary.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Generator, Tensor

from seqgan.core.game import Game, Losses
from seqgan.ops.masks import masked_mean, token_mask, with_end, words_alone
from seqgan.text.batches import TextBatch
from seqgan.text.decoding import sample
from seqgan.text.games import set_dropout
from seqgan.text.generators import base
from seqgan.text.generators.pointer import PointerGenerator
from seqgan.text.summary.batches import SummaryBatch
from seqgan.text.summary.keeping import kept
from seqgan.text.summary.pseudo import mixed_in
from seqgan.text.summary.vocabulary import BudgetVocabulary

MADE_TEMPERATURE = 0.7
"""Of the documents that the reconstructor makes: likeliest ones repeat themselves."""
IN_PLAY = ("generator", "discriminator", "critic", "penalty")


@dataclass(frozen=True, kw_only=True)
class Weights:
    """How much each way to learn from words counts for a player; one of weight 0 is not computed.

    extraction: -log p of the document's words most typical of short texts, given the document.
    language: -log p of people's short texts given nothing. denoising: given another document into
    which their words were mixed (arXiv:1809.02669). back: given the document that the
    reconstructor makes of them (arXiv:1511.06709). pairs: given their own document.
    """

    extraction: float = 0.0
    language: float = 0.0
    denoising: float = 0.0
    back: float = 0.0
    pairs: float = 0.0


@dataclass(frozen=True)
class Prepared:
    """A batch with what its movers read, made without gradient."""

    batch: SummaryBatch
    asked_B: Tensor
    """The budget asked of each document's summary: that of a short text of the batch."""
    made_BS: Tensor | None = None
    """The documents that the reconstructor makes of the short texts."""
    mixed_BS: Tensor | None = None
    """Other documents with the short texts' words in them."""
    summary_BT: Tensor | None = None
    """What the reconstructor is to recover documents from."""
    play: Any = None


@dataclass(frozen=True)
class Learner:
    """A generator, and how much each way to learn from words counts for it."""

    generator: base.Generator
    weights: Weights


@dataclass(frozen=True)
class Reconstruction:
    """Whose summaries documents are recovered from; None: the words that are kept of them."""

    generator: base.Generator | None


class SummaryGame:
    """Players: learners, reconstructors, and those of the play (generator, discriminator, ...).

    Args:
        learners: by the player's name, who learns from words.
        reconstructors: by the player's name, whose summaries the reconstructor reads.
        reconstructor: the network that they move.
        vocabulary: words and budgets.
        play: the game of generator and discriminator on (source, human short text).
        max_length: of a summary in tokens, its end included.
        mean_length: tokens of a short text on average, its end included (see
            `games.LikelihoodGame`).
        recovered: how many tokens of a document are to be recovered.
        mean_recovered: of that, tokens of a document on average, its end included.
        reconstructed: share of a batch's documents from which the reconstructor learns.
        rewards: the mean of each reward when the generator moved last, for the log.
    """

    def __init__(
        self,
        learners: Mapping[str, Learner],
        reconstructors: Mapping[str, Reconstruction],
        reconstructor: PointerGenerator,
        vocabulary: BudgetVocabulary,
        play: Game,
        *,
        max_length: int,
        mean_length: float,
        recovered: int,
        mean_recovered: float,
        reconstructed: float,
        rewards: Callable[[], Mapping[str, float]] = dict,
    ) -> None:
        self.rewards = rewards
        self.learners, self.reconstructors = learners, reconstructors
        self.reconstructor, self.vocabulary, self.play = reconstructor, vocabulary, play
        self.max_length, self.mean_length = max_length, mean_length
        self.recovered, self.mean_recovered = recovered, mean_recovered
        self.reconstructed = reconstructed
        self.pad, self.eos = vocabulary.tokenizer.pad, vocabulary.tokenizer.eos

    def prepare(self, batch: SummaryBatch, movers: Sequence[str], rng: Generator) -> Prepared:
        """Return the batch with what the movers read."""
        rows = len(batch.budget_B)
        order_B = torch.randperm(rows, generator=rng, device=rng.device)
        asked_B = batch.budget_B[order_B.to(batch.budget_B.device)]
        weights = [self.learners[name].weights for name in movers if name in self.learners]
        said_BT = words_alone(batch.short_BT, eos=self.eos, pad=self.pad)
        made_BS = mixed_BS = summary_BT = None
        if any(each.back for each in weights):
            made_BS = self.made(said_BT, rng)
        if any(each.denoising for each in weights):
            others_BS, begun_V = batch.document_BS.roll(1, 0), self.vocabulary.begun_V
            mixed_BS = mixed_in(said_BT, others_BS, begun_V, pad=self.pad, rng=rng)
        for name in movers:
            if name in self.reconstructors:
                summary_BT = self.to_recover_from(self.reconstructors[name], batch, asked_B, rng)
        play, others = None, [name for name in movers if name in IN_PLAY]
        if others:
            source_BL = self.vocabulary.source(batch.document_BS, asked_B)
            play = self.play.prepare(TextBatch(source_BL, batch.short_BT), others, rng)
        return Prepared(batch, asked_B, made_BS, mixed_BS, summary_BT, play)

    @torch.no_grad()
    def made(self, short_BT: Tensor, rng: Generator) -> Tensor:
        """Return documents that the reconstructor makes of short texts, drawn, (B, S)."""
        set_dropout(self.reconstructor, False)
        tokens_BT = sample(
            self.reconstructor,
            short_BT,
            max_length=self.recovered,
            rng=rng,
            temperature=MADE_TEMPERATURE,
        )
        return words_alone(tokens_BT, eos=self.eos, pad=self.pad)

    @torch.no_grad()
    def to_recover_from(
        self, how: Reconstruction, batch: SummaryBatch, asked_B: Tensor, rng: Generator
    ) -> Tensor:
        """Return short versions of the first documents, as words, (B', T)."""
        rows = max(1, round(self.reconstructed * len(asked_B)))
        document_BS, asked_B = batch.document_BS[:rows], asked_B[:rows]
        if how.generator is None:
            return kept(document_BS, batch.rank_BS[:rows], asked_B, pad=self.pad)
        set_dropout(how.generator, False)
        source_BL = self.vocabulary.source(document_BS, asked_B)
        tokens_BT = sample(
            how.generator, source_BL, max_length=self.max_length, rng=rng, temperature=0.0
        )
        return words_alone(tokens_BT, eos=self.eos, pad=self.pad)

    def losses(self, player: str, batch: Prepared, rng: Generator) -> Losses:
        """Return what a player minimizes, one value a text."""
        if player in self.learners:
            return self.learner_losses(self.learners[player], batch)
        if player in self.reconstructors:
            return self.reconstruction_losses(batch)
        losses = self.play.losses(player, batch.play, rng)
        if player != "generator":
            return losses
        return Losses(losses.terms, losses.items, {**losses.figures, **self.rewards()})

    def learner_losses(self, learner: Learner, prepared: Prepared) -> Losses:
        """Return the likelihood terms of a generator."""
        generator, weights, batch = learner.generator, learner.weights, prepared.batch
        set_dropout(generator, True)
        terms: dict[str, Tensor] = {}
        short_BT, budget_B = batch.short_BT, batch.budget_B
        if weights.extraction:
            words_BT = kept(batch.document_BS, batch.rank_BS, prepared.asked_B, pad=self.pad)
            tokens_BT = with_end(words_BT, eos=self.eos, pad=self.pad)
            nll_B = self.nll(generator, batch.document_BS, prepared.asked_B, tokens_BT)
            terms["extraction"] = weights.extraction * nll_B
        if weights.language:
            nll_B = self.nll(generator, short_BT[:, :0], budget_B, short_BT)
            terms["language"] = weights.language * nll_B
        if weights.denoising:
            assert prepared.mixed_BS is not None
            nll_B = self.nll(generator, prepared.mixed_BS, budget_B, short_BT)
            terms["denoising"] = weights.denoising * nll_B
        if weights.back:
            assert prepared.made_BS is not None
            nll_B = self.nll(generator, prepared.made_BS, budget_B, short_BT)
            terms["back_translation"] = weights.back * nll_B
        if weights.pairs and len(batch.pair_budget_B):
            nll_B = self.nll(
                generator, batch.pair_document_BS, batch.pair_budget_B, batch.pair_short_BT
            )
            terms["pairs"] = weights.pairs * nll_B
        return Losses(terms, len(budget_B))

    def nll(
        self, generator: base.Generator, words_BS: Tensor, budget_B: Tensor, tokens_BT: Tensor
    ) -> Tensor:
        """Return -log p of each short text given words and a budget, over `mean_length`, (B,)."""
        state = generator.start(self.vocabulary.source(words_BS, budget_B))
        return -generator.logp_from(state, tokens_BT).sum(1) / self.mean_length

    def reconstruction_losses(self, prepared: Prepared) -> Losses:
        """Return -log p of documents given their summaries, over `mean_recovered`."""
        assert prepared.summary_BT is not None
        set_dropout(self.reconstructor, True)
        rows = len(prepared.summary_BT)
        state = self.reconstructor.start(prepared.summary_BT)
        logp_BT, _ = recovered_words(
            self.reconstructor, prepared.batch.document_BS[:rows], state, longest=self.recovered
        )
        return Losses({"document_nll": -logp_BT.sum(1) / self.mean_recovered}, rows)


def recovered_logp(
    reconstructor: PointerGenerator, document_BS: Tensor, summary_BT: Tensor, *, longest: int
) -> Tensor:
    """Return log p(document | summary) of its first `longest` tokens, a token, shape (B,)."""
    return recovered_from(
        reconstructor, document_BS, reconstructor.start(summary_BT), longest=longest
    )


def recovered_from(
    reconstructor: PointerGenerator, document_BS: Tensor, state: base.State, *, longest: int
) -> Tensor:
    """Do as `recovered_logp` from the state behind summaries."""
    return masked_mean(*recovered_words(reconstructor, document_BS, state, longest=longest))


def recovered_words(
    reconstructor: PointerGenerator, document_BS: Tensor, state: base.State, *, longest: int
) -> tuple[Tensor, Tensor]:
    """Return log p of a document's first `longest` tokens, 0 behind them, and which these are."""
    tokens_BT = with_end(
        document_BS[:, : longest - 1], eos=reconstructor.eos, pad=reconstructor.pad
    )
    mask_BT = token_mask(tokens_BT, pad=reconstructor.pad)
    return reconstructor.logp_from(state, tokens_BT), mask_BT
