"""The network that judges pictures: a small classifier of the corpus, its last layer the features.

Without labels it learns to tell turned pictures apart (arXiv:1803.07728).
Legend: N pictures, C channels, H height, W width, F features, K outputs.
"""

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from tqdm import tqdm, trange

from seqgan.data.cache import cache_folder, explain_oserror
from seqgan.data.pictures import PictureParts, Pictures, from_bytes
from seqgan.errors import UserError
from seqgan.nn.saving import load_weights, read_config, save_module
from seqgan.ops.fused_adam import fused_adamw
from seqgan.ops.repeatable import repeatable

VERSION = 1  # of architecture and training: another one is not found in the cache
BATCH_SIZE = 128
LEARNING_RATE = 3e-3
LARGE = 48  # pixels of the longer side from which the first layer halves the picture
TURNS = ("as it is", "turned by 90°", "turned by 180°", "turned by 270°")
MIRRORS = ("as it is", "upside down", "left to right", "both")


class Extractor(nn.Module):
    """A small convolutional classifier of uint8 pictures; its last hidden layer is the features.

    `outputs` are the names of what it tells apart. They are the corpus's labels, or, where
    `labels` is false, positions of the picture: then they say nothing of what is shown.
    """

    scale: Tensor

    def __init__(
        self,
        shape: Sequence[int],
        outputs: Sequence[str],
        *,
        name: str,
        labels: bool = True,
        width: int = 16,
        num_features: int = 64,
    ) -> None:
        super().__init__()
        self.arguments: dict[str, Any] = {
            "shape": list(shape),
            "outputs": list(outputs),
            "name": name,
            "labels": labels,
            "width": width,
            "num_features": num_features,
        }
        self.shape, self.outputs = tuple(shape), tuple(outputs)
        self.name, self.labels, self.num_features = name, labels, num_features
        channels, height, width_now = shape
        stride = 2 if max(height, width_now) >= LARGE else 1
        layers: list[nn.Module] = [*_layer(channels, width, stride=stride)]
        size, wide = -(-max(height, width_now) // stride), width
        while size > 4:
            wider = min(2 * wide, 4 * width)
            layers += [nn.MaxPool2d(2, ceil_mode=True), *_layer(wide, wider)]
            size, wide = -(-size // 2), wider
        side = min(4, size)
        self.body = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(side), nn.Flatten())
        self.features = nn.Linear(wide * side * side, num_features)
        self.head = nn.Linear(num_features, len(self.outputs))
        self.register_buffer("scale", torch.ones(()))

    def forward(self, images: Tensor) -> Tensor:
        """Return features of uint8 pictures (N, C, H, W), shape (N, F), on the own device."""
        pictures = from_bytes(images.to(self.scale.device))
        return functional.relu(self.features(self.body(pictures))) * self.scale

    def classify(self, features_NF: Tensor) -> Tensor:
        """Return logits from features, shape (N, K)."""
        logits_NK: Tensor = self.head(features_NF / self.scale)
        return logits_NK

    def logits(self, images: Tensor) -> Tensor:
        """Return logits of uint8 pictures, shape (N, K)."""
        return self.classify(self(images))


def _layer(channels_in: int, channels_out: int, *, stride: int = 1) -> tuple[nn.Module, ...]:
    convolution = nn.Conv2d(channels_in, channels_out, 3, stride=stride, padding=1, bias=False)
    return convolution, nn.BatchNorm2d(channels_out), nn.ReLU()


def turned(images: Tensor) -> tuple[Tensor, Tensor]:
    """Return every picture in four positions, and the number of each one's position.

    Square pictures are turned by quarters, others mirrored, so that the size stays.
    """
    if images.shape[2] == images.shape[3]:
        copies = [images.rot90(quarters, (2, 3)) for quarters in range(4)]
    else:
        copies = [images, images.flip(2), images.flip(3), images.flip(2, 3)]
    return torch.cat(copies), torch.arange(4).repeat_interleave(len(images))


def train_extractor(
    train: Pictures,
    *,
    name: str = "classifier",
    seed: int = 0,
    updates: int | None = None,
    device: torch.device | str = "cpu",
    progress: bool = False,
) -> Extractor:
    """Return an extractor in evaluation mode, trained on labels where there are two or more.

    By default some epochs, 300 to 1,000 updates of 128. Features are scaled to a mean variance of
    1 over the training pictures, so that Fréchet distances of corpora are of one size. The global
    random state is left as it was; one CPU thread, so that `--threads` changes no figure. Raises
    `UserError` on fewer than two pictures.
    """
    if len(train) < 2:
        raise UserError(f"an extractor needs two training pictures or more, got {len(train)}")
    labels = len(train.labels.unique()) > 1
    with repeatable(seed):
        names = _output_names(train) if labels else TURNS if _square(train) else MIRRORS
        extractor = Extractor(train.shape, names, name=name, labels=labels).to(device)
        _fit(extractor, train, updates=updates or _updates(len(train)), seed=seed, show=progress)
    with torch.no_grad():
        seen = torch.cat([extractor(batch) for batch in train.images[:5000].split(256)])
        extractor.scale /= seen.var(0).mean().sqrt().clamp(min=1e-8)
    return extractor


def _fit(extractor: Extractor, train: Pictures, *, updates: int, seed: int, show: bool) -> None:
    rng = torch.Generator().manual_seed(seed)
    optimizer = fused_adamw(extractor.parameters(), lr=LEARNING_RATE, weight_decay=1e-2)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, total_steps=updates)
    rows = BATCH_SIZE if extractor.labels else BATCH_SIZE // 4
    order = torch.empty(0, dtype=torch.long)
    extractor.train()
    for _ in trange(updates, desc="extractor", disable=not show, dynamic_ncols=True):
        if len(order) < min(rows, len(train)):
            order = torch.randperm(len(train), generator=rng)
        chosen, order = order[:rows], order[rows:]
        batch = train.at(chosen)
        images, labels = (batch.images, batch.labels) if extractor.labels else turned(batch.images)
        logits_NK = extractor.logits(images)
        loss = functional.cross_entropy(logits_NK, labels.to(logits_NK.device))
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        optimizer.step()
        rate.step()
    extractor.eval()


