"""Options that picture recipes share."""

import dataclasses
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

from seqgan import errors
from seqgan.core.run import RunOptions
from seqgan.games.adversary import AdversaryOptions

Kind = Literal["residual", "dcgan", "mlp"]


@dataclass(kw_only=True, frozen=True)
class CorpusOptions:
    """Which pictures."""

    corpus: str = "digits"
    """digits (comes with scikit-learn, nothing is fetched), mnist, fashion_mnist, cifar10, stacked
    or folder; `seqgan corpora list` says more."""
    corpus_path: Path | None = None
    """A local copy of the corpus, or your own: a folder of pictures or an .npz with `images`."""
    label_column: str = "labels"
    """Array of an .npz that holds the labels (NAME:2 takes its column 2), or column of a folder's
    metadata.csv."""
    size: int = 0
    """Height and width to which pictures are resized (0: as they are)."""


@dataclass(kw_only=True, frozen=True)
class JudgeOptions:
    """How a picture model is judged."""

    num_samples: int = 2000
    """Pictures drawn at the end and judged (fewer where fewer real ones are held out)."""
    extractor: Path | None = None
    """Folder of the feature extractor that judges; by default a classifier is trained on the
    corpus's training part and kept in the cache."""


@dataclass(kw_only=True, frozen=True)
class PictureOptions(CorpusOptions, JudgeOptions, RunOptions):
    """Corpus, networks and budget of a picture recipe."""

    network: Kind = "residual"
    """residual: without normalization (R3GAN); dcgan: with batch normalization; mlp."""
    width: int = 32
    """Channels of the networks at the largest size (mlp: 8 times as many units)."""
    latent_dim: int = 64
    """Dimensions of the noise or code."""
    batch_size: int = 64
    """Pictures in a micro-batch, over all processes."""
    accumulation: int = 1
    """Micro-batches in an update."""
    updates: int = 3000
    """Updates."""
    evaluate_every: int = 250
    """Updates between two looks at samples."""


LEAST: dict[str, float] = {
    "size": 0,
    "num_samples": 16,
    "width": 1,
    "latent_dim": 1,
    "batch_size": 2,
    "accumulation": 1,
    "updates": 0,
}
EVERY_RUN: dict[str, float] = {"evaluate_every": 1, "max_updates": 1, "seed": 0, "threads": 0}
QUICK_UPDATES = 60
QUICK_SAMPLES = 200

Options = TypeVar("Options", bound=PictureOptions)


def refuse_below(config: RunOptions, least: dict[str, float]) -> None:
    """Raise `UserError` for the first option below its least value, those of every run as well."""
    known = {name: low for name, low in {**EVERY_RUN, **least}.items() if hasattr(config, name)}
    errors.refuse_below(config, known)


def sized(config: Options) -> Options:
    """Return the configuration with --quick and --max-updates applied.

    Raises `UserError` for values out of range.
    """
    refuse_below(config, LEAST)
    most = min(config.max_updates or sys.maxsize, QUICK_UPDATES if config.quick else sys.maxsize)
    if isinstance(config, AdversaryOptions):
        config = dataclasses.replace(config, pretrain_updates=min(config.pretrain_updates, most))
    return dataclasses.replace(
        config,
        updates=min(config.updates, most),
        num_samples=min(config.num_samples, QUICK_SAMPLES if config.quick else sys.maxsize),
    )


def announce(config: PictureOptions, shape: tuple[int, int, int], *, count: int) -> str:
    """Return what a run is going to do."""
    size = " x ".join(map(str, shape))
    return f"{count:,} training pictures of {size}; {config.updates} updates of {config.batch_size}"
