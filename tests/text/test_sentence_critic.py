"""A discriminator of written words under any objective and penalty: pairs, slopes, rewards.

Legend: B real sentences, R written ones, T and U their lengths, V words.
"""

import itertools
from collections.abc import Callable
from typing import get_args

import pytest
import torch
from markov_generator import EOS, PAD, VOCAB, MarkovGenerator
from torch import Tensor, nn

from seqgan.games.objectives import (
    USUAL_PENALTY,
    Objective,
    ObjectiveName,
    PenaltyName,
    make_objective,
    make_penalties,
    of_positive_scores,
)
from seqgan.objectives.baselines import no_baseline
from seqgan.ops.relaxations import one_hot
from seqgan.text.batches import TextBatch
from seqgan.text.games import PolicyGradientGame, Replies
from seqgan.text.options import PolicyOptions
from seqgan.text.policy import make_saved_reward
from seqgan.text.prefix_scorers import CausalScorer
from seqgan.text.reply_scorers import ConvScorer, TransformerScorer
from seqgan.text.resampling import LOG_ODDS, LOG_RATIOS
from seqgan.text.sentence_critic import OneHotReader, SentenceCritic
from seqgan.text.sentence_scorer import SentenceScorer

HUMAN = TextBatch(
    torch.tensor([[3, 4], [4, 3], [3, PAD]]),
    torch.tensor([[3, 4, EOS], [4, EOS, PAD], [EOS, PAD, PAD]]),
)
WRITTEN_RU = torch.tensor([[3, EOS], [4, 4], [EOS, PAD], [3, 3], [4, EOS], [EOS, PAD]])
REPLIES = Replies(HUMAN, HUMAN.source_BS.repeat_interleave(2, dim=0), WRITTEN_RU, torch.empty(0))
OBJECTIVES = get_args(ObjectiveName)


def rng() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def causal() -> nn.Module:
    return CausalScorer(VOCAB, pad=PAD, dim=8)


def sentence() -> nn.Module:
    return SentenceScorer(VOCAB, pad=PAD, dim=5, widths=[1, 2], num_filters=[5, 4])


def conv() -> nn.Module:
    return ConvScorer(VOCAB, pad=PAD, dim=4, num_filters=4, widths=(1, 2))


def transformer() -> nn.Module:
    return TransformerScorer(VOCAB, pad=PAD, dim=4, num_layers=1, num_heads=1)


READERS = [sentence, conv, transformer]


def objective_of(name: ObjectiveName) -> Objective:
    objective = make_objective(name)
    return of_positive_scores(objective) if name == "energy" else objective


def critic_of(
    scorer: nn.Module, objective: Objective, penalty: PenaltyName = "none"
) -> SentenceCritic:
    penalties = make_penalties(penalty, weight=2.0)
    return SentenceCritic(scorer, objective, penalties=penalties, num_ids=VOCAB, pad=PAD)


def made(build: Callable[[], nn.Module]) -> nn.Module:
    torch.manual_seed(0)
    return build().double().eval()


@pytest.mark.parametrize("build", [causal, *READERS])
def test_the_logistic_loss_of_pairs_is_that_of_the_default(build: Callable[[], nn.Module]) -> None:
    """Its two sides are apart: a mean over pairs of prefixes is one over each one's prefixes."""
    scorer = made(build)
    usual = PolicyGradientGame(
        MarkovGenerator(),
        scorer,
        lambda *_: torch.empty(0),
        no_baseline,
        max_length=3,
        mismatch_weight=0.0,
        judge_drops=False,
    ).losses("discriminator", REPLIES, rng())
    pairs = critic_of(scorer, make_objective("non-saturating"))(REPLIES, rng())
    expected = torch.stack([term.sum() for term in usual.terms.values()]).sum() / usual.items
    torch.testing.assert_close(pairs.terms["loss"].sum() / pairs.items, expected)


