"""Where a critic alone is searched: among pictures of a corpus, or on the plane.

Legend: N points.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Generator, Tensor

from seqgan.core.run import Run, write_whole
from seqgan.core.trainer import Stateful, Trainer, seed_at
from seqgan.data.pictures import from_bytes
from seqgan.errors import UserError
from seqgan.image.drawing import animate_rounds
from seqgan.image.finish import finish_pictures
from seqgan.image.model import sampler_of
from seqgan.image.options import PictureOptions, announce, refuse_below
from seqgan.image.plane import ring
from seqgan.image.plane_figures import score_surface_figure
from seqgan.image.samples import SampleHook
from seqgan.image.searched import SearchGenerator
from seqgan.image.setup import load_parts, make_watch, picture_batches
from seqgan.metrics.modes import grid_modes
from seqgan.nn.saving import save_built
from seqgan.report.page import write_report
from seqgan.report.record import training_facts, write_results

NUM_HELD_OUT = 500
LEAST: dict[str, float] = {
    "rounds": 1,
    "search_steps": 1,
    "num_negatives": 1,
    "search_noise": 0,
    "gamma": 0,
    "final_lr": 0,
}
SYSTEM = "discriminator alone"

RADIUS, SIGMA = 0.6, 0.04
"""Of the ring on the plane, whose search stays between -1 and 1."""
NUM_MODES = 8
NUM_POINTS, NUM_DRAWN = 2000, 400
PACKAGES = ("seqgan", "torch")


@dataclass(kw_only=True, frozen=True)
class SearchOptions(PictureOptions):
    """Rounds of search, and how the critic learns between them."""

    corpus: str = "digits"
    """Pictures as in the other recipes, or gaussians: eight on a ring of the plane, where the
    score is drawn as a surface."""
    updates: int = 2000
    """Updates of the critic, over all rounds."""
    rounds: int = 20
    """Rounds at most: each begins with a search."""
    num_negatives: int = 256
    """Negatives that a round adds to the memory."""
    search_steps: int = 20
    """Steps uphill in a search."""
    search_step: float = 0.15
    """How far the first step moves a value (of -1 to 1), in the root mean square."""
    search_noise: float = 0.0
    """Noise on every step, as a share of it (Langevin dynamics)."""
    stop_below: float = 0.55
    """Stop when the critic tells the newest negatives from held-out data in fewer pairs."""
    gamma: float = 0.1
    """Weight of half the squared slope at data (R1)."""
    critic_lr: float = 1e-3
    """Adam's rate."""
    final_lr: float = 0.1
    """Share of the rate that is left at the end, after a linear fall."""

    def refuse_nonsense(self) -> None:
        """Raise `UserError` for values out of range."""
        refuse_below(self, LEAST)
        for name in ("search_step", "critic_lr"):
            if not (value := getattr(self, name)) > 0:
                raise UserError(f"--{name.replace('_', '-')} is {value}: it must be above 0")


@dataclass(frozen=True)
class Ground:
    """What is searched: items of a shape, some held out, a look at what is found, an end."""

    network: str
    shape: tuple[int, ...]
    held_out: Tensor
    batches: Callable[[int], Tensor]
    look: Callable[[SearchGenerator], Callable[[int], Mapping[str, float]]]
    finish: Callable[[Trainer, SearchGenerator], None]
    stateful: Mapping[str, Stateful] = field(default_factory=dict)


def ground_of(config: SearchOptions, run: Run) -> Ground:
    """Return the plane for `--corpus gaussians`, and the corpus's pictures for any other."""
    return plane(config, run) if config.corpus == "gaussians" else pictures(config, run)


def pictures(config: SearchOptions, run: Run) -> Ground:
    """Return the pictures of a corpus."""
    parts = load_parts(config, run)
    run.say(announce(config, parts.train.shape, count=len(parts.train)))
    watch = make_watch(config, parts, run)

    def look(generator: SearchGenerator) -> SampleHook:
        return SampleHook(run, sampler_of(generator, run.device), watch, generator.score)

    def finish(trainer: Trainer, generator: SearchGenerator) -> None:
        systems, networks = {SYSTEM: sampler_of(generator, run.device)}, {"generator": generator}
        finish_pictures(run, config, trainer, systems, parts, watch=watch, networks=networks)

    return Ground(
        config.network,
        parts.train.shape,
        from_bytes(parts.test.images[:NUM_HELD_OUT]).to(run.device),
        picture_batches(run, parts.train, batch_size=config.batch_size),
        look,
        finish,
        {"watch": watch},
    )


