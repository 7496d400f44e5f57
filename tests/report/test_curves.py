"""Curves keep every finite figure and their place."""

import pytest

from seqgan.report.charts import merged
from seqgan.report.curves import curves_section, history


def _line(update: int, phase: str, value: float) -> dict[str, object]:
    return {"update": update, "phase": phase, "figures": {"g/loss": value}}


def test_phases_that_count_anew_are_put_one_after_the_other() -> None:
    past = history([_line(1, "a", 3), _line(10, "a", 2), _line(1, "b", 5), _line(4, "b", 6)])
    (curve,) = past.curves
    assert list(curve.updates) == [1, 10, 11, 14]
    assert [(phase.name, phase.start, phase.end) for phase in past.phases] == [
        ("a", 1, 10),
        ("b", 11, 14),
    ]


def test_a_resumed_run_shows_the_later_figure_of_an_update() -> None:
    past = history([_line(1, "a", 3), _line(2, "a", 9), _line(2, "a", 4), _line(3, "a", 5)])
    (curve,) = past.curves
    assert list(zip(curve.updates, curve.values, strict=True)) == [(1, 3), (2, 4), (3, 5)]


def test_lines_without_an_update_or_figures_do_no_harm() -> None:
    past = history([{"phase": "a"}, {"update": 1, "figures": None}, {"update": "2"}])
    assert not past.curves


def test_names_that_are_not_plain_are_explained_where_they_are_drawn() -> None:
    figures = {"adversarial/same": 0.25, "generator/reply_length": 9.0, "generator/loss": 1.0}
    page = curves_section(history([{"update": 1, "phase": "a", "figures": figures}]))
    assert page.count("<li>") == 2
    assert "<b>same</b>: share of the summaries that repeat" in page
    assert page.index("<b>reply_length</b>") < page.index("<svg")
    assert "<li>" not in curves_section(history([_line(1, "a", 3)]))


def test_merging_keeps_the_mean_and_the_extremes() -> None:
    values = [float(number % 7) for number in range(1000)]
    updates, means, lows, highs = merged(list(range(1000)), values, max_points=100)
    assert len(updates) == 100
    assert updates[-1] == 999
    assert sum(means) / 100 == pytest.approx(sum(values) / 1000)
    assert (min(lows), max(highs)) == (0, 6)
    assert merged([1], [2.0], max_points=5) == ([1], [2.0], [2.0], [2.0])
