"""Kinds of failure from known texts, and the words that a transfer changed."""

import dataclasses

import pytest
from made_styles import styled_texts

from seqgan.text.transfer.failures import (
    CONTENT,
    COPIED,
    FINE,
    FLUENCY,
    KINDS,
    MEANINGS,
    NEGATION,
    STYLE,
    Judgement,
    changed_most,
    changes,
    content_words,
    negation_kept,
    negations,
    shares,
)
from seqgan.text.transfer.lexicon import Lexicon, words_of

GOOD = Judgement(copied=False, content=1.0, fluent=True, in_style=True, negation_kept=False)


@pytest.mark.parametrize(
    ("faults", "kind"),
    [
        ({}, FINE),
        ({"negation_kept": True}, FINE),
        ({"in_style": False}, STYLE),
        ({"in_style": False, "negation_kept": True}, NEGATION),
        ({"fluent": False, "in_style": False}, FLUENCY),
        ({"content": 0.49, "fluent": False}, CONTENT),
        ({"content": 0.5}, FINE),
        ({"copied": True, "content": 0.0}, COPIED),
    ],
)
def test_the_first_kind_that_holds_counts(faults: dict[str, object], kind: str) -> None:
    assert dataclasses.replace(GOOD, **faults).kind == kind


def test_shares_sum_to_one_and_every_kind_is_explained() -> None:
    found = shares([COPIED, FINE, FINE, STYLE])
    assert list(found) == list(KINDS) == list(MEANINGS)
    assert sum(found.values()) == 1
    assert found[FINE] == 0.5
    assert sum(shares([]).values()) == 0


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("it was n't bad .", 1),
        ("No, never!", 2),
        ("Don’t go. don't", 2),
        ("nothing north of note", 1),
        ("", 0),
    ],
)
def test_denials_are_words_of_their_own(text: str, count: int) -> None:
    assert negations(text, chinese=False) == count


def test_chinese_words_of_praise_deny_nothing() -> None:
    assert negations("真不错，不但快，不过贵", chinese=True) == 0
    assert negations("不好，没有用，从未来过", chinese=True) == 3
    assert negations("未来的无线网，特别去看的", chinese=True) == 0
    assert negations("别去，别买", chinese=True) == 2


def test_a_negation_is_missed_if_as_many_are_left() -> None:
    assert negation_kept("it is not good", "it is not bad", chinese=False)
    assert not negation_kept("it is not good", "it is good", chinese=False)
    assert not negation_kept("it is bad", "it is rude", chinese=False)


def test_content_is_what_has_no_style() -> None:
    lexicon = Lexicon.train(styled_texts().judges)
    found = content_words("the soup was awful at noon .", lexicon, 0, 1, chinese=False)
    assert found == ["the", "soup", "was", "at", "noon"]


def test_changes_are_found_by_hand() -> None:
    before = ["so", "it", "was", "cold", ",", "really"]
    after = ["it", "was", "very", "warm", ",", "really", "good"]
    assert changes(before, after) == [("so", ""), ("cold", "very warm"), ("", "good")]


def test_the_words_that_changed_most() -> None:
    sources = ["It was cold .", "so cold .", "cold cold tea"]
    texts = ["It was warm .", "so warm .", "cold tea"]
    found = changed_most(sources, texts, words_of, count=2)
    assert found["removed"] == [["cold", 3]]
    assert found["added"] == [["warm", 2]]
    assert found["replaced"] == [["cold", "warm", 2]]
