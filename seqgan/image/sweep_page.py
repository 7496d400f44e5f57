"""What a sweep came to: a row for each family, figures, words; failed trials among them.

A trial that failed counts as the worst FID of the whole sweep.
"""

import math
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from seqgan.core.run import Run, write_whole
from seqgan.data.pictures import PictureParts
from seqgan.image.finish import PACKAGES, REAL
from seqgan.image.sweep import SweepOptions
from seqgan.image.sweep_figures import budget_figure, rates_figure
from seqgan.image.trials import Outcome
from seqgan.metrics.search_budget import best_of
from seqgan.report.markdown import markdown
from seqgan.report.page import write_report
from seqgan.report.record import write_results
from seqgan.report.run_folder import read_results

Families = Mapping[str, Sequence[Outcome]]

CAPTIONS = {
    "budget": (
        "Expected best FID against the number of trials",
        "The lowest FID of so many trials drawn from those that were made, on average; the shade "
        "is its standard deviation, which closes at the right where all trials are the only "
        "choice. A family that wins with few trials is easy to tune; lines that come together are "
        "equally good for whoever searches long enough.",
    ),
    "rates": (
        "FID of every trial",
        "Trials differ in more than their rate: in the critic's moves, the penalty's weight and "
        "the seed. A failed trial stands at the worst FID of all.",
    ),
}


def by_family(outcomes: Sequence[Outcome]) -> dict[str, list[Outcome]]:
    """Return the outcomes of each family."""
    families: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        families.setdefault(outcome.trial.family.name, []).append(outcome)
    return families


def scores_of(families: Families) -> dict[str, list[float]]:
    """Return each family's FIDs, failed trials as the worst of all; empty if all failed."""
    known = [x.fid for outcomes in families.values() for x in outcomes if x.fid is not None]
    if not known:
        return {}
    worst = max(known)
    return {
        name: [worst if x.fid is None else x.fid for x in outcomes]
        for name, outcomes in families.items()
    }


def summary(scores: Sequence[float]) -> dict[str, float]:
    """Return best, median and spread: the range of the middle half.

    >>> summary([5.0, 1.0, 3.0, 2.0, 4.0])
    {'fid_best': 1.0, 'fid_median': 3.0, 'fid_spread': 2.0}
    """
    low, median, high = (float(x) for x in np.quantile(np.asarray(scores), (0.25, 0.5, 0.75)))
    return {"fid_best": min(scores), "fid_median": median, "fid_spread": high - low}


def real_fids(outcomes: Sequence[Outcome]) -> list[float]:
    """Return the FIDs of real held-out pictures, as each trial measured them."""
    rows = [row for x in outcomes if x.results is not None for row in read_results(x.results).rows]
    return [row.metrics["fid"] for row in rows if row.system == REAL and "fid" in row.metrics]


