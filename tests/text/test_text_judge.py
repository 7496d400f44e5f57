"""The table of unconditional text: what each figure must say of known kinds of samples."""

import dataclasses
import json
import math
from collections import Counter
from pathlib import Path

import pytest
import torch
from made_sentences import TINY, made_sentences, shuffled

from seqgan.errors import UserError
from seqgan.report.metric_names import METRICS
from seqgan.text.evaluation.language_scores import (
    BOS,
    EOS,
    UNKNOWN,
    LanguageScorer,
    ScoreVocabulary,
    Words,
)
from seqgan.text.evaluation.lines import Lines
from seqgan.text.evaluation.samples import write_random_samples
from seqgan.text.evaluation.text_judge import REAL, Judged, SampleSet, TextJudge, judge_texts

TRAIN = made_sentences(300, seed=0)
REFERENCE = made_sentences(300, seed=1)


@pytest.fixture(scope="module")
def judged() -> Judged:
    good = made_sentences(260, seed=2)
    sets = [
        SampleSet("good", good, 1.0),
        SampleSet("shuffled", shuffled(good, seed=3)),
        SampleSet("collapsed", [good[0]] * 260),
        SampleSet("strange", ["qux quux corge grault garply waldo"] * 100 + ["qux fred"] * 160),
    ]
    return judge_texts(sets, train=TRAIN, reference=REFERENCE, settings=TINY)


def _figures(judged: Judged, name: str) -> dict[str, float]:
    return {row["system"]: row["metrics"][name] for row in judged.rows}


def test_every_row_has_every_figure_and_its_interval(judged: Judged) -> None:
    assert [row["system"] for row in judged.rows] == [
        REAL,
        "good",
        "shuffled",
        "collapsed",
        "strange",
    ]
    names = set(judged.rows[0]["metrics"])
    for row in judged.rows:
        assert set(row["metrics"]) == names == set(row["intervals"])
        for name, value in row["metrics"].items():
            low, high = row["intervals"][name]
            assert low <= value <= high, name
    assert names <= set(METRICS)
    assert all(METRICS[name].meaning for name in names)
    json.dumps(judged.rows), json.dumps(judged.notes)


@pytest.mark.parametrize("metric", ["lm_score", "frechet_ngrams", "frechet_hidden"])
def test_disorder_is_worse_than_good_samples(judged: Judged, metric: str) -> None:
    found = _figures(judged, metric)
    assert found["good"] < found["shuffled"] < found["strange"]


def test_overlap_falls_with_disorder(judged: Judged) -> None:
    for metric in ("bleu_corpus_4", "bleu_sentence_mean_4", "mauve"):
        found = _figures(judged, metric)
        assert found["good"] > found["shuffled"] >= found["strange"], metric


def plain_nats(scorer: LanguageScorer, real: Words, judged: Words) -> float:
    """Nats a word and end of `judged`, one word at a time and one sentence after the other.

    Words that stand once in `real` are one word, whose probability is shared out among them.
    """
    counts = Counter(word for words in real for word in words)
    known = [word for word, count in counts.most_common() if count > 1]
    total, num_words = 0.0, 0
    for words in judged:
        state, previous = scorer.model.start(torch.empty(1, 0, dtype=torch.long)), BOS
        for word in [*words, None]:
            logits_1V, state = scorer.model.step(state, torch.tensor([previous]))
            odds = [math.exp(logit) for logit in logits_1V[0].tolist()]
            previous = EOS if word is None else UNKNOWN
            if word in known:
                previous = UNKNOWN + 1 + known.index(word)
            share = odds[previous] / sum(odds)
            if previous == UNKNOWN:
                share /= len(counts) - len(known)
            total -= math.log(share)
            num_words += 1
    return total / num_words


def test_language_model_scores_equal_a_plain_version() -> None:
    """The score of samples by a model of the reference, and the reverse, with words unknown."""
    train = [*TRAIN[:60], "a rare seldom thing."]
    reference, samples = REFERENCE[:50], [*made_sentences(50, seed=2), "some rare strange dog."]
    row = TextJudge(train, reference, TINY).row(SampleSet("s", samples))
    drawn = [Lines.read(texts, chinese=False).draw(99, seed=0) for texts in (reference, samples)]
    held_out, judged = (lines.words for lines in drawn)
    real = [*Lines.read(train, chinese=False).words, *held_out]
    for name, learned, scored in (
        ("lm_score", held_out, judged),
        ("reverse_lm_score", judged, held_out),
    ):
        scorer = LanguageScorer.train(learned, ScoreVocabulary(real), size=TINY.score_model, seed=0)
        with torch.no_grad():
            want = plain_nats(scorer, real, scored)
        assert row["metrics"][name] == pytest.approx(want, rel=1e-5), name


