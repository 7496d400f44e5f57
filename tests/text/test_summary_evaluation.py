"""The table of summaries: what each figure must say of known kinds of them."""

import dataclasses
import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from made_summaries import summary_texts

from seqgan.metrics.rouge import Rouge
from seqgan.report.metric_names import METRICS
from seqgan.text.generators.pointer import PointerGenerator
from seqgan.text.summary import finish
from seqgan.text.summary.baselines import HUMAN, LEAD, TITLENESS, Summarize, summary_baselines
from seqgan.text.summary.corpus import SummaryPair
from seqgan.text.summary.evaluation import SummaryJudge, SummarySet, SummarySettings, drawn
from seqgan.text.summary.examples import write_examples
from seqgan.text.summary.realness import Facing
from seqgan.text.tokenizer import SubwordTokenizer

TINY = SummarySettings(num_resamplings=20, language_updates=60)
TEXTS = summary_texts()
UNPAIRED = summary_texts(paired=False)
PEOPLE = {pair.document: pair.short for pair in [*TEXTS.judges, *TEXTS.test]}

Rows = dict[str, dict[str, Any]]


def by_words(documents: Sequence[str], summaries: Sequence[str]) -> list[float]:
    """Say how many of the document's words the summary has: a reconstructor without secrets."""
    return [
        -9.0 + sum(word in set(summary.split()) for word in document.lower().split())
        for document, summary in zip(documents, summaries, strict=True)
    ]


def oracle(documents: Sequence[str], words: int) -> list[str]:
    """Write what people wrote, but for another document."""
    found = [PEOPLE[document] for document in documents]
    return [*found[1:], found[0]]


def mute(documents: Sequence[str], words: int) -> list[str]:
    return [""] * len(documents)


@pytest.fixture(scope="module")
def judge() -> SummaryJudge:
    return SummaryJudge(TEXTS, TINY, reconstruct=by_words, say=lambda words: None)


@pytest.fixture(scope="module")
def rows(judge: SummaryJudge) -> Rows:
    asked: dict[str, Summarize] = summary_baselines(TEXTS) | {"others": oracle, "mute": mute}
    made = [judge.row(judge.written(name, each)) for name, each in asked.items()]
    return {row["system"]: row for row in [judge.real_row(), *made]}


def test_every_row_is_as_the_report_takes_it(rows: Rows) -> None:
    for row in rows.values():
        assert row["metrics"].keys() - row["intervals"].keys() == {"realness"}
        for name, (low, high) in row["intervals"].items():
            assert low <= row["metrics"][name] <= high, (row["system"], name)
        for name in row["metrics"]:
            assert METRICS[name].meaning, name
    assert rows[HUMAN]["words"] is None
    assert rows[LEAD]["words"] == 5
    json.dumps(list(rows.values()), allow_nan=False)


def test_people_are_not_compared_with_themselves(rows: Rows) -> None:
    metrics = rows[HUMAN]["metrics"]
    assert "rouge1" not in metrics
    assert metrics["novel_bigrams"] > 0.4
    assert abs(metrics["realness"] - 0.5) <= 0.25


def test_first_words_are_copies_that_nobody_takes_for_real(rows: Rows) -> None:
    metrics = rows[LEAD]["metrics"]
    assert (metrics["copied_words"], metrics["novel_bigrams"]) == (1, 0)
    assert metrics["words"] == 5
    assert metrics["inside"] == 1
    assert metrics["rouge1_inside"] == metrics["rouge1"]
    assert metrics["realness"] < 0.1
    assert metrics["perplexity"] > 5 * rows[HUMAN]["metrics"]["perplexity"]


def test_title_words_find_what_people_say(rows: Rows) -> None:
    assert rows[TITLENESS]["metrics"]["rouge1"] > 2 * rows[LEAD]["metrics"]["rouge1"]
    assert rows[TITLENESS]["metrics"]["reconstruction_gain"] > 0


