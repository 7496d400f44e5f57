"""What every picture recipe starts with: the corpus, batches of it, the machine's promise."""

from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from seqgan.core.run import Run, write_whole
from seqgan.data.batches import Batches
from seqgan.data.picture_corpus import load_pictures
from seqgan.data.pictures import PictureParts, Pictures, from_bytes
from seqgan.errors import UserError
from seqgan.image.extractor import Extractor, corpus_extractor, load_extractor
from seqgan.image.options import CorpusOptions, JudgeOptions
from seqgan.image.watch import Watch

DATA_FILE = "data.sha256"


def corpus_parts(options: CorpusOptions, *, offline: bool) -> PictureParts:
    """Return the pictures of the options, each part in a mixed order.

    Raises `UserError` for whatever a user can get wrong.
    """
    parts = load_pictures(
        options.corpus,
        path=options.corpus_path,
        size=options.size or None,
        label_column=options.label_column,
        offline=offline,
    )
    return PictureParts(parts.train.mixed(), parts.test.mixed(), parts.remarks)


def refuse_other_data(folder: Path, parts: PictureParts) -> None:
    """Raise `UserError` if the pictures are not those that the run was started with."""
    path = folder / DATA_FILE
    if path.exists() and path.read_text(encoding="utf-8").strip() != parts.checksum:
        raise UserError(f"the data are not those that {folder} was trained on: start a new run")


def load_parts(options: CorpusOptions, run: Run) -> PictureParts:
    """Return the pictures for a run; the main process fetches, remarks become warnings."""
    with run.accelerator.main_process_first():
        parts = corpus_parts(options, offline=run.options.offline)
        if run.options.resume is not None:
            refuse_other_data(run.folder, parts)
        if run.main:
            write_whole(run.folder / DATA_FILE, parts.checksum + "\n")
    for remark in parts.remarks:
        run.warn(remark)
    return parts


def extractor_of(
    options: JudgeOptions, parts: PictureParts, *, device: torch.device | str = "cpu"
) -> Extractor:
    """Return the extractor that judges: the user's, or the corpus's own, trained if need be."""
    if options.extractor is not None:
        return load_extractor(options.extractor, shape=parts.train.shape, device=device)
    return corpus_extractor(parts, device=device, progress=True)


def make_watch(options: JudgeOptions, parts: PictureParts, run: Run) -> Watch:
    """Return what looks at samples while training; the main process trains the extractor."""
    with run.accelerator.main_process_first():
        extractor = extractor_of(options, parts, device=run.device)
    return Watch(parts, extractor, seed=run.seed)


def labeled_batches(
    run: Run, part: Pictures, *, batch_size: int
) -> Callable[[int], tuple[Tensor, Tensor]]:
    """Return this process's share of micro-batch i: pictures in [-1, 1], labels.

    One picture at least, though then several processes share it: nothing cannot be normalized.
    """
    batches = Batches([1] * len(part), batch_size=min(batch_size, len(part)), seed=run.seed)
    images, labels = part.images.to(run.device), part.labels.to(run.device)
    process, processes = run.accelerator.process_index, run.accelerator.num_processes

    def batch(index: int) -> tuple[Tensor, Tensor]:
        whole = batches[index]
        rows = torch.tensor(whole[process::processes] or whole[:1], device=run.device)
        return from_bytes(images[rows]), labels[rows]

    return batch


def picture_batches(run: Run, part: Pictures, *, batch_size: int) -> Callable[[int], Tensor]:
    """Return this process's share of micro-batch i: pictures in [-1, 1], (B, C, H, W)."""
    labeled = labeled_batches(run, part, batch_size=batch_size)
    return lambda index: labeled(index)[0]
