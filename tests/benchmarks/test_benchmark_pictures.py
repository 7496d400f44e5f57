"""Pictures a second: the trainer over a plain loop, penalties, lazy ones, processes, a GPU."""

import copy
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import get_args

import pytest
import torch
from made_batches import Record
from made_pictures_games import (
    BATCH_SIZE,
    LATENT_DIM,
    WARM,
    PictureSetting,
    made_pictures,
    make_picture_setting,
)
from torch import Tensor, nn
from torch.nn.functional import softplus

from seqgan.core.player import linear_decay
from seqgan.core.trainer import seed_at
from seqgan.games.adversary import VALUES_FOR_GAMMA_1
from seqgan.games.objectives import PenaltyName

pytestmark = pytest.mark.benchmark

SCRIPT = Path(__file__).with_name("made_pictures_games.py")
TWO = ["-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
LAZY = (1, 4, 16)
ROUNDS = 3


class PlainLoop:
    """The same mathematics as a PyTorch user would write it in one file."""

    def __init__(self, setting: PictureSetting, *, updates: int) -> None:
        self.generator = copy.deepcopy(setting.generator)
        self.critic = copy.deepcopy(setting.critic)
        self.average = copy.deepcopy(setting.generator).requires_grad_(False)
        self.options, self.updates = setting.options, updates
        betas = setting.options.betas
        self.optimizers = [
            torch.optim.AdamW(
                module.parameters(), lr=2e-3, betas=betas, weight_decay=0.0, fused=True
            )
            for module in (self.critic, self.generator)
        ]

    def move(self, optimizer: torch.optim.Optimizer, loss: Tensor, number: int) -> float:
        """Step with the gradients of the loss; return its value."""
        loss.backward()
        rate = linear_decay(number, moves=self.updates, warmup=1, least=self.options.final_lr)
        optimizer.param_groups[0]["lr"] = 2e-3 * rate
        optimizer.step()
        optimizer.zero_grad()
        return loss.item()

    def update(self, real: Tensor, number: int, *, seed: int) -> None:
        """Let critic and generator move once."""
        rng = torch.Generator().manual_seed(seed)
        noise_BL = torch.randn(len(real), LATENT_DIM, generator=rng)
        with torch.no_grad():
            fake = self.generator(noise_BL)
        gamma = real[0].numel() / VALUES_FOR_GAMMA_1
        pair, penalty_B = [], torch.zeros(())
        for item in (real.detach().clone(), fake):
            score_B = self.critic(item.requires_grad_())
            (slope,) = torch.autograd.grad(score_B.sum(), item, create_graph=True)
            penalty_B = penalty_B + gamma / 2 * slope.square().flatten(1).sum(1)
            pair.append(score_B)
        loss = (softplus(pair[1] - pair[0]) + penalty_B).mean()
        self.move(self.optimizers[0], loss, number)
        self.critic.requires_grad_(False)
        loss = softplus(self.critic(real) - self.critic(self.generator(noise_BL))).mean()
        self.move(self.optimizers[1], loss, number)
        self.critic.requires_grad_(True)
        with torch.no_grad():
            pairs = zip(self.average.parameters(), self.generator.parameters(), strict=True)
            for average, weight in pairs:
                average.lerp_(weight, 1 - self.options.averaging)


def flat(module: nn.Module) -> Tensor:
    return torch.cat([weight.detach().flatten() for weight in module.parameters()])


@pytest.mark.parametrize("side", [8, 28])
def test_picture_trainer_against_a_plain_loop(
    side: int, tmp_path: Path, updates: int, threads: int, record: Record
) -> None:
    """The two take turns, update by update: the plain loop moves when the trainer asks for data."""
    asked, answered, apart = [], [], []

    def batches(number: int) -> Tensor:
        real = made[number]
        asked.append(time.perf_counter())
        if number == 1:  # later on, rounding alone sets the two apart
            apart.extend(distances())
        plain.update(real, number, seed=seed_at(setting.run.seed, number, 0, "game"))
        answered.append(time.perf_counter())
        return real

    def distances() -> list[float]:
        twins = ((setting.generator, plain.generator), (setting.critic, plain.critic))
        return [float((flat(a) - flat(b)).norm() / flat(b).norm()) for a, b in twins]

    count = WARM + updates + 1
    made = [made_pictures(number, side=side) for number in range(count)]
    setting = make_picture_setting(
        tmp_path / "run", updates=count, side=side, threads=threads, batches=batches
    )
    plain = PlainLoop(setting, updates=count)
    setting.trainer.fit()

    theirs = [end - begin for begin, end in zip(asked, answered, strict=True)][WARM:-1]
    ours = [begin - end for end, begin in zip(answered[:-1], asked[1:], strict=True)][WARM:]
    record(
        f"pictures of {side} x {side}",
        {
            "pictures_per_second": BATCH_SIZE / statistics.median(ours),
            "seconds_an_update": statistics.median(ours),
            "seconds_of_a_plain_loop": statistics.median(theirs),
            "trainer_over_plain_loop": statistics.median(
                a / b for a, b in zip(ours, theirs, strict=True)
            ),
            "threads": torch.get_num_threads(),
            "updates": updates,
        },
    )
    assert max(apart) < 1e-3, "the two do not compute the same"


def in_turn(settings: dict[str, PictureSetting], *, warm: int, updates: int) -> dict[str, Tensor]:
    """Return the seconds of each setting's updates; a busy machine troubles all alike."""
    seconds: dict[str, list[float]] = {name: [] for name in settings}
    for update in range(warm + updates):
        for name, setting in settings.items():
            seconds[name].append(setting.timed_update(update))
    return {name: torch.tensor(values[warm:]) for name, values in seconds.items()}


def test_the_cost_of_each_penalty(
    tmp_path: Path, updates: int, threads: int, record: Record
) -> None:
    settings = {
        name: make_picture_setting(
            tmp_path / name, updates=WARM + updates, penalty=name, threads=threads
        )
        for name in get_args(PenaltyName)
    }
    seconds = in_turn(settings, warm=WARM, updates=updates)
    over = {name: float((taken / seconds["none"]).median()) for name, taken in seconds.items()}
    figures = {f"{name}_over_none": ratio for name, ratio in over.items() if name != "none"}
    none = float(seconds["none"].median())
    record("penalties, an update", {"seconds_none": none, **figures, "updates": updates})


def test_the_cost_of_lazy_penalties(
    tmp_path: Path, updates: int, threads: int, record: Record
) -> None:
    """Over whole periods, and in the mean: few updates carry the whole cost."""
    period = max(LAZY)
    updates = -(-updates // period) * period
    settings = {
        f"every_{every}": make_picture_setting(
            tmp_path / str(every), updates=period + updates, penalty_every=every, threads=threads
        )
        for every in LAZY
    }
    settings["none"] = make_picture_setting(
        tmp_path / "none", updates=period + updates, penalty="none", threads=threads
    )
    seconds = in_turn(settings, warm=period, updates=updates)
    mean = {name: float(taken.mean()) for name, taken in seconds.items()}
    over = {f"{name}_over_none": mean[name] / mean["none"] for name in mean if name != "none"}
    record("lazy penalties r1r2", {"seconds_none": mean["none"], **over, "updates": updates})


def measure(options: list[str], *, updates: int, start: list[str]) -> dict[str, float]:
    """Return what `made_pictures_games.py` prints when started so."""
    command = [sys.executable, *start, str(SCRIPT), "--updates", str(updates), *options]
    env = {**os.environ, "OMP_NUM_THREADS": "1"} if "--threads" in options else None
    done = subprocess.run(command, capture_output=True, text=True, env=env, timeout=900)
    assert done.returncode == 0, done.stderr[-2000:]
    figures: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return figures


def rounds_of(
    settings: dict[str, tuple[list[str], list[str]]], *, updates: int
) -> dict[str, dict[str, float]]:
    """Return the medians over rounds in which the settings (options, start) take turns."""
    found: dict[str, list[dict[str, float]]] = {name: [] for name in settings}
    for _ in range(ROUNDS):
        for name, (options, start) in settings.items():
            found[name].append(measure(options, updates=updates, start=start))
    return {
        name: {key: statistics.median(figures[key] for figures in taken) for key in taken[0]}
        for name, taken in found.items()
    }


def test_two_processes_of_pictures_against_one(updates: int, record: Record) -> None:
    one = ["--threads", "1"]
    settings = {"one": (one, []), "two": (one, TWO), "whole": ([*one, "--whole"], TWO)}
    found = rounds_of(settings, updates=updates)
    seconds = {name: figures["seconds"] for name, figures in found.items()}
    record(
        "two processes of one thread against one, pictures",
        {
            "seconds_one": seconds["one"],
            "seconds_two_sharing_64_pictures": seconds["two"],
            "seconds_two_of_64_pictures_each": seconds["whole"],
            "speedup_sharing": seconds["one"] / seconds["two"],
            "speedup_of_64_pictures_each": 2 * seconds["one"] / seconds["whole"],
            "peak_memory_mib": found["one"]["peak_memory_mib"],
            "updates": updates,
        },
    )


@pytest.mark.gpu
@pytest.mark.parametrize("penalty", ["r1r2", "none"])
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_bf16_and_compiled_networks_on_a_gpu(penalty: str, updates: int, record: Record) -> None:
    """Under a penalty the critic is neither compiled nor in bf16 where slopes are taken."""
    common = ["--device", "cuda", "--side", "32", "--penalty", penalty]
    settings: dict[str, tuple[list[str], list[str]]] = {
        "plain": (common, []),
        "bf16": ([*common, "--precision", "bf16"], []),
        "compiled": ([*common, "--compile"], []),
        "bf16_compiled": ([*common, "--precision", "bf16", "--compile"], []),
    }
    found = rounds_of(settings, updates=updates)
    plain = found["plain"]["seconds"]
    record(
        f"GPU, 32 x 32, penalty {penalty}",
        {
            "pictures_per_second": BATCH_SIZE / plain,
            **{f"{k}_speedup": plain / found[k]["seconds"] for k in found if k != "plain"},
            **{f"{k}_memory_mib": found[k]["peak_memory_mib"] for k in found},
            "device": torch.cuda.get_device_name(),
            "updates": updates,
        },
    )
