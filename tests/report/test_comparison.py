"""Differences at equal temperature and at equal diversity."""

import pytest

from seqgan.report.comparison import Compared, compared, differences, matched_differences
from seqgan.report.run_folder import Row

SYSTEMS = Compared("new", "old")


def _row(system: str, temperature: float, diversity: float, quality: float) -> Row:
    return Row(system, temperature, {"distinct_2": diversity, "relevance": quality})


def test_only_temperature_1_is_compared() -> None:
    rows = [_row("old", 0.7, 0.1, 0.9), _row("old", 1.0, 0.2, 0.5), _row("new", 1.0, 0.25, 0.6)]
    assert differences(rows, SYSTEMS) == pytest.approx({"distinct_2": 0.05, "relevance": 0.1})
    assert differences(rows[:2], SYSTEMS) == {}


def test_at_equal_diversity_the_control_is_interpolated() -> None:
    """The line from (.2, .5) to (.4, .3) has .4 at .3."""
    rows = [
        _row("old", 1.3, 0.4, 0.3),
        _row("old", 1.0, 0.2, 0.5),
        _row("old", 0.7, 0.1, 0.9),
        _row("new", 1.0, 0.3, 0.45),
    ]
    assert matched_differences(rows, SYSTEMS) == pytest.approx({"relevance": 0.05})


def test_beyond_the_sweep_nothing_is_said() -> None:
    rows = [_row("old", 0.7, 0.1, 0.9), _row("old", 1.0, 0.2, 0.5), _row("new", 1.0, 0.21, 0.6)]
    assert matched_differences(rows, SYSTEMS) == {}


def test_void_figures_are_not_compared() -> None:
    void = Row("new", 1.0, {"relevance": 1.0, "distinct_2": 0.2}, frozenset({"relevance"}))
    rows = [_row("old", 1.0, 0.1, 0.5), _row("old", 1.3, 0.3, 0.5), void]
    assert differences(rows, SYSTEMS) == pytest.approx({"distinct_2": 0.1})
    assert matched_differences(rows, SYSTEMS) == {}


def test_results_may_name_whom_to_compare() -> None:
    assert compared({}) == Compared("adversarial", "continued MLE")
    named = {"comparison": {"treated": "packed", "control": "plain"}}
    assert compared(named) == Compared("packed", "plain")


def test_past_its_best_value_a_metric_gets_worse() -> None:
    """Adversarial success is best at .5: .52 is as near as .48, and nearer than .45."""
    rows = [
        Row("old", 1.0, {"adversarial_success": 0.45, "distinct_2": 0.1}),
        Row("new", 1.0, {"adversarial_success": 0.52, "distinct_2": 0.1}),
    ]
    assert differences(rows, SYSTEMS)["adversarial_success"] == pytest.approx(0.03)


def test_without_a_copy_that_went_on_likelihood_itself_is_the_control() -> None:
    for baselines, control in (
        (["MLE", "continued MLE"], "continued MLE"),
        (["MLE"], "MLE"),
        ([], "continued MLE"),
        ("MLE", "continued MLE"),
    ):
        assert compared({"sweep": {"baselines": baselines}}).control == control
    both = {"sweep": {"baselines": ["MLE"]}, "comparison": {"treated": "a", "control": "b"}}
    assert (compared(both).treated, compared(both).control) == ("a", "b")


def test_a_system_that_writes_from_noise_is_compared_at_the_noise_of_training() -> None:
    rows = [Row("old", 1.0, {"nll_oracle": 9.0})]
    rows += [Row("new", None, {"nll_oracle": 8 + at}, noise_scale=at) for at in (0.5, 1.0, 1.5)]
    assert differences(rows, SYSTEMS) == {"nll_oracle": 0.0}
