"""From options to the players of a style transfer: what each moves, what each minimizes, when."""

from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import torch

from seqgan.core.averaging import Averages, KeepBest
from seqgan.core.player import Player, adam_player, linear_decay
from seqgan.core.schedule import Moves, Phase, Phases, also, only
from seqgan.games.adversary import adversaries, objective_of, penalties_of, turns
from seqgan.games.latent import LatentGame
from seqgan.nn.spectral import spectral
from seqgan.ops.relaxations import geometric_fall
from seqgan.text.likelihood_models import LikelihoodModels
from seqgan.text.relaxed import RelaxedWriter
from seqgan.text.transfer.choosing import Chooser
from seqgan.text.transfer.critics import CodeCritic, StyleCritic
from seqgan.text.transfer.game import TransferGame
from seqgan.text.transfer.networks import StyleGenerator
from seqgan.text.transfer.options import TransferOptions
from seqgan.text.transfer.ranking import Scorers
from seqgan.text.transfer.vocabulary import StyleVocabulary
from seqgan.text.transfer.writers import RealSentences, VectorsWriter

CHOOSING_RATE = 0.25
"""Of the rate of denoising: what is chosen is a small change."""
FLATTERY = 0.5
"""Points of `development_score` by which the model before play looks better than it is, having been
chosen among its looks for just those sentences."""


@dataclass(frozen=True)
class Cast:
    """The game, its players, and whose average plays in the end."""

    game: TransferGame
    players: dict[str, Player]
    moves: list[Moves]
    """Who moves in denoising, back-translation, choosing, the same continued, warming up, play."""
    averages: Averages[Any]
    best: KeepBest
    """The average at its best on the validation part, where it began included."""