def test_prefixes_are_paired_each_with_each() -> None:
    """By hand, for an objective that reads both scores of a pair at once."""

    def score(source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
        return tokens_BT.double() / 2 + (source_BS[:, :1] == 4)

    objective = make_objective("relativistic")
    critic = SentenceCritic(score, objective, penalties={}, num_ids=VOCAB, pad=PAD)  # type: ignore[arg-type]
    got_R = critic(REPLIES, rng()).terms["loss"]
    for r, row in enumerate(WRITTEN_RU.tolist()):
        shift = r // 2 == 1
        real, fake = (
            [word / 2 + shift for word in words if word != PAD]
            for words in (HUMAN.tokens_BT[r // 2].tolist(), row)
        )
        pairs = [
            float(nn.functional.softplus(torch.tensor(b - a, dtype=torch.float64)))
            for a, b in itertools.product(real, fake)
        ]
        assert float(got_R[r]) == pytest.approx(sum(pairs) / len(pairs))


def test_the_distance_of_a_pair_is_that_of_its_one_hot_words() -> None:
    seen: list[Tensor] = []

    def noted(real_R: Tensor, fake_R: Tensor, distance_R: Tensor) -> Tensor:
        seen.append(distance_R)
        return real_R - fake_R

    objective = Objective(noted, lambda _, fake: fake)
    for penalty in ("none", "r1"):
        critic_of(made(sentence).float(), objective, penalty)(REPLIES, rng())  # type: ignore[arg-type]
    torch.testing.assert_close(seen[0], seen[1])
    share_R = torch.tensor([2, 2, 2, 2, 2, 0]) / 3
    torch.testing.assert_close(seen[0], 2 / VOCAB * share_R)


@pytest.mark.parametrize("build", READERS)
def test_one_hot_words_are_scored_as_tokens(build: Callable[[], nn.Module]) -> None:
    scorer = made(build).float()
    read = OneHotReader(scorer, pad=PAD)
    scored_B = scorer(HUMAN.source_BS, HUMAN.tokens_BT)
    torch.testing.assert_close(read(one_hot(HUMAN.tokens_BT, VOCAB), HUMAN.source_BS), scored_B)
    tripled_BT = nn.functional.pad(HUMAN.tokens_BT, (0, 3), value=PAD)
    torch.testing.assert_close(read(one_hot(tripled_BT, VOCAB), HUMAN.source_BS), scored_B)


def test_r1_is_the_squared_slope_in_the_real_words() -> None:
    """By differences: a word's place in the one-hot sentence is moved a little."""
    scorer = made(sentence).float()
    got_R = critic_of(scorer, make_objective("wasserstein"), "r1")(REPLIES, rng()).terms["r1"]
    read = OneHotReader(scorer.double(), pad=PAD)
    words_BTV = one_hot(HUMAN.tokens_BT, VOCAB).double()
    expected_B = torch.zeros(3, dtype=torch.float64)
    for t, v in itertools.product(range(3), range(VOCAB)):
        if v == PAD:
            continue
        step_BTV = torch.zeros_like(words_BTV)
        step_BTV[:, t, v] = 1e-6
        rise_B = read(words_BTV + step_BTV, HUMAN.source_BS) - read(
            words_BTV - step_BTV, HUMAN.source_BS
        )
        expected_B += (rise_B / 2e-6).square()
    torch.testing.assert_close(
        got_R.double(), expected_B.repeat_interleave(2), rtol=1e-4, atol=1e-6
    )
    assert float(expected_B.min().detach()) > 0


@pytest.mark.parametrize("build", [causal, *READERS])
@pytest.mark.parametrize("name", OBJECTIVES)
def test_every_objective_and_penalty_moves_the_discriminator(
    name: ObjectiveName, build: Callable[[], nn.Module]
) -> None:
    for penalty in get_args(PenaltyName):
        if not make_penalties(penalty, weight=1.0) and penalty != "none":
            continue
        if build is causal and penalty != "none":
            continue
        torch.manual_seed(0)
        scorer = build()
        losses = critic_of(scorer, objective_of(name), penalty)(REPLIES, rng())
        assert set(losses.terms) == {"loss", *make_penalties(penalty, weight=1.0)}
        assert {len(term) for term in losses.terms.values()} == {losses.items}
        torch.stack([term.sum() for term in losses.terms.values()]).sum().backward()
        slopes = [weight.grad for weight in scorer.parameters() if weight.grad is not None]
        assert any(bool(slope.any()) for slope in slopes)
        assert all(bool(slope.isfinite().all()) for slope in slopes), (name, penalty)


@pytest.mark.parametrize("build", [causal, sentence])
@pytest.mark.parametrize("name", OBJECTIVES)
def test_what_was_learned_rewards_real_sentences_more(
    name: ObjectiveName, build: Callable[[], nn.Module]
) -> None:
    """Also where low scores mean real."""
    torch.manual_seed(0)
    scorer = build()
    source_BS = torch.full((4, 1), 3)
    real_BT, fake_BT = torch.tensor([[3, EOS]] * 4), torch.tensor([[4, EOS]] * 4)
    batch = Replies(TextBatch(source_BS, real_BT), source_BS, fake_BT, torch.empty(0))
    objective = objective_of(name)
    penalty: PenaltyName = "gp" if USUAL_PENALTY.get(name) and build is not causal else "none"
    critic = critic_of(scorer, objective, penalty)
    optimizer = torch.optim.Adam(scorer.parameters(), lr=0.01)
    for _ in range(25):
        optimizer.zero_grad()
        terms = critic(batch, rng()).terms.values()
        torch.stack([term.mean() for term in terms]).sum().backward()
        optimizer.step()
    options = PolicyOptions(reward="sequence", reward_scale="logit")
    reward = make_saved_reward(
        options, scorer, MarkovGenerator(), max_length=2, objective=objective
    )
    with torch.no_grad():
        gain_BT = reward(source_BS, real_BT, rng()) - reward(source_BS, fake_BT, rng())
    assert float(gain_BT.min()) > 0.1


def test_the_reward_of_an_energy_is_minus_the_energy() -> None:
    scorer = made(sentence).float()
    options = PolicyOptions(reward="sequence", reward_scale="logit")
    score_B = scorer(HUMAN.source_BS, HUMAN.tokens_BT)
    for name, expected_B in (
        ("energy", -nn.functional.softplus(score_B)),
        ("loss-sensitive", -score_B),
        ("hinge", score_B),
    ):
        objective = objective_of(name)  # type: ignore[arg-type]
        reward = make_saved_reward(
            options, scorer, MarkovGenerator(), max_length=3, objective=objective
        )
        got_BT = reward(HUMAN.source_BS, HUMAN.tokens_BT, rng())
        torch.testing.assert_close(got_BT[:, 0], expected_B)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_log_odds_are_what_the_best_critic_scores_alone(name: ObjectiveName) -> None:
    """On three sentences: log p/q leaves no slope, and what is shifted does."""
    p_X, q_X = torch.tensor([[0.2, 0.5, 0.3], [0.4, 0.25, 0.35]], dtype=torch.float64)

    def slope(score_X: Tensor) -> float:
        score_X = score_X.requires_grad_()
        apart = torch.zeros((), dtype=torch.float64)
        loss_XX = make_objective(name).critic(score_X.unsqueeze(1), score_X, apart)
        expected = (loss_XX * p_X.unsqueeze(1) * q_X).sum()
        return float(torch.autograd.grad(expected, score_X)[0].abs().max())

    ratio_X = (p_X / q_X).log()
    alone = slope(ratio_X.clone()) < 1e-9 < 1e-3 < slope(ratio_X + 0.3)
    assert alone == (name in LOG_ODDS)
    assert set(LOG_ODDS) <= set(LOG_RATIOS)


def test_what_has_no_slope_or_no_pair_is_refused() -> None:
    with pytest.raises(ValueError, match=r"CausalScorer reads words alone.*take SentenceScorer"):
        critic_of(causal(), make_objective("wasserstein"), "gp")
    critic = critic_of(sentence(), make_objective("hinge"))
    with pytest.raises(ValueError, match=r"mismatch_weight is 0.5"):
        PolicyGradientGame(
            MarkovGenerator(),
            critic.scorer,
            lambda *_: torch.empty(0),
            no_baseline,
            max_length=3,
            critic=critic,
        )


def test_processes_without_a_sentence_have_nothing_to_pay() -> None:
    nothing = torch.empty(0, 2, dtype=torch.long)
    empty = Replies(TextBatch(nothing, nothing), nothing, nothing, torch.empty(0))
    for penalty in ("none", "gp", "r1r2"):
        losses = critic_of(sentence(), make_objective("hinge"), penalty)(empty, rng())
        assert losses.items == 0
        assert all(len(term) == 0 for term in losses.terms.values())
