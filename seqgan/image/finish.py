"""The end of a picture run: samples judged and diagnosed, results.json, the report."""

import json
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from seqgan.core.run import Run
from seqgan.core.trainer import Trainer
from seqgan.data.pictures import PictureParts
from seqgan.image.diagnosis import diagnose
from seqgan.image.drawing import animate_rounds, pairs, picture_grid, save_png, strips
from seqgan.image.extractor import Extractor, accuracy
from seqgan.image.judging import Judge, nearest_training
from seqgan.image.model import GENERATOR_FOLDER, PictureModel
from seqgan.image.options import PictureOptions
from seqgan.image.samples import COLUMNS, NUM_SHOWN, Sampler, draw
from seqgan.image.watch import Snapshot, Watch
from seqgan.nn.saving import save_built
from seqgan.report.page import write_report
from seqgan.report.record import training_facts, write_results

PACKAGES = ("seqgan", "torch", "torchmetrics", "scikit-learn")
REAL = "real held-out"
NUM_PAIRS = 24
PAIRS_IN_A_ROW = 8
STRIPS, STEPS = 6, 12


def judge_pictures(
    folder: Path,
    recipe: str,
    config: PictureOptions,
    systems: Mapping[str, Sampler],
    parts: PictureParts,
    extractor: Extractor,
    facts: Mapping[str, Any],
    *,
    history: Sequence[Snapshot] = (),
    device: torch.device | str = "cpu",
    figures: Sequence[Mapping[str, str]] = (),
    more_metrics: Mapping[str, Mapping[str, float]] | None = None,
) -> Path:
    """Judge every system beside real held-out pictures; write drawings, results and report.

    The last system is the one the run was made for: it is diagnosed. `facts` of the training go
    into the results, `more_metrics` into the rows of these names. Returns the report's path.
    """
    start = time.perf_counter()
    judge = Judge(parts, extractor, num_samples=config.num_samples, seed=config.seed)
    metrics = {**judge.real_row(), **(more_metrics or {}).get(REAL, {})}
    rows = [{"system": REAL, "temperature": None, "metrics": metrics}]
    samples = parts.test.images[:0]
    for name, sampler in systems.items():
        begun = time.perf_counter()
        samples = draw(sampler, judge.count, seed=config.seed, device=device)
        seconds = (time.perf_counter() - begun) / judge.count
        known = (more_metrics or {}).get(name, {})
        metrics = {**known, **judge.row(samples), "seconds_a_sample": seconds}
        rows.append({"system": name, "temperature": None, "metrics": metrics})
    found = diagnose(samples, parts, extractor, history, judge=judge)
    findings = {
        "rows": rows,
        "diagnosis": found.as_json(),
        "history": [asdict(seen) for seen in history],
        "extractor": named(extractor, parts, count=judge.count),
        "figures": [dict(figure) for figure in figures],
    }
    corpus = config.corpus if config.corpus_path is None else config.corpus_path.name
    return publish(
        folder, recipe, config, samples, parts, facts, findings, corpus=corpus, begun=start
    )


def named(extractor: Extractor, parts: PictureParts, *, count: int) -> dict[str, Any]:
    """Return what results say of who judged: the extractor, on so many samples."""
    name, right = extractor.name, accuracy(extractor, parts.test)
    told = "kind" if extractor.labels else "position"
    return {"name": name, "accuracy": right, "samples": count, "told": told}


def publish(
    folder: Path,
    recipe: str,
    config: PictureOptions,
    samples: Tensor,
    parts: PictureParts,
    facts: Mapping[str, Any],
    findings: Mapping[str, Any],
    *,
    corpus: str,
    begun: float,
) -> Path:
    """Draw the uint8 samples, write results of `findings` and the report; return its path.

    The evaluation counts from `begun`, a time of `time.perf_counter`.
    """
    write_drawings(folder, samples, parts)
    data = {
        "corpus": corpus,
        "checksum": parts.checksum,
        "train": len(parts.train),
        "test": len(parts.test),
    }
    write_results(
        folder,
        recipe=recipe,
        config=config,
        data=data,
        packages=PACKAGES,
        facts=facts,
        findings={"table": "settings", **findings},
        evaluation_seconds=time.perf_counter() - begun,
    )
    return write_report(folder)


def earlier_history(run: Path) -> list[Snapshot]:
    """Return what was seen while the run trained; empty where its results do not say."""
    try:
        rows = json.loads((run / "results.json").read_text(encoding="utf-8"))["history"]
        return [Snapshot(**{**row, "missing": tuple(row["missing"])}) for row in rows]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def write_drawings(folder: Path, samples: Tensor, parts: PictureParts) -> None:
    """Draw real pictures, nearest training pictures, the training's animation, latent strips."""
    shown = folder / "samples"
    save_png(picture_grid(parts.train.images[:NUM_SHOWN], columns=COLUMNS), shown / "real.png")
    few = samples[:NUM_PAIRS]
    distance_N, nearest_N = nearest_training(few, parts.train)
    size = math.prod(parts.train.shape) ** 0.5
    captions = [f"{distance / size:.3f}" for distance in distance_N]
    partners = parts.train.images[nearest_N]
    grid = pairs(few, partners, columns=PAIRS_IN_A_ROW, captions=captions)
    save_png(grid, shown / "nearest.png")
    animate_rounds(shown, shown / "training.gif")
    if (folder / GENERATOR_FOLDER).is_dir():
        walk = PictureModel.load(folder).between(STRIPS, STEPS)
        save_png(strips(walk), shown / "latent.png")


def finish_pictures(
    run: Run,
    config: PictureOptions,
    trainer: Trainer,
    systems: Mapping[str, Sampler],
    parts: PictureParts,
    *,
    watch: Watch,
    networks: Mapping[str, nn.Module],
    figures: Sequence[Mapping[str, str]] = (),
    more_metrics: Mapping[str, Mapping[str, float]] | None = None,
) -> None:
    """Save the networks in the run's folder, judge the systems, and say what to type next."""
    if not run.main:
        return
    for name, network in networks.items():
        save_built(network.eval(), run.folder / name)
    run.say("judging samples ...")
    facts = training_facts(run, trainer)
    report = judge_pictures(
        run.folder,
        run.recipe,
        config,
        systems,
        parts,
        watch.judge.extractor,
        facts,
        history=watch.history,
        device=run.device,
        figures=figures,
        more_metrics=more_metrics,
    )
    run.say(f"report: {report}\nmore pictures: seqgan sample {run.folder} --output grid.png")
