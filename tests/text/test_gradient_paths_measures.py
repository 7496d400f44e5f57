"""Readings of made critics whose answers and slopes are known."""

import math

import pytest
import torch
from torch import Generator, Tensor, nn

from seqgan.games.latent import LatentGame
from seqgan.games.objectives import make_objective
from seqgan.text.gradient_paths.games import (
    JENSEN_SHANNON,
    SETTINGS,
    WASSERSTEIN,
    DialedSentences,
    Experiments,
    dial_game,
    made_language,
)
from seqgan.text.gradient_paths.measures import (
    chance,
    directions,
    known_rows,
    read_dials,
    read_writers,
    share_along,
    word_entropy,
)

LANGUAGE = made_language(0)


def rng(seed: int = 0) -> Generator:
    return Generator().manual_seed(seed)


class Sharpness(nn.Module):
    """Scores how near to one-hot the words are: the mean square of their numbers."""

    def forward(self, words_BTV: Tensor) -> Tensor:
        return words_BTV.square().sum(-1).mean(-1)


class Wish(nn.Module):
    """Scores the words' probability between the neighbours that the largest entries are."""

    def forward(self, words_BTV: Tensor) -> Tensor:
        _, right_BTV = directions(LANGUAGE, words_BTV.argmax(-1))
        return (words_BTV * right_BTV).sum((1, 2))


def game_of(critic: nn.Module, measure: str) -> LatentGame:
    made = dial_game(LANGUAGE, measure, width=2)
    objective = make_objective("wasserstein" if measure == WASSERSTEIN else "minimax")
    assert isinstance(made.generator, DialedSentences)
    return LatentGame(made.generator, critic, objective, draw=made.generator.draw, read=made.read)


@pytest.mark.parametrize("measure", [JENSEN_SHANNON, WASSERSTEIN])
def test_a_critic_of_sharpness_only_sharpens(measure: str) -> None:
    for each in read_dials(game_of(Sharpness(), measure), LANGUAGE, measure, rng=rng(), count=50):
        assert each.sharpens == pytest.approx(1, abs=1e-5)
        assert each.rights == pytest.approx(0, abs=1e-5)


def test_a_critic_of_what_is_wanted_only_points_there() -> None:
    readings = read_dials(game_of(Wish(), WASSERSTEIN), LANGUAGE, WASSERSTEIN, rng=rng(), count=50)
    for each in readings:
        assert each.sharpens == pytest.approx(0, abs=1e-5)
        assert each.rights == pytest.approx(1, abs=1e-5)


def test_a_critic_of_sharpness_says_the_difference_of_squares() -> None:
    readings = read_dials(
        game_of(Sharpness(), WASSERSTEIN), LANGUAGE, WASSERSTEIN, rng=rng(), count=10
    )
    assert [each.setting for each in readings] == list(SETTINGS)
    for each in readings:
        share = each.setting.sharpness
        top, low = share + (1 - share) / 8, (1 - share) / 8
        assert each.estimate == pytest.approx(1 - top**2 - 7 * low**2, abs=1e-5)


def test_a_sure_jensen_shannon_critic_says_log_2_and_an_idle_one_nothing() -> None:
    class Sure(Sharpness):
        def forward(self, words_BTV: Tensor) -> Tensor:
            return 1000 * (super().forward(words_BTV) - 0.95)

    class Idle(Sharpness):
        def forward(self, words_BTV: Tensor) -> Tensor:
            return 0 * super().forward(words_BTV)

    sure = read_dials(game_of(Sure(), JENSEN_SHANNON), LANGUAGE, JENSEN_SHANNON, rng=rng(), count=9)
    idle = read_dials(game_of(Idle(), JENSEN_SHANNON), LANGUAGE, JENSEN_SHANNON, rng=rng(), count=9)
    for each, other in zip(sure, idle, strict=True):
        if each.setting.sharpness < 1:
            assert each.estimate == pytest.approx(math.log(2), abs=1e-5)
        assert other.estimate == pytest.approx(0, abs=1e-6)


def test_the_two_ways_stand_at_a_right_angle_and_keep_the_sum() -> None:
    tokens_BT = LANGUAGE.draw_evenly(200, rng())
    sharp, right = directions(LANGUAGE, tokens_BT)
    for way in (sharp, right, sharp * right):
        torch.testing.assert_close(way.sum(-1), torch.zeros(200, 5, dtype=torch.float64))
    # At a right angle, the word that the language wants most of all others is the way up.
    other = LANGUAGE.wanted(tokens_BT).scatter(-1, tokens_BT.unsqueeze(-1), -1.0)
    best = right.scatter(-1, tokens_BT.unsqueeze(-1), -1.0).argmax(-1)
    torch.testing.assert_close(best, other.argmax(-1))


def test_a_random_gradient_has_the_share_of_chance_along_either_way() -> None:
    """Mean of 40,000 words: the error is about .001."""
    tokens_BT = LANGUAGE.draw_evenly(8000, rng())
    noise = torch.randn(8000, 5, 8, generator=rng(1), dtype=torch.float64)
    noise -= noise.mean(-1, keepdim=True)
    for way in directions(LANGUAGE, tokens_BT):
        assert float(share_along(noise, way)) == pytest.approx(chance(8), abs=0.004)


def test_what_points_backwards_has_no_share() -> None:
    way = torch.tensor([[[1.0, -1.0]]])
    assert float(share_along(way, way)) == pytest.approx(1)
    assert float(share_along(-way, way)) == 0


def test_entropy_is_log_v_for_even_words_and_0_for_choices() -> None:
    assert word_entropy(torch.full((2, 3, 8), 1 / 8)) == pytest.approx(math.log(8))
    assert word_entropy(torch.eye(4)[None]) == 0


def test_writers_and_what_frames_them_are_measured() -> None:
    made = Experiments.make(LANGUAGE)
    seen = read_writers(made, rng=rng(), count=50)
    assert set(seen) == set(made.writers)
    for name, own in seen.items():
        assert 0 <= own["word_entropy"] <= math.log(8) + 1e-5
        assert 1 <= own["different_sentences"] <= 50
        assert (own["word_entropy"] < 1e-6) == name.startswith("straight-through")
    known = known_rows(LANGUAGE, rng=rng(), count=4000)
    assert known["the language itself"]["pair_distance"] < 0.05
    assert known["even words"]["pair_distance"] > 0.4
