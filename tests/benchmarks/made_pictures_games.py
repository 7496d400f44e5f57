"""Made pictures and the game of the default sizes, shared by the benchmarks of pictures.

Started as a file, it times updates in a process of its own (`python` or `torchrun`) and prints one
JSON line: the median seconds of an update, and the peak memory of this process or its GPU.
Legend: B batch.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from measure_updates import peak_mebibytes
from torch import Tensor, nn

from seqgan.core.run import Run, RunOptions
from seqgan.core.schedule import Phase, Phases
from seqgan.core.trainer import Trainer
from seqgan.games.adversary import (
    AdversaryOptions,
    adversaries,
    objective_of,
    penalties_of,
    turns,
)
from seqgan.games.latent import LatentGame, gaussian_noise
from seqgan.games.objectives import PenaltyName
from seqgan.image.adversarial import make_adversary
from seqgan.image.networks import make_generator

BATCH_SIZE, WIDTH, LATENT_DIM = 64, 32, 64
SIDE, CHANNELS = 28, 1
WARM = 3
NEVER = 10**9


def made_pictures(
    number: int,
    *,
    side: int = SIDE,
    process: int = 0,
    num_processes: int = 1,
    device: torch.device | str = "cpu",
) -> Tensor:
    """Return this process's share of batch `number`, (B, C, H, W) in [-1, 1]."""
    rng = torch.Generator().manual_seed(number)
    shape = (BATCH_SIZE, CHANNELS, side, side)
    return (2 * torch.rand(shape, generator=rng) - 1)[process::num_processes].to(device)


@dataclass(frozen=True)
class PictureSetting:
    """A run with a trainer over made pictures, and its networks."""

    run: Run
    trainer: Trainer
    game: LatentGame
    generator: nn.Module
    critic: nn.Module
    options: AdversaryOptions

    def timed_update(self, update: int) -> float:
        """Play one update; return its seconds."""
        start = time.perf_counter()
        self.trainer.play(update)  # reads every loss: nothing is pending on a GPU
        return time.perf_counter() - start


def make_picture_setting(
    folder: Path,
    *,
    updates: int,
    penalty: PenaltyName = "r1r2",
    penalty_every: int = 1,
    side: int = SIDE,
    threads: int = 0,
    device: Literal["cpu", "cuda"] = "cpu",
    precision: Literal["no", "bf16"] = "no",
    batches: Callable[[int], Tensor] | None = None,
) -> PictureSetting:
    """Return everything for `updates` updates of the relativistic game under a penalty."""
    quiet = RunOptions(
        output_dir=folder,
        device=device,
        threads=threads,
        precision=precision,
        checkpoint_every=NEVER,
    )
    run = Run("benchmark", quiet)
    options = AdversaryOptions(penalty=penalty, penalty_every=penalty_every)
    shape = (CHANNELS, side, side)
    generator = make_generator("residual", shape, width=WIDTH, latent_dim=LATENT_DIM)
    critic = make_adversary(options, "residual", shape, width=WIDTH)
    generator, critic = generator.to(run.device), critic.to(run.device)
    game = LatentGame(
        generator,
        critic,
        objective_of(options),
        draw=gaussian_noise(LATENT_DIM, run.device),
        penalties=penalties_of(options, shape),
        penalty_every=penalty_every,
    )
    here = run.accelerator

    def shares(number: int) -> Tensor:
        place = {"process": here.process_index, "num_processes": here.num_processes}
        return made_pictures(number, side=side, device=run.device, **place)

    trainer = Trainer(
        run,
        game,
        players=list(adversaries(options, generator, critic, updates=updates).values()),
        phases=Phases([Phase("benchmark", updates, turns(options))]),
        batches=batches or shares,
    )
    return PictureSetting(run, trainer, game, generator, critic, options)


def main() -> None:
    """Time updates as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--updates", type=int, required=True)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--side", type=int, default=SIDE)
    parser.add_argument("--penalty", default="r1r2")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--precision", choices=["no", "bf16"], default="no")
    parser.add_argument("--compile", action="store_true", help="what no slope goes through")
    parser.add_argument("--whole", action="store_true", help="64 pictures for each process")
    given = parser.parse_args()
    rank, world = (
        int(os.environ.get(name, less)) for name, less in (("RANK", 0), ("WORLD_SIZE", 1))
    )

    def whole_batch(number: int) -> Tensor:
        return made_pictures(number * world + rank, side=given.side, device=given.device)

    with tempfile.TemporaryDirectory() as folder:
        setting = make_picture_setting(
            Path(folder) / "run",
            updates=WARM + given.updates,
            penalty=given.penalty,
            side=given.side,
            threads=given.threads,
            device=given.device,
            precision=given.precision,
            batches=whole_batch if given.whole else None,
        )
        if given.compile:  # what is compiled cannot be differentiated twice
            setting.generator.compile()
            if not setting.game.penalties:
                setting.critic.compile()
        seconds = [setting.timed_update(update) for update in range(WARM + given.updates)]
    if setting.run.main:
        on_gpu = given.device == "cuda"
        memory = torch.cuda.max_memory_allocated() / 2**20 if on_gpu else peak_mebibytes()
        median = statistics.median(seconds[WARM:])
        print(json.dumps({"seconds": median, "peak_memory_mib": round(memory)}))
    if setting.run.accelerator.num_processes > 1:
        setting.run.accelerator.end_training()


if __name__ == "__main__":
    main()
