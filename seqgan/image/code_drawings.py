"""What codes look like: reconstructions, ways between two codes, codes and pictures by class.

Legend: R strips, S steps, C channels, H height, W width, N pictures, L code width.
"""

from pathlib import Path

import torch
from matplotlib.figure import Figure as Plot
from matplotlib.patches import Circle
from torch import Tensor

from seqgan.data.pictures import PictureParts, Pictures, from_bytes, to_bytes
from seqgan.image.coded import CodeGenerator
from seqgan.image.coder import NUM_LOOKED_AT, Coder
from seqgan.image.drawing import picture_grid, save_png, strips
from seqgan.image.judging import nearest_training

NUM_SHOWN = 16
NUM_STRIPS, STEPS = 6, 7
NUM_OF_CLASS, MAX_CLASSES = 12, 20

Figure = dict[str, str]
"""An entry of `figures` in the results: file, title, caption."""


def draw_codes(
    folder: Path, coder: Coder, parts: PictureParts, *, device: torch.device | str
) -> list[Figure]:
    """Draw reconstructions, ways between two codes, and codes by class; return the figures."""
    shown = folder / "samples"
    output = coder.reconstruct(parts.test, count=NUM_SHOWN, device=device)
    real = parts.test.images[: len(output)]
    both = torch.cat([real, to_bytes(output)])
    save_png(picture_grid(both, columns=len(real)), shown / "reconstructions.png")
    save_png(strips(to_bytes(ways(coder, parts.test, device=device))), shown / "midpoints.png")
    figures = [
        {
            "file": "samples/reconstructions.png",
            "title": "reconstructions",
            "caption": "Held-out pictures above, the same after encoder and decoder below.",
        },
        {
            "file": "samples/midpoints.png",
            "title": "between two codes",
            "caption": "From one held-out picture to another by equal steps of the code; the "
            "outermost are the pictures themselves. The middle is the test: it should be a "
            "picture, not two laid over each other.",
        },
    ]
    return [*figures, draw_scatter(shown / "codes.png", coder, parts.test, device=device)]


@torch.no_grad()
def ways(
    coder: Coder, part: Pictures, *, device: torch.device | str, count: int = NUM_STRIPS
) -> Tensor:
    """Return strips in [-1, 1], (R, S, C, H, W), between pairs of pictures of one label.

    Pairs of one label, so that a decoder that is told the class need not change its mind.
    """
    first, second = same_label_pairs(part.labels, count)
    if len(first) == 0:  # no two pictures of one label: any two
        half = min(len(part) // 2, count)
        first, second = torch.arange(half), torch.arange(half, 2 * half)
    images, labels = from_bytes(part.images).to(device), part.labels.to(device)
    ends = [coder.encode(images[rows], labels[rows]).mean_BL for rows in (first, second)]
    steps = [
        coder.decode(ends[0].lerp(ends[1], place), labels[first])
        for place in torch.linspace(0, 1, STEPS).tolist()
    ]
    return torch.stack([images[first], *steps, images[second]], dim=1).cpu()


def same_label_pairs(label_N: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Return two lists of numbers of pictures, the pair of each place alike in label.

    >>> same_label_pairs(torch.tensor([0, 1, 0, 1, 0]), 2)
    (tensor([0, 1]), tensor([2, 3]))
    """
    order_N = label_N.argsort(stable=True)
    alike = (label_N[order_N[:-1]] == label_N[order_N[1:]]).nonzero().flatten()
    pairs = torch.stack([order_N[alike], order_N[alike + 1]])
    chosen = pairs[:, pairs[0].argsort(stable=True)[:count]]
    return chosen[0], chosen[1]


def midpoint_figure(coder: Coder, parts: PictureParts, *, device: torch.device | str) -> float:
    """Return how far middles of two codes are from training pictures, over held-out pictures.

    About 1: a middle is as much a picture as any; above: it is none.
    """
    strips_RSCHW = ways(coder, parts.test, device=device, count=NUM_LOOKED_AT // 5)
    middle = to_bytes(strips_RSCHW[:, strips_RSCHW.shape[1] // 2])
    real = parts.test.images[: len(middle)]
    far, near = (nearest_training(images, parts.train)[0] for images in (middle, real))
    return float(far.mean() / near.mean())


def draw_scatter(path: Path, coder: Coder, part: Pictures, *, device: torch.device | str) -> Figure:
    """Draw the codes' two directions of greatest spread, colored by label, and the prior's ring."""
    code_NL = coder.codes(part, count=NUM_LOOKED_AT, device=device).mean_BL
    centered_NL = code_NL - code_NL.mean(0)
    axes_L2 = torch.linalg.svd(centered_NL, full_matrices=False)[2][:2].T
    place_N2 = (code_NL @ axes_L2).numpy()
    plot = Plot(figsize=(4.5, 4.5), layout="constrained")
    axes = plot.subplots()
    if place_N2.shape[1] == 2:
        labels = part.labels[: len(code_NL)].numpy()
        axes.scatter(place_N2[:, 0], place_N2[:, 1], c=labels, cmap="tab10", s=8)
    axes.add_patch(Circle((0, 0), 2, fill=False, color="grey", linestyle="--"))
    axes.set_aspect("equal", adjustable="datalim")
    path.parent.mkdir(parents=True, exist_ok=True)
    plot.savefig(path, dpi=110)
    return {
        "file": f"samples/{path.name}",
        "title": "codes of held-out pictures",
        "caption": "Means of the codes in their two directions of greatest spread, one color a "
        "class; the ring holds what a standard normal code would have within 2.",
    }


@torch.no_grad()
def draw_classes(folder: Path, generator: CodeGenerator, *, device: torch.device | str) -> Figure:
    """Draw samples asked for by class, the same noise in every row; return the figure."""
    classes = min(generator.num_classes, MAX_CLASSES)
    rng = torch.Generator().manual_seed(0)
    noise = torch.randn(NUM_OF_CLASS, generator.code_dim, generator=rng).to(device)
    label = torch.arange(classes, device=device).repeat_interleave(NUM_OF_CLASS)
    pictures = to_bytes(generator.of_class(noise.repeat(classes, 1), label))
    save_png(picture_grid(pictures, columns=NUM_OF_CLASS), folder / "samples" / "classes.png")
    return {
        "file": "samples/classes.png",
        "title": "asked for by class",
        "caption": "A row a class, a column the same noise.",
    }
