"""Ways to make pictures, each ready to be trained next to the others: networks, game, sampler.

Legend: B batch, L code width.
"""

import dataclasses
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from torch import Tensor, nn

from seqgan.core.game import Game
from seqgan.core.player import Player, adam_player, linear_decay
from seqgan.core.run import Run
from seqgan.core.schedule import Phase, only
from seqgan.core.trainer import Stateful
from seqgan.data.pictures import PictureParts, from_bytes
from seqgan.errors import UserError
from seqgan.games.adversary import AdversaryOptions, adversaries, averaged, phases_of
from seqgan.games.autoencoding import AutoencoderGame, VariationalGame
from seqgan.games.latent import gaussian_noise
from seqgan.games.rounds import Rounds
from seqgan.games.search import Memory, SearchGame
from seqgan.games.several import own_name, renamed
from seqgan.image.adversarial import picture_game
from seqgan.image.coded import CodeGenerator
from seqgan.image.coder import Coder, fit_codes, point_coder
from seqgan.image.model import GENERATOR_FOLDER, sampler_of
from seqgan.image.networks import PictureEncoder
from seqgan.image.options import PictureOptions, refuse_below
from seqgan.image.samples import Sampler
from seqgan.image.searched import SearchGenerator

NUM_HELD_OUT = 500
STOP_BELOW = 0.55
SLOPE_WEIGHT = 0.1
"""Of the lone discriminator's R1."""

LEAST: dict[str, float] = {
    "rounds": 1,
    "num_negatives": 1,
    "search_steps": 1,
    "weight": 0,
    "num_components": 1,
}


@dataclass(kw_only=True, frozen=True)
class WaysOptions(AdversaryOptions, PictureOptions):
    """What the ways share, and what each has of its own; the game's options are the GAN's."""

    latent_dim: int = 16
    """Dimensions of codes and of the generator's noise."""
    updates: int = 12_000
    """Updates of the autoencoder; the others get what takes as long."""
    lr: float = 1e-3
    """Adam's rate for both autoencoders and for the lone discriminator."""
    weight: float = 0.1
    """Weight of the divergence of the VAE's codes."""
    rounds: int = 20
    """Rounds of search of the lone discriminator at most."""
    num_negatives: int = 256
    """Negatives that a round adds to its memory."""
    search_steps: int = 20
    """Steps uphill in a search."""
    search_step: float = 0.15
    """How far the first step moves a value (of -1 to 1), in the root mean square."""
    num_components: int = 20
    """Gaussians of the mixture that is fitted by likelihood, where pictures are small."""

    def refuse_nonsense(self) -> None:
        """Raise `UserError` for values out of range."""
        super().refuse_nonsense()
        refuse_below(self, LEAST)
        for name in ("lr", "search_step"):
            if not (value := getattr(self, name)) > 0:
                raise UserError(f"--{name.replace('_', '-')} is {value}: it must be above 0")


