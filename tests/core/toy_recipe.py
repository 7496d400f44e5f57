"""A small adversarial game on vectors, with everything in it that a resumed run must bring back.

    python toy_recipe.py killed FOLDER UPDATE PLAYER [UPDATE PLAYER ...]   dies in those moves
    torchrun ... toy_recipe.py shared FOLDER                               plays on two processes

Legend: B rows, D width.
"""

import dataclasses
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Generator, Tensor, nn

from seqgan.core.averaging import Averages, KeepBest
from seqgan.core.game import Losses
from seqgan.core.monitor import Alarm, Monitor
from seqgan.core.player import Player, adam_player
from seqgan.core.run import Run, RunOptions
from seqgan.core.schedule import Phase, Phases, alternate, only
from seqgan.core.trainer import Hook, Trainer

WIDTH = 3

Interrupt = Callable[[int, str], None]
"""Called in the middle of a move with the update's number and the player."""


@dataclass(frozen=True)
class Batch:
    """Data, injected noise, where the gradient penalty is taken, and whether `extra` is used."""

    real_BD: Tensor
    noise_BD: Tensor
    mix_B1: Tensor
    use_extra: bool = False
    fake_BD: Tensor | None = None


def make_batch(number: int, *, rows: int | None = None) -> Batch:
    """Return batch `number`, a pure function of it; 1 to 5 rows."""
    rng = torch.Generator().manual_seed(1000 + number)
    rows = 1 + number * 3 % 5 if rows is None else rows
    real_BD, noise_BD = torch.randn(2, rows, WIDTH, dtype=torch.float64, generator=rng)
    mix_B1 = torch.rand(rows, 1, dtype=torch.float64, generator=rng)
    return Batch(real_BD + 1, noise_BD, mix_B1, use_extra=number % 2 == 1)


def joined(batches: Sequence[Batch]) -> Batch:
    """Return several batches as one."""
    return Batch(
        torch.cat([b.real_BD for b in batches]),
        torch.cat([b.noise_BD for b in batches]),
        torch.cat([b.mix_B1 for b in batches]),
    )


class Net(nn.Module):
    """Two layers, dropout, a buffer that is trained without gradient, and a rarely used weight."""

    def __init__(self, width: int, *, dropout: float) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(WIDTH, 8), nn.Linear(8, width)
        self.dropout = nn.Dropout(dropout)
        self.extra = nn.Parameter(torch.zeros(width))
        self.seen: Tensor
        self.register_buffer("seen", torch.zeros(()))

    def forward(self, x_BD: Tensor) -> Tensor:
        """Return the output, shape (B, width)."""
        y_BD: Tensor = self.second(self.dropout(self.first(x_BD).tanh()))
        return y_BD


class ToyGame:
    """WGAN-GP on vectors, and a likelihood-like player `warm` over the generator."""

    def __init__(self, generator: Net, critic: Net) -> None:
        self.generator, self.critic = generator, critic
        self.moves = 0

    def prepare(self, batch: Batch, movers: Sequence[str], rng: Generator) -> Batch:
        """Return the batch with its fakes."""
        assert not torch.is_grad_enabled()
        return dataclasses.replace(batch, fake_BD=self.generator(batch.noise_BD))

    def losses(self, player: str, batch: Batch, rng: Generator) -> Losses:
        """Return the player's terms, one value a row."""
        self.moves += 1
        extra = self.generator.extra if batch.use_extra else torch.zeros(())
        fake_BD = self.generator(batch.noise_BD) + extra
        rows = len(fake_BD)
        if player == "warm":
            return Losses({"distance": (fake_BD - batch.real_BD).square().sum(1)}, rows)
        if player == "generator":
            score_B = self.critic(fake_BD).squeeze(1)
            return Losses({"critic": -score_B}, rows, {"spread": fake_BD.detach().abs().mean()})
        assert batch.fake_BD is not None
        self.critic.seen += rows
        between_BD = batch.fake_BD.lerp(batch.real_BD, batch.mix_B1).requires_grad_()
        score_B = self.critic(between_BD).squeeze(1)
        (slope_BD,) = torch.autograd.grad(score_B.sum(), between_BD, create_graph=True)
        gap_B = (self.critic(batch.fake_BD) - self.critic(batch.real_BD)).squeeze(1)
        return Losses({"gap": gap_B, "penalty": (slope_BD.norm(dim=1) - 1).square()}, rows)


class Tempered(ToyGame):
    """The game with a state of its own, and a way to stop it in the middle of a move."""

    def __init__(self, generator: Net, critic: Net) -> None:
        super().__init__(generator, critic)
        self.interrupt: Callable[[str], None] = lambda player: None

    def losses(self, player: str, batch: Batch, rng: Generator) -> Losses:
        """Return the player's terms with noise from the trainer's generator on top."""
        self.interrupt(player)
        losses = super().losses(player, batch, rng)
        rows = len(batch.real_BD)
        drawn = torch.rand(rows, generator=rng, dtype=torch.float64) + torch.rand(rows)
        terms = {name: term * drawn for name, term in losses.terms.items()}
        return dataclasses.replace(losses, terms=terms)

    def state_dict(self) -> dict[str, Any]:
        """Return the number of moves."""
        return {"moves": self.moves}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Put it back."""
        self.moves = state["moves"]


@dataclass(kw_only=True, frozen=True)
class Config(RunOptions):
    """Play the toy game."""

    warm_updates: int = 7
    """Updates of the first phase."""
    duel_updates: int = 9
    """Updates of the second."""
    last_updates: int = 4
    """Updates of the third."""
    widths: tuple[int, ...] = (8, 8)
    """Changes nothing: an option with several values."""
    lr: float = 0.01
    """Adam's rate."""
    threads: int = 1
    """One, whatever the machine."""
    checkpoint_every: int = 3
    """Not a divisor of the phases."""
    log_every: int = 2
    """Not a divisor either."""


