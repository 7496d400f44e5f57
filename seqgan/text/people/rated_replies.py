"""From what people said to what a network learns: shares of votes, ratings, rewards, batches.

Legend: R judged replies (neighbors belong to one prompt), S prompt length, T reply length,
P pairs of replies to one prompt, Q prompts.
"""

import hashlib
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import torch
from torch import Tensor

from seqgan.core.run import Run
from seqgan.data.batches import Batches
from seqgan.errors import UserError
from seqgan.ops.masks import stack_padded
from seqgan.text.batches import TextBatch
from seqgan.text.people.ratings import (
    FIRST,
    SCALE,
    SHEET_FILE,
    TIE,
    Answer,
    Question,
    RatingFile,
    Sheet,
    latest,
)

LEAST_PROMPTS = 8
USUAL_PROMPTS = 100


@dataclass(frozen=True)
class Judged:
    """A prompt and its judged replies.

    `ratings` are shares of the scale (nan where nobody rated), `pairs` are (a, b, share of the
    votes for a); `rewards` are the ratings, or else the mean share that a reply won.
    """

    prompt: str
    source: list[int]
    tokens: list[list[int]]
    logp: list[list[float]]
    ratings: list[float]
    pairs: list[tuple[int, int, float]]
    rewards: list[float]

    @property
    def advantages(self) -> list[float]:
        """What each reply earned above the mean of the others (RLOO, arXiv:2402.14740).

        >>> Judged("", [], [[1], [2], [3]], [], [], [], [1.0, 0.5, 0.0]).advantages
        [0.75, 0.0, -0.75]
        """
        total, others = sum(self.rewards), len(self.rewards) - 1
        return [reward - (total - reward) / others if others else 0.0 for reward in self.rewards]

    @property
    def tells(self) -> bool:
        """Whether the judgements prefer any reply to another."""
        return max(self.rewards) > min(self.rewards)


def rater_shifts(answers: Sequence[Answer]) -> dict[str, float]:
    """Return what to add to each rater's ratings so that all raters have one mean.

    Some people are stricter than others; who judged which reply must not decide its reward.
    """
    given: dict[str, list[int]] = defaultdict(list)
    for answer in answers:
        if len(answer.item.replies) == 1 and answer.value is not None:
            given[answer.rater].append(answer.value)
    mean = sum(map(sum, given.values())) / max(sum(map(len, given.values())), 1)
    return {rater: mean - sum(values) / len(values) for rater, values in given.items()}


def judged_prompts(sheet: Sheet, answers: Sequence[Answer]) -> list[Judged]:
    """Return the prompts with judged replies; every rater's last word counts, once.

    Two ratings of one rater that differ are also a vote between the two replies.
    """
    answers = [answer for answer in latest(answers) if answer.value is not None]
    shifts = rater_shifts(answers)
    by_place: dict[int, list[Answer]] = defaultdict(list)
    for answer in answers:
        by_place[answer.item.question].append(answer)
    return [_judged(sheet.questions[place], by_place[place], shifts) for place in sorted(by_place)]


def _judged(question: Question, answers: list[Answer], shifts: dict[str, float]) -> Judged:
    low, high = SCALE
    rated: dict[int, dict[str, int]] = defaultdict(dict)
    for answer in answers:
        if len(answer.item.replies) == 1 and answer.value is not None:
            rated[question.same_text(answer.item.replies[0])][answer.rater] = answer.value
    ratings = {}
    for reply, by_rater in rated.items():
        shares = [(value + shifts[rater] - low) / (high - low) for rater, value in by_rater.items()]
        ratings[reply] = min(max(sum(shares) / len(shares), 0.0), 1.0)
    pairs = {pair: sum(votes) / len(votes) for pair, votes in _votes(question, answers, rated)}
    won: dict[int, list[float]] = defaultdict(list)
    for (first, second), share in pairs.items():
        won[first].append(share)
        won[second].append(1 - share)
    earned = {reply: sum(shares) / len(shares) for reply, shares in won.items()} | ratings
    # Draws that say the same share a judgement; the first of them stands in the pairs.
    same = [question.same_text(reply) for reply in range(len(question.replies))]
    kept = [reply for reply, first in enumerate(same) if first in earned]
    return Judged(
        question.prompt,
        question.source,
        [question.replies[reply].tokens for reply in kept],
        [question.replies[reply].logp for reply in kept],
        [ratings.get(same[reply], math.nan) for reply in kept],
        [(kept.index(a), kept.index(b), share) for (a, b), share in sorted(pairs.items())],
        [earned[same[reply]] for reply in kept],
    )


