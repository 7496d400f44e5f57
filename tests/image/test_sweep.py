"""The search: what is drawn, how trials are started and stopped, how failed ones count."""

import math
import os
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from made_trials import use_made_trials
from seqgan.core.launch import parse
from seqgan.errors import UserError
from seqgan.image.sweep import (
    CRITIC_STEPS,
    RATES,
    RATIOS,
    SweepOptions,
    Trial,
    draw_trial,
    draw_trials,
    family_of,
    shared_options,
    sized_sweep,
)
from seqgan.image.sweep_figures import budget_figure, rates_figure
from seqgan.image.sweep_page import scores_of, summary, sweep_findings, sweep_rows
from seqgan.image.trials import (
    Outcome,
    child_environment,
    outcome_of,
    play_trials,
    settle,
    start_trial,
    workers,
)
from seqgan.recipes import image_gan, vae

FAMILIES = ("vae", "hinge", "wasserstein", "wasserstein+clip", "relativistic", "least-squares")


def outcome(name: str, number: int, fid: float | None) -> Outcome:
    trial = draw_trial(family_of(name), number, seed=1)
    return Outcome(trial, fid, 10.0, "" if fid is not None else "diverged at update 7")


def play(trials: Sequence[Trial], folder: Path, *, jobs: int = 1, after: float = math.inf) -> None:
    """Play the trials; a stop is requested after so many seconds."""
    start = time.monotonic()
    play_trials(
        trials,
        folder,
        [],
        jobs=jobs,
        stop_requested=lambda: time.monotonic() - start > after,
        on_end=lambda _: None,
    )


def test_a_trial_is_the_same_whatever_else_is_searched() -> None:
    few = list(draw_trials(SweepOptions(families=("hinge",), trials=2)))
    many = list(draw_trials(SweepOptions(families=FAMILIES, trials=3)))
    assert few == [trial for trial in many if trial.family.name == "hinge"][:2]
    assert [trial.family.name for trial in many] == [*FAMILIES] * 3
    assert len({trial.name for trial in many}) == len({trial.seed for trial in many}) == len(many)
    other = list(draw_trials(SweepOptions(families=("hinge",), trials=2, seed=2)))
    assert other != few


def test_rates_are_even_in_the_logarithm() -> None:
    """Kolmogorov's distance of 400 draws to the uniform law: below its 1 % bound, 1.63 / 20."""
    trials = [draw_trial(family_of("wasserstein"), number, seed=0) for number in range(400)]

    def distance(values: Sequence[float], low: float, high: float) -> float:
        place_N = np.sort(np.log(np.array(values) / low) / np.log(high / low))
        steps_N = np.arange(1, len(place_N) + 1) / len(place_N)
        return float(max(abs(steps_N - place_N).max(), abs(steps_N - 1 / 400 - place_N).max()))

    drawn = [trial.drawn for trial in trials]
    assert distance([each["generator_lr"] for each in drawn], *RATES) < 0.0815
    ratios = [each["critic_lr"] / each["generator_lr"] for each in drawn]
    assert distance(ratios, *RATIOS) < 0.0815
    assert distance([each["slope_weight"] for each in drawn], 0.1, 100) < 0.0815
    counts = [sum(each["critic_steps"] == steps for each in drawn) for steps in CRITIC_STEPS]
    assert sum(counts) == 400
    assert min(counts) > 400 / 3 - 3 * math.sqrt(400 * 2 / 9)


