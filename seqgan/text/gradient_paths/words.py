"""What the page of `gradient_paths.py` says in words: every figure is measured, none assumed."""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise

from seqgan.text.gradient_paths.estimator_study import EstimatorRow
from seqgan.text.gradient_paths.games import (
    JENSEN_SHANNON,
    RIGHTNESS,
    SHARPNESS,
    SOFT_JS,
    SOFT_WASSERSTEIN,
    WASSERSTEIN,
)
from seqgan.text.gradient_paths.language import MadeLanguage, blurred_distance
from seqgan.text.gradient_paths.measures import TINY, Reading, chance

Readings = Mapping[str, Sequence[Reading]]
Figures = Mapping[str, Mapping[str, float]]

BLIND = 0.25
"""A critic whose estimate moves by less than this share of what it moves by on one-hot words is
called blind to rightness."""
NOISY = 3.0
"""An estimator is called biased beyond so many times what finite draws alone would show."""
CLEARLY = 0.05
"""Distances of pairs that differ by less are called the same."""


def estimates(readings: Sequence[Reading]) -> dict[float, list[float]]:
    """Return by sharpness what the critic says at each rightness, ascending."""
    return {
        sharpness: [
            each.estimate
            for rightness in RIGHTNESS
            for each in readings
            if each.setting == (sharpness, rightness)
        ]
        for sharpness in SHARPNESS
    }


def told(value: float) -> str:
    """Return a number with two decimals, 0 without a sign.

    >>> told(-0.001), told(-0.01)
    ('0.00', '-0.01')
    """
    return f"{round(value, 2) + 0.0:.2f}"


def listed(values: Sequence[float]) -> str:
    """Return numbers as people list them.

    >>> listed([0.25, 0.5, 1]), listed([])
    ('0.25, 0.50 and 1.00', 'none')
    """
    words = [told(value) for value in values]
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]])) or "none"


def softness_in_words(readings: Sequence[Reading], language: MadeLanguage) -> str:
    """Return what the Jensen-Shannon critic sees of soft words, and of one-hot ones."""
    by_sharpness = estimates(readings)
    sharp = by_sharpness[1.0]
    move = max(sharp) - min(sharp)
    blind = [s for s in SHARPNESS[:-1] if _range(by_sharpness[s]) < BLIND * abs(move)]
    seeing = [s for s in SHARPNESS[:-1] if s not in blind]
    said = [value for s in blind for value in by_sharpness[s]]
    words = (
        f"For one-hot words the Jensen-Shannon critic's estimate goes from {told(sharp[0])} to "
        f"{told(sharp[-1])} as sentences become right (exactly: from "
        f"{language.jensen_shannon(0):.2f} to {language.jensen_shannon(1):.2f}). "
    )
    if blind:
        words += (
            f"At sharpness {listed(blind)} it says {told(min(said))} to {told(max(said))} whether "
            f"sentences are right or not (log 2 is {math.log(2):.2f}): it tells that words "
            "are not one-hot, not what they say. "
        )
    if seeing:
        words += (
            f"At sharpness {listed(seeing)} it still follows rightness, where a perfect critic "
            "says log 2: this one has not learned to see so little softness."
        )
    return words.strip()


def distance_in_words(readings: Sequence[Reading], language: MadeLanguage) -> str:
    """Return how the Wasserstein critic's estimate falls with rightness."""
    by_sharpness = estimates(readings)
    falls = [said[0] - said[-1] for said in by_sharpness.values()]
    astray = [
        s
        for s, said in by_sharpness.items()
        if any(later > earlier for earlier, later in pairwise(said))
    ]
    numbers = {"vocab_size": language.vocab_size, "length": language.length}
    blur = [blurred_distance(sharpness, **numbers) for sharpness in SHARPNESS]
    how = "at every step" if not astray else f"though not at every step at {listed(astray)}"
    fell = "falls" if min(falls) > 0 else "does not fall everywhere"
    left = [said[-1] for said in by_sharpness.values()]
    return (
        f"The Wasserstein critic's estimate {fell} as sentences become right, {how}: by "
        f"{listed(falls)} at sharpness {listed(SHARPNESS)}. What is left for right "
        f"sentences is their blur, {listed(left)} (exactly {listed(blur)})."
    )


