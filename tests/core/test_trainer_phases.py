"""The trainer: phases, randomness, averages, figures and hooks."""

import math
from collections.abc import Mapping
from pathlib import Path

import pytest
import torch
from one_weight import One, Squares, lines_of, make_run, simple, weights_of
from torch import Generator
from toy_recipe import (
    Config,
    Net,
    ToyGame,
    make_batch,
    play,
    sgd_player,
)

from seqgan.core.averaging import Averages, KeepBest
from seqgan.core.game import Losses
from seqgan.core.run import Run
from seqgan.core.schedule import Phase, Phases, only
from seqgan.core.trainer import Hook, Trainer, seed_at


def test_an_empty_share_without_a_gradient_is_passed_over(tmp_path: Path) -> None:
    """Recurrent networks give nothing to differentiate for no rows."""

    class Sometimes(Squares):
        def losses(self, player: str, batch: float, rng: Generator) -> Losses:
            if batch:
                return super().losses(player, batch, rng)
            return Losses({"half_square": torch.zeros(0)}, 0, {"gap": torch.zeros(0).mean()})

    trainer, module, _ = simple(make_run(tmp_path))
    trainer.game = Sometimes(a=module.weight)
    trainer.batches, trainer.accumulation = (lambda i: float(i % 2)), 2
    trainer.fit()
    assert module.weight.item() == 1 - 0.5**4
    assert trainer.latest["a/gap"] == pytest.approx((0.25 + 0.125) / 2)  # of the last two updates


def test_phases_count_from_their_own_start_and_announce_it(tmp_path: Path) -> None:
    movers: list[tuple[str, ...]] = []
    starts: list[tuple[str, int]] = []

    def moves(update: int) -> tuple[str, ...]:
        movers.append((str(update),))
        return ("a",)

    phases = Phases(
        [
            Phase("first", 2, moves, lambda: starts.append(("first", trainer.update))),
            Phase("none", 0, moves, lambda: starts.append(("none", trainer.update))),
            Phase("second", 3, moves, lambda: starts.append(("second", trainer.update))),
        ]
    )
    trainer, _, _ = simple(make_run(tmp_path), phases)
    trainer.fit()
    assert starts == [("first", 0), ("second", 2)]
    assert movers == [("0",), ("1",), ("0",), ("1",), ("2",)]
    assert phases.total == 5
    assert phases.at(2)[0].name == "second"
    with pytest.raises(ValueError, match="update 5 lies outside"):
        phases.at(5)


@pytest.mark.parametrize(("stop", "expected"), [(2, ["second"]), (3, []), (1, ["second"])])
def test_a_resumed_run_announces_a_phase_only_at_its_start(
    tmp_path: Path, stop: int, expected: list[str]
) -> None:
    def phases(starts: list[str]) -> Phases:
        return Phases(
            [
                Phase("first", 2, only("a"), lambda: starts.append("first")),
                Phase("second", 3, only("a"), lambda: starts.append("second")),
            ]
        )

    with make_run(tmp_path) as run:
        trainer, _, _ = simple(run, phases([]))
        trainer.phases.total = stop
        trainer.fit()
        trainer.save()
    starts: list[str] = []
    again, _, _ = simple(Run("test", Config(resume=tmp_path / "run")), phases(starts))
    again.resume()
    again.fit()
    assert starts == expected


def test_randomness_is_a_function_of_seed_update_and_process(tmp_path: Path) -> None:
    streams = ("dropout", "game")
    places = [(s, u, p) for s in range(3) for u in range(50) for p in range(3)]
    assert len({seed_at(*place, stream) for place in places for stream in streams}) == 900
    assert seed_at(1, 2, 3, "game") == seed_at(1, 2, 3, "game")
    draws: dict[str, list[tuple[float, float]]] = {}

    class Drawing(Squares):
        def losses(self, player: str, batch: float, rng: Generator) -> Losses:
            draws[name].append((float(torch.rand(1, generator=rng)), float(torch.rand(1))))
            return super().losses(player, batch, rng)

    def hook(update: int) -> dict[str, float]:
        return {"drawn": float(torch.rand(1))}

    for name, seed, hooks in (("one", 1, []), ("looking", 1, [Hook(1, hook)]), ("two", 2, [])):
        draws[name] = []
        trainer, module, _ = simple(make_run(tmp_path, name, seed=seed), hooks=hooks)
        trainer.game = Drawing(a=module.weight)
        trainer.fit()
    assert draws["one"] == draws["looking"]
    assert len(set(draws["one"] + draws["two"])) == 8