@pytest.mark.parametrize("name", [*FAMILIES, "energy", "hinge+lp", "non-saturating+r1"])
def test_recipes_take_what_is_drawn(name: str, tmp_path: Path) -> None:
    options = SweepOptions(corpus_path=tmp_path, offline=True, latent_dim=9)
    trial = draw_trial(family_of(name), 1, seed=1)
    recipe = vae if name == "vae" else image_gan
    args = [*shared_options(options, threads=3), *trial.options]
    config = parse(recipe.Config, args, prog=trial.family.recipe)
    config.refuse_nonsense()
    assert (config.seed, config.threads, config.latent_dim) == (trial.seed, 3, 9)
    assert config.offline
    assert config.corpus_path == tmp_path
    for option, value in trial.drawn.items():
        assert getattr(config, option) == value
    if isinstance(config, image_gan.Config):
        assert config.objective == name.partition("+")[0]
        assert config.slope_penalty == trial.family.penalty


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("hinges", "unknown; known are vae, minimax"),
        ("hinge+r3", "unknown penalty; known are none"),
        ("wasserstein+none", "only a critic of bounded slope"),
        ("vae+gp", "unknown"),
    ],
)
def test_families_without_meaning_are_refused(name: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        SweepOptions(families=("vae", name)).refuse_nonsense()


def test_quick_is_small() -> None:
    config = sized_sweep(SweepOptions(quick=True))
    assert (config.trials, len(config.families), config.updates) == (2, 3, 60)


def test_failed_trials_count_as_the_worst_of_the_whole_sweep() -> None:
    outcomes = [outcome("vae", 1, 2.0), outcome("vae", 2, 9.0)]
    outcomes += [outcome("hinge", 1, None), outcome("hinge", 2, 1.0), outcome("hinge", 3, 3.0)]
    families = {"vae": outcomes[:2], "hinge": outcomes[2:]}
    assert scores_of(families) == {"vae": [2.0, 9.0], "hinge": [9.0, 1.0, 3.0]}
    rows = {row["system"]: row["metrics"] for row in sweep_rows(outcomes)}
    assert rows["hinge"] == {
        "fid_best": 1.0,
        "fid_median": 3.0,
        "fid_spread": 4.0,
        "trials": 3.0,
        "failed_trials": 1.0,
        "seconds_a_trial": 10.0,
    }
    words = {each["kind"]: each["text"] for each in sweep_findings(outcomes)}
    assert words["best_trial"].startswith("hinge-02 with FID 1: image_gan --objective hinge")
    assert "Expected FID of one trial: hinge 4.33 ± 3.4, vae 5.5 ± 3.5." in words["budget"]
    assert "the best of 2 trials: hinge 1.67 ± 0.94, vae 2 ± 0." in words["budget"]
    assert "1 of 5 trials failed and count as the worst FID of all, 9." in words["failed_trials"]
    assert "hinge-01 (--objective hinge" in words["failed_trials"]
    assert "diverged at update 7" in words["failed_trials"]


def test_a_sweep_in_which_all_fail_has_no_scores() -> None:
    outcomes = [outcome("hinge", 1, None)]
    assert scores_of({"hinge": outcomes}) == {}
    assert sweep_rows(outcomes)[0]["metrics"]["failed_trials"] == 1
    assert [each["kind"] for each in sweep_findings(outcomes)] == ["failed_trials"]


def test_summary_takes_quartiles() -> None:
    values = list(np.random.default_rng(0).normal(size=9))
    ordered = sorted(values)
    found = summary(values)
    assert found["fid_best"] == ordered[0]
    assert found["fid_median"] == pytest.approx(ordered[4])
    assert found["fid_spread"] == pytest.approx(ordered[6] - ordered[2])


def test_figures_are_drawn() -> None:
    scores = {f"family {n}": [float(n + 1), 2.0, 30.0] for n in range(8)}  # more than colors
    assert budget_figure(scores, real=0.5).startswith(b"\x89PNG")
    assert budget_figure({"one": [1.0]}).startswith(b"\x89PNG")
    points = {"one": [(1e-3, 2.0, False), (1e-2, 9.0, True)], "none failed": [(1e-3, 1.0, False)]}
    assert rates_figure(points, real=0.5).startswith(b"\x89PNG")


def test_no_launcher_reaches_the_trials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_PORT", "ACCELERATE_USE_CPU"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("SEQGAN_CACHE", "kept")
    found = child_environment(2)
    assert found["SEQGAN_CACHE"] == "kept"
    assert found["OMP_NUM_THREADS"] == "2"
    assert not {"RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_PORT", "ACCELERATE_USE_CPU"} & {*found}
    assert found["PATH"] == os.environ["PATH"]


def test_workers_fill_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(6)), raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    assert workers(0, 0, gpu=False) == (6, 1)
    assert workers(2, 0, gpu=False) == (2, 3)
    assert workers(0, 2, gpu=False) == (3, 2)
    assert workers(0, 0, gpu=True) == (1, 6)


def test_a_trial_that_diverges_is_kept_as_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trials = list(draw_trials(SweepOptions(families=("vae", "hinge"), trials=1)))
    use_made_trials(monkeypatch, {"hinge-01": "diverges", "vae-01": 0.7})
    play(trials, tmp_path, jobs=2)
    found = [outcome_of(trial, tmp_path) for trial in trials]
    assert [x.fid for x in found if x] == [0.7, None]
    assert found[1] is not None
    assert found[1].failure == "error: player 'critic' diverged at update 7"
    assert found[1].seconds > 0


@pytest.mark.parametrize("fid", [math.nan, math.inf])
def test_a_trial_without_a_finite_score_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fid: float
) -> None:
    (trial,) = draw_trials(SweepOptions(families=("vae",), trials=1))
    use_made_trials(monkeypatch, {"vae-01": str(fid)})
    play([trial], tmp_path)
    found = outcome_of(trial, tmp_path)
    assert found is not None
    assert found.fid is None
    assert found.failure == f"its FID is {fid}"


def test_a_broken_trial_ends_the_sweep_and_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trials = list(draw_trials(SweepOptions(families=("vae", "hinge"), trials=1)))
    use_made_trials(monkeypatch, {"vae-01": "breaks", "hinge-01": "waits"})
    monkeypatch.setattr("seqgan.image.trials.PATIENCE", 0.1)
    with pytest.raises(UserError, match=r"vae-01 ended with code 1: RuntimeError: made \(.*log"):
        play(trials, tmp_path, jobs=2)
    use_made_trials(monkeypatch, {})
    play(trials, tmp_path, jobs=2)  # no lock is left: both have ended
    assert all(outcome_of(trial, tmp_path) for trial in trials)


def test_a_stop_reaches_the_trials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (trial,) = draw_trials(SweepOptions(families=("vae",), trials=1))
    use_made_trials(monkeypatch, {"vae-01": "waits"})
    monkeypatch.setattr("seqgan.image.trials.PATIENCE", 0.1)
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        play([trial], tmp_path, after=0.5)
    assert time.monotonic() - start < 30, "the trial was not told to stop"
    assert outcome_of(trial, tmp_path) is None


def test_two_sweeps_never_run_one_trial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (trial,) = draw_trials(SweepOptions(families=("vae",), trials=1))
    use_made_trials(monkeypatch, {"vae-01": "waits"})
    monkeypatch.setattr("seqgan.image.trials.PATIENCE", 0.1)
    child = start_trial(trial, tmp_path, [])
    try:
        with pytest.raises(UserError, match="vae-01 still runs"):
            start_trial(trial, tmp_path, [])
    finally:
        settle([child])