def direction_in_words(readings: Readings, vocab_size: int) -> str:
    """Return where the gradient of wrong, soft sentences points under either critic."""
    mean: dict[str, tuple[float, float]] = {}
    for name in (JENSEN_SHANNON, WASSERSTEIN):
        wrong = [x for x in readings[name] if x.setting.rightness == 0 and x.setting.sharpness < 1]
        sharpens = sum(each.sharpens for each in wrong) / len(wrong)
        mean[name] = sharpens, sum(each.rights for each in wrong) / len(wrong)
    (js_sharpens, js_rights), (w_sharpens, w_rights) = mean[JENSEN_SHANNON], mean[WASSERSTEIN]
    js_times, w_times = js_sharpens / max(js_rights, TINY), w_sharpens / max(w_rights, TINY)
    shown = js_times > w_times and w_rights > js_rights
    ends = "" if shown else " Theory says more of the former under Jensen-Shannon: not shown here."
    return (
        f"Of the gradient that soft, wrong sentences get (mean over sharpness below 1), "
        f"{js_sharpens:.0%} sharpens their words under {JENSEN_SHANNON} and {js_rights:.0%} points "
        f"at the words that are wanted, 1 to {1 / max(js_times, TINY):.2f}; under {WASSERSTEIN}, "
        f"for which blur is a distance too, {w_sharpens:.0%} and {w_rights:.0%}, 1 to "
        f"{1 / max(w_times, TINY):.2f}; a random direction has {chance(vocab_size):.0%} of each."
        f"{ends}"
    )


def training_in_words(figures: Figures, known: Figures, *, updates: int) -> str:
    """Return what the same soft writer came to under both critics, and the other paths."""
    count = known["the language itself"]["different_sentences"]
    said = [
        f"{name}: entropy {own['word_entropy']:.2f}, distance {own['pair_distance']:.2f}, "
        f"{_sentences(own['different_sentences'])}"
        for name, own in figures.items()
    ]
    js, w = figures[SOFT_JS], figures[SOFT_WASSERSTEIN]
    gained = js["pair_distance"] - w["pair_distance"]
    if gained > CLEARLY and js["word_entropy"] < w["word_entropy"]:
        ends = (
            "The same soft writer became sharper under Jensen-Shannon and righter under "
            "Wasserstein."
        )
    elif gained > CLEARLY:
        ends = (
            "The soft writer became righter under Wasserstein, yet not sharper under "
            "Jensen-Shannon: the second half of the theory did not show."
        )
    else:
        ends = (
            "In this run the soft writer did not become righter under Wasserstein than under "
            "Jensen-Shannon: it does not show what theory says."
        )
    return (
        f"After {updates:,} updates {'; '.join(said)}. Even words are at "
        f"{known['even words']['pair_distance']:.2f}, as many sentences of the language itself at "
        f"{known['the language itself']['pair_distance']:.2f} with {count:,.0f} different ones. "
        f"{ends}"
    )


def estimators_in_words(rows: Sequence[EstimatorRow]) -> tuple[str, str]:
    """Return two sentences on the table of reward estimators: on bias, and on variance and price.

    Bias and variance are relative to the exact gradient.
    """
    fair = [row for row in rows if row.bias <= NOISY * row.noise + 1e-6]
    biased = sorted((row for row in rows if row not in fair), key=lambda row: -row.bias)
    bias = f"Unbiased, as far as the draws can tell: {_names(fair)}"
    if biased:
        lengths = [f"{row.estimator} ({row.bias:.2f})" for row in biased]
        bias += f"; biased, by so many lengths of the exact gradient: {'; '.join(lengths)}"
    if not fair:
        return f"{bias}.", "No estimator is unbiased, so no variance is worth comparing."
    calm, cheap = (
        min(fair, key=lambda row: row.variance),
        min(fair, key=lambda row: (row.token_steps, row.texts_scored, -row.variance)),
    )
    price = (
        f"Among the unbiased, {calm.estimator} has the least variance ({calm.variance:.1f}, for "
        f"{calm.token_steps:.1f} steps of the generator and {calm.texts_scored:.1f} scored texts "
        f"each), {cheap.estimator} costs least ({cheap.token_steps:.1f} steps, "
        f"{cheap.texts_scored:.1f} texts, variance {cheap.variance:.1f})"
    )
    sampled = [row for row in fair if row.token_steps > 0]
    if len(sampled) > 1:
        few = min(sampled, key=lambda row: row.token_steps)
        many = max(sampled, key=lambda row: row.token_steps)
        price += (
            f"; between {few.estimator} and {many.estimator} the price rises "
            f"{many.token_steps / few.token_steps:.1f}-fold and the variance goes from "
            f"{few.variance:.1f} to {many.variance:.1f}"
        )
    return f"{bias}.", f"{price}."


def _range(values: Sequence[float]) -> float:
    return max(values) - min(values)


def _sentences(count: float) -> str:
    return f"{count:,.0f} different sentence{'' if count == 1 else 's'}"


def _names(rows: Sequence[EstimatorRow]) -> str:
    return "; ".join(row.estimator for row in rows) or "none"