def test_collapse_costs_diversity_alone(judged: Judged) -> None:
    assert _figures(judged, "bleu_corpus_4")["collapsed"] > 0.9
    for metric, worse in [("self_bleu_3", 1), ("distinct_2", -1), ("reverse_lm_score", 1)]:
        found = _figures(judged, metric)
        assert worse * (found["collapsed"] - found["good"]) > 0, metric


def test_strange_words_are_warned_of(judged: Judged) -> None:
    assert _figures(judged, "unknown_words")["strange"] == 1
    assert any("strange" in each and "stand nowhere" in each for each in judged.warnings)
    assert any("collapsed" in each and "same sentence" in each for each in judged.warnings)
    assert not any("good" in each for each in judged.warnings)


def test_lengths_that_a_calibrated_model_has_not_are_warned_of_at_temperature_1() -> None:
    whole = made_sentences(100, seed=2)
    short = [" ".join(text.split()[:-2]) for text in whole]
    settings = dataclasses.replace(TINY, language_models=False)
    for texts, temperature, warned in ((whole, 1.0, 0), (short, 1.0, 1), (short, 0.7, 0)):
        sets = [SampleSet("MLE", texts, temperature)]
        judged = judge_texts(sets, train=TRAIN, reference=REFERENCE, settings=settings)
        assert sum("has its lengths" in each for each in judged.warnings) == warned


def test_copies_are_counted_and_of_real_text_the_other_way() -> None:
    sets = [SampleSet("thief", TRAIN[:100]), SampleSet("honest", ["so it goes on"] * 100)]
    settings = dataclasses.replace(TINY, language_models=False)
    reference = [*TRAIN[:30], *(f"number {n} of many" for n in range(70))]
    judged = judge_texts(sets, train=TRAIN, reference=reference, settings=settings)
    assert _figures(judged, "copied") == {REAL: 0.3, "thief": 1, "honest": 0}
    assert "lm_score" not in judged.rows[0]["metrics"]


def test_all_sets_give_as_many_samples_as_the_smallest() -> None:
    sets = [SampleSet("many", TRAIN), SampleSet("few", made_sentences(40, seed=5), 0.7)]
    settings = dataclasses.replace(TINY, language_models=False)
    judged = judge_texts(sets, train=TRAIN, reference=REFERENCE, settings=settings)
    assert judged.notes["num_samples"] == 40
    assert any("many (300 samples)" in each for each in judged.warnings)


def test_empty_samples_are_a_figure_of_their_own() -> None:
    judge = TextJudge(TRAIN, REFERENCE, dataclasses.replace(TINY, language_models=False))
    row = judge.row(SampleSet("half", ["", " "] * 30 + TRAIN[:60]))
    assert row["metrics"]["empty"] == 0.5
    assert row["metrics"]["length"] > 5
    nothing = judge.row(SampleSet("mute", [""] * 9, 1.3))
    assert nothing["metrics"] == {"empty": 1.0}
    assert any("mute@1.3" in each for each in judge.warnings)


def test_chinese_is_read_by_characters() -> None:
    texts = ["他在公园里看书。", "她在家里喝茶。", "我们今天去学校。", "他今天在家里。"] * 20
    settings = dataclasses.replace(TINY, language_models=False)
    judged = judge_texts(
        [SampleSet("s", texts[:40])], train=texts, reference=texts, settings=settings
    )
    assert judged.notes["unit"] == "character"
    assert judged.rows[1]["metrics"]["length"] == pytest.approx(7.5)
    assert judged.rows[1]["metrics"]["bleu_corpus_4"] == 1


@pytest.mark.parametrize("bad", [[], ["", " "], ["one line"], ["the the", "the the the"]])
def test_real_text_that_nothing_can_be_learned_from(bad: list[str]) -> None:
    with pytest.raises(UserError, match="reference: "):
        TextJudge(TRAIN, bad, TINY)
    with pytest.raises(UserError, match="training text: "):
        TextJudge(bad, REFERENCE, TINY)


def test_quick_settings_are_smaller_everywhere() -> None:
    assert TINY.quick().num_samples == 1000
    assert TINY.quick().score_model.min_updates == 30


def test_random_samples_name_their_seed(tmp_path: Path) -> None:
    sets = [SampleSet("m", TRAIN, 0.7), SampleSet("m", TRAIN, 1.0), SampleSet("n", TRAIN, 1.3)]
    path = write_random_samples(tmp_path, sets, REFERENCE, seed=4)
    record = json.loads(path.read_text(encoding="utf-8"))
    assert record["seed"] == 4
    assert set(record["systems"]) == {REAL, "m@1", "n@1.3"}
    assert set(record["systems"]["m@1"]) <= set(TRAIN)
    again = write_random_samples(tmp_path, sets, REFERENCE, seed=4).read_text(encoding="utf-8")
    assert json.loads(again) == record
