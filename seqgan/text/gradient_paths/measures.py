"""What `gradient_paths.py` measures: what critics say, where they pull, what writers write.

Legend: B batch, K settings of the dials, N sentences of each, T words of a sentence, V vocabulary.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from seqgan.games.latent import LatentGame
from seqgan.ops.relaxations import one_hot
from seqgan.text.gradient_paths.games import JENSEN_SHANNON, SETTINGS, Experiments, Setting
from seqgan.text.gradient_paths.language import MadeLanguage, pair_distance

NUM_READ = 2048
"""Fresh sentences of each setting for a reading."""
NUM_WRITTEN = 4096
"""Sentences of a writer that are looked at."""
TINY = 1e-12


@dataclass(frozen=True)
class Reading:
    """What a critic says at one setting, and what the gradient of its fakes' words is made of.

    `sharpens` and `rights` are shares of the gradient's square: towards the word that is written,
    and, at a right angle to it, towards the words that the language wants at that place.
    """

    setting: Setting
    estimate: float
    sharpens: float
    rights: float


def chance(vocab_size: int) -> float:
    """Return the share that either direction has of a gradient without any direction.

    A word has V - 1 ways to change, and half of all gradients point backwards.

    >>> chance(6)
    0.1
    """
    return 1 / (2 * (vocab_size - 1))


def share_along(gradient_BTV: Tensor, direction_BTV: Tensor) -> Tensor:
    """Return the share of the gradient's square that points along the directions, word by word.

    Where a word's gradient points backwards, its share is none. Shape ().

    >>> gradient = torch.tensor([[[3.0, 4.0]], [[-5.0, 0.0]]])
    >>> share_along(gradient, torch.tensor([[[2.0, 0.0]], [[2.0, 0.0]]]))
    tensor(0.1800)
    """
    length_BT1 = direction_BTV.norm(dim=-1, keepdim=True)
    along_BT = (gradient_BTV * direction_BTV / length_BT1.clamp(min=TINY)).sum(-1).relu()
    share: Tensor = along_BT.square().sum() / gradient_BTV.square().sum().clamp(min=TINY**2)
    return share


def directions(language: MadeLanguage, tokens_BT: Tensor) -> tuple[Tensor, Tensor]:
    """Return the way that sharpens each word, and the way to what the language wants there.

    Both leave the sum of a word's numbers as it is; the second has nothing of the first in it.
    Shapes (B, T, V).
    """
    own_BTV = one_hot(tokens_BT, language.vocab_size).double() - 1 / language.vocab_size
    wanted_BTV = language.wanted(tokens_BT) - 1 / language.vocab_size
    along_BT1 = (wanted_BTV * own_BTV).sum(-1, keepdim=True) / own_BTV.square().sum(-1, True)
    return own_BTV, wanted_BTV - along_BT1 * own_BTV


def read_dials(
    game: LatentGame, language: MadeLanguage, measure: str, *, rng: Generator, count: int = NUM_READ
) -> list[Reading]:
    """Return what the critics of one kind say at every setting, on fresh sentences."""
    rows = len(SETTINGS) * count
    tokens_BT = game.draw(rows, rng)
    real_BTV, _ = game.read(language.draw(rows, rng))
    fake_BTV = game.generator(tokens_BT).requires_grad_()
    real_B, fake_B = game.critic(real_BTV).detach(), game.critic(fake_BTV)
    value_B = -game.objective.critic(real_B, fake_B.detach(), torch.zeros_like(real_B))
    if measure == JENSEN_SHANNON:  # the game's value is 2 JSD - 2 log 2
        value_B = math.log(2) + value_B / 2
    loss_B = game.objective.generator(real_B, fake_B)
    (slope_BTV,) = torch.autograd.grad(loss_B.sum(), fake_BTV)
    pull_BTV = -(slope_BTV - slope_BTV.mean(-1, keepdim=True)).double()
    sharp_BTV, right_BTV = directions(language, tokens_BT)
    return [
        Reading(
            setting,
            float(value_B[own].mean()),
            float(share_along(pull_BTV[own], sharp_BTV[own])),
            float(share_along(pull_BTV[own], right_BTV[own])),
        )
        for k, setting in enumerate(SETTINGS)
        for own in [slice(k * count, (k + 1) * count)]
    ]


def word_entropy(words_BTV: Tensor) -> float:
    """Return the mean entropy of words that are distributions, in nats; 0: all are one-hot.

    >>> round(word_entropy(torch.tensor([[[0.5, 0.5], [1.0, 0.0]]])), 3)  # half of log 2
    0.347
    """
    return float(torch.special.entr(words_BTV).sum(-1).mean())


def language_figures(tokens_NT: Tensor, language: MadeLanguage) -> dict[str, float]:
    """Return how far sentences are from the language, and how many are different."""
    return {
        "pair_distance": pair_distance(tokens_NT, language.pairs()),
        "different_sentences": float(len(torch.unique(tokens_NT, dim=0))),
    }


@torch.no_grad()
def read_writers(
    made: Experiments, *, rng: Generator, count: int = NUM_WRITTEN
) -> Mapping[str, Mapping[str, float]]:
    """Return what each writer writes: the entropy of what its critic reads, and its sentences.

    The words meant are the largest entries.
    """
    figures = {}
    for name, game in made.writers.items():
        nothing_B0 = torch.empty(count, 0, dtype=torch.long, device=rng.device)
        words_BTV = game.generator(game.draw(count, rng), nothing_B0)
        figures[name] = {"word_entropy": word_entropy(words_BTV)} | language_figures(
            words_BTV.argmax(-1), made.language
        )
    return figures


def known_rows(
    language: MadeLanguage, *, rng: Generator, count: int = NUM_WRITTEN
) -> dict[str, dict[str, float]]:
    """Return the figures of as many sentences of the language itself, and of even words."""
    return {
        "the language itself": language_figures(language.draw(count, rng), language),
        "even words": language_figures(language.draw_evenly(count, rng), language),
    }
