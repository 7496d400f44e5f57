"""ROUGE in the bracket of too few summaries is no figure."""

import json
from pathlib import Path
from typing import Any

import pytest

from seqgan.report.page import write_report
from seqgan.report.run_folder import read_results
from seqgan.report.summary_bracket import INSIDE, left_out
from seqgan.report.summary_sections import by_words
from seqgan.report.text_sections import intervals_section


def _record(words: int, inside: float) -> dict[str, Any]:
    figures = dict.fromkeys(INSIDE, 88.0) | {"rouge1": 35.0, "inside": inside}
    row = {"system": "adversarial", "words": words, "metrics": figures}
    return {
        "dial": "words",
        "usual_words": 7,
        "sizes": {"test": 2000},
        "evaluation": {"num_swept": 500},
        "rows": [row | {"intervals": {name: [31.0, 89.0] for name in figures}}],
    }


@pytest.mark.parametrize("inside", [0.002, 0.038])  # of 500: 1 and 19 summaries
def test_figures_of_few_summaries_are_left_out(inside: float) -> None:
    results = by_words(read_results(_record(12, inside)))
    (row,) = results.rows
    assert row.metrics == {"rouge1": 35.0, "inside": inside}
    assert "fewer than 20" in left_out(results)
    intervals = intervals_section(results)
    assert "35.0 [31.0, 89.0]" in intervals
    assert intervals.count("<td>–</td>") == len(INSIDE)


def test_the_page_says_so_beside_its_table(tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text(json.dumps(_record(12, 0.002)), encoding="utf-8")
    page = write_report(tmp_path).read_text(encoding="utf-8")
    said = page.index("ROUGE in the bracket is left out (–) where fewer than 20")
    assert page.index("<h2>Results</h2>") < said < page.index("<table>")


@pytest.mark.parametrize(("words", "inside"), [(12, 0.04), (7, 0.0005)])
def test_enough_summaries_and_the_usual_length_keep_theirs(words: int, inside: float) -> None:
    results = by_words(read_results(_record(words, inside)))
    assert results.rows[0].metrics["rougeL_inside"] == 88.0
    assert left_out(results) == ""


@pytest.mark.parametrize("unknown", ["sizes", "evaluation"])
def test_without_a_count_nothing_is_left_out(unknown: str) -> None:
    results = by_words(read_results(_record(12, 0.002) | {unknown: None}))
    assert results.rows[0].metrics["rouge2_inside"] == 88.0


def test_other_results_have_nothing_left_out() -> None:
    assert left_out(read_results({"rows": [{"system": "s", "metrics": {"rouge1": 1.0}}]})) == ""