def test_others_texts_are_real_and_fluent_but_say_nothing_of_the_document(rows: Rows) -> None:
    metrics = rows["others"]["metrics"]
    assert metrics["realness"] > 0.3
    assert metrics["perplexity"] == pytest.approx(rows[HUMAN]["metrics"]["perplexity"])
    assert metrics["rouge1"] < rows[TITLENESS]["metrics"]["rouge1"]
    assert metrics["reconstruction_gain"] < rows[HUMAN]["metrics"]["reconstruction_gain"] / 2


def test_silence_says_nothing(rows: Rows) -> None:
    metrics = rows["mute"]["metrics"]
    assert metrics["empty"] == 1
    assert metrics["rouge1"] == metrics["copied_words"] == metrics["words"] == 0
    assert metrics["reconstruction_gain"] == 0
    assert "survives" not in metrics


def test_a_sweep_goes_through_every_other_number_of_words(judge: SummaryJudge) -> None:
    assert judge.budgets == [2, 3, 4, 6, 7, 8, 9, 10]
    swept = [judge.row(each) for each in judge.swept(LEAD, summary_baselines(TEXTS)[LEAD])]
    assert [row["words"] for row in swept] == judge.budgets
    assert [row["metrics"]["words"] for row in swept] == judge.budgets
    assert not {"realness", "reconstruction_gain"} & swept[0]["metrics"].keys()


def test_a_sweep_is_over_the_first_documents(
    judge: SummaryJudge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judge, "settings", dataclasses.replace(judge.settings, num_swept=3))
    first = next(judge.swept(LEAD, summary_baselines(TEXTS)[LEAD]))
    assert len(first.outputs) == 3
    assert judge.references is not None
    alone = [judge.row(first)["metrics"]["rouge1"]]
    found = Rouge(judge.references).f1(first.outputs, judge.references[:3])
    assert alone == pytest.approx([float(found[:, 0].mean())])


def test_a_judge_that_sees_no_order_is_void(judge: SummaryJudge) -> None:
    texts = dataclasses.replace(TEXTS, judges=TEXTS.judges[:8])
    dull = SummaryJudge(texts, TINY, say=lambda words: None)
    assert any("Realness is void: word-shuffled" in each for each in dull.warnings)
    row = dull.row(dull.written(LEAD, summary_baselines(TEXTS)[LEAD]))
    assert row["void"] == ["realness"]
    assert dull.notes()["void_reasons"]
    assert "survives" not in row["metrics"]  # nobody reconstructs


def test_outputs_of_another_length_are_warned_of(judge: SummaryJudge) -> None:
    judge.row(SummarySet("adversarial", ["word " * 9] * len(judge.documents), 5))
    assert "adversarial: 0% of the summaries have 5 words give or take 2" in judge.warnings[-1]


def test_one_summary_for_each_document(judge: SummaryJudge) -> None:
    with pytest.raises(ValueError, match="short: one summary for each of 50 documents"):
        judge.row(SummarySet("short", ["x"], 5))


def test_files_without_pairs_are_judged_without_rouge() -> None:
    judge = SummaryJudge(UNPAIRED, TINY, reconstruct=by_words, say=lambda words: None)
    assert judge.references is None
    real = judge.real_row()["metrics"]
    assert {"perplexity", "realness", "words"} <= real.keys()
    assert not {"rouge1", "copied_words", "survives"} & real.keys()
    row = judge.row(judge.written(LEAD, summary_baselines(UNPAIRED)[LEAD]))
    assert "rouge1" not in row["metrics"]
    assert row["metrics"]["copied_words"] == 1
    assert row["metrics"]["realness"] < 0.2


def test_documents_are_drawn_with_what_people_wrote() -> None:
    settings = dataclasses.replace(TINY, num_documents=10)
    pairs = drawn([*TEXTS.test, SummaryPair("nobody wrote of this", "")], settings)
    assert len(pairs) == 10
    assert all(PEOPLE[pair.document] == pair.short for pair in pairs)
    assert drawn([SummaryPair("nobody wrote of this", ""), *TEXTS.test], TINY) == TEXTS.test
    assert drawn(UNPAIRED.test, TINY) == UNPAIRED.test