def make_trainer(run: Run, config: Config, interrupt: Interrupt | None = None) -> Trainer:
    """Return the trainer of the toy game: three phases, averages, the best, an alarm."""
    torch.manual_seed(config.seed)
    generator = Net(WIDTH, dropout=0.3).double()
    critic = Net(1, dropout=0.2).double()
    game = Tempered(generator, critic)
    best = KeepBest(generator)
    players = [
        adam_player("warm", {"generator": generator}, lr=config.lr),
        adam_player(
            "generator",
            {"generator": generator},
            lr=config.lr,
            averages=Averages(generator, decay=0.9),
            lr_schedule=lambda move: 1 / (1 + move),
        ),
        sgd_player("critic", {"critic": critic}),
    ]

    def look(update: int) -> Mapping[str, float]:
        torch.rand(3)  # whoever looks may draw numbers
        batch = make_batch(-1, rows=50)
        return {"look/distance": float((generator(batch.noise_BD) - batch.real_BD).norm())}

    def keep(update: int, figures: Mapping[str, float]) -> None:
        best.offer(figures["look/distance"], update=update)

    duel = alternate(critic="critic", generator=("generator",), critic_steps=2)
    trainer = Trainer(
        run,
        game,
        players=players,
        phases=Phases(
            [
                Phase("warm", config.warm_updates, only("warm")),
                Phase("duel", config.duel_updates, duel, best.restore),
                Phase("last", config.last_updates, only("critic", "generator", "generator")),
            ]
        ),
        batches=make_batch,
        accumulation=2,
        hooks=[Hook(4, look)],
        monitor=Monitor([Alarm("look/distance", "it is far off", high=17.15)]),
        stateful={"game": game, "best": best},
        on_figures=keep,
    )
    if interrupt is not None:
        game.interrupt = lambda player: interrupt(trainer.update, player)
    return trainer


def sgd_player(
    name: str,
    modules: dict[str, nn.Module],
    *,
    lr: float = 0.05,
    averages: Averages[Net] | None = None,
) -> Player:
    """Return a player who moves by gradient descent with momentum."""
    weights = [p for module in modules.values() for p in module.parameters()]
    optimizer = torch.optim.SGD(weights, lr=lr, momentum=0.5)
    return Player(name, modules, optimizer, averages=averages)


def play(config: Config, interrupt: Interrupt | None = None) -> Trainer:
    """Run the recipe, resumed if the configuration says so; return the trainer at the end."""
    with Run("toy", config) as run:
        trainer = make_trainer(run, config, interrupt)
        trainer.resume()
        trainer.fit()
    return trainer


def kill_at(update: int, player: str) -> Interrupt:
    """Return what kills this process in the middle of a move."""

    def interrupt(present: int, mover: str) -> None:
        if (present, mover) == (update, player):
            os.kill(os.getpid(), signal.SIGKILL)

    return interrupt


def die_often(folder: Path, moves: Sequence[tuple[int, str]]) -> None:
    """Start a run and let a child process die at each of the moves, resuming in between."""
    for number, (update, player) in enumerate(moves):
        child = os.fork()
        if child == 0:
            where = {"resume": folder} if number else {"output_dir": folder}
            play(Config(**where), kill_at(update, player))  # type: ignore[arg-type]
            os._exit(0)
        status = os.waitpid(child, 0)[1]
        assert os.WIFSIGNALED(status), f"the run was to be killed at {update}, {player}: {status}"


def play_shared(folder: Path) -> None:
    """Play without randomness, each process its own batches; leave what each one saw."""
    run = Run("shared", Config(output_dir=folder, log_every=1, keep_checkpoints=4))
    process, count = run.accelerator.process_index, run.accelerator.num_processes
    trainer = make_shared(run, lambda i: make_batch(count * i + process))
    trainer.fit()
    seen = {"processes": count, "items": trainer.latest, "figures": trainer.run.warnings}
    (folder / f"seen-{process}.txt").write_text(repr(seen))
    if process == 1:
        run._stop = True
    trainer.phases = Phases([Phase("more", 50, only("warm"))])
    try:
        trainer.fit()
    except KeyboardInterrupt:
        (folder / f"stopped-{process}.txt").write_text(str(trainer.update))


def make_shared(run: Run, batches: Callable[[int], Batch], accumulation: int = 1) -> Trainer:
    """Return a trainer without dropout, so that all that is random lies in the batches."""
    torch.manual_seed(5)
    generator, critic = Net(WIDTH, dropout=0.0).double(), Net(1, dropout=0.0).double()
    return Trainer(
        run,
        ToyGame(generator, critic),
        players=[
            sgd_player("generator", {"generator": generator}),
            sgd_player("critic", {"critic": critic}, averages=Averages(critic, decay=0.5)),
            sgd_player("warm", {"generator": generator}),
        ],
        phases=Phases([Phase("duel", 4, only("critic", "generator", "warm"))]),
        batches=batches,
        accumulation=accumulation,
        hooks=[Hook(2, lambda update: {"from/main": float(run.main)})],
        on_figures=lambda update, figures: run.warnings.append(f"{update} {dict(figures)}"),
    )


if __name__ == "__main__":
    torch.set_num_threads(1)
    if sys.argv[1] == "killed":
        words = sys.argv[3:]
        numbers = [int(word) for word in words[::2]]
        die_often(Path(sys.argv[2]), list(zip(numbers, words[1::2], strict=True)))
    else:
        play_shared(Path(sys.argv[2]))
