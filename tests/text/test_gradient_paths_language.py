"""The made language: what it draws is what it counts, and two distances in it are exact."""

import itertools
import math

import numpy as np
import pytest
import torch
from scipy.optimize import linear_sum_assignment
from torch import Generator

from seqgan.objectives.minimax import minimax_critic_loss
from seqgan.text.gradient_paths.language import (
    MadeLanguage,
    blurred,
    blurred_distance,
    pair_distance,
)


@pytest.fixture(scope="module")
def language() -> MadeLanguage:
    return MadeLanguage.make(vocab_size=3, length=4, contrast=1.0, seed=3)


def test_all_sentences_together_have_probability_1(language: MadeLanguage) -> None:
    everything = language.everything()
    assert len(everything) == len(torch.unique(everything, dim=0)) == 3**4
    assert float(language.probability(everything).sum()) == pytest.approx(1, abs=1e-12)


def test_draws_have_the_shares_that_are_counted(language: MadeLanguage) -> None:
    count = 20_000
    drawn_NT = language.draw(count, Generator().manual_seed(0))
    place_R = (language.everything() * 3 ** torch.arange(4)).sum(1)
    drawn_N = (drawn_NT * 3 ** torch.arange(4)).sum(1)
    share_R = torch.bincount(drawn_N, minlength=81)[place_R] / count
    prob_R = language.probability(language.everything())
    error_R = (prob_R * (1 - prob_R) / count).sqrt()
    assert float(((share_R - prob_R).abs() / error_R).max()) < 4.5


def test_pairs_are_the_sum_over_all_sentences(language: MadeLanguage) -> None:
    everything_RT, pairs = language.everything(), torch.zeros(3, 3, dtype=torch.float64)
    for sentence, prob in zip(
        everything_RT.tolist(), language.probability(everything_RT).tolist(), strict=True
    ):
        for first, second in itertools.pairwise(sentence):
            pairs[first, second] += prob / 3
    torch.testing.assert_close(language.pairs(), pairs)


def test_what_is_wanted_at_a_place_is_conditional_on_the_other_words(
    language: MadeLanguage,
) -> None:
    sentence_1T = torch.tensor([[2, 0, 1, 1]])
    wanted_TV = language.wanted(sentence_1T)[0]
    for t in range(4):
        others_VT = sentence_1T.repeat(3, 1)
        others_VT[:, t] = torch.arange(3)
        prob_V = language.probability(others_VT)
        torch.testing.assert_close(wanted_TV[t], prob_V / prob_V.sum())


def test_jensen_shannon_is_the_value_of_the_best_critic(language: MadeLanguage) -> None:
    """At score log p/q the game's value is 2 JSD - 2 log 2 (arXiv:1406.2661, theorem 1)."""
    real_R = language.probability(language.everything())
    fake_R = 0.3 * real_R + 0.7 / 81
    best_R = (real_R / fake_R).log()
    nothing_R = torch.full_like(best_R, -1e9)
    on_real = minimax_critic_loss(best_R, nothing_R) @ real_R
    on_fake = minimax_critic_loss(-nothing_R, best_R) @ fake_R
    value = float(-on_real - on_fake)
    assert language.jensen_shannon(0.3) == pytest.approx(math.log(2) + value / 2)
    assert language.jensen_shannon(1.0) == pytest.approx(0, abs=1e-12)
    assert 0 < language.jensen_shannon(0.3) < math.log(2)


def test_the_blur_moves_right_sentences_by_the_least_that_is_possible(
    language: MadeLanguage,
) -> None:
    """The cheapest plan between sentences and their own blur, found by assignment."""
    words = language.draw(60, Generator().manual_seed(1))
    sharp = blurred(words, torch.ones(60), vocab_size=3).flatten(1).double().numpy()
    soft = blurred(words, torch.full((60,), 0.4), vocab_size=3).flatten(1).double().numpy()
    cost = np.linalg.norm(sharp[:, None] - soft[None], axis=-1)
    cheapest = cost[linear_sum_assignment(cost)].mean()
    assert cheapest == pytest.approx(blurred_distance(0.4, vocab_size=3, length=4), abs=1e-6)


def test_blurred_words_are_distributions_from_even_to_one_hot() -> None:
    tokens_NT = torch.tensor([[1, 0], [1, 1]])
    words = blurred(tokens_NT, torch.tensor([0.0, 1.0]), vocab_size=2)
    assert words.tolist() == [[[0.5, 0.5], [0.5, 0.5]], [[0.0, 1.0], [0.0, 1.0]]]


def test_sentences_of_the_language_are_near_it_and_even_words_are_not(
    language: MadeLanguage,
) -> None:
    rng = Generator().manual_seed(2)
    assert pair_distance(language.draw(20_000, rng), language.pairs()) < 0.02
    assert pair_distance(language.draw_evenly(20_000, rng), language.pairs()) > 0.1
    assert pair_distance(torch.tensor([[0, 0]]), torch.tensor([[0.0, 1.0], [0.0, 0.0]])) == 1
