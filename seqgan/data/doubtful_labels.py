"""Labels that a classifier doubts: sentences cut from reviews do not all share the review's praise.

Cross-fitted: the reviews are halved, and each half's sentences are judged by a linear classifier
over n-grams that learned from the other half. Where classes prefer subjects (books are praised,
hotels are blamed), rows weigh as much in one class as in another within every subject, and as many
of each are kept, so that the word for book does not pass for praise.

Legend: N rows, K classes.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from seqgan.data.styled_corpus import StyledRow

Array = np.ndarray[Any, Any]
Unit = Literal["word", "char"]
LONGEST_NGRAM = {"word": 2, "char": 3}
STRENGTH = 0.3  # inverse of the penalty on weights: less than 1, labels are noisy


def ngram_counts(texts: Sequence[str], unit: Unit) -> Any:
    """Return which n-grams each text holds, a sparse matrix (N, n-grams) of 0 and 1."""
    from sklearn.feature_extraction.text import CountVectorizer  # takes a second to import

    words = {"token_pattern": r"\S+"} if unit == "word" else {}
    vectorizer = CountVectorizer(
        analyzer=unit, ngram_range=(1, LONGEST_NGRAM[unit]), min_df=2, binary=True, **words
    )
    return vectorizer.fit_transform(texts)


def fitted(grams: Any, labels_N: Array, weights_N: Array | None = None) -> Any:
    """Return a logistic regression of labels on n-grams; the same data give the same one."""
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(solver="lbfgs", C=STRENGTH, max_iter=200).fit(
        grams, labels_N, sample_weight=weights_N
    )


def label_certainty(rows: Sequence[StyledRow], subjects: Sequence[str], unit: Unit) -> Array:
    """Return the probability of each row's own style by a classifier of the other half, (N,)."""
    styles = sorted({row.style for row in rows})
    labels_N = np.array([styles.index(row.style) for row in rows])
    halves_N = np.array([half_of(row) for row in rows])
    weights_N = balanced([row.style for row in rows], subjects)
    grams = ngram_counts([row.text for row in rows], unit)
    certainty_N = np.zeros(len(rows))
    for half in (0, 1):
        learn, judge = np.flatnonzero(halves_N != half), np.flatnonzero(halves_N == half)
        model = fitted(grams[learn], labels_N[learn], weights_N[learn])
        columns = np.searchsorted(model.classes_, labels_N[judge])
        certainty_N[judge] = model.predict_proba(grams[judge])[np.arange(len(judge)), columns]
    return certainty_N


def half_of(row: StyledRow) -> int:
    """Return 0 or 1 by the number of the review, so that no review teaches about itself.

    >>> [half_of(StyledRow("a", "b", source=number)) for number in range(6)]
    [1, 1, 0, 0, 1, 1]
    """
    return hashlib.sha256(str(row.source).encode()).digest()[0] % 2


def balanced(styles: Sequence[str], subjects: Sequence[str]) -> Array:
    """Return weights (N,) of mean 1 that give each style the same weight within a subject.

    >>> balanced(["a", "a", "a", "b"], ["x", "x", "x", "x"]).round(2).tolist()
    [0.67, 0.67, 0.67, 2.0]
    """
    both = Counter(zip(styles, subjects, strict=True))
    totals = Counter(subjects)
    present = Counter(subject for _, subject in both)
    return np.array(
        [
            totals[subject] / present[subject] / both[style, subject]
            for style, subject in zip(styles, subjects, strict=True)
        ]
    )


def drop_doubtful(
    rows: Sequence[StyledRow], subjects: Sequence[str], *, unit: Unit, least: float
) -> list[StyledRow]:
    """Return the rows whose own style has probability `least` or more, in their order.

    Within a subject as many of each style are kept, the surest ones.
    """
    certainty_N = label_certainty(rows, subjects, unit)
    places: dict[tuple[str, str], list[int]] = {}
    for place in np.flatnonzero(certainty_N >= least).tolist():
        places.setdefault((subjects[place], rows[place].style), []).append(place)
    styles = sorted({row.style for row in rows})
    kept: list[int] = []
    for subject in dict.fromkeys(subjects):
        of_styles = [places.get((subject, style), []) for style in styles]
        number = min(map(len, of_styles))
        for found in of_styles:
            kept += sorted(found, key=lambda place: (-certainty_N[place], rows[place].text))[
                :number
            ]
    return [rows[place] for place in sorted(kept)]


def agreement(known: Sequence[StyledRow], judged: Sequence[StyledRow], unit: Unit) -> float:
    """Return the share of `judged` whose style a classifier that learned from `known` guesses."""
    grams = ngram_counts([row.text for row in (*known, *judged)], unit)
    styles = np.array([row.style for row in (*known, *judged)])
    model = fitted(grams[: len(known)], styles[: len(known)])
    return float((model.predict(grams[len(known) :]) == styles[len(known) :]).mean())
