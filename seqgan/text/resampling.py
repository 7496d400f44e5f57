"""Sentences chosen among candidates by a discriminator: sampling-importance-resampling.

The best discriminator's score of a whole sentence is log p(x) / q(x), p the data, q the generator.
Of N candidates drawn from q the one to keep is drawn with weights exp(score): as N grows, what is
kept follows p exp(error of the score) (arXiv:2004.11714; rejection in place of resampling:
arXiv:1810.06758). N = 1 is the generator itself. Scores of a trained discriminator are calibrated
first, by sentences that neither it nor the generator learned from.

A discriminator that scores every prefix is asked for its score of the last one, end of sentence
included: that alone compares whole sentences. The score after t words is log p(x_1..t) / q(x_1..t),
which holds all earlier words' evidence already; a sum over prefixes would count the first word T
times, and a mean is the ratio of neither.

Legend: B sentences, N candidates of each, T sentence length.
"""

import json
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from torch import Tensor

from seqgan.errors import UserError
from seqgan.games.objectives import ObjectiveName
from seqgan.ops.sampling import sample_tokens
from seqgan.text.generators.store import Scorer, load_scorer
from seqgan.text.policy import PREFIX_SCORERS
from seqgan.text.relaxed import RelaxedCritic, lengthened
from seqgan.text.rewards import LastPrefix, ReplyScorer
from seqgan.text.rollouts import without_dropout
from seqgan.text.sentence_scorer import SentenceScorer

CHOICE_FILE, DISCRIMINATOR = "resampling.json", "discriminator"
SCORED_AT_ONCE = 500

LOG_RATIOS: tuple[ObjectiveName, ...] = (
    "minimax",
    "non-saturating",
    "gan",
    "jensen-shannon",
    "kl",
    "reverse-kl",
    "alpha",
    "relativistic",
    "squared-hellinger",
    "neyman",
)
"""Objectives whose best critic scores a straight line of log p/q: calibration finds its slope, and
a constant is shared by all candidates. The scores of the others are no log-ratios."""
LOG_ODDS: tuple[ObjectiveName, ...] = (
    "minimax",
    "non-saturating",
    "gan",
    "jensen-shannon",
    "reverse-kl",
    "alpha",
)
"""Those among them whose best critic scores log p/q itself: its sigmoid is a probability."""
COLDEST, WARMEST = 0.05, 1e6  # temperatures; the last leaves all to chance

Reading = Literal["sentences", "relaxed"]


def resample(score_BN: Tensor, uniform_B: Tensor, *, temperature: float = 1.0) -> Tensor:
    """Return which candidate of each row is kept, shape (B,): drawn by softmax(score/temperature).

    At temperature 1 scores are log-ratios; above it more is left to chance, below the best score
    wins more often. `uniform_B` holds numbers in [0, 1). ValueError for a temperature of 0 or less.

    >>> resample(torch.log(torch.tensor([[1.0, 3.0], [1.0, 3.0]])), torch.tensor([0.2, 0.3]))
    tensor([0, 1])
    """
    if not temperature > 0:
        raise ValueError(f"temperature {temperature} of scores must be above 0")
    return sample_tokens(score_BN / temperature, uniform_B)


def calibration(real_N: Tensor, fake_N: Tensor) -> float:
    """Return the temperature at which these scores are log-ratios, from sentences not learned from.

    1 / the slope of the logistic regression of real against fake (arXiv:1706.04599; of a GAN's
    discriminator: arXiv:1811.11357). One that learned its examples by heart is too
    sure, above 1; one that tells nothing apart gets the highest and chooses at random.
    """
    scores_M1 = torch.cat([real_N, fake_N]).double().unsqueeze(1).numpy()
    real_M = np.repeat([1, 0], [len(real_N), len(fake_N)])
    slope = float(LogisticRegression(C=1e6).fit(scores_M1, real_M).coef_[0, 0])
    return min(max(1 / max(slope, 1 / WARMEST), COLDEST), WARMEST)


def effective_candidates(score_BN: Tensor, *, temperature: float = 1.0) -> Tensor:
    """Return how many of each row's candidates the weights leave in play, shape (B,): 1 to N.

    1 / the sum of squared normalized weights (Kong 1992). Near 1, what is kept is simply the
    best-scored candidate.

    >>> effective_candidates(torch.tensor([[0.0, 0.0, 0.0, 0.0], [0.0, 99.0, 0.0, 0.0]]))
    tensor([4., 1.])
    """
    return 1 / (score_BN / temperature).softmax(-1).square().sum(-1)


