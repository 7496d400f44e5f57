"""The page of `gradient_paths.py`: its rows, words and drawings.

Legend: S updates.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from torch import Generator

from seqgan.core.run import Run
from seqgan.core.trainer import Trainer
from seqgan.report.page import write_report
from seqgan.report.record import training_facts, write_results
from seqgan.report.run_folder import Record, RunFolder
from seqgan.text.gradient_paths.estimator_study import EstimatorRow
from seqgan.text.gradient_paths.estimator_table import estimator_table
from seqgan.text.gradient_paths.figures import (
    Series,
    directions_figure,
    estimates_figure,
    estimators_figure,
    training_figure,
)
from seqgan.text.gradient_paths.games import JENSEN_SHANNON, WASSERSTEIN, Experiments
from seqgan.text.gradient_paths.measures import known_rows, read_dials, read_writers
from seqgan.text.gradient_paths.words import (
    Figures,
    Readings,
    direction_in_words,
    distance_in_words,
    estimators_in_words,
    softness_in_words,
    training_in_words,
)

CAPTIONS = {
    "estimates": (
        "Two dials: how sharp words are, how right sentences are",
        "Fakes are right with the probability below, else even words; each has a critic of its "
        "own. The data are one-hot, so that soft fakes are never among them: a perfect "
        "Jensen-Shannon critic then says log 2 whatever they say, a Wasserstein critic how far "
        "they are. Crosses are known exactly: by enumeration on the left, the blur's own distance "
        "on the right.",
    ),
    "directions": (
        "Where the gradient of wrong sentences points",
        "Each word's gradient is split into the way to its own one-hot vector, at a right angle "
        "to it the way to the words that the language wants between its neighbours, and the rest, "
        "to which all that points backwards belongs.",
    ),
    "training": (
        "The same in training",
        "A writer learns from each critic for the same number of updates. On the left the entropy "
        "of the words that its critic reads; on the right the total variation between pairs of "
        "neighbouring words in its sentences (largest entries) and in the language.",
    ),
    "estimators": (
        "The other way: rewards in place of a gradient",
        "Policy gradients need no soft words; what rewards the words differs in bias and variance "
        "(relative to the exact gradient, over all texts of a tiny problem) and in price.",
    ),
}


def series(lines: Sequence[Record], name: str, *, begun: int = 0) -> Series:
    """Return updates, counted from `begun`, and values of one figure of metrics.jsonl."""
    found = [(x["update"], x["figures"][name]) for x in lines if name in x.get("figures", {})]
    table_S2 = np.array(found, dtype=np.float64).reshape(-1, 2)
    return table_S2[:, 0] - begun, table_S2[:, 1]


def page_rows(
    written: Figures, known: Figures, estimators: Sequence[EstimatorRow]
) -> list[dict[str, Any]]:
    """Return the rows of results.json: writers, what frames them, reward estimators."""
    rows: dict[str, Mapping[str, float]] = {**written, **known}
    for row in estimators:
        rows[f"reward: {row.estimator}"] = {
            "bias": row.bias,
            "noise": row.noise,
            "variance": row.variance,
            "token_steps": row.token_steps,
            "texts_scored": row.texts_scored,
        }
    return [{"system": k, "temperature": None, "metrics": dict(v)} for k, v in rows.items()]


def page_dials(readings: Readings) -> list[dict[str, Any]]:
    """Return the readings of all critics of the dials."""
    return [
        {
            "measure": name,
            **each.setting._asdict(),
            "estimate": each.estimate,
            "sharpens": each.sharpens,
            "rights": each.rights,
        }
        for name, own in readings.items()
        for each in own
    ]


def page_findings(
    made: Experiments,
    readings: Readings,
    written: Figures,
    known: Figures,
    estimators: Sequence[EstimatorRow],
    *,
    updates: int,
) -> list[dict[str, str]]:
    """Return what the page shows, in words with figures."""
    language = made.language
    bias, price = estimators_in_words(estimators)
    texts = {
        "soft_words": softness_in_words(readings[JENSEN_SHANNON], language),
        "distance": distance_in_words(readings[WASSERSTEIN], language),
        "direction": direction_in_words(readings, language.vocab_size),
        "training": training_in_words(written, known, updates=updates),
        "bias_of_rewards": bias,
        "variance_and_price": price,
    }
    return [{"kind": kind, "text": text} for kind, text in texts.items()]


def page_figures(
    made: Experiments,
    readings: Readings,
    known: Figures,
    estimators: Sequence[EstimatorRow],
    lines: Sequence[Record],
    *,
    begun: int,
) -> dict[str, bytes]:
    """Return all drawings as SVG; the writers' updates in `lines` count from `begun`."""
    entropy, distance = (
        {name: series(lines, f"{name}/{key}", begun=begun) for name in made.writers}
        for key in ("word_entropy", "pair_distance")
    )
    levels = {name: row["pair_distance"] for name, row in known.items()}
    return {
        "estimates": estimates_figure(readings, made.language),
        "directions": directions_figure(readings, made.language.vocab_size),
        "training": training_figure(entropy, distance, levels),
        "estimators": estimators_figure(estimators),
    }


def finish_gradient_paths(run: Run, config: Any, trainer: Trainer, made: Experiments) -> None:
    """Read all critics and writers, write the drawings, results.json and the report."""
    if not run.main:
        return
    start = time.perf_counter()
    for module in trainer.modules.values():
        module.eval()
    rng = Generator(run.device).manual_seed(run.seed)
    readings = {
        name: read_dials(game, made.language, name, rng=rng) for name, game in made.dials.items()
    }
    written, known = read_writers(made, rng=rng), known_rows(made.language, rng=rng)
    estimators = estimator_table(num_draws=config.estimator_draws)
    lines, begun = RunFolder(run.folder).lines("metrics.jsonl"), trainer.phases.starts[-1]
    drawn = page_figures(made, readings, known, estimators, lines, begun=begun)
    for name, data in drawn.items():
        (run.folder / "samples" / f"{name}.svg").write_bytes(data)
    updates = trainer.phases.phases[-1].updates
    findings = page_findings(made, readings, written, known, estimators, updates=updates)
    write_results(
        run.folder,
        recipe=run.recipe,
        config=config,
        data={"corpus": "made: a Markov chain of words, seed --language-seed"},
        packages=("seqgan", "torch", "matplotlib"),
        facts=training_facts(run, trainer),
        findings={
            "rows": page_rows(written, known, estimators),
            "dials": page_dials(readings),
            "estimators": [asdict(row) for row in estimators],
            "diagnosis": {"findings": findings},
            "figures": [
                {"file": f"samples/{name}.svg", "title": CAPTIONS[name][0], "caption": text}
                for name, (_, text) in CAPTIONS.items()
            ],
        },
        evaluation_seconds=time.perf_counter() - start,
    )
    run.say(f"report: {write_report(run.folder)}")
