"""What people's answers say of each system, once they need not be blind any more."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import combinations

from seqgan.text.people.ratings import FIRST, SECOND, TIE, Answer, Sheet, latest


def mean_and_error(groups: Iterable[Sequence[float]]) -> tuple[float, float]:
    """Return the mean over groups of their means, and its standard error (nan for one group).

    A group holds what was said of one prompt: such judgements are alike, so prompts are counted.

    >>> mean_and_error([[1.0, 3.0], [4.0]])
    (3.0, 1.0)
    """
    means = [sum(group) / len(group) for group in groups]
    mean = sum(means) / len(means)
    if len(means) < 2:
        return mean, math.nan
    variance = sum((value - mean) ** 2 for value in means) / (len(means) - 1)
    return mean, math.sqrt(variance / len(means))


def agreement(answers: Iterable[Answer]) -> tuple[float, int]:
    """Return how often two raters order the same two things alike, and how many such cases.

    Things are a choice's two sides, or two rated replies to one prompt; a case needs two raters
    who both prefer one. Without cases the share is nan.
    """
    votes: dict[tuple[int, int, int], dict[str, bool]] = defaultdict(dict)
    rated: dict[tuple[str, int], dict[int, int]] = defaultdict(dict)
    for answer in latest(answers):
        if answer.value is None:
            continue
        question, replies = answer.item.question, answer.item.replies
        if len(replies) == 1:
            rated[answer.rater, question][replies[0]] = answer.value
        elif answer.value != TIE:
            low, high = sorted(replies)
            votes[question, low, high][answer.rater] = replies[answer.value - FIRST] == low
    for (rater, question), values in rated.items():
        for low, high in combinations(sorted(values), 2):
            if values[low] != values[high]:
                votes[question, low, high].setdefault(rater, values[low] > values[high])
    cases = [a == b for said in votes.values() for a, b in combinations(said.values(), 2)]
    return (sum(cases) / len(cases) if cases else math.nan), len(cases)


def summary_lines(sheet: Sheet, answers: Sequence[Answer]) -> list[str]:
    """Return in words what was said of each system: mean rating, share of choices won."""
    ratings: dict[str, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    wins: dict[str, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    counted = [answer for answer in latest(answers) if answer.value is not None]
    for answer in counted:
        place, value = answer.item.question, answer.value
        drawn = [sheet.questions[place].replies[reply] for reply in answer.item.replies]
        if len(drawn) == 1:
            # Every system that said these words is meant, whichever draw was shown.
            for system in {
                x.system for x in sheet.questions[place].replies if x.text == drawn[0].text
            }:
                ratings[system][place].append(float(value or 0))
        elif drawn[0].system != drawn[1].system:
            for side, reply in zip((FIRST, SECOND), drawn, strict=True):
                wins[reply.system][place].append(0.5 if value == TIE else float(value == side))
    raters = len({answer.rater for answer in counted})
    lines = [
        f"answers: {len(counted)}, raters: {raters}, prompts asked about: {len(sheet.questions)}"
    ]
    for what, systems in (("mean rating", ratings), ("share of choices won", wins)):
        for system, groups in sorted(systems.items()):
            mean, error = mean_and_error(list(groups.values()))
            spread = "" if math.isnan(error) else f" +- {error:.2f}"
            count = f"{len(groups)} prompt{'s' * (len(groups) != 1)}"
            lines.append(f"{system}: {what} {mean:.2f}{spread}, {count}")
    share, cases = agreement(answers)
    if cases:
        lines.append(f"two raters agree in {share:.0%} of {cases} cases (chance: 50%)")
    return lines
