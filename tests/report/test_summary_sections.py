"""What a report of a summarizer shows, finished, partial or damaged."""

import json
from pathlib import Path
from typing import Any

import pytest

from seqgan.report.page import write_report
from seqgan.report.run_folder import Results, RunFolder, read_results
from seqgan.report.summary_rewards import rewards_section, worth_section
from seqgan.report.summary_sections import (
    budget_section,
    by_words,
    examples_section,
    guard_section,
    is_summary,
    standing,
    summary_headline,
    summary_sections,
)
from seqgan.report.table import results_table


def _row(system: str, words: int | None, rouge: float | None, **more: float) -> dict[str, Any]:
    metrics = {"words": 6.5 if words is None else words - 0.25, "perplexity": 400.0, **more}
    if rouge is not None:
        metrics |= {"rouge1": rouge, "rouge2": rouge - 20, "rougeL": rouge - 5}
        metrics |= {f"{kind}_inside": metrics[kind] for kind in ("rouge1", "rouge2", "rougeL")}
    intervals = {name: [value - 1, value + 1] for name, value in metrics.items()}
    return {
        "system": system,
        "words": words,
        "metrics": metrics,
        "intervals": intervals,
        "void": [],
    }


GUARD = {
    **{"reconstruction_nats": 4.0, "reconstruction_plain": 4.5, "reconstruction_gain": 1.25},
    "retokenizing": 0.02,
}


def made_record() -> dict[str, Any]:
    """Return results with two sweeps, trivial summaries and people's texts."""
    return {
        "recipe": "summarize",
        "seed": 3,
        "table": "settings",
        "data": {"corpus": "made"},
        "dial": "words",
        "usual_words": 7,
        "trivial": ["lead", "titleness"],
        "comparison": {"treated": "adversarial", "control": "continued"},
        "rows": [
            _row("human", None, None, perplexity=80.0, copied_words=0.6, **GUARD, survives=0.9),
            _row("titleness", 7, 36.0, perplexity=900.0, **GUARD),
            *[_row("lead", at, 21.0 + at) for at in (7, 4, 12)],
            _row("continued", 7, 35.5, perplexity=150.0),
            *[_row("adversarial", at, 30.5 + at, perplexity=140.0) for at in (7, 4, 12)],
        ],
        "rewards": [
            {"update": at, "reconstruction": -4 + 0.1 * at, "realness": -0.1 * at, "length": 0.0}
            for at in reversed(range(40))
        ],
    }


EXAMPLES: dict[str, Any] = {
    "seed": 17,
    "words": 7,
    "examples": [
        {
            "document": "It reads <old> maps.",
            "outputs": {"human": "Maps reader", "adversarial": "old <new> maps"},
        },
        {"document": "读取旧图", "outputs": {"adversarial": "读图书"}},
    ],
}


def made() -> Results:
    return by_words(read_results(made_record()))


@pytest.fixture
def summary_run(tmp_path: Path) -> Path:
    run = tmp_path / "summarize" / "001"
    (run / "samples").mkdir(parents=True)
    (run / "results.json").write_text(json.dumps(made_record()), encoding="utf-8")
    (run / "samples" / "examples.json").write_text(json.dumps(EXAMPLES), encoding="utf-8")
    return run


def test_the_usual_number_of_words_is_where_systems_compare() -> None:
    rows = made().rows
    assert [row.temperature for row in rows[:5]] == [None, 1.0, 1.0, 4 / 7, 12 / 7]
    assert [row.setting for row in rows[:5]] == ["", "7", "7", "4", "12"]
    other = read_results({"rows": [{"system": "s", "temperature": 0.7, "metrics": {}}]})
    assert by_words(other) is other
    assert not is_summary(other.record)


@pytest.mark.parametrize("usual", [0, None, "seven"])
def test_without_a_usual_number_rows_stay_as_they_are(usual: object) -> None:
    results = read_results(made_record() | {"usual_words": usual})
    assert by_words(results) is results


def test_the_headline_has_every_system_in_the_usual_length_and_claims_nothing() -> None:
    text = summary_headline(made())
    assert text.count("<tr>") == 1 + 5
    rouge = "<td>37.5</td><td>17.5</td><td>32.5</td>"  # of all texts, and inside the bracket
    assert f"{rouge}{rouge}<td>6.8</td><td>140.0</td>" in text
    assert "One seed: no claim." in text
    assert "42.5" not in text
    assert text.count("<li><b>") == 5
    assert "<b>titleness</b>: its words that are most typical" in text


def test_the_best_trivial_summary_is_the_rival() -> None:
    sentences = standing(made())
    assert sentences[0] == (
        "ROUGE-1 in the bracket of adversarial: 37.5, better than the best trivial summary "
        "(titleness, 36.0) and better than its control (continued, 35.5)."
    )
    assert sentences[-1] == (
        "perplexity of adversarial: 140.0, better than the best trivial summary (lead, 400.0) and "
        "better than its control (continued, 150.0)."
    )
    assert len(sentences) == 4
    assert standing(by_words(read_results(made_record() | {"trivial": 3}))) == []


def test_quality_stands_against_the_length_that_was_written() -> None:
    text = budget_section(made())
    assert "ROUGE-L ↑ against words written" in text
    assert "perplexity ↓ against words written" in text
    assert "new pairs against words written" not in text  # nobody has that figure here
    assert budget_section(read_results({"rows": []})) == ""