def make_cast(
    options: TransferOptions,
    vocabulary: StyleVocabulary,
    models: LikelihoodModels,
    scorers: Scorers,
    *,
    max_length: int,
    mean_length: float,
) -> Cast:
    """Return the cast for sentences of at most `max_length` subwords, `mean_length` on average."""
    generator, twin = models.generator, models.continued
    assert isinstance(generator, StyleGenerator)
    assert isinstance(twin, StyleGenerator)
    device = next(generator.parameters()).device
    falls = max(options.adversarial_updates // options.critic_steps, 1)

    def temperature() -> float:
        first, last = options.first_temperature, options.last_temperature
        return geometric_fall(players["generator"].moves, moves=falls, first=first, last=last)

    how: RelaxedWriter | Literal["emitted", "likeliest", "drawn"]
    if options.path == "vectors":
        how = "emitted"
    elif options.path == "choice":
        how = "likeliest"
    elif options.path == "policy":
        how = "drawn"
    else:
        how = RelaxedWriter(generator, options.path, length=max_length, temperature=temperature)
    writer = VectorsWriter(generator, how, length=max_length).to(device)
    adversary = make_adversary(options, vocabulary, writer, length=max_length)
    code_critic = make_code_critic(options, vocabulary, generator)
    game = TransferGame(
        {
            "denoising": (generator, options.weights("denoising")),
            "translation": (generator, options.weights("translation")),
            "choosing": (generator, options.weights("choosing")),
            "continued": (twin, options.weights(options.last_phase)),
            "generator": (generator, options.weights("play")),
        },
        vocabulary,
        options.noise,
        max_length=max_length,
        mean_length=mean_length,
        adversary=adversary,
        code_critic=code_critic,
        chooser=Chooser(vocabulary, scorers, num_drawn=options.drawn_ways),
        num_earning=options.earning_ways if options.path == "policy" else 0,
    )
    players = adversaries(
        options,
        writer,
        adversary.critic,
        updates=options.adversarial_updates,
        critic_alone=options.critic_updates,
    )
    players |= learners(options, models)
    averages = players["generator"].averages
    assert averages is not None
    warming = only("critic")
    if "penalty" in players:
        warming = also(warming, "penalty", every=options.penalty_every)
    learning = [only(name) for name in ("denoising", "translation", "choosing", "continued")]
    alone = also(only(), "generator", every=options.critic_steps)
    moves = [*learning, warming, turns(options) if options.adversarial_weight else alone]
    if code_critic is not None:
        own = {"code critic": code_critic}
        players["code critic"] = adam_player("code critic", own, lr=options.critic_lr)
        moves = [also(each, "code critic", every=1) for each in moves]
    return Cast(game, players, moves, averages, KeepBest(averages.module))


def learners(options: TransferOptions, models: LikelihoodModels) -> dict[str, Player]:
    """Return the players who learn from words alone; three of them share an optimizer."""
    own = {"style generator": models.generator}
    warming = partial(linear_decay, moves=1, warmup=100, least=1.0)  # grows, then stays
    falling = partial(linear_decay, moves=options.translation_updates, warmup=1, least=0.1)
    denoising = adam_player("denoising", own, lr=options.learning_rate, lr_schedule=warming)
    translation = Player("translation", own, denoising.optimizer, 1.0, falling)
    slow = partial(linear_decay, moves=max(options.choosing_updates, 1), warmup=1, least=0.1)
    share = CHOOSING_RATE
    choosing = Player("choosing", own, denoising.optimizer, 1.0, lambda move: share * slow(move))
    continued = adam_player("continued", {"twin": models.continued}, lr=options.continued_lr)
    # So that checkpoints carry the reference; frozen, it never moves.
    kept = {**own, "reference": models.reference}
    reference = adam_player("reference", kept, lr=options.continued_lr)
    return {each.name: each for each in (denoising, translation, choosing, continued, reference)}


def make_adversary(
    options: TransferOptions, vocabulary: StyleVocabulary, writer: VectorsWriter, *, length: int
) -> LatentGame:
    """Return the game of relaxed sentences against the critic of each style."""
    width = writer.vectors_VD.shape[1]
    critic = StyleCritic(vocabulary.tags, dim=width, energy=options.objective == "energy")
    if options.slope_penalty == "spectral":
        spectral(critic)
    return LatentGame(
        writer,
        critic.to(writer.vectors_VD.device),
        objective_of(options),
        draw=writer.noise(writer.vectors_VD.device),
        penalties=penalties_of(options, (length, width)),
        penalty_every=options.penalty_every,
        read=RealSentences(writer),
    )


@torch.no_grad()
def make_code_critic(
    options: TransferOptions, vocabulary: StyleVocabulary, generator: StyleGenerator
) -> CodeCritic | None:
    """Return the domain discriminator, None where styles may stand in codes."""
    if not options.code:
        return None
    tags_K = torch.tensor(vocabulary.tags, device=next(generator.parameters()).device)
    none_K = torch.zeros_like(tags_K)
    source_BL = vocabulary.source(tags_K[:, None], none_K, none_K)
    code_BSD, _ = generator.memory(generator.start(source_BL))
    return CodeCritic(code_BSD.shape[-1], len(vocabulary.styles)).to(code_BSD.device)


def phases_of(options: TransferOptions, cast: Cast, models: LikelihoodModels) -> Phases:
    """Return denoising, back-translation, choosing, the same continued, the critic, and play."""

    def begin_continued() -> None:
        models.branch(cast.players[options.last_phase], cast.players["continued"])

    def begin_play() -> None:
        if options.lasting("continued") == 0 and options.start_from is None:
            begin_continued()
        models.begin_play()
        cast.averages.source.adopt()
        cast.averages.load_state_dict(cast.averages.source.state_dict())
        cast.best.offer(models.best.score + FLATTERY, update=models.best.update)

    denoising, translation, choosing, continued, warming, play = cast.moves
    warm = options.critic_updates if options.adversarial_weight else 0
    return Phases(
        [
            Phase("denoising", options.lasting("denoising"), denoising),
            Phase("back-translation", options.lasting("translation"), translation),
            Phase("choosing", options.lasting("choosing"), choosing),
            Phase("continued", options.lasting("continued"), continued, begin_continued),
            Phase("critic", warm, warming, begin_play),
            Phase("adversarial", options.adversarial_updates, play, None if warm else begin_play),
        ]
    )
