"""What `stacked_digits.py` measures: which of 1,000 stacks of three digits come, and how evenly.

Each color channel is told by the classifier of the single grey pictures; what else is measured,
quality above all, is measured on the channels one by one, as grey pictures.

Legend: N pictures, C channels, H height, W width, K modes.
"""

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from torch import Tensor, nn

from seqgan.core.monitor import Alarm
from seqgan.core.run import Run
from seqgan.core.trainer import Trainer
from seqgan.data.pictures import PictureParts
from seqgan.errors import UserError
from seqgan.image.diagnosis import diagnose
from seqgan.image.drawing import picture_grid, save_png
from seqgan.image.extractor import Extractor
from seqgan.image.finish import REAL, named, publish
from seqgan.image.judging import Judge
from seqgan.image.kinds import stacked_kinds
from seqgan.image.options import PictureOptions
from seqgan.image.samples import COLUMNS, NUM_SHOWN, Sampler, draw
from seqgan.image.watch import Watch
from seqgan.metrics.modes import ModeCount, found_modes
from seqgan.nn.saving import save_built
from seqgan.report.record import training_facts

CHANNELS = 3
NUM_WATCHED = 4000  # of 1,000 modes that come alike, 982 are among so many
NUM_JUDGED = 2000  # channels, for what is measured on them
NAMED = 8  # missing modes in a sentence

ALARMS = [
    Alarm(
        "stacked/modes_lost", "dropping: modes that were found before are gone", high=60, patience=2
    )
]


def refuse_unstackable(config: PictureOptions, grey: PictureParts) -> None:
    """Raise `UserError` unless the pictures are grey and labeled, so that stacks can be counted."""
    if grey.train.shape[0] != 1:
        raise UserError(
            f"--corpus {config.corpus} is of {grey.train.shape[0]} channels: stacks are made of"
            " grey pictures; give mnist, fashion_mnist or digits"
        )
    if len(grey.train.labels.unique()) < 2:
        raise UserError(
            f"--corpus {config.corpus} has no labels, and stacks are counted by them; give mnist,"
            " fashion_mnist or digits"
        )


def channels_of(images: Tensor) -> Tensor:
    """Return the channels of pictures (N, C, H, W) as grey pictures, (N C, 1, H, W)."""
    return images.flatten(0, 1).unsqueeze(1)


def count_modes(images: Tensor, extractor: Extractor) -> ModeCount:
    """Return the modes found by uint8 pictures (N, 3, H, W): one picture finds a mode."""
    mode_N = stacked_kinds(extractor, images)
    num_modes = len(extractor.outputs) ** CHANNELS
    return found_modes(mode_N, np.ones(len(mode_N), dtype=bool), num_modes, least=1)


def figures_of(found: ModeCount) -> dict[str, float]:
    """Return the figures of a row."""
    return {"modes": float(found.modes), "modes_kl": found.kl}


