"""The page of `divergences.py`: its pictures, rows and words.

Legend: K places on a line, S thetas or updates.
"""

import math
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator

from seqgan.core.run import Run
from seqgan.core.trainer import Trainer
from seqgan.games.latent import Draw, LatentGame
from seqgan.image.divergence_games import JENSEN_SHANNON, WASSERSTEIN, Experiments
from seqgan.image.divergence_measures import (
    COVERING_SPREAD,
    Fit,
    Reading,
    fits_of,
    measure_slopes,
    read_gauges,
)
from seqgan.image.plane import Mixture, gaussian
from seqgan.image.plane_figures import densities_figure, lines_figure, score_surface_figure
from seqgan.report.page import write_report
from seqgan.report.record import training_facts, write_results
from seqgan.report.run_folder import Record, RunFolder

NUM_DRAWN = 400
DIVERGED = 10.0
"""A slope beyond this that doubled over the last half of the updates is called divergence."""

Series = tuple[NDArray[np.float64], NDArray[np.float64]]


def series(lines: Sequence[Record], name: str) -> Series:
    """Return updates and values of one figure from the lines of metrics.jsonl."""
    found = [(x["update"], x["figures"][name]) for x in lines if name in x.get("figures", {})]
    table = np.array(found, dtype=np.float64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def fits_figure(fits: Sequence[Fit], target: Mixture) -> bytes:
    """Return the fitted densities over the target, dashed the nearest ones."""
    x_K = torch.linspace(-5, 5, 400, dtype=torch.float64)

    def density(mean: float, sigma: float) -> NDArray[np.float64]:
        return gaussian(mean, sigma).log_density_on_line(x_K).exp().numpy()

    return densities_figure(
        x_K.numpy(),
        target.log_density_on_line(x_K).exp().numpy(),
        {fit.name: density(fit.mean, fit.sigma) for fit in fits},
        {fit.name: density(fit.best_mean, fit.best_sigma) for fit in fits},
    )


def gauges_figure(readings: Mapping[str, Mapping[float, Reading]]) -> bytes:
    """Return what each critic says of theta, and how hard it pulls there."""
    said, pulled = {}, {}
    for name, by_theta in readings.items():
        theta_S = np.array(list(by_theta))
        said[name] = theta_S, np.array([reading.estimate for reading in by_theta.values()])
        pulled[name] = theta_S, np.array([reading.pull for reading in by_theta.values()])
    title = "what the critic says"
    charts = [
        (title, "distance theta", said),
        ("slope of the generator's loss in theta", "distance theta", pulled),
    ]
    return lines_figure(charts, marks={title: [("log 2", math.log(2))]}, markers=True)


def slopes_figure(lines: Sequence[Record], names: Sequence[str], *, begun: int) -> bytes:
    """Return each critic's largest slope and its generator's distance over the updates.

    Updates count from `begun`, when these games did.
    """

    def since(name: str) -> Series:
        updates_S, values_S = series(lines, name)
        return updates_S - begun, values_S

    charts = [
        (title, "update", {name: since(f"{name}/{key}") for name in names})
        for title, key in (
            ("largest slope of the critic", "largest_slope"),
            ("earth mover distance of the samples", "earth_mover"),
        )
    ]
    titles = [title for title, _, _ in charts]
    return lines_figure(charts, marks={titles[0]: [("1", 1.0)]}, log=titles)


def surfaces_figure(
    games: Mapping[str, LatentGame], real: Draw, *, rng: Generator, count: int = NUM_DRAWN
) -> bytes:
    """Return each critic's scores over the plane with its generator's samples."""
    with torch.no_grad():
        samples = {
            name: game.generator(game.draw(count, rng)).cpu().numpy()
            for name, game in games.items()
        }
    critics = {name: game.critic for name, game in games.items()}
    real_N2 = real(count, rng).cpu().numpy()
    return score_surface_figure(critics, samples, real_N2, limit=3, device=rng.device)


def page_rows(
    fits: Sequence[Fit],
    target: Mixture,
    readings: Mapping[str, Mapping[float, Reading]],
    measured: Mapping[str, float],
) -> list[dict[str, Any]]:
    """Return the rows of results.json: fits, then gauges, then critics."""
    rows: dict[str, dict[str, float]] = {fit.name: fit.metrics(target) for fit in fits}
    for name, by_theta in readings.items():
        for theta, reading in by_theta.items():
            metrics = {"theta": theta, "estimate": reading.estimate, "pull": reading.pull}
            rows[f"{name} critic at distance {theta:g}"] = metrics
    for key, value in measured.items():
        name, _, figure = key.rpartition("/")
        rows.setdefault(f"Wasserstein critic, {name}", {})[figure] = value
    return [{"system": k, "temperature": None, "metrics": v} for k, v in rows.items()]


def page_findings(
    fits: Sequence[Fit],
    readings: Mapping[str, Mapping[float, Reading]],
    measured: Mapping[str, float],
    lines: Sequence[Record],
) -> list[dict[str, str]]:
    """Return what the page shows, in words with figures."""
    wide = [fit.name for fit in fits if fit.sigma > COVERING_SPREAD]
    narrow = [fit for fit in fits if fit.sigma <= COVERING_SPREAD]
    seeking = [fit.name for fit in narrow if abs(fit.mean - fit.best_mean) < fit.best_sigma]
    lost = [fit.name for fit in narrow if fit.name not in seeking]
    said = [
        f"At a distance of {max(by_theta):g} the {name} critic says "
        f"{by_theta[max(by_theta)].estimate:.2f} and pulls with {by_theta[max(by_theta)].pull:.2g}."
        for name, by_theta in readings.items()
    ]
    steep = [_slope_in_words(name, measured, lines) for name in _names(measured)]
    unfinished = {"kind": "unfinished", "text": f"Narrow, on no mode yet: {', '.join(lost)}."}
    return [
        *([unfinished] if lost else []),
        {"kind": "covering", "text": f"Over both modes lie: {', '.join(wide) or 'none'}."},
        {"kind": "seeking", "text": f"On one mode sit: {', '.join(seeking) or 'none'}."},
        {"kind": "distance", "text": f"{' '.join(said)} log 2 is 0.69."},
        {"kind": "largest_slope", "text": f"{'; '.join(steep)}."},
    ]


CAPTIONS = {
    "fits": (
        "Covering against seeking",
        "Grey: the data, two modes. Red: the one Gaussian that was fitted to them, by maximum "
        "likelihood or against a critic of the divergence. Dashed: the nearest Gaussian under "
        "that divergence, by quadrature. Where the red line lies over both modes though the "
        "dashed one sits on one, both are valleys of the divergence.",
    ),
    "gauges": (
        "Two lines that never meet",
        "Jensen-Shannon says log 2 at every distance but 0 and its slope vanishes; the "
        "Wasserstein critic says the distance, and pulls equally hard everywhere.",
    ),
    "slopes": (
        "How steep the critic becomes",
        "The same Wasserstein game on a ring of 8 Gaussians under four reins. Its critic measures "
        "a distance only while its slope is at most 1.",
    ),
    "surfaces": (
        "What the four critics see at the end",
        "Brighter is a higher score; mind the scales. White: real points, red: generated ones.",
    ),
}


def _names(measured: Mapping[str, float]) -> list[str]:
    return list(dict.fromkeys(key.rpartition("/")[0] for key in measured))


def _slope_in_words(name: str, measured: Mapping[str, float], lines: Sequence[Record]) -> str:
    last, said, true = (
        measured[f"{name}/{figure}"] for figure in ("largest_slope", "estimate", "earth_mover")
    )
    values = series(lines, f"{name}/largest_slope")[1]
    grows = len(values) > 1 and values[-1] > 2 * values[len(values) // 2] and values[-1] > DIVERGED
    words = f"{name} {last:.3g}{', still growing: it diverges' if grows else ''}"
    return f"{words} (it says {said:.2g}, the samples are {true:.2g} away)"


def finish_divergences(run: Run, config: Any, trainer: Trainer, made: Experiments) -> None:
    """Measure all games, write the pictures, results.json and the report."""
    if not run.main:
        return
    start = time.perf_counter()
    for module in trainer.modules.values():
        module.eval()
    rng = Generator(run.device).manual_seed(run.seed)
    fits = fits_of(made.fits, made.target, seed=run.seed)
    readings = {name: read_gauges(made, name, rng=rng) for name in (JENSEN_SHANNON, WASSERSTEIN)}
    measured = measure_slopes(made.rings, made.ring, rng=rng)
    lines = RunFolder(run.folder).lines("metrics.jsonl")
    drawn = {
        "fits": fits_figure(fits, made.target),
        "gauges": gauges_figure(readings),
        "slopes": slopes_figure(lines, list(made.rings), begun=trainer.phases.starts[-1]),
        "surfaces": surfaces_figure(made.rings, made.ring, rng=rng),
    }
    for name, data in drawn.items():
        (run.folder / "samples" / f"{name}.png").write_bytes(data)
    write_results(
        run.folder,
        recipe=run.recipe,
        config=config,
        data={"corpus": "made: two modes on a line, two lines, a ring"},
        packages=("seqgan", "torch", "scipy", "scikit-learn", "matplotlib"),
        facts=training_facts(run, trainer),
        findings={
            "rows": page_rows(fits, made.target, readings, measured),
            "diagnosis": {"findings": page_findings(fits, readings, measured, lines)},
            "figures": [
                {"file": f"samples/{name}.png", "title": CAPTIONS[name][0], "caption": text}
                for name, (_, text) in CAPTIONS.items()
            ],
        },
        evaluation_seconds=time.perf_counter() - start,
    )
    run.say(f"report: {write_report(run.folder)}")
