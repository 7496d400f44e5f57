"""What `gaussians.py` measures and draws: the modes that points of the plane find.

Legend: N points.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor

from seqgan.core.monitor import Alarm
from seqgan.core.run import Run, write_whole
from seqgan.core.trainer import Trainer
from seqgan.games.latent import Draw
from seqgan.image.drawing import animate_rounds
from seqgan.image.plane import GRID_SIGMA, Mixture, grid, likelihood_mixture
from seqgan.image.plane_figures import scatter_figure
from seqgan.metrics.modes import GRID_SAMPLES, ModeCount, grid_modes
from seqgan.report.page import write_report
from seqgan.report.record import training_facts, write_results

LIMIT = 5.0
SHOWN = 1000
LIKELIHOOD_POINTS = 10_000
DECENT = 0.25
"""Share of high quality below which points are not yet like the grid."""
PACKAGES = ("seqgan", "torch", "scikit-learn")

ALARMS = [
    Alarm("grid/modes_lost", "dropping: modes that were found before are gone", high=3, patience=2)
]


def real_points(count: int, rng: Generator) -> Tensor:
    """Return points of the grid, (N, 2)."""
    return grid()(count, rng)


def count_modes(points_N2: Tensor) -> ModeCount:
    """Return the modes found by the points."""
    centers = grid().mean_KD.numpy()
    return grid_modes(points_N2.cpu().numpy(), centers, sigma=GRID_SIGMA)


def figures_of(found: ModeCount) -> dict[str, float]:
    """Return a row's figures."""
    return {"modes": float(found.modes), "modes_kl": found.kl, "high_quality": found.high_quality}


@torch.no_grad()
def draw_points(sampler: Draw, *, seed: int, device: torch.device | str = "cpu") -> Tensor:
    """Return the points that are counted, the same ones for the same seed."""
    return sampler(GRID_SAMPLES, torch.Generator(device).manual_seed(seed))


@dataclass
class GridHook:
    """A hook: counts modes and draws the points into `samples/NNNNNN.png`."""

    run: Run
    sampler: Draw
    best: int = 0

    def __call__(self, update: int) -> Mapping[str, float]:
        """Return the figures after so many updates; `modes_lost` since the best so far."""
        points_N2 = draw_points(self.sampler, seed=self.run.seed, device=self.run.device)
        figures = figures_of(count_modes(points_N2))
        self.best = max(self.best, int(figures["modes"]))
        path = self.run.folder / "samples" / f"{update:06d}.png"
        draw_scatter({f"update {update:,}": points_N2}, path)
        self.run.say(
            f"update {update}: {figures['modes']:.0f} of 25 modes, KL {figures['modes_kl']:.3f}, "
            f"{figures['high_quality']:.0%} of high quality"
        )
        lost = self.best - figures["modes"]
        return {f"grid/{name}": value for name, value in {**figures, "modes_lost": lost}.items()}

    def state_dict(self) -> dict[str, int]:
        """Return the most modes found so far."""
        return {"best": self.best}

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Put a saved state back."""
        self.best = state["best"]


def draw_scatter(panels: Mapping[str, Tensor], path: Path) -> None:
    """Draw named sets of points over real ones."""
    real_N2 = _shown(real_points(SHOWN, torch.Generator().manual_seed(0)))
    samples = {name: _shown(points_N2[:SHOWN]) for name, points_N2 in panels.items()}
    write_whole(path, scatter_figure(samples, real_N2, limit=LIMIT))


def _shown(points_N2: Tensor) -> NDArray[np.float64]:
    return np.asarray(points_N2.cpu().numpy(), dtype=np.float64)


def baselines(seed: int) -> dict[str, Callable[[], Tensor]]:
    """Return the table's first rows: real points, and the mixture of greatest likelihood."""

    def likelihood() -> Tensor:
        rng = torch.Generator().manual_seed(seed)
        points_N2 = real_points(LIKELIHOOD_POINTS, rng)
        fitted: Mixture = likelihood_mixture(points_N2.numpy(), num_components=25, seed=seed)
        return fitted(GRID_SAMPLES, rng)

    def real() -> Tensor:
        return draw_points(real_points, seed=seed)

    return {"real": real, "Gaussian mixture, likelihood": likelihood}


def finish_grid(run: Run, config: Any, trainer: Trainer, sampler: Draw) -> None:
    """Count the modes of real points, the likelihood mixture and the generator, and report."""
    if not run.main:
        return
    start = time.perf_counter()
    points = {name: draw() for name, draw in baselines(config.seed).items()}
    points["GAN"] = draw_points(sampler, seed=config.seed, device=run.device).cpu()
    rows = [
        {"system": name, "temperature": None, "metrics": figures_of(count_modes(points_N2))}
        for name, points_N2 in points.items()
    ]
    samples = run.folder / "samples"
    draw_scatter(points, samples / "grid.png")
    animate_rounds(samples, samples / "training.gif")
    shares = count_modes(points["GAN"]).shares.tolist()
    write_results(
        run.folder,
        recipe=run.recipe,
        config=config,
        data={"corpus": "gaussians"},
        packages=PACKAGES,
        facts=training_facts(run, trainer),
        findings={
            "rows": rows,
            "table": "settings",
            "diagnosis": diagnosis(count_modes(points["GAN"])),
            "mode_shares": shares,
            "figures": [
                {
                    "file": "samples/grid.png",
                    "title": "Points",
                    "caption": "Each system's points over real ones in grey.",
                }
            ],
        },
        evaluation_seconds=time.perf_counter() - start,
    )
    run.say(f"report: {write_report(run.folder)}")


def diagnosis(found: ModeCount) -> dict[str, Any]:
    """Return in words which modes are missing or thin."""
    named = [
        (f"({x:.0f}, {y:.0f})", float(share))
        for (x, y), share in zip(grid().mean_KD.tolist(), found.shares, strict=True)
    ]
    thin = [f"{name} {share:.1%}" for name, share in named if share < 0.5 / len(named)]
    if found.high_quality < DECENT:
        text = (
            f"{found.modes} of 25 modes are found; {found.high_quality:.0%} of the points lie "
            f"within three standard deviations of a mode (real ones: 99%)."
        )
        return {"findings": [{"kind": "unreal", "text": text}]}
    if thin:
        listed = ", ".join(thin[:8]) + (" and others" if len(thin) > 8 else "")
        text = (
            f"{found.modes} of 25 modes are found. Missing or thin (a fair share is 4%): {listed}."
        )
    else:
        text = f"{found.modes} of 25 modes are found, none has less than half of its share."
    missed = bool(thin) or found.modes < len(named)
    return {"findings": [{"kind": "dropping" if missed else "fine", "text": text}]}
