"""The one adversarial training loop: update, then player, then micro-batch.

Networks are never wrapped: each player's gradients are summed over micro-batches and processes and
divided by the items behind them, in one flat all-reduce before its step. Accelerate's accumulation
counter stays at 1: shared by all players, it would step them at the wrong times. All randomness of
an update is a function of (seed, update, process), so a checkpoint holds no random state.
"""

import hashlib
import math
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from accelerate.utils import broadcast_object_list, gather_object
from torch import Tensor, nn

from seqgan.core.distributed import average_buffers, reduce_gradients, reduce_sums
from seqgan.core.game import Game
from seqgan.core.monitor import DivergenceError, Monitor
from seqgan.core.player import Player
from seqgan.core.run import Run
from seqgan.core.schedule import Phase, Phases
from seqgan.errors import UserError


class Stateful(Protocol):
    """Anything that a checkpoint must carry besides the players."""

    def state_dict(self) -> dict[str, Any]:
        """Return the state: tensors, numbers, text, and dicts and lists of them."""
        ...

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Put a saved state back."""
        ...


@dataclass(frozen=True)
class Hook:
    """Called every `every` updates and at each phase's end, on the main process, in eval mode."""

    every: int
    call: Callable[[int], Mapping[str, float]]


def seed_at(seed: int, update: int, process: int, stream: str) -> int:
    """Return the seed of one stream of random numbers of an update on one process."""
    digest = hashlib.blake2b(f"{seed}/{update}/{process}/{stream}".encode(), digest_size=7)
    return int.from_bytes(digest.digest())


