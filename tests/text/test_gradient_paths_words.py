"""What the page says follows the figures, also where they do not follow the theory."""

import math

import pytest

from seqgan.text.gradient_paths.estimator_study import EstimatorRow
from seqgan.text.gradient_paths.games import (
    JENSEN_SHANNON,
    PATHS,
    SETTINGS,
    SOFT_JS,
    SOFT_WASSERSTEIN,
    WASSERSTEIN,
    made_language,
)
from seqgan.text.gradient_paths.measures import Reading
from seqgan.text.gradient_paths.page import CAPTIONS, page_dials, page_rows, series
from seqgan.text.gradient_paths.words import (
    direction_in_words,
    distance_in_words,
    estimators_in_words,
    softness_in_words,
    training_in_words,
)

LANGUAGE = made_language(0)
KNOWN = {
    "the language itself": {"pair_distance": 0.02, "different_sentences": 900.0},
    "even words": {"pair_distance": 0.55, "different_sentences": 4000.0},
}


def readings(*, blind_below: float, sharpens: float = 0.5, rights: float = 0.1) -> list[Reading]:
    """Return a critic that says log 2 below a sharpness and else what rightness lacks."""
    return [
        Reading(
            setting,
            math.log(2) if setting.sharpness < blind_below else 1 - setting.rightness,
            sharpens,
            rights,
        )
        for setting in SETTINGS
    ]


def test_a_blind_critic_is_called_blind() -> None:
    words = softness_in_words(readings(blind_below=1), LANGUAGE)
    assert "At sharpness 0.25, 0.50, 0.75 and 0.90 it says 0.69 to 0.69" in words
    assert "still follows" not in words
    assert "not what they say" in words
    assert f"exactly: from {LANGUAGE.jensen_shannon(0):.2f} to 0.00" in words


def test_a_critic_that_sees_rightness_in_soft_words_is_not() -> None:
    words = softness_in_words(readings(blind_below=0.6), LANGUAGE)
    assert "At sharpness 0.25 and 0.50 it says" in words
    assert "At sharpness 0.75 and 0.90 it still follows rightness" in words
    assert "not what they say" not in softness_in_words(readings(blind_below=0), LANGUAGE)


def test_the_distance_falls_only_where_it_does() -> None:
    falling = distance_in_words(readings(blind_below=0), LANGUAGE)
    assert "falls as sentences become right, at every step: by 1.00, 1.00" in falling
    flat = distance_in_words(readings(blind_below=0.3), LANGUAGE)
    assert "does not fall everywhere" in flat
    jagged = [
        Reading(each.setting, each.estimate + 0.5, 0, 0) if each.setting == (0.5, 0.25) else each
        for each in readings(blind_below=0)
    ]
    assert "falls as sentences become right, though not at every step at 0.50" in (
        distance_in_words(jagged, LANGUAGE)
    )


@pytest.mark.parametrize(
    ("js", "w", "shown"), [((0.8, 0.1), (0.3, 0.4), True), ((0.2, 0.4), (0.3, 0.1), False)]
)
def test_the_direction_says_whether_it_is_as_in_theory(
    js: tuple[float, float], w: tuple[float, float], shown: bool
) -> None:
    both = {
        name: readings(blind_below=1, sharpens=sharpens, rights=rights)
        for name, (sharpens, rights) in ((JENSEN_SHANNON, js), (WASSERSTEIN, w))
    }
    words = direction_in_words(both, LANGUAGE.vocab_size)
    assert f"{js[0]:.0%} sharpens their words under Jensen-Shannon and {js[1]:.0%}" in words
    assert (
        f"under Wasserstein, for which blur is a distance too, {w[0]:.0%} and {w[1]:.0%}" in words
    )
    assert f"1 to {w[1] / w[0]:.2f}; a random direction has 7% of each." in words
    assert ("not shown" not in words) == shown


@pytest.mark.parametrize(
    ("js", "w", "ending"),
    [
        ((0.1, 0.6), (0.9, 0.3), "became sharper under Jensen-Shannon and righter under"),
        ((1.1, 0.6), (0.9, 0.3), "yet not sharper under Jensen-Shannon"),
        ((0.1, 0.3), (0.9, 0.3), "it does not show what theory says"),
    ],
)
def test_training_is_told_as_it_went(
    js: tuple[float, float], w: tuple[float, float], ending: str
) -> None:
    ends = dict.fromkeys(PATHS, (0.0, 0.1)) | {SOFT_JS: js, SOFT_WASSERSTEIN: w}
    figures = {
        name: {"word_entropy": entropy, "pair_distance": distance, "different_sentences": 7.0}
        for name, (entropy, distance) in ends.items()
    }
    words = training_in_words(figures, KNOWN, updates=1200)
    assert words.startswith(
        f"After 1,200 updates soft words, Jensen-Shannon: entropy {js[0]:.2f}, distance {js[1]:.2f}"
    )
    assert "at 0.02 with 900 different ones" in words
    assert ending in words


def row(name: str, bias: float, variance: float, steps: float) -> EstimatorRow:
    return EstimatorRow(name, bias, 0.01, variance, 0.0, steps, 1 + steps)


def test_what_to_read_from_the_table_comes_from_the_table() -> None:
    rows = [row("a", 0, 9, 0), row("b", 0.02, 8, 2), row("c", 0.01, 3, 6), row("d", 0.5, 1, 0)]
    bias, price = estimators_in_words(rows)
    assert bias == (
        "Unbiased, as far as the draws can tell: a; b; c; biased, by so many lengths of the exact "
        "gradient: d (0.50)."
    )
    assert price == (
        "Among the unbiased, c has the least variance (3.0, for 6.0 steps of the generator and "
        "7.0 scored texts each), a costs least (0.0 steps, 1.0 texts, variance 9.0); between b "
        "and c the price rises 3.0-fold and the variance goes from 8.0 to 3.0."
    )
    assert "none" in estimators_in_words([row("d", 0.5, 1, 0)])[0]


def test_rows_dials_and_series() -> None:
    writers = {name: {"word_entropy": 0.5} for name in PATHS}
    rows = page_rows(writers, KNOWN, [row("a", 0, 9, 0)])
    assert [each["system"] for each in rows] == [*PATHS, *KNOWN, "reward: a"]
    assert rows[-1]["metrics"] == {
        "bias": 0,
        "noise": 0.01,
        "variance": 9,
        "token_steps": 0,
        "texts_scored": 1,
    }
    dials = page_dials({JENSEN_SHANNON: readings(blind_below=1)})
    assert len(dials) == len(SETTINGS)
    assert {"measure", "sharpness", "rightness", "estimate", "sharpens", "rights"} == set(dials[0])
    lines = [{"update": 9, "figures": {"x": 2.0}}, {"update": 10, "figures": {"y": 1.0}}]
    updates, values = series(lines, "x", begun=4)
    assert (updates.tolist(), values.tolist()) == ([5], [2])
    assert set(CAPTIONS) == {"estimates", "directions", "training", "estimators"}