class Clock:
    """Seconds that a way takes between updates, where the trainer does not count them."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def timed(self, start: Callable[[], None]) -> None:
        """Do it and count how long it takes."""
        begun = time.perf_counter()
        start()
        self.seconds += time.perf_counter() - begun

    def state_dict(self) -> dict[str, float]:
        """Return the seconds so far."""
        return {"seconds": self.seconds}

    def load_state_dict(self, state: dict[str, float]) -> None:
        """Put a saved state back."""
        self.seconds = state["seconds"]


@dataclass(frozen=True)
class Way:
    """One way to make pictures.

    `network` is the one that samples, kept in `folder`; `takes` says what the game takes of a
    batch of pictures and labels; `settle` runs before samples are looked at; `score` is the
    critic's, `coder` an autoencoder's two directions.
    """

    name: str
    game: Game
    players: Sequence[Player]
    phases: Sequence[Phase]
    network: nn.Module
    sampler: Sampler
    folder: str
    takes: Callable[[Any], Any] = lambda batch: batch[0]
    settle: Callable[[], None] = lambda: None
    score: Callable[[Tensor], Tensor] | None = None
    coder: Coder | None = None
    stateful: Mapping[str, Stateful] = field(default_factory=dict)
    clock: Clock = field(default_factory=Clock)

    def own_state(self) -> dict[str, Stateful]:
        """Return what a checkpoint must carry, under its names among all ways."""
        state = {**self.stateful, "clock": self.clock}
        return {own_name(self.name, name): item for name, item in state.items()}

    def own_players(self) -> list[Player]:
        """Return its players under their names among all ways."""
        return [renamed(self.name, player) for player in self.players]

    def own_phases(self) -> list[Phase]:
        """Return its phases, called by its name, with its players under those names."""

        def moves(phase: Phase, update: int) -> tuple[str, ...]:
            return tuple(own_name(self.name, player) for player in phase.moves(update))

        return [
            dataclasses.replace(
                phase,
                name=self.name,
                moves=partial(moves, phase),
                on_start=phase.on_start and partial(self.clock.timed, phase.on_start),
            )
            for phase in self.phases
        ]


def decaying(config: WaysOptions, updates: int) -> Callable[[int], float]:
    """Return the factor of the rate at each of so many moves."""
    return partial(linear_decay, moves=max(updates, 1), warmup=1, least=config.final_lr)


def autoencoder_way(config: WaysOptions, run: Run, parts: PictureParts, updates: int) -> Way:
    """Return an autoencoder whose decoder draws from the Gaussian of its codes."""
    shape, width, code_dim = parts.train.shape, config.width, config.latent_dim
    encoder = PictureEncoder(config.network, shape, width=width, dim_out=code_dim).to(run.device)
    decoder = CodeGenerator(config.network, shape, width=width, code_dim=code_dim).to(run.device)
    modules = {"encoder": encoder, "decoder": decoder}
    player = adam_player(
        "autoencoder", modules, lr=config.lr, lr_schedule=decaying(config, updates)
    )

    coder = point_coder(encoder, decoder.decode)
    return Way(
        "autoencoder",
        AutoencoderGame(encoder, decoder.decode),
        [player],
        [Phase("autoencoder", updates, only("autoencoder"))],
        decoder,
        sampler_of(decoder, run.device),
        "autoencoder",
        settle=partial(fit_codes, coder, decoder, parts.train, device=run.device),
        coder=coder,
    )


def variational_way(config: WaysOptions, run: Run, parts: PictureParts, updates: int) -> Way:
    """Return a variational autoencoder, whose codes are kept near the noise it draws from."""
    shape, width, code_dim = parts.train.shape, config.width, config.latent_dim
    encoder = PictureEncoder(config.network, shape, width=width, dim_out=2 * code_dim)
    encoder = encoder.to(run.device)
    decoder = CodeGenerator(config.network, shape, width=width, code_dim=code_dim).to(run.device)
    modules = {"encoder": encoder, "decoder": decoder}
    player = adam_player(
        "autoencoder", modules, lr=config.lr, lr_schedule=decaying(config, updates)
    )
    game = VariationalGame(encoder, decoder.decode, weight=config.weight)
    return Way(
        "VAE",
        game,
        [player],
        [Phase("VAE", updates, only("autoencoder"))],
        decoder,
        sampler_of(decoder, run.device),
        "vae",
        takes=lambda batch: batch,
        coder=Coder(game.posterior, decoder.decode),
    )


def discriminator_way(config: WaysOptions, run: Run, parts: PictureParts, updates: int) -> Way:
    """Return a discriminator alone, which is searched for its own negatives and for samples."""
    shape = parts.train.shape
    generator = SearchGenerator(
        config.network,
        shape,
        width=config.width,
        steps=config.search_steps,
        step=config.search_step,
    ).to(run.device)
    noise = gaussian_noise(math.prod(shape), run.device)
    game = SearchGame(generator.score, Memory(), gamma=SLOPE_WEIGHT)
    sampler = sampler_of(generator, run.device)
    rounds = Rounds(
        game.memory,
        generator.score,
        first=lambda count, rng: generator.start(noise(count, rng)),
        find=sampler,
        held_out=from_bytes(parts.test.images[:NUM_HELD_OUT]).to(run.device),
        count=config.num_negatives,
        stop_below=STOP_BELOW,
        seed=config.seed,
    )
    player = adam_player(
        "critic",
        {"generator": generator},
        lr=config.lr,
        betas=(0.5, 0.99),
        lr_schedule=decaying(config, updates),
    )
    phases = rounds.phases(config.rounds, updates)
    return Way(
        "discriminator alone",
        game,
        [player],
        phases,
        generator,
        sampler,
        "discriminator",
        score=generator.score,
        stateful={"rounds": rounds},
    )


def adversarial_way(config: WaysOptions, run: Run, parts: PictureParts, updates: int) -> Way:
    """Return the game of generator and critic; the average of the generator samples."""
    shape = parts.train.shape
    game = picture_game(
        config,
        config.network,
        shape,
        width=config.width,
        latent_dim=config.latent_dim,
        device=run.device,
    )
    players = adversaries(config, game.generator, game.critic, updates=updates)
    average = averaged(players)
    phases = [dataclasses.replace(phase, name="GAN") for phase in phases_of(config, updates)]
    return Way(
        "GAN",
        game,
        list(players.values()),
        phases,
        average,
        sampler_of(average, run.device),
        GENERATOR_FOLDER,
        score=game.critic,
    )


MakeWay = Callable[[WaysOptions, Run, PictureParts, int], Way]
"""Makes a way of so many updates."""
