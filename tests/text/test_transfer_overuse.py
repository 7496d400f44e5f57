"""The overuse of words against its definition."""

import math
from collections import Counter

import numpy as np
import pytest

from seqgan.metrics.bootstrap import resamplings
from seqgan.text.transfer.overuse import Usage

PEOPLE = [["good", "food"], ["nice", "food", "here"], ["good", "good", "tea"]]
WRITTEN = [["good", "food"], ["good", "cake"], [], ["good", "tea", "here"]]


def total_variation(ours: Counter[str], theirs: Counter[str]) -> float:
    return (
        sum(
            abs(ours[word] / ours.total() - theirs[word] / theirs.total())
            for word in ours.keys() | theirs.keys()
        )
        / 2
    )


def test_it_is_the_total_variation_distance_of_texts_and_of_resamplings() -> None:
    theirs = Counter(word for text in PEOPLE for word in text)
    weights_RS = resamplings(len(WRITTEN), count=5, seed=2)
    found = Usage.of(PEOPLE).overuse(WRITTEN, weights_RS)
    drawn = [[1] * len(WRITTEN), *weights_RS.astype(int).tolist()]
    for value, times in zip(found, drawn, strict=True):
        each = zip(WRITTEN, times, strict=True)
        ours = Counter(word for text, count in each for word in text * count)
        assert value == pytest.approx(total_variation(ours, theirs), abs=1e-6)


def test_texts_of_people_themselves_have_none_and_foreign_words_are_all_too_many() -> None:
    none = np.ones((0, 3), dtype=np.float32)
    assert Usage.of(PEOPLE).overuse(PEOPLE, none).tolist() == pytest.approx([0.0])
    assert Usage.of(PEOPLE).overuse([["x"], ["y", "z"], ["x"]], none).tolist() == [1.0]
    assert math.isclose(float(Usage.of([]).overuse([[], [], ["x"]], none)[0]), 1.0)