def _votes(
    question: Question, answers: list[Answer], rated: dict[int, dict[str, int]]
) -> list[tuple[tuple[int, int], list[float]]]:
    """Return the votes for the first of each two replies: 1, 0, or .5 for a choice of neither."""
    votes: dict[tuple[int, int], list[float]] = defaultdict(list)
    for answer in answers:
        replies = [question.same_text(reply) for reply in answer.item.replies]
        if len(replies) == 2 and replies[0] != replies[1]:
            share = 0.5 if answer.value == TIE else float(answer.value == FIRST)
            low, high = sorted(replies)
            votes[low, high].append(share if replies[0] == low else 1 - share)
    for low, high in combinations(sorted(rated), 2):
        for rater in sorted(rated[low].keys() & rated[high].keys()):
            if (lead := rated[low][rater] - rated[high][rater]) != 0:
                votes[low, high].append(float(lead > 0))
    return list(votes.items())


def read_judged(folder: Path, *, vocabulary: str, start: Path) -> tuple[list[Judged], list[str]]:
    """Return what was judged in a folder of ratings, and remarks about lines left out.

    Raises `UserError` if its ids are of another vocabulary, or too few prompts were judged in a
    way that prefers any reply; the message says how many are needed.
    """
    sheet = Sheet.load(folder / SHEET_FILE)
    if sheet.vocabulary != vocabulary:
        raise UserError(
            f"{folder} asks about replies in another vocabulary than that of {start}: rate the "
            f"replies of {start}, or start from the run that was rated"
        )
    answers, remarks = RatingFile(folder, sheet).read()
    judged = judged_prompts(sheet, answers)
    telling = [each for each in judged if each.tells]
    if len(telling) < LEAST_PROMPTS:
        raise UserError(
            f"{folder} prefers one reply to another for {len(telling)} prompts ({len(judged)} "
            f"judged): {LEAST_PROMPTS} are the least, {USUAL_PROMPTS} or more are useful; "
            f"go on with seqgan rate {start}"
        )
    return telling, remarks


def held_out(judged: Sequence[Judged], *, share: float) -> tuple[list[Judged], list[Judged]]:
    """Return the prompts to learn from and those kept away from it, two at least of each.

    Which is which depends on the prompt alone.
    """
    order = sorted(judged, key=lambda each: hashlib.sha256(each.prompt.encode()).digest())
    count = min(max(round(share * len(order)), 2), len(order) - 2)
    return order[count:], order[:count]


@dataclass(frozen=True)
class JudgedBatch:
    """Judged replies as ids; `pairs_P2` are rows, `weight_P` and `weight_R` add to 1 a prompt."""

    text: TextBatch
    logp_RT: Tensor
    rating_R: Tensor
    weight_R: Tensor
    pairs_P2: Tensor
    share_P: Tensor
    weight_P: Tensor
    prompts: int


def collate(judged: Sequence[Judged], *, pad: int, device: torch.device | str) -> JudgedBatch:
    """Return the judged replies of some prompts as one padded batch."""
    sources: list[list[int]] = []
    tokens: list[list[int]] = []
    logp: list[list[float]] = []
    ratings, weights, pairs, shares, pair_weights = [], [], [], [], []
    for each in judged:
        pairs += [(len(tokens) + a, len(tokens) + b) for a, b, _ in each.pairs]
        shares += [share for _, _, share in each.pairs]
        pair_weights += [1 / max(len(each.pairs), 1)] * len(each.pairs)
        sources += [each.source] * len(each.tokens)
        tokens += each.tokens
        logp += each.logp
        rated = [not math.isnan(rating) for rating in each.ratings]
        ratings += [
            rating if known else 0.0 for rating, known in zip(each.ratings, rated, strict=True)
        ]
        weights += [known / max(sum(rated), 1) for known in rated]
    tokens_RT = stack_padded(tokens, pad=pad, device=device)
    logp_RT = torch.zeros(tokens_RT.shape)
    for row, values in enumerate(logp):
        logp_RT[row, : len(values)] = torch.tensor(values)
    return JudgedBatch(
        TextBatch(stack_padded(sources, pad=pad, device=device), tokens_RT),
        logp_RT.to(device),
        torch.tensor(ratings, device=device),
        torch.tensor(weights, device=device),
        torch.tensor(pairs, dtype=torch.long, device=device).view(-1, 2),
        torch.tensor(shares, device=device),
        torch.tensor(pair_weights, device=device),
        len(judged),
    )


@dataclass(frozen=True)
class JudgedShare:
    """Micro-batch i of judged prompts, cut down to this process's prompts."""

    judged: Sequence[Judged]
    batches: Batches
    pad: int
    process: int
    num_processes: int
    device: torch.device

    @classmethod
    def of(cls, run: Run, judged: Sequence[Judged], *, pad: int, batch_size: int) -> "JudgedShare":
        """Return the share of this process of the run."""
        lengths = [sum(map(len, each.tokens)) for each in judged]
        batches = Batches(lengths, batch_size=batch_size, seed=run.seed)
        here = run.accelerator
        return cls(judged, batches, pad, here.process_index, here.num_processes, run.device)

    def __call__(self, index: int) -> JudgedBatch:
        """Return this process's prompts of micro-batch `index`."""
        rows = self.batches[index][self.process :: self.num_processes]
        return collate([self.judged[row] for row in rows], pad=self.pad, device=self.device)