@dataclass(frozen=True)
class Candidates:
    """N candidates for each of B sentences, their scores, and the number that decides."""

    tokens_BNT: Tensor
    score_BN: Tensor
    uniform_B: Tensor
    temperature: float

    def chosen(self, count: int) -> Tensor:
        """Return what is kept of the first `count` candidates of each, shape (B, T)."""
        at_B = resample(self.score_BN[:, :count], self.uniform_B, temperature=self.temperature)
        return self.tokens_BNT[torch.arange(len(at_B)), at_B.to(self.tokens_BNT.device)]

    def effective(self, count: int) -> float:
        """Return the mean effective number of the first `count` candidates."""
        scores_BN = self.score_BN[:, :count]
        return float(effective_candidates(scores_BN, temperature=self.temperature).mean())


@dataclass(frozen=True)
class Choice:
    """A discriminator that chooses among candidates.

    Args:
        discriminator: scores sentences of words.
        candidates: N.
        temperature: of the scores.
        length: T, the longest sentence that it has read.
        pad: padding token.
        reading: "sentences", their padding unread, or as the critic of a "relaxed" game read them:
            all T places, padding as a word like others.
    """

    discriminator: Scorer
    candidates: int
    temperature: float
    length: int
    pad: int
    reading: Reading = "sentences"

    @torch.no_grad()
    def scores(self, tokens_BT: Tensor) -> Tensor:
        """Return the score of each whole sentence, shape (B,), without dropout."""
        score = whole_score(self.discriminator, pad=self.pad)
        if self.reading == "relaxed":
            score = self._relaxed
        with without_dropout(self.discriminator):
            parts = [score(rows_BT[:, :0], rows_BT) for rows_BT in tokens_BT.split(SCORED_AT_ONCE)]
        return torch.cat(parts).float()

    def _relaxed(self, source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
        tokens_BT = lengthened(tokens_BT, self.length, pad=self.pad)
        assert isinstance(self.discriminator, SentenceScorer)
        vectors_BTD = self.discriminator.word_vectors()[tokens_BT]
        score_B: Tensor = RelaxedCritic(self.discriminator, of_words=False)(vectors_BTD, source_BS)
        return score_B


def whole_score(discriminator: Scorer, *, pad: int) -> ReplyScorer:
    """Return what scores whole sentences: of a scorer of prefixes its score of the last one."""
    if isinstance(discriminator, PREFIX_SCORERS):
        return LastPrefix(discriminator, pad=pad)
    return discriminator


def doublings(most: int) -> tuple[int, ...]:
    """Return the numbers of candidates of a sweep: 2, 4, 8, ... and `most`.

    >>> doublings(12), doublings(2)
    ((2, 4, 8, 12), (2,))
    """
    powers = [2**power for power in range(1, most.bit_length())]
    return tuple(dict.fromkeys([*powers, most]))


def save_choice(choice: Choice, folder: Path) -> None:
    """Write how to choose, and the discriminator, into the folder."""
    about = {
        "candidates": choice.candidates,
        "temperature": choice.temperature,
        "length": choice.length,
        "pad": choice.pad,
        "reading": choice.reading,
    }
    (folder / CHOICE_FILE).write_text(json.dumps(about) + "\n", encoding="utf-8")
    unparametrized(choice.discriminator).save_pretrained(folder / DISCRIMINATOR)


def unparametrized(scorer: Scorer) -> Scorer:
    """Return a copy whose weights are plain numbers, also where spectral normalization makes them.

    (torch's removal would take the normalization from the original as well: copies share it.)
    """
    plain = type(scorer)(**scorer.arguments)
    with without_dropout(scorer), torch.no_grad():
        weights = {name: attrgetter(name)(scorer).cpu() for name in plain.state_dict()}
    plain.load_state_dict(weights)
    return plain


def load_choice(folder: Path) -> Choice | None:
    """Return the choice that a folder keeps, None if it keeps none; `UserError` if damaged."""
    if not (folder / CHOICE_FILE).exists():
        return None
    discriminator = load_scorer(folder / DISCRIMINATOR)
    try:
        about = json.loads((folder / CHOICE_FILE).read_text(encoding="utf-8"))
        reading: Reading = "relaxed" if about["reading"] == "relaxed" else "sentences"
        return Choice(
            discriminator,
            candidates=int(about["candidates"]),
            temperature=float(about["temperature"]),
            length=int(about["length"]),
            pad=int(about["pad"]),
            reading=reading,
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{folder / CHOICE_FILE} is damaged: {error!r}") from None
