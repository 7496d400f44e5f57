"""What is wrong, or odd, with text that is to be judged: said in one line."""

from collections.abc import Mapping, Sequence

from seqgan.errors import UserError
from seqgan.metrics.copying import copied

Words = Sequence[Sequence[str]]

MIN_SENTENCES = 2
ODD_LENGTH = 5.0
SAME_LENGTH = 0.1
"""By how much the mean length of a calibrated model's sentences may differ from real ones'."""
ABSURD_LENGTH = 100.0
ABSURD_COUNT = 100
FEW = 100
MANY_UNKNOWN = 0.5
MANY_EMPTY = 0.01
MANY_SEEN, MANY_LEARNED = 0.2, 0.5
"""Shares of samples that stand in the reference, not in the training text oftener, and there."""


def refuse_unusable(name: str, sentences: Words, *, is_samples: bool = False) -> None:
    """Raise `UserError` unless there are two sentences or more with two words among them.

    Samples may say one word over and over: that is a finding.
    """
    filled = [words for words in sentences if words]
    if not filled:
        raise UserError(f"{name}: no line has a word in it; give text, one sentence a line")
    if len(filled) < MIN_SENTENCES:
        raise UserError(
            f"{name}: only {len(filled)} line has words; give {MIN_SENTENCES} sentences or more, "
            "one a line"
        )
    if not is_samples and len({word for words in filled for word in words}) == 1:
        raise UserError(
            f"{name}: one word over and over ({filled[0][0]!r}), which nothing can be learned "
            "from; give real text, one sentence a line"
        )


def refuse_lengths(name: str, samples: Words, reference: Words) -> None:
    """Raise `UserError` if the samples are a hundred times longer or shorter than the reference."""
    factor = _mean(samples) / _mean(reference)
    if factor >= ABSURD_LENGTH or factor <= 1 / ABSURD_LENGTH:
        raise UserError(
            f"{name}: {_mean(samples):.1f} words a line against {_mean(reference):.1f} in the "
            "reference; both need one sentence a line"
        )


def refuse_counts(name: str, samples: Words, reference: Words) -> None:
    """Raise `UserError` if one side has a hundred times as many lines with words as the other."""
    counts = [sum(map(bool, words)) for words in (samples, reference)]
    if max(counts) >= ABSURD_COUNT * min(counts):
        raise UserError(
            f"{name}: {counts[0]:,} lines against {counts[1]:,} in the reference; figures of so "
            "few say nothing of so many: give both about as many lines"
        )


def few(what: str, count: int) -> list[str]:
    """Return a warning where so many sentences are too few to be judged by.

    >>> few("the reference has", 100), few("the reference has", 12)[0][:35]
    ([], 'Few: the reference has 12 sentences')
    """
    if count >= FEW:
        return []
    return [
        f"Few: {what} {count} sentences; below {FEW} intervals are wide, MAUVE and Fréchet mean "
        "little."
    ]


def leaked(reference: Words, train: Words) -> list[str]:
    """Return a warning where sentences of the reference stand in the training text.

    >>> leaked([["a", "cat"], ["a", "dog"]], [["a", "dog"]])[0].split(":")[0]
    '50.0% of the reference (1 of 2 sentences) stand in the training text'
    """
    count = int(copied(reference, train).sum())
    if not count:
        return []
    return [
        f"{count / len(reference):.1%} of the reference ({count:,} of {len(reference):,} sentences)"
        " stand in the training text: held out means held out."
    ]


def oddities(name: str, samples: Words, reference: Words, unknown_share: float) -> list[str]:
    """Return in words what makes the figures of `samples` doubtful, or nothing."""
    found = []
    empty = sum(not words for words in samples) / len(samples)
    if empty > MANY_EMPTY:
        found.append(f"{name}: {empty:.1%} of the samples are empty; the others are judged.")
    filled = [words for words in samples if words]
    factor = _mean(filled) / _mean(reference)
    if factor >= ODD_LENGTH or factor <= 1 / ODD_LENGTH:
        found.append(
            f"{name}: samples have {_mean(filled):.1f} words, the reference {_mean(reference):.1f};"
            " figures of sentences of such different lengths hardly compare."
        )
    if unknown_share > MANY_UNKNOWN:
        found.append(
            f"{name}: {unknown_share:.0%} of the words stand nowhere in the real text: another "
            "language, domain or spelling; only the reference that they came from can judge them."
        )
    kinds = {word for words in filled for word in words}
    if len(kinds) == 1:
        found.append(f"{name}: all samples are one word over and over ({kinds.pop()!r}).")
    elif len({tuple(words) for words in filled}) == 1:
        found.append(f"{name}: all samples are one and the same sentence.")
    return found


def miscalibrated(name: str, samples: Words, reference: Words) -> list[str]:
    """Return a warning where what a model writes at temperature 1 has other lengths than real text.

    >>> miscalibrated("MLE@1", [["so"] * 9] * 5, [["so"] * 10] * 5)
    []
    >>> miscalibrated("MLE@1", [["so"] * 8] * 5, [["so"] * 10] * 5)[0][:57]
    'MLE@1: samples have 8.0 words, the reference 10.0: at tem'
    """
    own, real = _mean([words for words in samples if words]), _mean(reference)
    if abs(own / real - 1) <= SAME_LENGTH:
        return []
    return [
        f"{name}: samples have {own:.1f} words, the reference {real:.1f}: at temperature 1 a model "
        "that fits its text has its lengths; of one that does not, whatever mends the lengths "
        "looks like a gain."
    ]


def taken_over(name: str, samples: Words, reference: Words, train: Words) -> list[str]:
    """Return warnings where samples are real text: real text's figures say nothing of a model.

    >>> taken_over("theirs", [["a", "cat"], ["a", "dog"]], [["a", "dog"]], [["a", "fox"]])[0][:50]
    'theirs: 50% of the samples stand in the reference:'
    """
    seen, learned = (float(copied(samples, text).mean()) for text in (reference, train))
    found = []
    if (
        seen > MANY_SEEN and seen >= learned
    ):  # short lines stand in both, in the longer text oftener
        found.append(
            f"{name}: {seen:.0%} of the samples stand in the reference: who writes them has seen "
            "it, and every figure against it is void."
        )
    if learned > MANY_LEARNED:
        found.append(
            f"{name}: {learned:.0%} of the samples stand in the training text: figures of copies "
            "are those of real text, and no gate says more."
        )
    return found


def uneven(counts: Mapping[str, int], taken: int) -> list[str]:
    """Return a warning where sets are cut to the size of the smallest.

    >>> uneven({"a": 100, "b": 50}, 50)
    ['Of a (100 samples) 50 are judged, as many as of the smallest set.']
    """
    larger = [f"{name} ({count:,} samples)" for name, count in counts.items() if count > taken]
    if not larger or min(counts.values()) > taken:
        return []
    return [f"Of {', '.join(larger)} {taken:,} are judged, as many as of the smallest set."]


def _mean(sentences: Words) -> float:
    return max(sum(map(len, sentences)) / max(len(sentences), 1), 1e-9)
