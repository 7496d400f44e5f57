"""From options to the two sides of a game of sentences: who plays, and what each minimizes.

Legend: B batch, T sentence length.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from seqgan.core.averaging import Averages, KeepBest
from seqgan.core.game import Game
from seqgan.core.player import Player, adam_player, linear_decay
from seqgan.core.schedule import Moves, also, alternate, only
from seqgan.core.trainer import Stateful
from seqgan.games.adversary import (
    adversaries,
    hold_weights,
    objective_of,
    penalties_of,
    turns,
)
from seqgan.games.latent import LatentGame
from seqgan.games.objectives import of_positive_scores
from seqgan.ops.relaxations import geometric_fall
from seqgan.text.density_ratio import DensityRatio
from seqgan.text.games import LikelihoodGame
from seqgan.text.generators.base import FeatureGenerator, Generator
from seqgan.text.generators.product import experts
from seqgan.text.likelihood_models import LikelihoodModels
from seqgan.text.policy import generator_moves, make_policy
from seqgan.text.relaxed import (
    RealVectors,
    RealWords,
    RelaxedCritic,
    RelaxedWriter,
    VectorWriter,
)
from seqgan.text.sentences.beside_likelihood import BesideLikelihood
from seqgan.text.sentences.networks import Judge, make_critic, make_scorer
from seqgan.text.sentences.options import SentenceGameOptions
from seqgan.text.tokenizer import Tokenizer

LOGISTIC = ("minimax", "non-saturating")
"""Objectives whose critic minimizes the logistic loss, as a policy's discriminator does anyway."""


@dataclass(frozen=True)
class Cast:
    """A game, its players, who moves in play, and what is judged in the end."""

    game: Game
    players: dict[str, Player]
    learning: Moves  # who moves while all learn by likelihood
    warming: Moves  # who moves before play
    play: Moves
    averages: Averages[Any]
    stateful: dict[str, Stateful]
    begin: Callable[[], None]  # after the best generator was put in place
    discriminator: Judge
    before_play: Averages[Judge] | None  # the discriminator as it stood when play began
    second: Averages[Generator] | None = None  # its language model as likelihood left it
    best: dict[str, KeepBest] = field(default_factory=dict)  # its language models at their best

    def keep_best(self, update: int, figures: Mapping[str, float]) -> None:
        """Remember the judge's language models at their best (a trainer's `on_figures`)."""
        for name, best in self.best.items():
            best.offer(figures.get(f"{name}/tuned_nll", math.inf), update=update)


def make_cast(
    options: SentenceGameOptions,
    models: LikelihoodModels,
    words: Tokenizer | None = None,
    *,
    length: int,
    mean_length: float,
) -> Cast:
    """Return the cast for sentences of at most `length` words, `mean_length` on average.

    `words` tell what the vocabulary means: of one of text alone, for a judge that reads text.
    """

    def learn(judge: Judge) -> LikelihoodGame:
        def moves(player: str) -> int:
            return cast.players[player].moves

        return likelihood_game(options, models, judge, mean_length=mean_length, moves=moves)

    if options.gradient == "policy":
        scorer = make_scorer(options, models.generator, words, length=length)
        cast = policy_cast(options, models, scorer, length=length, learn=learn)
    else:
        cast = relaxed_cast(options, models, length=length, learn=learn)
    own = {"language model": models.generator}
    learner = partial(adam_player, weight_decay=options.weight_decay)
    decay = partial(
        linear_decay,
        moves=options.likelihood_updates,
        warmup=100,
        least=options.likelihood_final_lr,
    )
    learners = [
        learner("likelihood", own, lr=options.likelihood_lr, lr_schedule=decay),
        learner("continued", {"twin": models.continued}, lr=options.continued_lr),
        # So that checkpoints carry the reference; frozen, it never moves.
        learner("teacher", {**own, "reference": models.reference}, lr=options.continued_lr),
    ]
    learners += [
        learner(name, {name: model}, lr=options.likelihood_lr, lr_schedule=decay)
        for name, model in language_of(cast.discriminator).items()
    ]
    if cast.second is not None:
        cast.stateful["second"] = cast.second
    cast.stateful.update({f"best {name}": best for name, best in cast.best.items()})
    cast.players.update({player.name: player for player in learners})
    if cast.before_play is not None:
        cast.stateful["discriminator before play"] = cast.before_play
    return cast


def likelihood_game(
    options: SentenceGameOptions,
    models: LikelihoodModels,
    judge: Judge,
    *,
    mean_length: float,
    moves: Callable[[str], int],
) -> LikelihoodGame:
    """Return the game of the players who learn by likelihood; of a judge its language model.

    `moves` tells how often a player has moved: from a share of its moves on nothing is dropped, and
    by the teacher, whose generator is beyond that, never.
    """
    generator, language = models.generator, language_of(judge)
    lasting = dict.fromkeys(["likelihood", *language], options.likelihood_updates)
    lasting |= {"continued": options.continued_updates, "teacher": 0}

    def drops(player: str) -> bool:
        until = options.dropout_until
        return until == 1 or moves(player) < until * lasting[player]

    learners = {"likelihood": generator, "continued": models.continued, "teacher": generator}
    return LikelihoodGame(learners | language, mean_length=mean_length, drops=drops)


def kept_before_play(options: SentenceGameOptions, judge: Judge) -> Averages[Judge] | None:
    """Return what keeps the judge as play finds it, where that is to choose among candidates."""
    return Averages(judge, decay=0.0) if options.num_candidates else None