def test_the_guard_shows_what_survives_beside_people() -> None:
    text = guard_section(made())
    assert (
        "<td>4.000</td><td>4.500</td><td>1.250</td><td>0.020</td><td>90.0 %</td><td>60.0 %</td>"
        in text
    )
    assert "<td>1.250</td><td>0.020</td><td>–</td><td>–</td>" in text
    assert text.count("<tr>") == 1 + 2
    assert guard_section(read_results({"rows": []})) == ""


def test_rewards_are_drawn_in_pairs_and_correlated() -> None:
    text = rewards_section(made_record())
    assert text.count("<svg") == 3
    assert "reconstruction ↑ against realness ↑" in text
    assert "<td>-3.850</td><td>-0.250</td><td></td><td>-1.00</td><td>–</td>" in text
    assert "columns “with” another reward are correlations" in text


def test_what_counted_for_nothing_is_drawn_against_nothing() -> None:
    text = rewards_section(made_record() | {"config": {"realness": 0.0, "reconstruction": 1.0}})
    assert text.count("<svg") == 1
    assert "against realness" not in text
    assert "<td>-0.250</td>" in text  # its figures stand there all the same


@pytest.mark.parametrize(
    "lines",
    [
        3,
        [],
        [{"update": 1, "realness": 0.5}],
        [{"update": 1}, {"update": 2}],
        [{"realness": 1}] * 3,
    ],
)
def test_too_few_rewards_show_nothing(lines: object) -> None:
    assert rewards_section({"rewards": lines}) == ""


WORTH = {
    **{"documents": 40, "summaries": 17, "likeliest": 27.25, "mean": 24.0, "best": 34.81},
    "measures": [{"measure": "realness", "correlation": 0.094, "chosen": 25.06}, {"measure": 3}],
}


def test_what_rewards_know_stands_beside_the_best_that_was_written() -> None:
    text = worth_section({"worth": WORTH})
    assert "realness</th><td>0.094</td><td>25.1</td>" in text
    assert "Of 40 validation documents the model before play wrote 17 summaries each" in text
    assert "the best of each document 34.8" in text
    assert text.count("<tr>") == 1 + 1
    assert "“" not in text  # nothing but a reward stands there


def test_what_is_no_single_reward_is_explained() -> None:
    others = [
        {"measure": name, "correlation": 0.2, "chosen": 26.0} for name in ("likelihood", "together")
    ]
    text = worth_section({"worth": WORTH | {"measures": others}})
    assert "“likelihood” is no reward" in text
    assert "“together” is the sum of the rewards" in text


@pytest.mark.parametrize("broken", [3, {}, {**WORTH, "best": "x"}, {**WORTH, "measures": [1]}])
def test_without_what_they_are_worth_rewards_show_nothing(broken: object) -> None:
    assert worth_section({"worth": broken}) == ""


def test_examples_mark_new_words_and_print_their_seed() -> None:
    text = examples_section(EXAMPLES)
    assert "<p>It reads &lt;old&gt; maps.</p>" in text
    assert "old &lt;<b>new</b>&gt; maps" in text
    assert "Maps <b>reader</b>" in text
    assert "读图<b>书</b>" in text
    assert "seed 17" in text
    for broken in ({}, {"examples": 3}, {"examples": [3, {"outputs": 4}, {"document": 1}]}):
        assert examples_section(broken) == ""


def test_a_summarizers_run_has_its_sections_in_one_page(summary_run: Path) -> None:
    page = write_report(summary_run).read_text(encoding="utf-8")
    titles = [
        "Results",
        "Quality against word budget",
        "What the reconstruction rests on",
        "Rewards against each other",
        "Side by side",
        "Intervals",
    ]
    places = [page.index(f"<h2>{title}</h2>") for title in titles]
    assert places == sorted(places)
    assert "sampled at temperature 1" not in page
    assert "<td>12</td>" in page  # the budget, not its ratio
    assert "1.7" not in page.split("<h2>Results</h2>")[1].split("</table>")[0]
    assert "<script" not in page


def test_without_examples_the_figures_stay(summary_run: Path) -> None:
    (summary_run / "samples" / "examples.json").write_text("{", encoding="utf-8")
    page = write_report(summary_run).read_text(encoding="utf-8")
    assert "examples.json cannot be read" in page
    assert "<h2>Quality against word budget</h2>" in page
    assert "Side by side" not in page


def test_rows_of_the_simplest_kind_are_enough() -> None:
    record = {"dial": "words", "usual_words": 5, "rows": [{"system": "s", "metrics": {}}]}
    results = by_words(read_results(record))
    sections = summary_sections(RunFolder(Path("nowhere")), results)
    assert [title for title, body in sections if body] == []
    assert summary_headline(results) == ""


def test_the_table_of_many_runs_has_the_usual_length_alone(summary_run: Path) -> None:
    text = results_table([summary_run / "results.json"])
    assert text.count("| adversarial |") == 1
    assert "| 37.5 |" in text
    assert "42.5" not in text


def test_the_controls_of_realness_stand_on_the_page() -> None:
    record = made_record()
    record["realness_controls"] = {"shuffled": 0.13, "real_vs_real": 0.49, "most": 0.2}
    page = str(summary_headline(by_words(read_results(record))))
    assert "short texts of people score 0.130 (void from 0.2 on" in page
    assert "other people's 0.490" in page.replace("&#x27;", "'").replace("&#39;", "'")
    assert "Controls of realness" not in str(
        summary_headline(by_words(read_results(made_record())))
    )
