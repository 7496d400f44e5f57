"""Trivial transfers: what each must do to sentences whose polar words are known."""

import dataclasses
import math

import pytest
from made_styles import POLAR, STYLES, chinese, styled_texts

from seqgan.text.transfer.baselines import (
    APPEND,
    COPY,
    DELETE,
    HUMAN,
    INFILL,
    Neighbors,
    Transfer,
    transfer_baselines,
)
from seqgan.text.transfer.lexicon import Lexicon, joined, key, words_of

TEXTS = styled_texts()
DIRECTIONS = [(0, 1), (1, 0)]


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon.train(TEXTS.train)


@pytest.fixture(scope="module")
def baselines() -> dict[str, Transfer]:
    return transfer_baselines(TEXTS)


def polar_words(text: str, style: int) -> list[str]:
    return [word for word in text.split() if word in POLAR[STYLES[style]]]


@pytest.mark.parametrize(
    "text", ["it wasn't great , was it ?", "so: 3.5 stars!", " a  b ", "", "don’t“go”"]
)
def test_units_make_the_text_again(text: str) -> None:
    assert joined(words_of(text)) == text.strip()


def test_polar_words_lean_to_their_style_and_things_to_none(lexicon: Lexicon) -> None:
    for source, target in DIRECTIONS:
        for word in POLAR[STYLES[target]]:
            assert lexicon.weight(word, source, target) > 1
        assert abs(lexicon.weight("soup", source, target)) < 0.5
        assert lexicon.lean(["rude"], source, target) == -lexicon.lean(["rude"], target, source)


def test_fewest_words_go_and_one_stays(lexicon: Lexicon) -> None:
    units = words_of("the soup was awful and the tea was stale .")
    gone = [key(units[at]) for at in lexicon.polar(units, 0, 1)]
    assert gone == ["awful", "stale"]
    assert lexicon.polar(units, 1, 0) == []
    assert len(lexicon.polar(units, 1, 0, at_least=1)) == 1
    assert lexicon.polar(words_of("awful awful"), 0, 1) == [0]


def test_a_lexicon_of_three_styles() -> None:
    found = Lexicon.train([*TEXTS.train, ["who goes there ?"] * 40])
    assert found.bias_K.shape == (3,)
    assert found.weight("who", 0, 2) > 0 < found.weight("who", 1, 2)
    assert found.weight("rude", 1, 0) > 0


@pytest.mark.parametrize(("source", "target"), DIRECTIONS)
def test_each_baseline_does_what_it_is_called(
    baselines: dict[str, Transfer], source: int, target: int
) -> None:
    asked = TEXTS.test[source]
    outputs = {name: transfer(asked, source, target) for name, transfer in baselines.items()}
    assert list(outputs) == [COPY, DELETE, APPEND, INFILL]
    assert outputs[COPY] == asked
    for text, shorter, longer, new in zip(asked, *list(outputs.values())[1:], strict=True):
        assert longer.startswith(f"{text} ")
        assert polar_words(longer[len(text) :], target)
        assert len(new.split()) == len(text.split())
        assert set(shorter.split()) <= set(text.split())
        assert not polar_words(shorter, source)
        assert polar_words(new, target)
        assert not polar_words(new, source)


def test_baselines_never_look_at_the_judges_half(baselines: dict[str, Transfer]) -> None:
    others = transfer_baselines(dataclasses.replace(TEXTS, judges=TEXTS.judges[::-1]))
    for name, transfer in others.items():
        assert transfer(TEXTS.test[0], 0, 1) == baselines[name](TEXTS.test[0], 0, 1), name


def test_empty_single_and_strange_texts_come_back_as_texts(baselines: dict[str, Transfer]) -> None:
    asked = ["", "awful", "qux quux", "awful " * 40]
    for name, transfer in baselines.items():
        outputs = transfer(asked, 0, 1)
        assert len(outputs) == 4, name
        assert outputs[1], name
    assert baselines[INFILL](["awful", "the soup"], 0, 1) != ["awful", "the soup"]
    assert baselines[INFILL](["the soup was at noon ."], 0, 1) != ["the soup was at noon ."]


def test_people_rewrites_are_a_baseline_where_there_are_any() -> None:
    references = [[[f"{text} (1)", f"{text} (2)"] for text in each] for each in TEXTS.test]
    texts = styled_texts(references)
    human = transfer_baselines(texts)[HUMAN]
    assert human(texts.test[0][:2], 0, 1) == [f"{text} (1)" for text in texts.test[0][:2]]


def test_they_are_none_where_some_sentences_have_no_rewrite() -> None:
    references = [[[f"{text} (1)"] for text in each] for each in TEXTS.test]
    references[1][0] = []
    assert HUMAN not in transfer_baselines(styled_texts(references))


def test_what_follows_a_word_is_smoothed_by_how_common_it_is() -> None:
    """Of 8 words `b` is 2; behind `a`, which is followed twice, it stands once."""
    neighbors = Neighbors([["a", "b"], ["a", "c"], ["b"]])
    assert neighbors.logp("a", "b") == pytest.approx(math.log((1 + 5 * 2.1 / 8) / (2 + 5)))
    assert neighbors.logp("never", "c") == pytest.approx(math.log(1.1 / 8))
    assert neighbors.candidates("a", "</s>") == ["b", "c", "b", "c"]
    assert neighbors.candidates("a", None) == ["b", "c"]


def test_chinese_is_cut_into_learned_pieces_that_make_it_again() -> None:
    texts = [chinese(style) * 3 for style in STYLES]
    found = Lexicon.train(texts)
    for text in [*texts[0][:12], "他说：很好吃！abc 你"]:
        assert joined(found.split(text)) == text
    assert len(found.split(texts[0][0])) < len(texts[0][0])
