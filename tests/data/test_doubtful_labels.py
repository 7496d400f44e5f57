"""Labels judged by the other half: planted mistakes go, subjects cannot pass for styles."""

import random
from collections import Counter

import numpy as np
import pytest

from seqgan.data.doubtful_labels import agreement, balanced, drop_doubtful, half_of, label_certainty
from seqgan.data.styled_corpus import StyledRow

WORDS = {"good": ["fine", "warm", "great"], "bad": ["poor", "cold", "awful"]}


def made(number: int, *, wrong: int = 0) -> list[StyledRow]:
    """Sentences of one telling word among many that tell nothing; the first `wrong` mislabelled."""
    rng = random.Random(0)
    rows = []
    for place in range(number):
        style = ("good", "bad")[place % 2]
        filler = [f"w{rng.randrange(30)}" for _ in range(3)]
        text = " ".join([rng.choice(WORDS[style]), *filler, str(place)])
        other = "good" if style == "bad" else "bad"
        rows.append(StyledRow(other if place < wrong else style, text, place))
    return rows


def test_planted_mistakes_are_dropped_and_the_rest_kept() -> None:
    rows = made(400, wrong=20)
    kept = drop_doubtful(rows, [""] * 400, unit="word", least=0.5)
    assert not set(rows[:20]) & set(kept)
    assert len(kept) >= 340
    assert kept == sorted(kept, key=lambda row: row.source)
    assert drop_doubtful(rows, [""] * 400, unit="word", least=0.5) == kept
    styles = Counter(row.style for row in kept)
    assert styles["good"] == styles["bad"]


def test_no_review_teaches_about_itself() -> None:
    """Reviews labelled by chance: what a review's other sentences tell must not be known."""
    rng = random.Random(1)
    labels = [rng.choice(["good", "bad"]) for _ in range(300)]
    rows = [
        StyledRow(label, f"secret{review} {place}", review)
        for review, label in enumerate(labels)
        for place in range(4)
    ]
    certainty_N = label_certainty(rows, [""] * len(rows), "word")
    of_reviews = certainty_N.reshape(300, 4)[:, 0]
    assert abs((of_reviews > 0.5).mean() - 0.5) < 3 * 0.5 / 300**0.5
    assert {half_of(row) for row in rows} == {0, 1}


def test_a_subject_does_not_pass_for_a_style() -> None:
    rows = [
        StyledRow(style, f"{subject} plain {number}", number)
        for subject, good in (("book", 90), ("hotel", 10))
        for number in range(100)
        for style in ["good" if number < good else "bad"]
    ]
    subjects = [row.text.split()[0] for row in rows]
    certainty_N = label_certainty(rows, subjects, "word")
    assert abs(certainty_N - 0.5).max() < 0.2
    unweighted_N = label_certainty(rows, [""] * len(rows), "word")
    assert np.median(unweighted_N) > 0.7
    weights_N = balanced([row.style for row in rows], subjects)
    for subject in ("book", "hotel"):
        for style in ("good", "bad"):
            own = [row.style == style and row.text.startswith(subject) for row in rows]
            assert weights_N[own].sum() == pytest.approx(50)
    kept = drop_doubtful(rows, subjects, unit="word", least=0.0)
    assert set(Counter((row.style, row.text.split()[0]) for row in kept).values()) == {10}


def test_agreement_tells_swapped_from_right() -> None:
    known, judged = made(200), made(40)
    swapped = [
        row._replace(style="good" if row.style == "bad" else "bad", text=row.text) for row in judged
    ]
    assert agreement(known, judged, "word") == 1
    assert agreement(known, swapped, "word") == 0