def test_the_same_seed_gives_the_same_run_and_another_seed_another(tmp_path: Path) -> None:
    runs = {
        name: play(Config(output_dir=tmp_path / name, seed=seed))
        for name, seed in (("a", 1), ("b", 1), ("c", 2))
    }
    a, b, c = (weights_of(*runs[name].modules.values()) for name in "abc")
    assert all(map(torch.equal, a, b))
    assert not any(map(torch.equal, a[:2], c[:2]))


def test_averages_follow_the_weights(tmp_path: Path) -> None:
    """a <- 0.75 a + 0.25 w after every move of the player, buffers copied."""
    module = Net(1, dropout=0.0).double()
    player = sgd_player("warm", {"generator": module})
    player.averages = Averages(module, decay=0.75)
    weights = [module.first.weight.detach().clone()]
    player.after_step = lambda: weights.append(module.first.weight.detach().clone())
    trainer = Trainer(
        make_run(tmp_path),
        ToyGame(module, module),
        players=[player],
        phases=Phases([Phase("x", 3, only("warm"))]),
        batches=lambda i: make_batch(i, rows=4),
    )
    module.seen += 3
    trainer.fit()
    expected = weights[0]
    for weight in weights[1:]:
        expected = 0.75 * expected + 0.25 * weight
    averaged = player.averages.module
    assert isinstance(averaged, Net)
    torch.testing.assert_close(averaged.first.weight.detach(), expected)
    assert float(averaged.seen) == 3
    assert not any(p.requires_grad for p in averaged.parameters())
    with pytest.raises(ValueError, match="decay is 1"):
        Averages(module, decay=1.0)


def test_the_best_weights_are_kept_over_worse_ones_and_a_resume() -> None:
    module = One(1.0)
    best = KeepBest(module)
    best.restore()  # nothing was offered yet
    assert module.weight.item() == 1
    for value, score, kept in ((2.0, 0.5, True), (3.0, math.nan, False), (4.0, 0.5, False)):
        torch.nn.init.constant_(module.weight, value)
        assert best.offer(score, update=int(value)) is kept
    other = One(7.0)
    again = KeepBest(other)
    again.load_state_dict(best.state_dict())
    assert (again.score, again.update) == (0.5, 2)
    assert not again.offer(0.6, update=9)
    again.restore()
    assert other.weight.item() == 2


def test_figures_are_averages_an_item_over_the_updates_since_the_last_line(
    tmp_path: Path,
) -> None:
    run = make_run(tmp_path, log_every=2)
    trainer, _, _ = simple(run, Phases([Phase("x", 3, only("a")), Phase("y", 1, only("a"))]))
    trainer.fit()
    gaps = [0.5**k for k in range(4)]  # lr 0.5 halves the gap every time
    lines = lines_of(run.folder)
    assert [(line["update"], line["phase"]) for line in lines] == [(2, "x"), (3, "x"), (4, "y")]
    for line, window in zip(lines, [gaps[:2], gaps[2:3], gaps[3:]], strict=True):
        figures = line["figures"]
        mean = sum(window) / len(window)
        assert figures["a/gap"] == pytest.approx(mean)
        assert figures["a/gradient_norm"] == pytest.approx(mean)
        square = sum(gap**2 for gap in window) / len(window) / 2
        assert figures["a/half_square"] == pytest.approx(square)
        assert line["seconds"] > 0


def test_hooks_run_in_eval_mode_without_gradient_when_due(tmp_path: Path) -> None:
    calls: list[tuple[int, bool, bool]] = []

    def look(update: int) -> Mapping[str, float]:
        calls.append((update, trainer.modules["a"].training, torch.is_grad_enabled()))
        return {"look/update": update}

    told: list[tuple[int, Mapping[str, float]]] = []
    phases = Phases([Phase("x", 5, only("a")), Phase("y", 1, only("a"))])
    trainer, module, _ = simple(
        make_run(tmp_path),
        phases,
        hooks=[Hook(2, look)],
        on_figures=lambda update, figures: told.append((update, figures)),
    )
    trainer.fit()
    assert calls == [(update, False, False) for update in (2, 4, 5, 6)]
    assert module.training
    assert told == [(update, {"look/update": update}) for update in (2, 4, 5, 6)]
    assert {"update": 4, "phase": "x"}.items() <= lines_of(tmp_path / "run")[3].items()