def test_as_many_texts_of_people_as_documents_face_each_other() -> None:
    whole = Facing.of(TEXTS.test, [])
    assert (whole.places, whole.human) == (list(range(50)), TEXTS.human)
    lone = Facing.of([SummaryPair("", "b"), SummaryPair("a", ""), SummaryPair("c", "")], ["b"])
    assert (lone.places, lone.human) == ([1], ["b"])


def test_quick_settings_are_smaller_everywhere() -> None:
    quick, usual = vars(SummarySettings().quick()), vars(SummarySettings())
    assert all(quick[name] < usual[name] for name in usual if name != "seed")


def test_notes_say_dial_and_whom_to_compare(judge: SummaryJudge) -> None:
    notes = json.loads(json.dumps(judge.notes()))
    assert (notes["dial"], notes["usual_words"], notes["unit"]) == ("words", 5, "word")
    assert notes["comparison"] == {"treated": "adversarial", "control": "continued"}
    assert notes["sizes"] == {"judges": 300, "test": 50}
    assert "stemmed" in notes["signatures"]["rouge"]


def test_examples_are_drawn_with_the_seed_in_the_file(judge: SummaryJudge, tmp_path: Path) -> None:
    first, last = (
        SummarySet(name, [f"{name} {at}" for at in range(50)], 5) for name in ("lead", "played")
    )
    asked = [first, last, SummarySet("longer", ["another length"] * 50, 8)]
    text = write_examples(tmp_path, judge, asked, seed=5).read_text(encoding="utf-8")
    record = json.loads(text)
    assert (record["seed"], record["words"], len(record["examples"])) == (5, 5, 12)
    for each in record["examples"]:
        place = judge.documents.index(each["document"])
        assert list(each["outputs"].items()) == [
            (HUMAN, PEOPLE[each["document"]]),
            ("played", f"played {place}"),
            ("lead", f"lead {place}"),
        ]
    assert write_examples(tmp_path, judge, asked, seed=5).read_text(encoding="utf-8") == text
    other = write_examples(tmp_path, judge, asked, seed=6).read_text(encoding="utf-8")
    assert json.loads(other)["examples"] != record["examples"]


def test_summaries_that_are_cut_otherwise_are_counted() -> None:
    """Pieces that read as the same words: half of the summaries spell them sign by sign."""
    tokenizer = SubwordTokenizer.train(["old maps", "maps of old"] * 20, vocab_size=40, exact=False)
    usual = tokenizer.encode("old maps")
    signs = [tokenizer.encode(sign)[-1] for sign in "maps"]
    assert tokenizer.decode(signs).replace(" ", "") == "maps"
    written = [usual, signs if tokenizer.encode(tokenizer.decode(signs)) != signs else []]
    reconstructor = PointerGenerator(
        tokenizer.vocab_size, pad=tokenizer.pad, bos=tokenizer.bos, eos=tokenizer.eos, dim=8
    ).eval()
    judging = SimpleNamespace(
        vocabulary=SimpleNamespace(tokenizer=tokenizer),
        written=lambda *_: written,
        reconstructor=reconstructor,
        summarizing=SimpleNamespace(recovered=9),
    )
    sources = ["old maps of", "maps"]
    found = finish.Judging.cutting(judging, None, sources, 3)  # type: ignore[arg-type]
    assert written[1]
    assert found["cut_as_usual"] == 0.5
    read = [tokenizer.encode(text) for text in sources]
    anew = [usual, tokenizer.encode(tokenizer.decode(signs))]
    asked = partial(finish.reconstructed_ids, reconstructor, read, recovered=9)
    lost = (asked(written)[1] - asked(anew)[1]) / 2
    assert found["retokenizing"] == pytest.approx(lost)
    assert lost != 0.0