def language_of(judge: Judge) -> dict[str, Generator]:
    """Return the language models of a judge, each under the name of who lets it learn."""
    models = experts(judge.model) if isinstance(judge, DensityRatio) else []
    return {f"language {place}": model for place, model in enumerate(models, start=1)}


def policy_cast(
    options: SentenceGameOptions,
    models: LikelihoodModels,
    discriminator: Judge,
    *,
    length: int,
    learn: Callable[[Judge], LikelihoodGame],
) -> Cast:
    """Return a discriminator whose scores reward the generator (arXiv:1609.05473)."""
    generator = models.generator
    discriminator.to(next(generator.parameters()).device)
    penalties = penalties_of(options, (length, options.discriminator_dim))
    objective = objective_of(options)
    if options.named_objective == "energy":
        objective = of_positive_scores(objective)
    logistic = options.named_objective in LOGISTIC and not penalties
    policy = make_policy(
        options,
        generator,
        discriminator,
        reference=models.reference,
        max_length=length,
        likelihood=learn(discriminator),
        objective=None if logistic else objective,
        penalties=penalties,
        judge_drops=not isinstance(discriminator, DensityRatio) or options.dropout_until == 1,
    )
    averages = Averages(generator, decay=options.averaging)
    modules = {"language model": generator}
    critic = {"discriminator": discriminator}
    encodes = options.discriminator == "encoder"
    rate = options.discriminator_encoder_lr if encodes else options.critic_lr
    players = {
        "discriminator": adam_player("discriminator", critic, lr=rate),
        "generator": adam_player("generator", modules, lr=options.generator_lr, averages=averages),
    }
    hold_weights(players["discriminator"], options)
    if policy.value is not None:
        value = {"value": policy.value.to(next(generator.parameters()).device)}
        players["value"] = adam_player("value", value, lr=options.critic_lr)
    second = None
    if isinstance(discriminator, DensityRatio):
        second = Averages(discriminator.model, decay=0.0)
    own = language_of(discriminator) if options.early_stop else {}
    best = {name: KeepBest(model) for name, model in own.items()}
    steps, movers = options.critic_steps, generator_moves(options)

    def begin() -> None:
        averages.load_state_dict(generator.state_dict())
        for kept in best.values():
            kept.restore()
        if second is not None:
            second.update()

    play = alternate(critic="discriminator", generator=movers, critic_steps=steps)
    return Cast(
        policy.game,
        players,
        only("likelihood", *language_of(discriminator)),
        only("discriminator"),
        also(play, "teacher", every=options.teacher_every),
        averages,
        policy.stateful,
        begin,
        discriminator=discriminator,
        before_play=kept_before_play(options, discriminator),
        second=second,
        best=best,
    )


def relaxed_cast(
    options: SentenceGameOptions,
    models: LikelihoodModels,
    *,
    length: int,
    learn: Callable[[Judge], LikelihoodGame],
) -> Cast:
    """Return a critic whose slope reaches the generator through the words."""
    generator = models.generator
    device = next(generator.parameters()).device
    play = options.adversarial_updates
    alone = options.discriminator_updates + options.closing_updates
    falls = max(play // options.critic_steps, 1)

    def temperature() -> float:
        first, last = options.first_temperature, options.last_temperature
        return geometric_fall(players["generator"].moves, moves=falls, first=first, last=last)

    writer, read = make_writer(options, generator, length=length, temperature=temperature)
    scorer, width = make_critic(options, generator)
    energy = options.named_objective == "energy"
    critic = RelaxedCritic(scorer, of_words=options.gradient != "vectors", energy=energy).to(device)
    game = LatentGame(
        writer.to(device),
        critic,
        objective_of(options),
        draw=writer.noise(device),
        penalties=penalties_of(options, (length, width)),
        penalty_every=options.penalty_every,
        read=read,
    )
    players = adversaries(options, writer, critic, updates=play, critic_alone=alone)
    warming = only("critic")
    if "penalty" in players:
        warming = also(warming, "penalty", every=options.penalty_every)
    averages = players["generator"].averages
    assert averages is not None

    def begin() -> None:
        if isinstance(writer, VectorWriter):
            writer.adopt(generator.word_vectors())
        averages.load_state_dict(writer.state_dict())

    return Cast(
        BesideLikelihood(game, learn(scorer), generator),
        players,
        only("likelihood"),
        warming,
        also(turns(options), "teacher", every=options.teacher_every),
        averages,
        {},
        begin,
        discriminator=scorer,
        before_play=kept_before_play(options, scorer),
    )


def make_writer(
    options: SentenceGameOptions,
    generator: Generator,
    *,
    length: int,
    temperature: Callable[[], float],
) -> tuple[RelaxedWriter | VectorWriter, RealWords | RealVectors]:
    """Return what writes for the critic, and what makes real sentences look alike.

    Soft words are the distribution itself: their temperature stays 1.
    """
    if options.gradient == "vectors":
        assert isinstance(generator, FeatureGenerator)
        vectors = VectorWriter(generator, generator.word_vectors(), length=length)
        return vectors, RealVectors(vectors.vectors_VD, length=length, pad=generator.pad)
    assert options.gradient != "policy"
    words = RealWords(
        generator.vocab_size, length=length, pad=generator.pad, smoothing=options.smoothing
    )
    if options.gradient == "soft":
        return RelaxedWriter(generator, "soft", length=length), words
    relaxed = RelaxedWriter(generator, options.gradient, length=length, temperature=temperature)
    return relaxed, words
