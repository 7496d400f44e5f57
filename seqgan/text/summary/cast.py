"""From options to the players of a summarizer: what each moves, what each minimizes, when."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from seqgan.core.averaging import Averages
from seqgan.core.game import Game
from seqgan.core.player import Player, adam_player, linear_decay
from seqgan.core.schedule import Moves, Phase, Phases, also, alternate, only
from seqgan.games.adversary import adversaries, objective_of, penalties_of, turns
from seqgan.games.latent import LatentGame
from seqgan.nn.spectral import spectral
from seqgan.ops.relaxations import geometric_fall
from seqgan.text.generators.base import Generator
from seqgan.text.generators.pointer import PointerGenerator
from seqgan.text.likelihood_models import LikelihoodModels
from seqgan.text.relaxed import RealWords, RelaxedCritic, RelaxedWriter
from seqgan.text.sentence_scorer import SentenceScorer
from seqgan.text.summary.game import Learner, Reconstruction, SummaryGame
from seqgan.text.summary.options import SummaryOptions
from seqgan.text.summary.play import RelaxedPlay, policy_play
from seqgan.text.summary.rare_words import RareWords
from seqgan.text.summary.rewards import SummaryReward
from seqgan.text.summary.vocabulary import BudgetVocabulary

LEAST = 0.1
"""What is left of the first rates when back-translation ends, and in play."""


@dataclass(frozen=True)
class Play:
    """A play with its two players, who moves in it, and whose average is judged in the end."""

    game: Game
    players: dict[str, Player]
    warming: Moves
    moves: Moves
    averages: Averages[Any]
    reward: SummaryReward | None

    @property
    def played(self) -> Generator:
        """The averaged generator."""
        module = self.averages.module
        generator = module.generator if isinstance(module, RelaxedWriter) else module
        assert isinstance(generator, Generator)
        return generator


@dataclass(frozen=True)
class Cast:
    """The game of three, its players, and the play in it."""

    game: SummaryGame
    players: dict[str, Player]
    play: Play
    continued: Averages[Any]
    """The copy's average: what plays is judged as one too."""


def make_cast(
    options: SummaryOptions,
    vocabulary: BudgetVocabulary,
    models: LikelihoodModels,
    reconstructor: PointerGenerator,
    rare: RareWords,
    *,
    max_length: int,
    mean_length: float,
    recovered: int,
    mean_recovered: float,
) -> Cast:
    """Return the cast for summaries of at most `max_length` tokens; `mean_length` is usual.

    `rare` says how rare words are in documents, `recovered` how many tokens of a document are
    to be recovered, `mean_recovered` how many of one are on average.
    """
    make = policy_cast if options.gradient == "policy" else relaxed_cast
    play = make(
        options,
        vocabulary,
        models,
        reconstructor,
        rare,
        max_length=max_length,
        recovered=recovered,
    )
    generator, later = models.generator, options.weights("translation")
    game = SummaryGame(
        {
            "extraction": Learner(generator, options.weights("extraction")),
            "translation": Learner(generator, later),
            "continued": Learner(models.continued, later),
            "teacher": Learner(generator, later),
        },
        {"reconstructor": Reconstruction(None), "recovery": Reconstruction(generator)},
        reconstructor,
        vocabulary,
        play.game,
        max_length=max_length,
        mean_length=mean_length,
        recovered=recovered,
        mean_recovered=mean_recovered,
        reconstructed=options.reconstructed / options.batch_size,
        rewards=(lambda: play.reward.figures if play.reward else {}),
    )
    learning, resting = learners(options, models, reconstructor)
    return Cast(game, play.players | learning, play, resting)


def learners(
    options: SummaryOptions, models: LikelihoodModels, reconstructor: PointerGenerator
) -> tuple[dict[str, Player], Averages[Any]]:
    """Return the players who learn from words alone, and the average of the copy.

    Those of one network share an optimizer.
    """
    own, other = {"summarizer": models.generator}, {"reconstructor": reconstructor}
    warming = partial(linear_decay, moves=1, warmup=100, least=1.0)  # grows, then stays
    falling = partial(
        linear_decay, moves=max(options.translation_updates, 1), warmup=1, least=LEAST
    )
    recovering = falling if options.start_from is None else (lambda move: LEAST)  # as it is in play
    extraction = adam_player("extraction", own, lr=options.learning_rate, lr_schedule=warming)
    first = adam_player("reconstructor", other, lr=options.learning_rate, lr_schedule=warming)
    averages = Averages(models.continued, decay=options.averaging)
    players = [
        extraction,
        Player("translation", own, extraction.optimizer, 1.0, falling),
        adam_player(
            "continued", {"twin": models.continued}, lr=options.continued_lr, averages=averages
        ),
        # So that checkpoints carry the reference; frozen, it never moves.
        adam_player("teacher", {**own, "reference": models.reference}, lr=options.continued_lr),
        first,
        Player("recovery", other, first.optimizer, 1.0, recovering),
    ]
    return {each.name: each for each in players}, averages


