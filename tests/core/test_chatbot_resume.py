"""The chatbot recipe, stopped in the middle of every phase, ends as if never stopped."""

import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from seqgan.core.checkpoint import Checkpoints
from seqgan.core.game import Losses
from seqgan.core.trainer import Trainer
from seqgan.recipes import chatbot_pg
from seqgan.text.games import PolicyGradientGame

STOPS = [
    (1, "likelihood"),
    (6, "continued"),
    (10, "discriminator"),
    (13, "generator"),
    (15, "generator"),
]
LAST = 16
TINY = {
    "max_updates": 4,
    "batch_size": 8,
    "discriminator_steps": 1,
    "generator_dim": 16,
    "discriminator_dim": 16,
    "max_words": 8,
    "replies_per_prompt": 2,
    "evaluate_every": 3,
    "checkpoint_every": 3,
    "log_every": 1,
    "threads": 1,
    "test_prompts": 16,
    "judge_prompts": 24,
    "temperatures": (1.0,),
    "vocab_size": 60,
}


class SimulatedKill(BaseException):
    """The process dies here, without a chance to tidy up."""


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Return a made corpus of three hundred pairs."""
    dice = random.Random(5)
    things, places = ["cup", "boat", "coat", "lamp", "bell"], ["sea", "shelf", "hill", "door"]
    path = tmp_path / "made.jsonl"
    with path.open("w") as file:
        for number in range(300):
            thing, place = dice.choice(things), dice.choice(places)
            prompt = f"where is my {thing} number {number} ?"
            reply = f"the {thing} is {dice.choice(['by', 'under', 'near'])} the {place} ."
            file.write(json.dumps({"prompt": prompt, "response": reply}) + "\n")
    return path


@pytest.fixture
def trainers(monkeypatch: pytest.MonkeyPatch) -> list[Trainer]:
    """Return the trainers of the recipes that came to their end; nothing is judged."""
    ended: list[Trainer] = []

    def note(run: Any, config: Any, trainer: Trainer, *rest: Any, **options: Any) -> None:
        ended.append(trainer)

    monkeypatch.setattr(chatbot_pg, "finish", note)
    return ended


def die_in_the_middle(monkeypatch: pytest.MonkeyPatch, stop: tuple[int, str]) -> None:
    """Make the recipe die at this update, in this player's move."""
    present: list[int] = []
    play, losses = Trainer.play, PolicyGradientGame.losses

    def noted_play(self: Trainer, update: int) -> None:
        present[:] = [update]
        play(self, update)

    def deadly_losses(self: PolicyGradientGame, player: str, *rest: Any) -> Losses:
        if (*present, player) == stop:
            raise SimulatedKill
        return losses(self, player, *rest)

    monkeypatch.setattr(Trainer, "play", noted_play)
    monkeypatch.setattr(PolicyGradientGame, "losses", deadly_losses)


def metrics(folder: Path) -> list[dict[str, Any]]:
    """Return the lines of metrics.jsonl without their seconds."""
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return [{k: v for k, v in line.items() if k != "seconds"} for line in lines]


def assert_same(got: Any, expected: Any, path: str = "") -> None:
    """Compare two states, bit for bit, but for the seconds."""
    assert type(got) is type(expected), path
    if isinstance(expected, Tensor):
        assert torch.equal(got, expected), path
    elif isinstance(expected, dict):
        assert list(got) == list(expected), path
        for key in expected.keys() - {"seconds", "warnings"}:
            assert_same(got[key], expected[key], f"{path}/{key}")
    elif isinstance(expected, list):
        assert len(got) == len(expected), path
        for i, (one, other) in enumerate(zip(got, expected, strict=True)):
            assert_same(one, other, f"{path}/{i}")
    else:
        assert got == expected, path


def assert_same_run(got: Path, expected: Path) -> None:
    """Compare the last checkpoints and the metrics of two runs."""
    ours, theirs = (Checkpoints(run / "checkpoints").load(LAST) for run in (got, expected))
    assert_same(ours, theirs)
    assert metrics(got) == metrics(expected)
    for path in (expected / "samples").iterdir():
        assert (got / "samples" / path.name).read_bytes() == path.read_bytes(), path.name


@pytest.mark.parametrize(
    "choice",
    [
        {},
        {"baseline": "average", "surrogate": "ppo", "reward": "rollout", "num_rollouts": 2},
        {"baseline": "value", "kl_weight": 0.1, "accumulation": 2},
    ],
    ids=["default", "average", "value"],
)
def test_stopped_in_the_middle_of_each_phase(
    tmp_path: Path,
    corpus: Path,
    trainers: list[Trainer],
    monkeypatch: pytest.MonkeyPatch,
    choice: dict[str, Any],
) -> None:
    options: dict[str, Any] = {**TINY, **choice, "corpus_path": corpus}
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    chatbot_pg.main(chatbot_pg.Config(**options, output_dir=whole))
    for number, stop in enumerate(STOPS):
        where = {"resume": stopped} if number else {"output_dir": stopped}
        config = chatbot_pg.Config(**options, **where)
        with monkeypatch.context() as patch:
            die_in_the_middle(patch, stop)
            with pytest.raises(SimulatedKill):
                chatbot_pg.main(config)
    chatbot_pg.main(chatbot_pg.Config(**options, resume=stopped))
    assert len(trainers) == 2
    assert [trainer.update for trainer in trainers] == [LAST, LAST]
    assert_same_run(stopped, whole)
    assert {line["phase"] for line in metrics(whole)} == {
        "likelihood",
        "continued",
        "discriminator",
        "adversarial",
    }


KILLED = """
import os, signal, sys
from seqgan.core.launch import launch
from seqgan.core.trainer import Trainer
from seqgan.recipes.chatbot_pg import Config, main
from seqgan.text.games import PolicyGradientGame

at, mover, present = int(sys.argv[1]), sys.argv[2], []
play, losses = Trainer.play, PolicyGradientGame.losses

def noted_play(self, update):
    present[:] = [update]
    play(self, update)

def deadly_losses(self, player, *rest):
    if present == [at] and player == mover:
        os.kill(os.getpid(), signal.SIGKILL)
    return losses(self, player, *rest)

Trainer.play, PolicyGradientGame.losses = noted_play, deadly_losses
sys.exit(launch(Config, main, sys.argv[3:]))
"""


@pytest.mark.slow
def test_killed_for_real_in_the_middle_of_each_phase(tmp_path: Path, corpus: Path) -> None:
    """By SIGKILL, through the command line, to the table of results."""
    options = ["--corpus-path", str(corpus)]
    for name, value in TINY.items():
        values = value if isinstance(value, tuple) else (value,)
        options += [f"--{name.replace('_', '-')}", *map(str, values)]
    whole, killed = tmp_path / "whole", tmp_path / "killed"

    def start(*arguments: str) -> int:
        return subprocess.run([sys.executable, "-c", KILLED, *arguments]).returncode

    assert start("-1", "nobody", *options, "--output-dir", str(whole)) == 0
    for number, (update, player) in enumerate(STOPS):
        where = ["--resume", str(killed)] if number else [*options, "--output-dir", str(killed)]
        assert start(str(update), player, *where) == -9
    assert start("-1", "nobody", "--resume", str(killed)) == 0
    assert_same_run(killed, whole)
    tables = [json.loads((folder / "results.json").read_text()) for folder in (killed, whole)]
    assert tables[0]["rows"] == tables[1]["rows"]