def sweep_rows(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Return the rows of the table: real pictures, then the families."""
    families = by_family(outcomes)
    scores = scores_of(families)
    rows: dict[str, dict[str, float]] = {}
    if real := real_fids(outcomes):
        rows[REAL] = summary(real)
    for name, tried in families.items():
        rows[name] = {
            **(summary(scores[name]) if scores else {}),
            "trials": float(len(tried)),
            "failed_trials": float(sum(x.fid is None for x in tried)),
            "seconds_a_trial": sum(x.seconds for x in tried) / len(tried),
        }
    return [{"system": k, "temperature": None, "metrics": v} for k, v in rows.items()]


def sweep_findings(outcomes: Sequence[Outcome]) -> list[dict[str, str]]:
    """Return in words the best trial, what budgets buy, and which trials failed."""
    finished = [x for x in outcomes if x.fid is not None]
    findings = []
    if finished:
        best = min(finished, key=lambda x: x.fid or 0.0)
        options = " ".join(best.trial.options)
        text = f"{best.trial.name} with FID {best.fid:.4g}: {best.trial.family.recipe} {options}"
        findings.append({"kind": "best_trial", "text": f"{text}."})
        findings.append({"kind": "budget", "text": _budgets(scores_of(by_family(outcomes)))})
    failed = [x for x in outcomes if x.fid is None]
    text = f"All {len(outcomes)} trials came to their end."
    if failed:
        worst = max((x.fid or 0.0 for x in finished), default=math.nan)
        each = "; ".join(
            f"{x.trial.name} ({' '.join(x.trial.options)}): {x.failure}" for x in failed
        )
        text = (
            f"{len(failed)} of {len(outcomes)} trials failed and count as the worst FID of all, "
            f"{worst:.4g}. {each}."
        )
    return [*findings, {"kind": "failed_trials" if failed else "trials", "text": text}]


def _budgets(scores: Mapping[str, Sequence[float]]) -> str:
    """Return the families from best to worst, for one trial and for all."""
    most = min(len(scores_N) for scores_N in scores.values())
    sentences = []
    for budget in dict.fromkeys((1, most)):
        expected = {name: best_of(scores_N, budget) for name, scores_N in scores.items()}
        ranked = sorted(expected.items(), key=lambda item: item[1])
        each = ", ".join(f"{name} {mean:.3g} ± {spread:.2g}" for name, (mean, spread) in ranked)
        what = "one trial" if budget == 1 else f"the best of {budget} trials"
        sentences.append(f"Expected FID of {what}: {each}.")
    return " ".join(sentences)


def draw_figures(run: Run, outcomes: Sequence[Outcome]) -> list[dict[str, str]]:
    """Draw into RUN/samples; return what the results say of the figures; none if all failed."""
    families = by_family(outcomes)
    scores = scores_of(families)
    if not scores:
        return []
    real = float(np.median(real_fids(outcomes) or [math.nan]))
    points = {
        name: [
            (x.trial.drawn.get("generator_lr", x.trial.drawn.get("lr", 0.0)), score, x.fid is None)
            for x, score in zip(tried, scores[name], strict=True)
        ]
        for name, tried in families.items()
    }
    drawn = {"budget": budget_figure(scores, real=real), "rates": rates_figure(points, real=real)}
    for name, data in drawn.items():
        write_whole(run.folder / "samples" / f"{name}.png", data)
    return [
        {"file": f"samples/{name}.png", "title": CAPTIONS[name][0], "caption": CAPTIONS[name][1]}
        for name in drawn
    ]


def trial_record(outcome: Outcome) -> dict[str, Any]:
    """Return what the results keep of a trial."""
    trial = outcome.trial
    return {
        "name": trial.name,
        "recipe": trial.family.recipe,
        **trial.family.options,
        **trial.drawn,
        "seed": trial.seed,
        "fid": outcome.fid,
        "seconds": outcome.seconds,
        "failure": outcome.failure,
    }


def finish_sweep(
    run: Run, config: SweepOptions, parts: PictureParts, outcomes: Sequence[Outcome]
) -> None:
    """Write the table, figures, results.json and the report; say what came of it."""
    start = time.perf_counter()
    records = [x.results for x in outcomes if x.results is not None]
    rows = sweep_rows(outcomes)
    write_results(
        run.folder,
        recipe=run.recipe,
        config=config,
        data={
            "corpus": config.corpus if config.corpus_path is None else config.corpus_path.name,
            "checksum": parts.checksum,
            "train": len(parts.train),
            "test": len(parts.test),
        },
        packages=PACKAGES,
        facts={
            "processes": 1,
            "seconds": {
                name: sum(x.seconds for x in tried) for name, tried in by_family(outcomes).items()
            },
            "updates": {},
            "warnings": run.warnings,
        },
        findings={
            "rows": rows,
            "table": "settings",
            "diagnosis": {"findings": sweep_findings(outcomes)},
            "extractor": records[0]["extractor"] if records else {},
            "figures": draw_figures(run, outcomes),
            "trials": [trial_record(x) for x in outcomes],
        },
        evaluation_seconds=time.perf_counter() - start,
    )
    names = list(dict.fromkeys(name for row in rows for name in row["metrics"]))
    cells = [[row["system"], *(_cell(row["metrics"].get(name)) for name in names)] for row in rows]
    run.say(markdown(["", *(name.replace("_", " ") for name in names)], cells))
    for finding in sweep_findings(outcomes):
        run.say(finding["text"])
    run.say(f"report: {write_report(run.folder)}")


def _cell(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"
