"""What is counted and said about points on the grid of 25 Gaussians."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import torch
from torch import Generator, Tensor

from seqgan.core.monitor import Monitor
from seqgan.image.grid_run import (
    ALARMS,
    GridHook,
    baselines,
    count_modes,
    diagnosis,
    draw_points,
    figures_of,
    real_points,
)
from seqgan.image.plane import grid


def near(kinds: int) -> Any:
    """Return a sampler of points at the first so many modes only."""
    means = grid().mean_KD[:kinds]

    def sampler(count: int, rng: Generator) -> Tensor:
        chosen = torch.randint(kinds, (count,), generator=rng)
        return means[chosen] + 0.05 * torch.randn(count, 2, generator=rng)

    return sampler


def test_real_points_find_all_modes_evenly() -> None:
    """2,500 real points: a KL of about .005, and 98.9 % within three sigma of a plane's middle."""
    found = figures_of(count_modes(draw_points(real_points, seed=1)))
    assert found["modes"] == 25
    assert found["modes_kl"] < 0.01
    assert found["high_quality"] == pytest.approx(0.989, abs=0.01)


def test_the_same_points_for_the_same_seed() -> None:
    assert torch.equal(draw_points(real_points, seed=1), draw_points(real_points, seed=1))
    assert not torch.equal(draw_points(real_points, seed=1), draw_points(real_points, seed=2))
    assert len(draw_points(real_points, seed=1)) == 2500


def test_missing_modes_are_named_by_their_place() -> None:
    (finding,) = diagnosis(count_modes(draw_points(near(23), seed=0)))["findings"]
    assert finding["kind"] == "dropping"
    assert finding["text"].startswith("23 of 25 modes are found")
    assert "(4, 2) 0.0%, (4, 4) 0.0%" in finding["text"]


def test_many_missing_modes_are_not_all_listed() -> None:
    (finding,) = diagnosis(count_modes(draw_points(near(2), seed=0)))["findings"]
    assert finding["text"].count("0.0%") == 8
    assert finding["text"].endswith("and others.")


def test_all_modes_are_fine() -> None:
    (finding,) = diagnosis(count_modes(draw_points(real_points, seed=0)))["findings"]
    assert finding["kind"] == "fine"


def test_the_mixture_of_greatest_likelihood_finds_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seqgan.image.grid_run.LIKELIHOOD_POINTS", 1000)
    rows = baselines(0)
    assert list(rows) == ["real", "Gaussian mixture, likelihood"]
    assert count_modes(rows["Gaussian mixture, likelihood"]()).modes >= 20


def test_the_hook_draws_counts_and_remembers_the_best(tmp_path: Path) -> None:
    (tmp_path / "samples").mkdir()
    said: list[str] = []
    run = SimpleNamespace(folder=tmp_path, seed=0, device="cpu", say=said.append)
    hook = GridHook(cast(Any, run), near(20))
    monitor = Monitor(ALARMS)
    figures = hook(100)
    assert figures["grid/modes"] == 20
    assert figures["grid/modes_lost"] == 0
    assert (tmp_path / "samples" / "000100.png").read_bytes().startswith(b"\x89PNG")
    assert "20 of 25 modes" in said[0]
    assert monitor.check(figures) == []
    again = GridHook(cast(Any, run), near(12))
    again.load_state_dict(hook.state_dict())
    assert again(200)["grid/modes_lost"] == 8
    monitor.check(again(300))
    assert any("dropping" in warning for warning in monitor.check(again(400)))


def test_points_everywhere_are_no_modes_and_no_all_clear() -> None:
    """Uniform noise has even shares and finds nothing: that is not fine."""
    points_N2 = torch.rand(2500, 2, generator=torch.Generator().manual_seed(0)) * 10 - 5
    (finding,) = diagnosis(count_modes(points_N2))["findings"]
    assert finding["kind"] == "unreal"
