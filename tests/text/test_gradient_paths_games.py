"""Games of the dials and of writers: settings are what they say, critics never meet."""

import pytest
import torch
from torch import Generator

from seqgan.ops.relaxations import one_hot
from seqgan.text.gradient_paths.games import (
    JENSEN_SHANNON,
    PATHS,
    SETTINGS,
    WASSERSTEIN,
    CriticBank,
    DialedSentences,
    Experiments,
    Setting,
    dial_game,
    made_language,
)
from seqgan.text.gradient_paths.players import make_players, turns, warmth

LANGUAGE = made_language(0)


def rng(seed: int = 0) -> Generator:
    return Generator().manual_seed(seed)


def test_each_share_of_the_rows_stands_at_its_setting() -> None:
    settings = (Setting(1.0, 1.0), Setting(0.5, 0.0))
    fakes = DialedSentences(LANGUAGE, settings)
    tokens_BT = fakes.draw(4000, rng())
    words_BTV = fakes(tokens_BT)
    torch.testing.assert_close(words_BTV[:2000], one_hot(tokens_BT[:2000], 8))
    assert words_BTV[2000:].amax(-1).unique().tolist() == [0.5 + 0.5 / 8]
    right, even = LANGUAGE.probability(tokens_BT).log().view(2, 2000).mean(1).tolist()
    entropy = LANGUAGE.probability(LANGUAGE.everything())
    assert right == pytest.approx(float((entropy * entropy.log()).sum()), abs=0.2)
    assert even == pytest.approx(
        float(LANGUAGE.probability(LANGUAGE.everything()).log().mean()), abs=0.4
    )


def test_half_right_is_right_half_of_the_time() -> None:
    fakes = DialedSentences(LANGUAGE, (Setting(1.0, 0.5),))
    mean = LANGUAGE.probability(fakes.draw(20_000, rng())).mean()
    prob_R = LANGUAGE.probability(LANGUAGE.everything())
    expected = (prob_R.square().sum() + prob_R.mean()) / 2
    assert float(mean / expected) == pytest.approx(1, abs=0.1)


def test_critics_of_a_bank_never_meet() -> None:
    bank = CriticBank(3, 10, width=4)
    words = torch.randn(6, 5, 2, requires_grad=True)
    score_B = bank(words)
    (slope,) = torch.autograd.grad(score_B[2:4].sum(), words, retain_graph=True)
    assert slope[2:4].abs().sum() > 0
    assert slope[[0, 1, 4, 5]].abs().sum() == 0
    weights = list(bank.parameters())
    for slope in torch.autograd.grad(score_B[2:4].sum(), weights):
        assert slope[[0, 2]].abs().sum() == 0
        assert slope[1].abs().sum() > 0


def test_a_banks_critic_is_the_network_of_its_weights() -> None:
    bank = CriticBank(2, 4, width=3)
    words = torch.randn(6, 2, 2)
    first, _, second, _, third = bank.layers
    x = words[3:].flatten(1)
    for layer in (first, second, third):
        x = x @ layer.weight_KIO[1] + layer.bias_K1O[1]
        x = torch.nn.functional.leaky_relu(x, 0.2) if layer is not third else x
    torch.testing.assert_close(bank(words)[3:], x.squeeze(1))


def test_only_the_wasserstein_critic_pays_for_its_slope() -> None:
    tokens_BT = LANGUAGE.draw(2 * len(SETTINGS), rng())
    for name, terms in ((JENSEN_SHANNON, {"loss"}), (WASSERSTEIN, {"loss", "gp"})):
        game = dial_game(LANGUAGE, name, width=4)
        batch = game.prepare(tokens_BT, ["critic"], rng())
        losses = game.losses("critic", batch, rng())
        assert set(losses.terms) == terms
        assert losses.items == 2 * len(SETTINGS)


def test_every_writer_gets_a_gradient_through_its_words() -> None:
    made = Experiments.make(LANGUAGE)
    take = made.takes(5)
    assert set(take) == set(made.writers) == set(PATHS)
    for name, game in made.writers.items():
        batch = take[name](LANGUAGE.draw(9, rng()))
        assert batch.tokens_BT.shape == (5, LANGUAGE.length)
        ready = game.prepare(batch, ["critic", "generator"], rng())
        assert ready.fake is not None
        torch.testing.assert_close(ready.fake.sum(-1), torch.ones(5, LANGUAGE.length))
        loss = sum(t.sum() for t in game.losses("generator", ready, rng()).terms.values())
        slopes = torch.autograd.grad(loss, list(game.generator.parameters()), allow_unused=True)
        assert sum(float(s.abs().sum()) for s in slopes if s is not None) > 0, name


def test_players_are_all_critics_and_the_writers() -> None:
    made = Experiments.make(LANGUAGE)
    players = make_players(made, dial_moves=4, writer_moves=4, generator_moves=2)
    games = [*made.dial_games, *made.writers]
    assert set(made.games) == set(games)
    assert set(players) == {f"{name}/critic" for name in games} | {
        f"{name}/generator" for name in made.writers
    }
    movers = turns(made.writers, critic_steps=2)
    assert set(movers(0)) == {f"{name}/critic" for name in made.writers}
    assert set(movers(1)) == {name for name in players if "dials" not in name}


def test_soft_words_are_never_sharpened_from_outside() -> None:
    """What sharpens them must be their critic; samples are sharpened by their temperature."""
    for name, path in PATHS.items():
        warm, cold = warmth(name, 0, moves=10), warmth(name, 10, moves=10)
        assert (warm, cold) == ((1.0, 1.0) if path.how == "soft" else (1.0, pytest.approx(0.2)))


def test_the_two_soft_writers_differ_by_their_critic_alone() -> None:
    soft = [path for path in PATHS.values() if path.how == "soft"]
    assert {path.objective for path in soft} == {"non-saturating", "wasserstein"}