@torch.no_grad()
def accuracy(extractor: Extractor, part: Pictures) -> float:
    """Return the share of pictures whose label (or, without labels, position) is recognized."""
    right = total = 0
    for images, labels in zip(part.images.split(256), part.labels.split(256), strict=True):
        asked, answers = (images, labels) if extractor.labels else turned(images)
        right += int((extractor.logits(asked).argmax(1).cpu() == answers).sum())
        total += len(asked)
    return right / total


def corpus_extractor(
    parts: PictureParts, *, device: torch.device | str = "cpu", progress: bool = False
) -> Extractor:
    """Return the one extractor of these pictures: from the cache, or trained and put there.

    It is found by the checksum of the data, so that all runs on a corpus are judged alike.
    """
    checksum = parts.checksum[:16]
    folder = cache_folder() / "extractors" / f"{checksum}-{VERSION}"
    if folder.is_dir():
        try:
            return load_extractor(folder, shape=parts.train.shape, device=device)
        except UserError as error:
            tqdm.write(f"the cached extractor cannot be used: {error}; training it again")
    extractor = train_extractor(
        parts.train, name=f"classifier {checksum[:8]}", device=device, progress=progress
    )
    try:
        _store(extractor, folder)
    except OSError as error:
        tqdm.write(f"the extractor is not kept: {explain_oserror(error)}")
    return extractor


def save_extractor(extractor: Extractor, folder: Path) -> None:
    """Write the extractor into the folder, as `load_extractor` reads it."""
    save_module(extractor, extractor.arguments, folder)


def load_extractor(
    folder: Path, *, shape: Sequence[int] | None = None, device: torch.device | str = "cpu"
) -> Extractor:
    """Return a saved extractor in evaluation mode.

    Raises:
        UserError: if the folder holds none, a damaged one, or one of pictures of another shape.
    """
    config = read_config(folder)
    if config.get("architecture") != "Extractor":
        raise UserError(
            f"{folder} holds a {config.get('architecture')!r}, not an extractor: give a folder"
            " that save_extractor wrote"
        )
    try:
        given = config["arguments"]
        extractor = Extractor(
            given["shape"],
            given["outputs"],
            name=given["name"],
            labels=given["labels"],
            width=given["width"],
            num_features=given["num_features"],
        )
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise UserError(f"{folder / 'config.json'} describes no extractor: {error!r}") from None
    if shape is not None and tuple(shape) != extractor.shape:
        raise UserError(
            f"the extractor in {folder} sees pictures of shape {extractor.shape}, these are"
            f" {tuple(shape)}: give one that was trained on such pictures"
        )
    load_weights(extractor, folder)
    return extractor.to(device).eval()


def _store(extractor: Extractor, folder: Path) -> None:
    """Save the extractor aside, then rename it, so that what stands in the cache is whole."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=".extractor-", dir=folder.parent))
    try:
        save_extractor(extractor, aside)
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(aside, folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _square(pictures: Pictures) -> bool:
    return pictures.shape[1] == pictures.shape[2]


def _output_names(train: Pictures) -> tuple[str, ...]:
    """Return the labels' names, numbers where a label has none."""
    count = max(int(train.labels.max()) + 1, len(train.label_names))
    return tuple(
        train.label_names[i] if i < len(train.label_names) else str(i) for i in range(count)
    )


def _updates(num_pictures: int) -> int:
    """Return about two epochs, 300 updates at least and 1,000 at most."""
    return min(1000, max(300, 2 * num_pictures // BATCH_SIZE))
