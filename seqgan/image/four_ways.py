"""What `four_ways.py` shows: every way's samples side by side, and one table of all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from torch import Tensor, nn

from seqgan.core.run import Run
from seqgan.core.schedule import Phases
from seqgan.core.trainer import Trainer
from seqgan.data.pictures import PictureParts
from seqgan.image.autoencoders import CodeLook
from seqgan.image.drawing import picture_grid, save_png, side_by_side
from seqgan.image.finish import REAL, finish_pictures
from seqgan.image.model import sampler_of
from seqgan.image.pixel_mixture import applies, fitted_mixture
from seqgan.image.samples import SampleHook, Sampler, draw
from seqgan.image.watch import Watch
from seqgan.image.ways import Way, WaysOptions
from seqgan.metrics.sharpness import sharpness

MIXTURE = "Gaussian mixture, likelihood"
NUM_SHARP = 500
COLUMNS, ROWS = 4, 8
FIGURE = "samples/ways.png"


@dataclass(frozen=True)
class WaysHook:
    """A hook: looks at samples of the way that is in training."""

    run: Run
    ways: Mapping[str, Way]
    watches: Mapping[str, Watch]
    phases: Phases
    parts: PictureParts

    def __call__(self, update: int) -> Mapping[str, float]:
        """Return what was seen after so many updates of all ways together."""
        way = self.ways[self.phases.at(update - 1)[0].name]
        look = SampleHook(self.run, way.sampler, self.watches[way.name], way.score)
        if way.coder is None:
            return look(update)
        device = self.run.device
        return CodeLook(way.coder, self.parts.test, look, device, before=way.settle)(update)


def finish_ways(
    run: Run,
    config: WaysOptions,
    trainer: Trainer,
    ways: Sequence[Way],
    parts: PictureParts,
    *,
    watches: Mapping[str, Watch],
) -> None:
    """Judge all ways and the mixture of greatest likelihood, where it applies, and report.

    The last way is the one that is diagnosed and sampled from later.
    """
    if not run.main:
        return
    for module in trainer.modules.values():
        module.eval()
    for way in ways:
        way.settle()
    systems: dict[str, Sampler] = {way.name: way.sampler for way in ways}
    if applies(parts.train, num_components=config.num_components):
        run.say("fitting a mixture of Gaussians to the pixels ...")
        mixture = fitted_mixture(parts.train, config.num_components, seed=config.seed)
        systems = {MIXTURE: sampler_of(mixture.to(run.device), run.device), **systems}
    shown = {REAL: parts.test.images[:NUM_SHARP]} | {
        name: draw(sampler, NUM_SHARP, seed=config.seed, device=run.device)
        for name, sampler in systems.items()
    }
    more = {name: {"sharpness": sharpness(images)} for name, images in shown.items()}
    for way in ways:
        more[way.name]["training_seconds"] = trainer.seconds[way.name] + way.clock.seconds
        if way.coder is not None:
            error = way.coder.reconstruction_error(parts.test, device=run.device)
            more[way.name]["reconstruction"] = error
    networks: dict[str, nn.Module] = {way.folder: way.network for way in ways}
    finish_pictures(
        run,
        config,
        trainer,
        systems,
        parts,
        watch=watches[ways[-1].name],
        networks=networks,
        figures=[draw_ways(run, shown)],
        more_metrics=more,
    )


def draw_ways(run: Run, shown: Mapping[str, Tensor]) -> dict[str, str]:
    """Draw the first uint8 pictures of every system side by side; return the figure's entry."""
    panels = [
        (name, picture_grid(images[: COLUMNS * ROWS], columns=COLUMNS))
        for name, images in shown.items()
    ]
    save_png(side_by_side(panels), run.folder / FIGURE)
    return {
        "file": FIGURE,
        "title": "Side by side",
        "caption": "The first samples of every system; not chosen by hand.",
    }
