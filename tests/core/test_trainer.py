"""The trainer: who moves, and what a gradient is divided by."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from one_weight import One, Squares, gradient_player, make_run, simple, weights_of
from torch import Generator
from toy_recipe import (
    joined,
    make_batch,
    make_shared,
)

from seqgan.core.schedule import Phase, Phases, alternate, only
from seqgan.core.trainer import Trainer


@pytest.mark.parametrize("mover", ["critic", "generator", "warm"])
def test_only_the_movers_parameters_change(tmp_path: Path, mover: str) -> None:
    """The generator's loss flows through the critic; `warm` owns the generator's weights too."""
    run = make_run(tmp_path)
    trainer = make_shared(run, lambda i: make_batch(2 * i + 1))
    critic, generator = trainer.modules["critic"], trainer.modules["generator"]
    moving, standing = (critic, generator) if mover == "critic" else (generator, critic)
    before, others = weights_of(moving), weights_of(standing)
    trainer.phases = Phases([Phase("one", 2, only(mover))])
    trainer.fit()
    assert all(map(torch.equal, weights_of(standing), others))
    assert all(p.grad is None for module in trainer.modules.values() for p in module.parameters())
    changed = [not torch.equal(a, b) for a, b in zip(weights_of(moving), before, strict=True)]
    assert sum(changed) >= len(changed) - 2  # the critic's `extra` and last bias change no loss
    moves = {name: player.moves for name, player in trainer.players.items()}
    assert moves == {name: 2 * (name == mover) for name in moves}


def test_no_player_leaves_gradients_to_the_next(tmp_path: Path) -> None:
    """In one update critic and generator move as if each moved in an update of its own."""
    together = make_shared(make_run(tmp_path, "together"), lambda i: make_batch(0))
    together.phases = Phases([Phase("x", 1, only("critic", "generator"))])
    apart = make_shared(make_run(tmp_path, "apart"), lambda i: make_batch(0))
    apart.phases = Phases([Phase("x", 1, only("critic")), Phase("y", 1, only("generator"))])
    together.fit()
    apart.fit()
    for name, module in together.modules.items():
        assert all(map(torch.equal, weights_of(module), weights_of(apart.modules[name])))


def test_shared_module_under_two_names_must_be_one(tmp_path: Path) -> None:
    players = [gradient_player("a", One()), gradient_player("b", One())]
    players[1].modules = {"a": players[1].modules["b"]}
    with pytest.raises(ValueError, match="both called 'a'"):
        Trainer(
            make_run(tmp_path),
            Squares(),
            players=players,
            phases=Phases([]),
            batches=lambda i: 1.0,
        )


def test_the_game_prepares_once_an_update_for_all_movers(tmp_path: Path) -> None:
    seen: list[tuple[Any, Sequence[str]]] = []

    class Counting(Squares):
        def prepare(self, batch: float, movers: Sequence[str], rng: Generator) -> float:
            seen.append((batch, movers))
            return batch

    a, b = One(), One()
    trainer = Trainer(
        make_run(tmp_path),
        Counting(a=a.weight, b=b.weight),
        players=[gradient_player("a", a), gradient_player("b", b)],
        phases=Phases([Phase("x", 2, alternate(critic="a", generator=("b",), critic_steps=2))]),
        batches=float,
        accumulation=2,
    )
    trainer.fit()
    assert seen == [(0.0, ("a",)), (1.0, ("a",)), (2.0, ("a", "b")), (3.0, ("a", "b"))]


# What a gradient is divided by.


def test_micro_batches_equal_one_large_batch(tmp_path: Path) -> None:
    """Unequal lengths, injected noise, and a penalty differentiated twice."""
    few = make_shared(make_run(tmp_path, "few"), lambda i: make_batch(2 * i), accumulation=3)
    whole = make_shared(
        make_run(tmp_path, "whole"),
        lambda i: joined([make_batch(2 * k) for k in range(3 * i, 3 * i + 3)]),
    )
    assert len({len(make_batch(2 * k).real_BD) for k in range(3)}) > 1
    start = weights_of(*few.modules.values())
    few.fit()
    whole.fit()
    got, expected = (weights_of(*trainer.modules.values()) for trainer in (few, whole))
    torch.testing.assert_close(got, expected, rtol=1e-10, atol=1e-12)
    assert max(float((a - b).abs().max()) for a, b in zip(got, start, strict=True)) > 0.01
    for name, value in whole.latest.items():
        if "spread" not in name:  # a deviation within the batch, by nature of the batch
            assert few.latest[name] == pytest.approx(value, rel=1e-5)


def test_the_norm_is_clipped_after_the_division(tmp_path: Path) -> None:
    """The gap is 10, so the gradient 10, clipped to 2: the weight moves by lr 0.5 times 2."""
    trainer, module, _ = simple(make_run(tmp_path), player={"max_grad_norm": 2.0})
    trainer.batches, trainer.accumulation = (lambda i: 10.0), 3
    trainer.play(0)
    assert module.weight.item() == pytest.approx(1.0)
    assert trainer.sums["a/gradient_norm"] == [pytest.approx(10.0), 1]


def test_a_learning_rate_follows_the_moves_and_after_step_the_step(tmp_path: Path) -> None:
    calls: list[float] = []
    options: dict[str, Any] = {"lr_schedule": lambda move: 1 / (1 + move)}
    trainer, module, _ = simple(make_run(tmp_path), player=options)
    trainer.players["a"].after_step = lambda: calls.append(module.weight.item())
    trainer.fit()
    expected, weight = [], 0.0
    for move in range(4):
        weight += 0.5 / (1 + move) * (1 - weight)
        expected.append(weight)
    assert calls == pytest.approx(expected)


def test_an_empty_share_of_a_batch_moves_nothing_and_spoils_no_figure(tmp_path: Path) -> None:
    """A process's share of a short last batch may have no rows."""
    trainer = make_shared(
        make_run(tmp_path), lambda i: make_batch(2 * i, rows=0 if i % 2 else 3), accumulation=2
    )
    trainer.fit()
    assert all(math.isfinite(value) for value in trainer.latest.values())
    alone = make_shared(make_run(tmp_path, "alone"), lambda i: make_batch(4 * i, rows=3))
    alone.fit()
    got, expected = (weights_of(*t.modules.values()) for t in (trainer, alone))
    torch.testing.assert_close(got, expected, rtol=1e-12, atol=0)
    assert trainer.latest == pytest.approx(alone.latest)
