"""The game of style transfer: what generators, critic and code critic minimize.

Legend: B batch, S words, L source with tags, T sentence with its end, V vocabulary, K styles, D
width of a code.
"""

import dataclasses
from collections.abc import Mapping, Sequence

import torch
from torch import Generator, Tensor
from torch.nn import functional

from seqgan.core.game import Losses
from seqgan.games.latent import LatentGame, Round
from seqgan.ops.masks import at_least_float32, with_end, words_alone
from seqgan.text.decoding import sample
from seqgan.text.games import set_dropout
from seqgan.text.generators.base import State
from seqgan.text.relaxed import lengthened
from seqgan.text.rollouts import without_dropout
from seqgan.text.transfer.batches import StyledBatch
from seqgan.text.transfer.choosing import Chooser, Chosen, Drawn, Opinion
from seqgan.text.transfer.critics import CodeCritic, confusion, pooled
from seqgan.text.transfer.networks import StyleGenerator
from seqgan.text.transfer.noise import noised
from seqgan.text.transfer.prepared import Prepared
from seqgan.text.transfer.terms import Noise, Weights
from seqgan.text.transfer.vocabulary import StyleVocabulary
from seqgan.text.transfer.writers import VectorsWriter

ROOM = 4
"""Tokens by which a rewriting may be longer than the longest sentence of its batch."""