def plane(config: SearchOptions, run: Run) -> Ground:
    """Return eight Gaussians on a ring of the plane, where everything can be seen."""
    target = ring(count=NUM_MODES, radius=RADIUS, sigma=SIGMA)
    process, processes = run.accelerator.process_index, run.accelerator.num_processes

    def drawn(count: int, *, seed: int) -> Tensor:
        return target(count, Generator(run.device).manual_seed(seed))

    def batch(index: int) -> Tensor:
        seed = seed_at(run.seed, index, process, "points")
        return drawn(-(-config.batch_size // processes), seed=seed)

    return Ground(
        "mlp",
        (2,),
        drawn(NUM_HELD_OUT, seed=seed_at(run.seed, 0, 0, "held out")),
        batch,
        lambda generator: SurfaceHook(run, generator, drawn(NUM_DRAWN, seed=run.seed)),
        lambda trainer, generator: finish_plane(
            run, config, trainer, generator, drawn(NUM_POINTS, seed=run.seed)
        ),
    )


def figures_of(points_N2: Tensor) -> dict[str, float]:
    """Return how many of the ring's Gaussians the points find, and how many points are near one."""
    centers = ring(count=NUM_MODES, radius=RADIUS).mean_KD.numpy()
    found = grid_modes(points_N2.cpu().numpy(), centers, sigma=SIGMA)
    return {"modes": float(found.modes), "modes_kl": found.kl, "high_quality": found.high_quality}


@torch.no_grad()
def search(generator: SearchGenerator, count: int, *, seed: int, device: torch.device) -> Tensor:
    """Return points that the generator finds, the same ones for the same seed."""
    return sampler_of(generator, device)(count, Generator(device).manual_seed(seed))


@dataclass(frozen=True)
class SurfaceHook:
    """A hook: draws the score as a surface, and on it what a search finds, into `samples/`."""

    run: Run
    generator: SearchGenerator
    real_N2: Tensor

    def __call__(self, update: int) -> Mapping[str, float]:
        """Return how good what is found is after so many updates."""
        found = search(self.generator, NUM_DRAWN, seed=self.run.seed, device=self.run.device)
        name = f"update {update:,}"
        image = score_surface_figure(
            {name: self.generator.score},
            {name: found.cpu().numpy()},
            self.real_N2.cpu().numpy(),
            limit=1.0,
            device=self.run.device,
        )
        samples = self.run.folder / "samples"
        samples.mkdir(exist_ok=True)
        write_whole(samples / f"{update:06d}.png", image)
        return {f"plane/{figure}": value for figure, value in figures_of(found).items()}


def finish_plane(
    run: Run, config: Any, trainer: Trainer, generator: SearchGenerator, real_N2: Tensor
) -> None:
    """Count the Gaussians that are found, save the critic, and report."""
    if not run.main:
        return
    start = time.perf_counter()
    save_built(generator.eval(), run.folder / "generator")
    points = {
        "real": real_N2,
        SYSTEM: search(generator, NUM_POINTS, seed=run.seed, device=run.device),
    }
    animate_rounds(run.folder / "samples", run.folder / "samples" / "training.gif")
    write_results(
        run.folder,
        recipe=run.recipe,
        config=config,
        data={"corpus": "gaussians"},
        packages=PACKAGES,
        facts=training_facts(run, trainer),
        findings={
            "rows": [
                {"system": name, "temperature": None, "metrics": figures_of(points_N2)}
                for name, points_N2 in points.items()
            ],
            "table": "settings",
        },
        evaluation_seconds=time.perf_counter() - start,
    )
    run.say(f"report: {write_report(run.folder)}")