def mode_name(mode: int, names: tuple[str, ...]) -> str:
    """Return the names of a mode's channels, red first.

    >>> mode_name(102, tuple("0123456789")), mode_name(1, ("coat", "bag"))
    ('102', 'coat+coat+bag')
    """
    digits = [mode // len(names) ** place % len(names) for place in reversed(range(CHANNELS))]
    between = "" if max(map(len, names)) == 1 else "+"
    return between.join(names[digit] for digit in digits)


@dataclass
class StackedHook:
    """A hook: draws `samples/NNNNNN.png`, counts modes, and lets a `Watch` look at channels."""

    run: Run
    sampler: Sampler
    watch: Watch
    best: int = 0

    def __call__(self, update: int) -> Mapping[str, float]:
        """Return the figures after so many updates; `modes_lost` since the best so far."""
        samples = draw(self.sampler, NUM_WATCHED, seed=self.run.seed, device=self.run.device)
        path = self.run.folder / "samples" / f"{update:06d}.png"
        save_png(picture_grid(samples[:NUM_SHOWN], columns=COLUMNS), path)
        found = count_modes(samples, self.watch.judge.extractor)
        self.best = max(self.best, found.modes)
        self.run.say(
            f"update {update}: {found.modes} of {len(found.shares):,} modes among {NUM_WATCHED:,}"
            f" samples, KL {found.kl:.3f}; {path}"
        )
        figures = {**figures_of(found), "modes_lost": float(self.best - found.modes)}
        channels = channels_of(samples)[: self.watch.count].to(self.run.device)
        seen = self.watch.figures(update, channels)
        return {**{f"stacked/{name}": value for name, value in figures.items()}, **seen}

    def state_dict(self) -> dict[str, int]:
        """Return the most modes found so far."""
        return {"best": self.best}

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Put a saved state back."""
        self.best = state["best"]


def findings_of(
    samples: Mapping[str, Tensor], grey: PictureParts, watch: Watch, *, seed: int
) -> dict[str, Any]:
    """Return rows and diagnosis of each system's uint8 pictures; the last system is diagnosed."""
    extractor = watch.judge.extractor
    judge = Judge(grey, extractor, num_samples=NUM_JUDGED, seed=seed)
    rows, found = [], {}
    for name, images in samples.items():
        found[name] = count_modes(images, extractor)
        # Stacks of held-out digits show some digits twice: not so the held-out digits themselves.
        own = judge.real_row() if name == REAL else judge.row(channels_of(images))
        metrics = {**own, **figures_of(found[name])}
        rows.append({"system": name, "temperature": None, "metrics": metrics})
    last = list(samples)[-1]
    channels = channels_of(samples[last])
    seen = diagnose(channels, grey, extractor, watch.history, judge=judge).as_json()
    others = [{**f, "text": f"Channel by channel: {f['text']}"} for f in seen["findings"]]
    first = finding(found[last], len(channels) // CHANNELS, extractor.outputs)
    return {
        "rows": rows,
        "diagnosis": {**seen, "findings": [first, *others]},
        "history": [asdict(past) for past in watch.history],
        "mode_shares": found[last].shares.tolist(),
        "extractor": named(extractor, grey, count=judge.count),
    }


def finding(found: ModeCount, count: int, names: tuple[str, ...]) -> dict[str, str]:
    """Return in words how many modes came among `count` samples, and which did not."""
    missing = np.flatnonzero(found.shares == 0)
    text = (
        f"{found.modes:,} of {len(found.shares):,} modes are found among {count:,} samples, KL to"
        f" even shares {found.kl:.3f}."
    )
    if len(missing) == 0:
        return {"kind": "fine", "text": text}
    shown = [mode_name(int(mode), names) for mode in missing[:NAMED]]
    more = f" and {len(missing) - NAMED} more" if len(missing) > NAMED else ""
    return {"kind": "dropping", "text": f"{text} Missing: {', '.join(shown)}{more}."}


def finish_stacked(
    run: Run,
    config: PictureOptions,
    trainer: Trainer,
    sampler: Sampler,
    grey: PictureParts,
    stacked: PictureParts,
    *,
    watch: Watch,
    networks: Mapping[str, nn.Module],
) -> None:
    """Save the networks, count the modes of held-out stacks and of the generator, and report."""
    if not run.main:
        return
    for name, network in networks.items():
        save_built(network.eval(), run.folder / name)
    run.say("judging samples ...")
    begun = time.perf_counter()
    real = stacked.test.images[: config.num_samples]
    drawn = draw(sampler, config.num_samples, seed=config.seed, device=run.device)
    seconds = (time.perf_counter() - begun) / len(drawn)
    findings = findings_of({REAL: real, "GAN": drawn}, grey, watch, seed=config.seed)
    findings["rows"][-1]["metrics"]["seconds_a_sample"] = seconds
    report = publish(
        run.folder,
        run.recipe,
        config,
        drawn,
        stacked,
        training_facts(run, trainer),
        findings,
        corpus=f"stacked {config.corpus}",
        begun=begun,
    )
    run.say(f"report: {report}\nmore pictures: seqgan sample {run.folder} --output grid.png")
