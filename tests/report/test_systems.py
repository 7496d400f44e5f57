"""The names of a table's rows are explained, and only those."""

from typing import Any

from seqgan.report.run_folder import Row
from seqgan.report.systems import SUMMARIES, TRANSFERS, systems_list

RECORD: dict[str, Any] = {
    "seconds": {"continued": 1278.2, "critic": 57.0, "adversarial": 1331.4, "denoising": 9.0},
    "evaluation": {"answers": {"candidates": 4}},
    "kept": {"best_played": 3400},
}


def _rows(*systems: str) -> list[Row]:
    return [Row(system, None, {}) for system in systems]


def test_each_name_is_explained_once_and_no_other() -> None:
    rows = _rows("copy", "continued", "continued", "continued, ranked", "adversarial, best of 8")
    text = systems_list(rows, TRANSFERS, RECORD)
    assert text.count("<li>") == 5
    assert "<b>copy</b>: the source as it is" in text
    assert "<b>adversarial</b>: the model after play" in text
    assert "pretrained</b>" not in text
    assert "without a critic, for 1,278 seconds (play: 1,388)" in text
    assert "<b>“ranked”</b>: what “seqgan transfer --source” answers, as strong as" in text
    assert "the best of 4;" in text
    assert "--num-candidates 8: the best of all, 8 at each" in text
    assert "answered validation sentences best" in text


def test_what_the_results_do_not_say_is_not_said() -> None:
    text = systems_list(_rows("continued", "continued, ranked", "lead"), SUMMARIES, {})
    assert text.count("<li>") == 3
    assert "seconds" not in text
    assert "the best of" not in text
    assert "validation" not in text


def test_unknown_names_get_no_list() -> None:
    assert systems_list(_rows("s", "t, of 8"), TRANSFERS, RECORD) == ""
