"""What a report of style transfer shows, finished, partial or damaged."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from seqgan.report.charts import COLORS, GREY
from seqgan.report.page import write_report
from seqgan.report.run_folder import RunFolder, read_results
from seqgan.report.text_sections import OVERLAP
from seqgan.report.transfer_sections import (
    TUNED_ON,
    by_strength,
    directions_section,
    failures_section,
    gates_list,
    is_transfer,
    sources_note,
    strength_section,
    transfer_headline,
    transfer_sections,
)
from seqgan.report.transfer_texts import changed_section, examples_section, failed_texts

DIRECTIONS = ("cold>warm", "warm>cold")


def _row(
    system: str, strength: float | None, accuracy: float, bleu: float | None
) -> dict[str, Any]:
    figures = {"accuracy_ngram": accuracy, "accuracy_neural": accuracy - 1, "perplexity": 50.0}
    if bleu is not None:
        figures["source_bleu"] = bleu
        figures["overuse"] = 0.28 if system == "adversarial" else 0.3
    directions = {
        name: {"metrics": {**figures, "accuracy_ngram": accuracy + shift}}
        for name, shift in zip(DIRECTIONS, (-2.5, 2.5), strict=True)
    }
    return {
        "system": system,
        "strength": strength,
        "metrics": {**figures, "direction_gap": 5.0},
        "intervals": {"accuracy_ngram": [accuracy - 1, accuracy + 1]},
        "directions": directions,
        "failures": {} if bleu is None else {"copied": 0.25, "none of these": 0.75},
        "void": [],
    }


def made_record() -> dict[str, Any]:
    """Return results with two sweeps, a trivial baseline and real text."""
    return {
        "recipe": "style_transfer",
        "seed": 3,
        "dial": "strength",
        "comparison": {"treated": "adversarial", "control": "continued"},
        "failure_kinds": {"copied": "the source <again>", "none of these": "fine"},
        "rows": [
            _row("real text", None, 96.0, None),
            _row("copy", None, 4.0, 100.0),
            *[_row("continued", at, 60 + 20 * at, 80 - 20 * at) for at in (0.5, 1.0, 1.5)],
            *[_row("adversarial", at, 64 + 20 * at, 80 - 20 * at) for at in (0.5, 1.0, 1.5)],
        ],
    }


EXAMPLES: dict[str, Any] = {
    "seed": 17,
    "examples": [
        {
            "direction": DIRECTIONS[0],
            "source": "it is <cold> here",
            "outputs": {"copy": "it is <cold> here", "adversarial": "it is <warm> here"},
        },
        {"direction": DIRECTIONS[1], "source": "很热", "outputs": {"adversarial": "很冷"}},
    ],
    "changed": {
        "adversarial": {
            DIRECTIONS[0]: {"removed": [["cold", 9]], "added": [], "replaced": [["cold", "hot", 8]]}
        }
    },
    "failures": {
        "copy": {"copied": [{"direction": DIRECTIONS[0], "source": "s", "output": "<s>"}]},
        "adversarial": {"copied": []},
    },
}


@pytest.fixture
def transfer_run(tmp_path: Path) -> Path:
    run = tmp_path / "style_transfer" / "001"
    (run / "samples").mkdir(parents=True)
    (run / "results.json").write_text(json.dumps(made_record()), encoding="utf-8")
    (run / "samples" / "examples.json").write_text(json.dumps(EXAMPLES), encoding="utf-8")
    return run


def test_the_strength_of_a_row_is_its_dial() -> None:
    results = by_strength(read_results(made_record()))
    assert [row.temperature for row in results.rows[:4]] == [None, None, 0.5, 1.0]
    other = read_results({"rows": [{"system": "s", "temperature": 0.7, "metrics": {}}]})
    assert by_strength(other) is other
    assert not is_transfer(other.record)


def test_the_headline_compares_at_strength_1_and_says_that_one_seed_claims_nothing() -> None:
    text = transfer_headline(by_strength(read_results(made_record())))
    assert text.count("<tr>") == 1 + 4
    for figures in ("<td>80.0</td><td>79.0</td><td>60.0</td>", "<td>84.0</td><td>83.0</td>"):
        assert figures in text
    assert "adversarial against continued, accuracy, n-grams at equal source BLEU" in text
    assert "mean gap +4.0" in text
    assert "adversarial against continued, overused words at equal source BLEU" in text
    assert "mean gap +0.020" in text  # the fewer, the better
    assert "continued against continued" not in text
    assert "One seed: no claim" in text
    assert text.index("</table>") < text.index("<b>continued</b>: the pretrained model")
    assert transfer_headline(read_results({"dial": "strength", "rows": []})) == ""


def test_inside_outside_and_gap_are_explained_where_they_are_said() -> None:
    results = by_strength(read_results(made_record()))
    text = gates_list(results)
    assert text.index("lies outside another") < text.index("<ul>")
    assert "The gap is by how much" in text
    alone = [row for row in results.rows if row.system in ("copy", "continued")]
    assert gates_list(dataclasses.replace(results, rows=alone)) == ""


@pytest.mark.parametrize(
    ("config", "data", "told"),
    [
        ({}, {"corpus": "sentiment", "checksum": TUNED_ON}, "of sentiment (1,500"),
        ({}, {"corpus": "yelp", "checksum": "another"}, "of yelp (1,500"),
        ({"styles": ["a=b.txt", "c=d.txt"]}, {"corpus": "reviews"}, "sentences (1,500"),
    ],
)
def test_which_sentences_are_rewritten_and_whether_settings_were_tuned_on_them(
    config: dict[str, Any], data: dict[str, str], told: str
) -> None:
    sizes = {"cold": {"judges": 9, "test": 1500}, "warm": {"judges": 9, "test": 600}}
    text = sources_note({"sizes": sizes, "config": config, "data": data})
    assert "2,100 test sentences" in text
    assert "(1,500 cold, 600 warm)" in text
    assert told in text
    assert ("settings were tuned" in text) == (data.get("checksum") == TUNED_ON)
    assert sources_note({"sizes": {"judges": 5}, "config": config}) == ""


def test_strength_draws_every_system_and_baseline() -> None:
    drawn = strength_section(by_strength(read_results(made_record())))
    assert drawn.count("<svg") == 5
    _, first, _, third, fluency, variety = drawn.split("<svg")
    for name in ("copy", "continued", "adversarial", "source BLEU ↑"):
        assert name in first
    assert "real text" not in first  # it has no source
    assert GREY in first  # copying is a point
    assert all(COLORS[0] in each for each in (first, third, fluency, variety))
    assert "perplexity ↓" in fluency
    assert "overused words ↓" in variety
    for dial in (">0.5<", ">1<", ">1.5<"):
        assert dial in first
    assert OVERLAP in drawn
    assert strength_section(read_results({"rows": []})) == ""


def test_each_direction_has_its_own_lines() -> None:
    text = directions_section(by_strength(read_results(made_record())))
    rest, whole = text.split("<details>")
    assert rest.count("<tr>") == 1 + 2 * 4
    assert whole.count("<tr>") == 1 + 2 * 8
    for figure in ("77.5", "82.5", "81.5", "86.5"):  # 80 and 84, 2.5 points to either side
        assert f"<td>{figure}</td>" in rest
    assert directions_section(read_results({"rows": []})) == ""


def test_failures_have_shares_meanings_and_texts() -> None:
    text = failures_section(by_strength(read_results(made_record())), EXAMPLES)
    assert "<td>25.0 %</td><td>75.0 %</td>" in text
    assert text.split("<ul>")[0].count("<tr>") == 1 + 3  # at strength 1, without real text
    assert "the source &lt;again&gt;" in text
    assert "Failures of copy" in text
    assert "Failures of adversarial" not in text
    assert "seed 17" in text
    assert failures_section(read_results({"rows": []}), EXAMPLES) == ""


def test_examples_mark_what_is_new_and_print_their_seed() -> None:
    text = examples_section(EXAMPLES)
    assert "it is <b>&lt;warm&gt;</b> here" in text
    assert "<td>it is &lt;cold&gt; here</td>" in text
    assert "很<b>冷</b>" in text
    assert "<td>–</td>" in text
    assert "seed 17" in text
    assert examples_section({}) == ""


def test_changed_words_stand_with_their_counts() -> None:
    text = changed_section(EXAMPLES)
    assert "<td>cold 9</td><td></td><td>cold → hot 8</td>" in text
    assert changed_section({}) == ""


@pytest.mark.parametrize(
    "broken",
    [
        {"examples": 3, "changed": [], "failures": {"a": 3, "b": {"c": 4}}},
        {"examples": [3, {"outputs": {"a": None}}], "changed": {"a": {"b": {"removed": [1]}}}},
    ],
)
def test_damaged_examples_do_no_harm(broken: dict[str, Any]) -> None:
    for section in (examples_section, changed_section, failed_texts):
        section(broken)


def test_a_transfer_run_has_its_sections_in_one_page(transfer_run: Path) -> None:
    page = write_report(transfer_run).read_text(encoding="utf-8")
    titles = ["Strength", "Directions", "Failures", "Side by side", "Words that changed most"]
    places = [page.index(f"<h2>{title}</h2>") for title in titles]
    assert places == sorted(places)
    assert "sampled at temperature 1" not in page
    assert "Sweeps" not in page
    assert "<script" not in page


def test_without_examples_the_figures_stay(transfer_run: Path) -> None:
    (transfer_run / "samples" / "examples.json").write_text("{", encoding="utf-8")
    page = write_report(transfer_run).read_text(encoding="utf-8")
    assert "examples.json cannot be read" in page
    assert "<h2>Directions</h2>" in page
    assert "Side by side" not in page


def test_rows_of_the_simplest_kind_are_enough() -> None:
    record = {"dial": "strength", "rows": [{"system": "s", "metrics": {"source_bleu": 5.0}}]}
    sections = transfer_sections(RunFolder(Path("nowhere")), by_strength(read_results(record)))
    assert [title for title, body in sections if body] == []
