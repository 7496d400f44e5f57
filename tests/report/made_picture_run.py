"""A made run folder, as a picture recipe leaves it: blobs that come out of noise."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
from made_run import write_lines
from matplotlib.figure import Figure
from PIL import Image

COLUMNS = 8
CLASSES = ("ring", "disc", "bar", "cross", "dots", "wave")
FAULTS = [
    {
        "kind": "dropping",
        "text": "2 of 6 classes are missing or thin: wave has no sample (16.7 % of real pictures), "
        "dots 1.5 % (16.7 %).",
    },
    {
        "kind": "collapse",
        "text": "31 % of the samples have a near twin, and the spread within a class fell from "
        ".92 to .31 of the real one after update 6,000.",
    },
]


def made_grid(*, noise: float, seed: int, side: int = 14, shapes: int = 5) -> Image.Image:
    """Return a sheet of 64 drawn shapes under so much noise, in [0, 1], as a grey picture."""
    rng = np.random.default_rng(seed)
    sheet = np.full((COLUMNS * (2 * side + 2) - 2,) * 2, 128, dtype=np.uint8)
    down, right = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]
    for place in range(COLUMNS**2):
        turn, size = rng.uniform(0, math.pi), rng.uniform(0.5, 0.8)
        along = down * math.cos(turn) + right * math.sin(turn)
        across = right * math.cos(turn) - down * math.sin(turn)
        radius = np.hypot(down, right)
        drawn = [
            np.abs(radius - size) < 0.18,
            radius < size,
            np.abs(along) < 0.2,
            (np.abs(along) < 0.15) | (np.abs(across) < 0.15),
            (np.abs(across) < 0.3) & (np.abs(np.abs(along) - size) < 0.25),
            np.abs(along - 0.4 * np.sin(4 * across)) < 0.2,
        ][rng.integers(shapes)]
        picture = (1 - noise) * drawn + noise * rng.uniform(0, 1, drawn.shape)
        large = np.kron((255 * picture).astype(np.uint8), np.ones((2, 2), dtype=np.uint8))
        top, left = place // COLUMNS * (2 * side + 2), place % COLUMNS * (2 * side + 2)
        sheet[top : top + 2 * side, left : left + 2 * side] = large
    return Image.fromarray(sheet)


def made_picture_results(
    *, seed: int = 0, setting: str = "", fid: float = 1.5, corpus: str = "shapes"
) -> dict[str, Any]:
    """Return what a picture recipe writes to `results.json`."""
    shares = dict(zip(CLASSES, (0.31, 0.28, 0.22, 0.175, 0.015, 0.0), strict=True))
    real = {"fid": 0.21, "kid": 0.0004, "inception_score": 5.71, "precision": 0.97}
    real |= {"recall": 0.96, "density": 1.01, "coverage": 0.97, "modes": 6, "modes_kl": 0.001}
    ours = {"fid": fid, "kid": 0.0123, "inception_score": 3.9, "precision": 0.91, "recall": 0.44}
    ours |= {"density": 0.9, "coverage": 0.51, "modes": 5, "modes_kl": 0.21, "duplicates": 0.31}
    return {
        "recipe": "image_gan",
        "config": {"seed": seed, "objective": setting or "relativistic"},
        "seed": seed,
        "setting": setting,
        "table": "settings",
        "data": {"corpus": corpus, "checksum": "00ff", "pictures": {"train": 900, "test": 500}},
        "versions": {"torch": "2.0", "seqgan": "0.1"},
        "machine": "2 cores",
        "seconds": {"training": 361.2, "evaluation": 24.0},
        "updates": {"training": 8000},
        "extractor": {"name": "shapes-classifier", "accuracy": 0.987, "samples": 500},
        "rows": [
            {"system": "real held-out", "temperature": None, "metrics": real, "void": []},
            {"system": "generator", "temperature": None, "metrics": ours, "void": []},
        ],
        "diagnosis": {
            "findings": FAULTS,
            "classes": {
                name: {"share": share, "real_share": 1 / 6} for name, share in shares.items()
            },
        },
        "figures": [
            {
                "file": "samples/slopes.svg",
                "title": "Slope of the critic",
                "caption": "Largest measured slope with and without each constraint.",
            }
        ],
        "warnings": ["Samples lose their spread (watch/spread is 0.31) at update 6,000."],
    }


def make_picture_run(folder: Path, *, rounds: int = 9) -> Path:
    """Write a finished picture run to `folder` and return it."""
    samples = folder / "samples"
    samples.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps({"recipe": "image_gan", "lr": 0.001}))
    (folder / "results.json").write_text(json.dumps(made_picture_results()))
    grids = [made_grid(noise=0.85**step, seed=step) for step in range(rounds)]
    for step, grid in enumerate(grids):
        grid.save(samples / f"{1000 * step:06}.png")
    grids[0].save(samples / "training.gif", save_all=True, append_images=grids[1:], duration=300)
    made_grid(noise=0, seed=99, shapes=6).save(samples / "real.png")
    grids[-1].crop((0, 0, 238, 118)).save(samples / "nearest.png")
    grids[-1].crop((0, 0, 238, 88)).save(samples / "latent.png")
    figure = Figure(figsize=(4, 2.5), layout="constrained")
    figure.subplots().plot([0, 1, 2], [1, 3, 2])
    figure.savefig(samples / "slopes.svg", metadata={"Date": None})
    lines = []
    for update in range(0, 8000, 50):
        wave = math.sin(update / 70) / 10
        loss = {"critic/loss": 0.6 + wave, "generator/loss": 0.8 - wave}
        watch = {"watch/duplicates": update / 30000} if update % 1000 == 0 else {}
        line = {"update": update, "phase": "training", "figures": loss | watch, "seconds": 1.0}
        lines.append(line)
    write_lines(folder / "metrics.jsonl", lines)
    return folder