class TransferGame:
    """Players: learners (each a generator with its weights), "critic", "penalty", "code critic".

    Args:
        learners: by the name of the player, the generator that it moves and what it minimizes.
        vocabulary: words and tags.
        noise: of denoising, and of the sentences that are translated.
        max_length: longest y in tokens, its end included.
        mean_length: tokens of a sentence on average, its end included: batches hold sentences of
            like lengths, and every token is to weigh the same (see `games.LikelihoodGame`).
        adversary: the game of relaxed sentences against the critic; its generator, a
            `VectorsWriter`, writes them.
        code_critic: the domain discriminator.
        chooser: finds the best of several ways to write a sentence, and says what drawn ones earn.
        num_earning: how many ways of a sentence are drawn for that.
    """

    def __init__(
        self,
        learners: Mapping[str, tuple[StyleGenerator, Weights]],
        vocabulary: StyleVocabulary,
        noise: Noise,
        *,
        max_length: int,
        mean_length: float,
        adversary: LatentGame | None = None,
        code_critic: CodeCritic | None = None,
        chooser: Chooser | None = None,
        num_earning: int = 0,
    ) -> None:
        self.learners, self.vocabulary, self.noise = learners, vocabulary, noise
        self.max_length, self.mean_length = max_length, mean_length
        self.adversary, self.code_critic, self.chooser = adversary, code_critic, chooser
        self.num_earning = num_earning
        self.pad, self.eos = vocabulary.tokenizer.pad, vocabulary.tokenizer.eos

    def prepare(self, batch: StyledBatch, movers: Sequence[str], rng: Generator) -> Prepared:
        """Return the batch with what its movers read, written in styles drawn anew."""
        by = 1 + int(torch.randint(batch.num_styles - 1, (), generator=rng, device=rng.device))
        tokens_BT = with_end(batch.words_BS, eos=self.eos, pad=self.pad)
        prepared = Prepared(batch, tuple(movers), by, batch.shifted(by), tokens_BT)
        moving = {name: self.learners[name] for name in movers if name in self.learners}
        written = {
            name: self.translated(generator, prepared, rng)
            for name, (generator, weights) in moving.items()
            if weights.back_translation
        }
        chosen = {
            name: self.best(generator, prepared, rng, weights.heard)
            for name, (generator, weights) in moving.items()
            if weights.chosen
        }
        drawn = {
            name: self.drawn(generator, prepared, rng, weights.opinion)
            for name, (generator, weights) in moving.items()
            if weights.policy
        }
        relaxed = any(weights.relaxed for _, weights in moving.values())
        judged = [name for name in movers if name in ("critic", "penalty")]
        round_ = self.round(prepared, judged, rng) if relaxed or judged else None
        return dataclasses.replace(
            prepared, written=written, chosen=chosen, drawn=drawn, round=round_
        )

    @torch.no_grad()
    def translated(self, generator: StyleGenerator, batch: Prepared, rng: Generator) -> Tensor:
        """Return the likeliest words of each sentence in the style asked of it, (B, S)."""
        set_dropout(generator, False)
        own = batch.batch
        drawn_B1 = torch.rand(len(own.style_B), 1, generator=rng, device=rng.device)
        plain_B1 = drawn_B1 < self.noise.plain_share
        flags_BS = own.flags_BS & ~plain_B1.to(own.flags_BS.device)
        words_BS = self.hidden(own.words_BS, flags_BS, rng)
        source_BL = self.vocabulary.source(words_BS, batch.target_B, own.style_B)
        tokens_BT = sample(
            generator, source_BL, max_length=self.room(batch), rng=rng, temperature=0.0
        )
        return words_alone(tokens_BT, eos=self.eos, pad=self.pad)

    def hidden(self, words_BS: Tensor, flags_BS: Tensor, rng: Generator) -> Tensor:
        """Return the words with those flagged hidden, (B, S)."""
        return noised(
            words_BS,
            flags_BS,
            style_rate=1.0,
            word_rate=0.0,
            reach=0.0,
            mask=self.vocabulary.mask,
            pad=self.pad,
            rng=rng,
        )

    def best(
        self, generator: StyleGenerator, batch: Prepared, rng: Generator, opinion: float
    ) -> Chosen:
        """Return the best of several ways to write each sentence in the style asked of it."""
        assert self.chooser is not None
        own, room = batch.batch, self.room(batch)
        return self.chooser(
            generator,
            own.words_BS,
            self.hidden(own.words_BS, own.flags_BS, rng),
            own.style_B,
            batch.target_B,
            room=room,
            rng=rng,
            opinion=self.heard(opinion, room=room),
        )

    def drawn(
        self, generator: StyleGenerator, batch: Prepared, rng: Generator, opinion: float
    ) -> Drawn:
        """Return ways that each sentence was drawn in, in the style asked of it."""
        assert self.chooser is not None
        own, room = batch.batch, self.room(batch)
        return self.chooser.drawn(
            generator,
            own.words_BS,
            own.style_B,
            batch.target_B,
            num_ways=self.num_earning,
            room=room,
            rng=rng,
            opinion=self.heard(opinion, room=room),
        )

    def heard(self, weight: float, *, room: int) -> Opinion | None:
        """Return the critic's opinion at a weight, None at 0."""
        if not weight:
            return None
        return lambda words_NS, style_N: weight * self.opinion(words_NS, style_N, room=room)

    @torch.no_grad()
    def opinion(self, words_NS: Tensor, style_N: Tensor, *, room: int) -> Tensor:
        """Return how real the critic finds words in a style, read in `room` places, shape (N,)."""
        assert self.adversary is not None
        tokens_NT = with_end(words_NS, eos=self.eos, pad=self.pad)
        tokens_NT = lengthened(tokens_NT, room, pad=self.pad)
        source_NL = self.vocabulary.source(words_NS[:, :0], style_N, style_N)
        with without_dropout(self.adversary.critic):
            score_N = self.adversary.critic(self.writer.vectors_VD[tokens_NT], source_NL)
        return self.adversary.objective.realness(score_N)

    def round(self, batch: Prepared, movers: Sequence[str], rng: Generator) -> Round:
        """Return relaxed sentences beside real ones of the styles asked of them."""
        assert self.adversary is not None
        set_dropout(self.writer.generator, False)
        own, length = batch.batch, self.room(batch)
        self.writer.length = length
        real_BT = lengthened(own.partners(batch.tokens_BT, batch.by), length, pad=self.pad)
        source_BL = self.vocabulary.source(own.words_BS, batch.target_B, own.style_B)
        return self.adversary.prepare((real_BT, source_BL), movers, rng)

    @property
    def writer(self) -> VectorsWriter:
        """Who writes relaxed sentences."""
        assert self.adversary is not None
        writer = self.adversary.generator
        assert isinstance(writer, VectorsWriter)
        return writer

    def room(self, batch: Prepared) -> int:
        """Return how many tokens a rewriting of the batch may have."""
        return min(batch.tokens_BT.shape[1] + ROOM, self.max_length)

    def losses(self, player: str, batch: Prepared, rng: Generator) -> Losses:
        """Return what a player minimizes, one value a sentence."""
        if player in self.learners:
            return self.learner_losses(player, batch, rng)
        if player == "code critic":
            return self.code_losses(batch, rng)
        assert self.adversary is not None
        assert batch.round is not None
        return self.adversary.losses(player, batch.round, rng)

    def learner_losses(self, player: str, batch: Prepared, rng: Generator) -> Losses:
        """Return a generator's terms."""
        generator, weights = self.learners[player]
        set_dropout(generator, True)
        own = batch.batch
        terms: dict[str, Tensor] = {}
        if weights.denoising:
            state = self.start_noised(generator, own, rng)
            terms["denoising"] = weights.denoising * self.nll(generator, state, batch.tokens_BT)
        if weights.code:
            assert self.code_critic is not None
            terms["code"] = weights.code * confusion(self.code_critic(*self.coded(generator, own)))
        if weights.back_translation:
            source_BL = self.vocabulary.source(batch.written[player], own.style_B, batch.target_B)
            nll_B = self.nll(generator, generator.start(source_BL), batch.tokens_BT)
            terms["back_translation"] = weights.back_translation * nll_B
        if weights.chosen:
            chosen = batch.chosen[player]
            source_BL = self.vocabulary.source(own.words_BS, batch.target_B, own.style_B)
            nll_B = self.nll(generator, generator.start(source_BL), chosen.tokens_BT)
            terms["chosen"] = weights.chosen * chosen.kept_B * nll_B
        if weights.policy:
            terms["policy"] = weights.policy * self.policy_loss(
                generator, batch.drawn[player], batch
            )
        if weights.relaxed:
            terms |= self.relaxed_terms(generator, weights, batch, rng)
        return Losses(terms, len(own.style_B))

    def start_noised(self, generator: StyleGenerator, own: StyledBatch, rng: Generator) -> State:
        """Return the state behind noised sentences that are wanted in their own style."""
        words_BS = noised(
            own.words_BS,
            own.flags_BS,
            style_rate=self.noise.style_rate,
            word_rate=self.noise.word_rate,
            reach=self.noise.reach,
            mask=self.vocabulary.mask,
            pad=self.pad,
            rng=rng,
        )
        return generator.start(self.vocabulary.source(words_BS, own.style_B, own.style_B))

    def coded(self, generator: StyleGenerator, own: StyledBatch) -> tuple[Tensor, Tensor]:
        """Return the codes of whole sentences, as they are when transferred, and their mask."""
        source_BL = self.vocabulary.source(own.words_BS, own.style_B, own.style_B)
        return generator.memory(generator.start(source_BL))

    def nll(self, generator: StyleGenerator, state: State, tokens_BT: Tensor) -> Tensor:
        """Return -log p of each sentence from the states, over `mean_length`, shape (B,)."""
        return -generator.logp_from(state, tokens_BT).sum(1) / self.mean_length

    def policy_loss(self, generator: StyleGenerator, drawn: Drawn, batch: Prepared) -> Tensor:
        """Return -A log p over the ways that each sentence was drawn in, its mean over them, (B,).

        (REINFORCE; no dropout, as when they were drawn.)
        """
        set_dropout(generator, False)
        own, num_ways = batch.batch, len(drawn.tokens_CBT)
        source_BL = self.vocabulary.source(own.words_BS, batch.target_B, own.style_B)
        state = generator.start(source_BL.repeat(num_ways, 1))
        nll_N = self.nll(generator, state, drawn.tokens_CBT.flatten(0, 1))
        return (drawn.advantage_CB * nll_N.view(num_ways, -1)).mean(0)

    def relaxed_terms(
        self, generator: StyleGenerator, weights: Weights, batch: Prepared, rng: Generator
    ) -> dict[str, Tensor]:
        """Return the terms whose gradient passes through the words of y."""
        assert self.adversary is not None
        assert batch.round is not None
        set_dropout(generator, False)
        self.writer.length = self.room(batch)  # another micro-batch may have been prepared since
        away = self.writer.write(batch.round.noise, *batch.round.condition)
        terms: dict[str, Tensor] = {}
        if weights.adversarial:
            losses = self.adversary.judge_fakes(away.seen_BTD, batch.round, rng)
            terms["adversarial"] = weights.adversarial * losses.terms["loss"]
        if weights.cycle or weights.semantic:
            own = batch.batch
            tags_BN = self.vocabulary.source(own.words_BS[:, :0], own.style_B, batch.target_B)
            state = generator.start_soft(tags_BN, away.read_BTD, away.words_BT, away.shares_BTV)
            if weights.cycle:
                terms["cycle"] = weights.cycle * self.nll(generator, state, batch.tokens_BT)
            if weights.semantic:
                away_BD = pooled(*generator.memory(state))
                home_BD = pooled(*self.coded(generator, own))
                distance_B = (away_BD - home_BD).square().mean(1)
                terms["semantic"] = weights.semantic * distance_B
        return terms

    def code_losses(self, batch: Prepared, rng: Generator) -> Losses:
        """Return the code critic's cross-entropy on the codes of whole sentences."""
        assert self.code_critic is not None
        own = batch.batch
        learner = next((name for name in batch.movers if name in self.learners), "generator")
        generator = self.learners[learner][0]
        with torch.no_grad():
            set_dropout(generator, False)
            code_BSD, mask_BS = self.coded(generator, own)
        logits_BK = at_least_float32(self.code_critic(code_BSD, mask_BS))
        loss_B = functional.cross_entropy(logits_BK, own.style_B, reduction="none")
        right = (logits_BK.argmax(-1) == own.style_B).float().mean()
        return Losses({"loss": loss_B}, len(loss_B), {"accuracy": right.detach()})
