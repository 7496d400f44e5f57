"""The table of transfers: what each figure must say of known kinds of them."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from made_styles import STYLES, TINY, styled_texts, swapped

from seqgan.report.metric_names import METRICS
from seqgan.text.transfer.baselines import transfer_baselines
from seqgan.text.transfer.corpus import StyledTexts
from seqgan.text.transfer.drawing import drawn
from seqgan.text.transfer.evaluation import (
    REAL,
    TransferJudge,
    TransferSet,
    TransferSettings,
)
from seqgan.text.transfer.examples import write_examples
from seqgan.text.transfer.failures import KINDS

PLAIN = styled_texts()
REFERENCES = [
    [[swapped(text, style, 1 - style), "it was fine ."] for text in each]
    for style, each in enumerate(PLAIN.test)
]
TEXTS = styled_texts(REFERENCES)
NAMES = [f"{STYLES[0]}>{STYLES[1]}", f"{STYLES[1]}>{STYLES[0]}"]

Rows = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def judge() -> TransferJudge:
    return TransferJudge(TEXTS, TINY, say=lambda words: None)


@pytest.fixture(scope="module")
def sets(judge: TransferJudge) -> dict[str, TransferSet]:
    systems = {name: judge.outputs(each) for name, each in transfer_baselines(TEXTS).items()}
    systems["swapped"] = judge.outputs(lambda each, a, b: [swapped(text, a, b) for text in each])
    systems["off topic"] = judge.outputs(
        lambda each, source, target: [TEXTS.judges[target][0]] * len(each)
    )
    systems["mute"] = judge.outputs(lambda each, source, target: [""] * len(each))
    found = {name: TransferSet(name, outputs) for name, outputs in systems.items()}
    return found | {"dialed": TransferSet("dialed", systems["swapped"], 0.5)}


@pytest.fixture(scope="module")
def rows(judge: TransferJudge, sets: dict[str, TransferSet]) -> Rows:
    made = [judge.row(each.system, each.outputs, each.strength) for each in sets.values()]
    return {row["system"]: row for row in [judge.real_row(), *made]}


def test_every_row_is_as_the_report_takes_it(rows: Rows) -> None:
    for row in rows.values():
        assert list(row["directions"]) == NAMES
        for part in (row, *row["directions"].values()):
            assert part["metrics"].keys() == part["intervals"].keys()
            for name, value in part["metrics"].items():
                low, high = part["intervals"][name]
                assert low <= value <= high, (row["system"], name)
                assert METRICS[name].meaning
        assert "direction_gap" in row["metrics"]
    assert rows["dialed"]["strength"] == 0.5
    assert rows["copy"]["strength"] is None
    json.dumps(list(rows.values()), allow_nan=False)


def test_real_text_says_how_good_the_judges_are_and_nothing_of_content(rows: Rows) -> None:
    metrics = rows[REAL]["metrics"]
    assert metrics.keys() == {
        "accuracy_ngram",
        "accuracy_neural",
        "perplexity",
        "overuse",
        "direction_gap",
    }
    assert metrics["accuracy_ngram"] >= 95 <= metrics["accuracy_neural"]


def test_a_copy_fails_on_style_alone(rows: Rows) -> None:
    metrics = rows["copy"]["metrics"]
    assert metrics["accuracy_ngram"] <= 5
    assert metrics["source_bleu"] == pytest.approx(100)
    assert metrics["copy_rate"] == metrics["contains_source"] == metrics["length_ratio"] == 1
    assert rows["copy"]["failures"]["copied"] == 1
    per_direction = [each["metrics"]["perplexity"] for each in rows["copy"]["directions"].values()]
    real = [each["metrics"]["perplexity"] for each in rows[REAL]["directions"].values()]
    assert per_direction == pytest.approx(real[::-1])  # sources of one are real text of the other


def test_a_phrase_behind_is_exposed_by_what_it_contains(rows: Rows) -> None:
    metrics = rows["append"]["metrics"]
    assert (metrics["contains_source"], metrics["copy_rate"]) == (1, 0)
    assert metrics["length_ratio"] > 1.05
    assert metrics["perplexity"] > rows["copy"]["metrics"]["perplexity"]


def test_a_good_transfer_is_good_on_everything(rows: Rows) -> None:
    metrics = rows["swapped"]["metrics"]
    assert metrics["accuracy_ngram"] >= 90 <= metrics["accuracy_neural"]
    assert metrics["copy_rate"] == metrics["contains_source"] == 0
    assert metrics["ref_bleu_1"] == pytest.approx(100)
    assert metrics["ref_bleu_2"] == pytest.approx(100)
    assert rows["swapped"]["failures"]["none of these"] >= 0.8
    assert metrics["geometric_mean"] > rows["append"]["metrics"]["geometric_mean"]
    assert metrics["geometric_mean"] >= metrics["harmonic_mean"]


def test_another_subject_costs_the_content(rows: Rows) -> None:
    row = rows["off topic"]
    assert row["metrics"]["accuracy_ngram"] == 100
    assert row["metrics"]["source_bleu"] < 30
    assert row["failures"]["content lost"] > 0.7


def test_nothing_said_is_in_no_style(rows: Rows) -> None:
    metrics = rows["mute"]["metrics"]
    assert metrics["accuracy_ngram"] == metrics["accuracy_neural"] == metrics["length_ratio"] == 0
    assert metrics["source_bleu"] == metrics["geometric_mean"] == metrics["harmonic_mean"] == 0


def test_people_are_not_compared_with_themselves(rows: Rows) -> None:
    assert "ref_bleu_1" not in rows["human"]["metrics"]
    assert "ref_bleu_2" in rows["delete"]["metrics"]
    assert rows["human"]["metrics"]["accuracy_ngram"] >= 90


def test_directions_add_up(rows: Rows) -> None:
    for row in rows.values():
        parts = [each["metrics"] for each in row["directions"].values()]
        mean = sum(part["accuracy_ngram"] for part in parts) / 2
        assert row["metrics"]["accuracy_ngram"] == pytest.approx(mean)
        means = [(part["accuracy_ngram"] + part["accuracy_neural"]) / 2 for part in parts]
        assert row["metrics"]["direction_gap"] == pytest.approx(max(means) - min(means))
        for part in row["directions"].values():
            assert sum(part.get("failures", {"": 1}).values()) == pytest.approx(1)


def test_notes_say_dial_and_whom_to_compare(judge: TransferJudge) -> None:
    notes = json.loads(json.dumps(judge.notes()))
    assert (notes["dial"], notes["unit"]) == ("strength", "word")
    assert notes["comparison"] == {
        "treated": "adversarial, ranked",
        "control": "continued, ranked",
    }
    assert list(notes["failure_kinds"]) == list(KINDS)
    assert notes["signatures"]["source_bleu"].startswith("nrefs:1|case:mixed|eff:no|tok:13a")
    assert notes["sizes"]["positive"] == {"judges": 140, "test": 24}


def test_one_text_for_each_source_is_asked_for(judge: TransferJudge) -> None:
    with pytest.raises(ValueError, match=r"negative>positive: one text for each of 24 sources"):
        judge.row("short", {direction: ["x"] for direction in judge.directions})


def test_judges_that_guess_are_warned_of() -> None:
    mixed = [text for pair in zip(*PLAIN.judges, strict=True) for text in pair]
    texts = dataclasses.replace(PLAIN, judges=[mixed[::2][:60], mixed[::2][60:120]])
    settings = dataclasses.replace(TINY, classifier_updates=20, language_updates=5)
    judge = TransferJudge(texts, settings, say=lambda words: None)
    judge.real_row()
    assert any("can hardly tell the styles apart" in each for each in judge.warnings)


def test_one_sentence_for_all_is_an_overuse_of_its_words(rows: Rows) -> None:
    overuse = {name: row["metrics"]["overuse"] for name, row in rows.items()}
    assert overuse["off topic"] > 0.5 > overuse["swapped"] >= 0
    assert overuse["swapped"] == overuse["dialed"]
    assert overuse["mute"] == 0.0  # it says nothing too often
    for row in rows.values():
        alone = [each["metrics"]["overuse"] for each in row["directions"].values()]
        assert row["metrics"]["overuse"] == pytest.approx(sum(alone) / 2)


def test_sentences_are_drawn_with_their_references() -> None:
    sources, references = drawn(TEXTS, most=24, seed=TINY.seed)
    assert references is not None
    for style in range(2):
        assert len(sources[style]) == 24
        for text, people in zip(sources[style], references[style], strict=True):
            assert people[0] == swapped(text, style, 1 - style)
    assert drawn(PLAIN, most=24, seed=0)[1] is None
    assert drawn(PLAIN, most=2000, seed=0)[0] == PLAIN.test


def test_quick_settings_are_smaller_everywhere() -> None:
    quick, usual = vars(TransferSettings().quick()), vars(TransferSettings())
    assert all(quick[name] < usual[name] for name in usual if name != "seed")
    assert TINY.quick() == TINY


def test_examples_are_drawn_with_the_seed_in_the_file(
    judge: TransferJudge, sets: dict[str, TransferSet], tmp_path: Path
) -> None:
    asked = [*sets.values(), TransferSet("swapped", sets["swapped"].outputs, 2.0)]
    asked.append(TransferSet("adversarial", sets["swapped"].outputs, 1.0))
    text = write_examples(tmp_path, judge, asked, seed=5).read_text(encoding="utf-8")
    record = json.loads(text)
    assert record["seed"] == 5
    assert next(iter(record["changed"])) == "adversarial"
    assert {"swapped", "dialed@0.5", "adversarial"} <= set(record["changed"])
    assert "swapped@2" not in record["changed"]
    assert len(record["examples"]) == 20
    for each in record["examples"]:
        assert each["outputs"]["copy"] == each["source"]
    assert record["failures"]["copy"]["copied"][0]["direction"] in NAMES
    assert record["changed"]["copy"][NAMES[0]]["replaced"] == []
    old, new, _ = record["changed"]["swapped"][NAMES[0]]["replaced"][0]
    assert swapped(f"the soup was {old} .", 0, 1) == f"the soup was {new} ."
    again = write_examples(tmp_path, judge, asked, seed=5).read_text(encoding="utf-8")
    assert again == text


def test_texts_of_three_styles_go_six_ways() -> None:
    third = [f"who knows where {thing} is ?" for thing in "abcdefghijklmnopqrstuvwxyz"]
    texts = StyledTexts(
        (*STYLES, "asking"),
        *([*each, third] for each in (PLAIN.train, PLAIN.judges, PLAIN.validation, PLAIN.test)),
        references=None,
        checksum="made",
    )
    settings = dataclasses.replace(TINY, classifier_updates=40, language_updates=5)
    judge = TransferJudge(texts, settings, say=lambda words: None)
    row = judge.row("copy", judge.outputs(lambda each, a, b: list(each)))
    assert len(row["directions"]) == 6
    assert row["metrics"]["accuracy_ngram"] < 20