def policy_cast(
    options: SummaryOptions,
    vocabulary: BudgetVocabulary,
    models: LikelihoodModels,
    reconstructor: PointerGenerator,
    rare: RareWords,
    *,
    max_length: int,
    recovered: int,
) -> Play:
    """Return a play of sampled summaries and their rewards."""
    generator = models.generator
    game, discriminator, reward = policy_play(
        options,
        generator,
        models.reference,
        reconstructor,
        vocabulary,
        rare,
        max_length=max_length,
        recovered=recovered,
    )
    averages = Averages(generator, decay=options.averaging)
    own = {"summarizer": generator}
    players = {
        "discriminator": adam_player(
            "discriminator", {"discriminator": discriminator}, lr=options.critic_lr
        ),
        "generator": adam_player("generator", own, lr=options.generator_lr, averages=averages),
    }
    turn = alternate(
        critic="discriminator", generator=("generator",), critic_steps=options.critic_steps
    )
    return Play(game, players, only("discriminator"), turn, averages, reward)


def relaxed_cast(
    options: SummaryOptions,
    vocabulary: BudgetVocabulary,
    models: LikelihoodModels,
    reconstructor: PointerGenerator,
    rare: RareWords,
    *,
    max_length: int,
    recovered: int,
) -> Play:
    """Return a play of relaxed words that the critic and the reconstructor read."""
    assert options.gradient != "policy"
    generator = models.generator
    device = next(generator.parameters()).device
    falls = max(options.adversarial_updates // options.critic_steps, 1)

    def temperature() -> float:
        first, last = options.first_temperature, options.last_temperature
        return geometric_fall(players["generator"].moves, moves=falls, first=first, last=last)

    writer = RelaxedWriter(generator, options.gradient, length=max_length, temperature=temperature)
    width = options.discriminator_dim
    scorer = SentenceScorer(generator.vocab_size, pad=generator.pad, dim=width)
    if options.slope_penalty == "spectral":
        spectral(scorer)
    critic = RelaxedCritic(scorer, of_words=True, energy=options.objective == "energy").to(device)
    game = LatentGame(
        writer,
        critic,
        objective_of(options),
        draw=writer.noise(device),
        penalties=penalties_of(options, (max_length, width)),
        penalty_every=options.penalty_every,
        read=RealWords(generator.vocab_size, length=max_length, pad=generator.pad),
    )
    play = RelaxedPlay(
        game,
        reconstructor,
        realness=options.realness,
        reconstruction=options.reconstruction,
        recovered=recovered,
    )
    players = adversaries(
        options,
        writer,
        critic,
        updates=options.adversarial_updates,
        critic_alone=options.discriminator_updates,
    )
    warming = only("critic")
    if "penalty" in players:
        warming = also(warming, "penalty", every=options.penalty_every)
    averages = players["generator"].averages
    assert averages is not None
    return Play(play, players, warming, turns(options), averages, None)


def phases_of(
    options: SummaryOptions, cast: Cast, models: LikelihoodModels, keep: Callable[[], None]
) -> Phases:
    """Return extraction, back-translation, the same continued, the discriminator, and play.

    `keep` is called when play begins.
    """

    def begin_continued() -> None:
        models.branch(cast.players["translation"], cast.players["continued"])
        cast.continued.load_state_dict(models.continued.state_dict())

    def begin_play() -> None:
        if options.lasting("continued") == 0 and options.start_from is None:
            begin_continued()
        models.begin_play()
        keep()
        cast.play.averages.load_state_dict(cast.play.averages.source.state_dict())

    warm, steps = options.discriminator_updates, options.critic_steps
    play = also(cast.play.moves, "recovery", every=steps)
    if options.teacher_every:
        play = also(play, "teacher", every=steps * options.teacher_every)
    return Phases(
        [
            Phase(
                "extraction",
                options.lasting("extraction"),
                also(only("extraction"), "reconstructor", every=1),
            ),
            Phase(
                "back-translation",
                options.lasting("translation"),
                also(only("translation"), "recovery", every=1),
            ),
            Phase("continued", options.lasting("continued"), only("continued"), begin_continued),
            Phase("discriminator", warm, cast.play.warming, begin_play),
            Phase("adversarial", options.adversarial_updates, play, None if warm else begin_play),
        ]
    )
