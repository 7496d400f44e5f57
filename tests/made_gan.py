"""Made pictures of three classes, what judges them, and options of a run on them: a second."""

from pathlib import Path

import numpy as np
import torch

from seqgan.data.pictures import Pictures
from seqgan.image.extractor import save_extractor, train_extractor

TINY = [
    *("--device", "cpu", "--threads", "1", "--network", "mlp", "--width", "2"),
    *("--latent-dim", "3", "--batch-size", "8", "--max-updates", "2", "--num-samples", "16"),
    *("--log-every", "1", "--evaluate-every", "2", "--checkpoint-every", "2"),
]
SHAPE = (1, 8, 8)
TRAINED, HELD_OUT = 60, 40


def write_material(folder: Path) -> list[str]:
    """Write pictures as `made.npz` with their `extractor/`; return the options that name both."""
    rng = np.random.default_rng(0)
    labels = np.arange(TRAINED + HELD_OUT) % 3
    images = rng.integers(0, 60, (len(labels), *SHAPE[1:]), dtype=np.uint8)
    for row, label in enumerate(labels):
        images[row, 2 * label : 2 * label + 3] += 150
    test = np.arange(len(labels)) >= TRAINED
    np.savez(folder / "made.npz", images=images, labels=labels, test=test)
    known = torch.from_numpy(images[:TRAINED, None]), torch.from_numpy(labels[:TRAINED])
    save_extractor(train_extractor(Pictures(*known), updates=5), folder / "extractor")
    corpus = ["--corpus", "folder", "--corpus-path", str(folder / "made.npz")]
    return [*corpus, "--extractor", str(folder / "extractor")]