class Trainer:
    """Lets the players of a game move, phase after phase; logs, evaluates, saves, resumes.

    `batches(i)` returns this process's share of micro-batch i, a pure function of i.
    `on_figures(update, figures)` sees what the hooks measured, on every process.
    `on_alarm(update, warnings)` may act when the monitor sounds; warnings are shown regardless.
    """

    def __init__(
        self,
        run: Run,
        game: Game,
        *,
        players: Sequence[Player],
        phases: Phases,
        batches: Callable[[int], Any],
        accumulation: int = 1,
        hooks: Sequence[Hook] = (),
        monitor: Monitor | None = None,
        stateful: Mapping[str, Stateful] | None = None,
        on_figures: Callable[[int, Mapping[str, float]], None] | None = None,
        on_alarm: Callable[[int, list[str]], None] | None = None,
    ) -> None:
        self.run, self.game, self.phases = run, game, phases
        self.players = {player.name: player for player in players}
        self.batches, self.accumulation, self.hooks = batches, accumulation, hooks
        self.monitor = monitor or Monitor([])
        self.on_figures, self.on_alarm = on_figures, on_alarm
        self.modules: dict[str, nn.Module] = {}
        for player in players:
            for name, module in player.modules.items():
                if self.modules.setdefault(name, module) is not module:
                    raise ValueError(f"two different modules are both called {name!r}")
        averages = {f"averages/{p.name}": p.averages for p in players if p.averages is not None}
        self.buffered = [*self.modules.values(), *(each.module for each in averages.values())]
        self.stateful: dict[str, Stateful] = {**(stateful or {}), **averages}
        self.stateful["monitor"] = self.monitor
        self.update = self.sound = 0  # sound: of the last look at which no alarm had begun
        self.seconds: dict[str, float] = defaultdict(float)
        self.sums: dict[str, list[float]] = {}
        self.latest: dict[str, float] = {}

    def fit(self) -> None:
        """Play from the present update to the end of the last phase."""
        self.run.begin()
        with self.run.stopping_gently():
            for update in range(self.update, self.phases.total):
                phase, within = self.phases.at(update)
                if within == 0 and phase.on_start is not None:
                    phase.on_start()
                start = time.perf_counter()
                self.play(update)
                self.update = update + 1
                self.seconds[phase.name] += time.perf_counter() - start
                self._after(phase, within + 1)

    def play(self, update: int) -> None:
        """Play one update: every mover of the schedule, over the same micro-batches."""
        place = (self.run.seed, update, self.run.accelerator.process_index)
        torch.manual_seed(seed_at(*place, "dropout"))
        rng = torch.Generator(self.run.device).manual_seed(seed_at(*place, "game"))
        movers = self.phases(update)
        first = update * self.accumulation
        chunk = [self.batches(i) for i in range(first, first + self.accumulation)]
        with torch.no_grad(), self.run.accelerator.autocast():
            chunk = [self.game.prepare(batch, movers, rng) for batch in chunk]
        for name in movers:
            self._move(self.players[name], chunk, rng)

    def _move(self, player: Player, chunk: list[Any], rng: torch.Generator) -> None:
        items = 0
        terms: dict[str, Tensor] = {}
        figures: dict[str, Tensor | float] = {}
        for batch in chunk:
            with self.run.accelerator.autocast():
                losses = self.game.losses(player.name, batch, rng)
            sums = {name: term.float().sum() for name, term in losses.terms.items()}
            if losses.items:  # a process's share of a short last batch may be empty
                torch.stack(list(sums.values())).sum().backward(inputs=player.parameters)
            items += losses.items
            for name, value in sums.items():
                terms[name] = terms.get(name, 0) + value.detach()
            for name, figure in losses.figures.items():
                weighted = figure * losses.items if losses.items else 0
                figures[name] = figures.get(name, 0) + weighted
        reduce_gradients(player.parameters, items, self.run.accelerator)
        norm = torch.nn.utils.clip_grad_norm_(
            player.parameters, player.max_grad_norm or math.inf, foreach=True
        )
        values = torch.stack([norm.float(), *terms.values()]).tolist()
        if not all(map(math.isfinite, values)):
            raise DivergenceError(
                f"player {player.name!r} diverged at update {self.update}: loss "
                f"{ {k: v / max(items, 1) for k, v in zip(terms, values[1:], strict=True)} }, "
                f"gradient norm {values[0]:.3g}"
            )
        player.step()
        self._record(player.name, "gradient_norm", values[0], 1)
        for name, value in zip(terms, values[1:], strict=True):
            self._record(player.name, name, value, items)
        for name, figure in figures.items():
            self._record(player.name, name, float(figure), items)

    def _record(self, player: str, name: str, value: float, count: int) -> None:
        entry = self.sums.setdefault(f"{player}/{name}", [0.0, 0.0])
        entry[0] += value
        entry[1] += count

    def _after(self, phase: Phase, done: int) -> None:
        """Log, evaluate and save when due after an update; stop when asked to."""
        options, ends = self.run.options, done == phase.updates
        if ends or done % options.log_every == 0:
            sums = reduce_sums(self.sums, self.run.accelerator)
            self.latest = {name: value / max(count, 1) for name, (value, count) in sums.items()}
            self.sums = {}
            self.run.log(self.update, phase.name, self.latest)
        self.run.show_progress(phase.name, done, phase.updates, self.latest)
        due = [hook for hook in self.hooks if ends or done % hook.every == 0]
        if due:
            self._call(due, phase)
        stop = self.run.stop_requested()
        if stop or ends or self.update % options.checkpoint_every == 0:
            self.save()
        if stop:
            raise KeyboardInterrupt

    def _call(self, hooks: list[Hook], phase: Phase) -> None:
        average_buffers(self.buffered, self.run.accelerator)
        figures: dict[str, float] = {}
        if self.run.accelerator.is_main_process:
            training = {name: module.training for name, module in self.modules.items()}
            for module in self.modules.values():
                module.eval()
            with torch.no_grad():
                for hook in hooks:
                    figures |= hook.call(self.update)
            for name, module in self.modules.items():
                module.train(training[name])
        (figures,) = broadcast_object_list([figures])
        self.run.log(self.update, phase.name, figures)
        if self.on_figures is not None:
            self.on_figures(self.update, figures)
        warnings = self.monitor.check({**self.latest, **figures})
        self.sound = self.update if self.monitor.quiet else self.sound
        for warning in warnings:
            self.run.warn(f"update {self.update}: {warning}")
        if warnings and self.on_alarm is not None:
            self.on_alarm(self.update, warnings)

    def save(self) -> None:
        """Write a checkpoint of everything that a resumed run needs."""
        average_buffers(self.buffered, self.run.accelerator)
        shares = gather_object([self.sums])  # each process's own, since the last line of the log
        if self.run.accelerator.is_main_process:
            state = {**self.state_dict(), "sums": shares}
            self.run.checkpoints.save(self.update, state, sound=self.sound)
        self.run.accelerator.wait_for_everyone()

    def resume(self) -> None:
        """Continue from the newest readable checkpoint, if the run has one."""
        if self.run.checkpoints.updates():
            state, remarks = self.run.checkpoints.newest()
            shares, here = state["sums"], self.run.accelerator
            if len(shares) != here.num_processes:
                raise UserError(f"the run has {len(shares)} processes, not {here.num_processes}")
            self.load_state_dict({**state, "sums": shares[here.process_index]})
            for remark in remarks:
                self.run.warn(remark)
        if self.run.options.resume is not None:
            self.run.rewind(self.update)

    def rollback(self) -> None:
        """Put all players back to this phase's last checkpoint before what sounds; go on there."""
        begun = self.update - 1 - self.phases.at(self.update - 1)[1] if self.update else 0
        try:
            state, _ = self.run.checkpoints.newest(since=begun, until=self.sound)
        except UserError:
            self.run.warn("there is no checkpoint without an alarm to go back to")
            return
        here = self.state_dict()
        kept = {name: here[name] for name in ("update", "sound", "seconds", "sums", "latest")}
        self.load_state_dict({**state, **kept})

    def state_dict(self) -> dict[str, Any]:
        """Return the whole state after the present update."""
        return {
            "update": self.update,
            "sound": self.sound,
            "seconds": dict(self.seconds),
            "sums": self.sums,
            "latest": self.latest,
            "warnings": self.run.warnings,
            "modules": {name: module.state_dict() for name, module in self.modules.items()},
            "players": {
                name: {"optimizer": player.optimizer.state_dict(), "moves": player.moves}
                for name, player in self.players.items()
            },
            "stateful": {name: item.state_dict() for name, item in self.stateful.items()},
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Put a saved state back."""
        self.update, self.sound = state["update"], state["sound"]
        self.seconds = defaultdict(float, state["seconds"])
        self.sums, self.latest = state["sums"], state["latest"]
        self.run.warnings = list(dict.fromkeys([*state["warnings"], *self.run.warnings]))
        for name, module in self.modules.items():
            module.load_state_dict(state["modules"][name])
        for name, player in self.players.items():
            player.optimizer.load_state_dict(state["players"][name]["optimizer"])
            player.moves = state["players"][name]["moves"]
        for name, item in self.stateful.items():
            item.load_state_dict(state["stateful"][name])
