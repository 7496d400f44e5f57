"""The game of noise against a critic on two real processes equals it on one.

Run as a file under torchrun it plays its share: `test_latent_processes.py FOLDER`.
Legend: B batch.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest
import torch
from torch import Generator, Tensor, nn

from seqgan.core.checkpoint import Checkpoints
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
from seqgan.games.latent import LatentGame

UPDATES = 4
EAGER = AdversaryOptions(gamma=0.5, averaging=0.9)
LAZY = AdversaryOptions(gamma=0.5, averaging=0.9, penalty_every=2, critic_steps=2)


def points(number: int, stream: int) -> Tensor:
    """Return items or noise of share `number`, a pure function of it; 1 to 5 rows."""
    rng = torch.Generator().manual_seed(1000 * stream + number)
    return torch.randn(1 + number * 3 % 5, 2, generator=rng, dtype=torch.float64) + 1


class OwnNoise:
    """Noise by the number of the share, so that it is the same on one process and on two."""

    def __init__(self, numbers: Callable[[int], int]) -> None:
        self.numbers, self.calls = numbers, count()

    def __call__(self, rows: int, rng: Generator) -> Tensor:
        noise = points(self.numbers(next(self.calls)), stream=2)
        assert len(noise) == rows
        return noise


class Score(nn.Module):
    """A smooth critic, whose slope has a slope."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(2, 6), nn.Tanh(), nn.Linear(6, 1))

    def forward(self, x: Tensor) -> Tensor:
        score_B: Tensor = self.layers(x).squeeze(1)
        return score_B


def make_trainer(
    run: Run, options: AdversaryOptions, numbers: Callable[[int], int], *, accumulation: int
) -> Trainer:
    """Return a trainer in double precision whose only randomness lies in its shares' numbers."""
    torch.manual_seed(3)
    generator, critic = nn.Linear(2, 2).double(), Score().double()
    players = adversaries(options, generator, critic, updates=UPDATES)
    game = LatentGame(
        generator,
        critic,
        objective_of(options),
        draw=OwnNoise(numbers),
        penalties=penalties_of(options, (2,)),
        penalty_every=options.penalty_every,
    )
    return Trainer(
        run,
        game,
        players=list(players.values()),
        phases=Phases([Phase("duel", UPDATES, turns(options))]),
        batches=lambda index: points(numbers(index), stream=1),
        accumulation=accumulation,
    )


def play_share(folder: Path) -> None:
    """Play both games, each process its own shares."""
    for name, options in (("eager", EAGER), ("lazy", LAZY)):
        run = Run(name, RunOptions(output_dir=folder / name, log_every=1, device="cpu", threads=1))
        process, processes = run.accelerator.process_index, run.accelerator.num_processes
        assert processes == 2

        def own(index: int, first: int = process) -> int:
            return 2 * index + first

        make_trainer(run, options, own, accumulation=1).fit()
    run.accelerator.end_training()  # or the backend's threads are cut off at exit, now and then


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of both runs on two processes."""
    folder = tmp_path_factory.mktemp("two")
    module = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2"]
    environment = os.environ | {"CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1"}
    subprocess.run([*module, __file__, str(folder)], check=True, env=environment, timeout=240)
    return folder


@pytest.mark.parametrize(("name", "options"), [("eager", EAGER), ("lazy", LAZY)])
def test_two_processes_equal_one(
    name: str, options: AdversaryOptions, two: Path, tmp_path: Path
) -> None:
    """R1 and R2, differentiated twice, on shares of unequal length; sums in single precision."""
    lengths = [len(points(number, stream=1)) for number in range(2 * UPDATES)]
    assert all(a != b for a, b in zip(lengths[::2], lengths[1::2], strict=True))
    run = Run(name, RunOptions(output_dir=tmp_path / "one", log_every=1, device="cpu", threads=1))
    one = make_trainer(run, options, lambda index: index, accumulation=2)
    start = {n: {k: v.clone() for k, v in m.state_dict().items()} for n, m in one.modules.items()}
    one.fit()
    state = Checkpoints(two / name / "checkpoints").load(UPDATES)
    for module, weights in one.modules.items():
        for key, expected in weights.state_dict().items():
            got = state["modules"][module][key]
            torch.testing.assert_close(got, expected, rtol=1e-4, atol=1e-6)
            if module == "critic":
                assert (expected - start[module][key]).abs().max() > 1e-4 or "2.bias" in key
    averages = state["stateful"]["averages/generator"]
    for key, expected in one.stateful["averages/generator"].state_dict().items():
        torch.testing.assert_close(averages[key], expected, rtol=1e-4, atol=1e-6)
    moves = {player: kept["moves"] for player, kept in state["players"].items()}
    assert moves == {player: kept.moves for player, kept in one.players.items()}
    assert moves.get("penalty", 2) == 2


def test_figures_are_those_of_all_items(two: Path, tmp_path: Path) -> None:
    run = Run("eager", RunOptions(output_dir=tmp_path / "one", log_every=1, device="cpu"))
    one = make_trainer(run, EAGER, lambda index: index, accumulation=2)
    one.fit()
    logs = [
        [json.loads(line)["figures"] for line in (folder / "metrics.jsonl").open()]
        for folder in (two / "eager", tmp_path / "one")
    ]
    assert len(logs[0]) == len(logs[1]) == UPDATES
    for ours, theirs in zip(*logs, strict=True):
        assert ours == pytest.approx(theirs, rel=1e-4, abs=1e-6)
        assert {"critic/r1", "critic/r2", "generator/loss"} <= set(ours)


if __name__ == "__main__":
    play_share(Path(sys.argv[1]))
