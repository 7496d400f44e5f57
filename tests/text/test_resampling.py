"""Resampling by a discriminator: its law by enumeration, which scores are ratios, what is kept."""

import copy
import itertools
import math
from pathlib import Path
from typing import get_args

import pytest
import torch
from torch import Tensor

from seqgan.errors import UserError
from seqgan.games.objectives import ObjectiveName, make_objective
from seqgan.nn.spectral import spectral
from seqgan.ops.relaxations import one_hot
from seqgan.text.generators.language_model import RecurrentLanguageModel
from seqgan.text.prefix_scorers import CausalScorer
from seqgan.text.relaxed import RelaxedCritic, lengthened
from seqgan.text.resampling import (
    LOG_RATIOS,
    Choice,
    calibration,
    effective_candidates,
    load_choice,
    resample,
    save_choice,
    whole_score,
)
from seqgan.text.sentence_scorer import SentenceScorer
from seqgan.text.sentences.writing import Writing

P = torch.tensor([0.05, 0.15, 0.3, 0.5], dtype=torch.float64)
Q = torch.tensor([0.4, 0.3, 0.2, 0.1], dtype=torch.float64)
PAD, BOS, EOS = 0, 1, 2


def enumerated_law(score_V: Tensor, count: int, *, temperature: float = 1.0) -> Tensor:
    """Return the law of what is kept of so many draws from Q: over all draws and all numbers."""
    drawn_RN = torch.tensor(list(itertools.product(range(len(Q)), repeat=count)))
    numbers = (torch.arange(400) + 0.5) / 400
    uniform_RU = numbers.expand(len(drawn_RN), -1)
    score_RUN = score_V[drawn_RN].unsqueeze(1).expand(-1, len(numbers), -1)
    at = resample(score_RUN.flatten(0, 1), uniform_RU.flatten(), temperature=temperature)
    kept_RU = drawn_RN.gather(1, at.view(len(drawn_RN), -1))
    mass_R1 = Q[drawn_RN].prod(1, keepdim=True).expand_as(kept_RU) / len(numbers)
    return torch.zeros_like(Q).index_add(0, kept_RU.flatten(), mass_R1.flatten())


def sampled_law(score_V: Tensor, count: int, *, temperature: float = 1.0) -> Tensor:
    """Return the law of what is kept of many candidates, over 40,000 draws."""
    rng = torch.Generator().manual_seed(0)
    drawn = Q.multinomial(40_000 * count, replacement=True, generator=rng).view(-1, count)
    uniform = torch.rand(len(drawn), generator=rng)
    at = resample(score_V[drawn], uniform, temperature=temperature)
    kept = drawn.gather(1, at.unsqueeze(1)).flatten()
    return torch.bincount(kept, minlength=len(Q)).double() / len(kept)


def distance(one: Tensor, other: Tensor) -> float:
    """Return the total variation."""
    return float((one - other).abs().sum()) / 2


def test_the_law_goes_from_the_generators_to_the_datas() -> None:
    """The distance to the data falls as about 1 / N; one candidate is the generator."""
    ideal = (P / Q).log()
    gaps = [distance(enumerated_law(ideal, count), P) for count in (1, 2, 3, 4, 5)]
    assert gaps[0] == pytest.approx(distance(Q, P), abs=1e-6)
    assert gaps == sorted(gaps, reverse=True)
    two = sum(
        Q[a] * Q[b] * (P / Q)[a] / ((P / Q)[a] + (P / Q)[b]) * 2 * torch.eye(4)[a]
        for a, b in itertools.product(range(4), repeat=2)
    )
    torch.testing.assert_close(enumerated_law(ideal, 2), two.double(), rtol=0, atol=2e-3)
    many = sampled_law(ideal, 200)
    assert distance(many, P) < 0.02 < distance(sampled_law(ideal, 8), P)


def test_a_constant_in_the_score_changes_nothing() -> None:
    ideal = (P / Q).log()
    torch.testing.assert_close(enumerated_law(ideal + 7, 3), enumerated_law(ideal, 3))


@pytest.mark.parametrize("temperature", [0.5, 2.0])
def test_a_temperature_leads_to_the_tempered_ratio(temperature: float) -> None:
    """At T the limit is q (p/q)^(1/T): halfway to the data at 2, past them at 1/2."""
    aim = Q * (P / Q) ** (1 / temperature)
    law = sampled_law((P / Q).log(), 200, temperature=temperature)
    assert distance(law, aim / aim.sum()) < 0.03
    with pytest.raises(ValueError, match="above 0"):
        resample(torch.zeros(1, 2), torch.zeros(1), temperature=0.0)


def test_the_effective_number_lies_between_one_and_all() -> None:
    scores = torch.tensor([[0.0, 0.0, 0.0], [0.0, 0.0, -99.0], [99.0, 0.0, 0.0]])
    torch.testing.assert_close(effective_candidates(scores), torch.tensor([3.0, 2.0, 1.0]))
    weights = torch.tensor([0.5, 0.25, 0.25])
    expected = 1 / float(weights.square().sum())
    assert float(effective_candidates(weights.log()[None])) == pytest.approx(expected)


def best_scores(name: ObjectiveName) -> Tensor:
    """Return the scores of four outcomes that the objective's critic loss is least at."""
    objective = make_objective(name)
    scores = torch.zeros(4, dtype=torch.float64, requires_grad=True)
    pairs = torch.cartesian_prod(torch.arange(4), torch.arange(4))
    mass = P[pairs[:, 0]] * Q[pairs[:, 1]]
    optimizer = torch.optim.LBFGS(
        [scores],
        max_iter=400,
        tolerance_grad=1e-12,
        tolerance_change=1e-18,
        line_search_fn="strong_wolfe",
    )

    def closure() -> float:
        optimizer.zero_grad()
        real, fake = scores[pairs[:, 0]], scores[pairs[:, 1]]
        loss = (mass * objective.critic(real, fake, torch.zeros_like(real))).sum()
        loss.backward()
        return float(loss.detach())

    optimizer.step(closure)
    return scores.detach()


def bent(scores: Tensor) -> float:
    """Return how much of the scores is no rising straight line of the log-ratios, 0 to 1."""
    ratios = (P / Q).log()
    score, ratio = scores - scores.mean(), ratios - ratios.mean()
    slope = float(score @ ratio / ratio.square().sum())
    assert slope > 0
    return float((score - slope * ratio).norm() / score.norm())


@pytest.mark.parametrize("name", LOG_RATIOS)
def test_the_best_score_of_these_objectives_is_a_line_of_log_ratios(name: ObjectiveName) -> None:
    assert bent(best_scores(name)) < 1e-4


@pytest.mark.parametrize("name", ["least-squares", "pearson", "hinge"])
def test_that_of_others_is_no_such_line(name: ObjectiveName) -> None:
    assert bent(best_scores(name)) > 0.05
    assert name in set(get_args(ObjectiveName)) - set(LOG_RATIOS)


class IdealPrefixes(CausalScorer):
    """Scores prefixes of two words and an end by the true log-ratio of the prefix."""

    def __init__(self, p_XY: Tensor, q_XY: Tensor) -> None:
        super().__init__(8, pad=PAD, dim=2)
        self.p_XY, self.q_XY = p_XY, q_XY

    def forward(self, source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
        """Return log p/q of each prefix, garbage at padding."""
        first_B, second_B = tokens_BT[:, 0] - 3, tokens_BT[:, 1] - 3
        whole_B = self.p_XY[first_B, second_B] / self.q_XY[first_B, second_B]
        ratio_BT = torch.full(tokens_BT.shape, 1e9)
        ratio_BT[:, 0] = self.p_XY.sum(1)[first_B] / self.q_XY.sum(1)[first_B]
        ratio_BT[:, 1] = ratio_BT[:, 2] = whole_B  # the end is certain under both
        return ratio_BT.log()


def test_the_last_prefix_alone_compares_whole_sentences() -> None:
    """By it the law goes to the data's; by the mean over prefixes it goes somewhere else."""
    p_XY = torch.tensor([[0.1, 0.2], [0.1, 0.6]])
    q_XY = torch.tensor([[0.4, 0.3], [0.2, 0.1]])
    pairs = torch.cartesian_prod(torch.arange(2), torch.arange(2))
    tokens_BT = torch.full((4, 5), PAD)
    tokens_BT[:, :2], tokens_BT[:, 2] = pairs + 3, EOS
    judge = IdealPrefixes(p_XY, q_XY)
    score_V = Choice(judge, 2, 1.0, 5, PAD).scores(tokens_BT)
    torch.testing.assert_close(score_V, (p_XY / q_XY).log().flatten())
    assert torch.equal(whole_score(judge, pad=PAD)(tokens_BT[:, :0], tokens_BT), score_V)
    mean_V = judge(tokens_BT[:, :0], tokens_BT)[:, :3].mean(1)
    limits = [torch.softmax(q_XY.flatten().log() + score, 0) for score in (score_V, mean_V)]
    assert distance(limits[0], p_XY.flatten()) < 1e-6
    assert distance(limits[1], p_XY.flatten()) > 0.03


def scorer(*, dim: int = 4) -> SentenceScorer:
    return SentenceScorer(9, pad=PAD, dim=dim, widths=(1, 2), num_filters=(3, 3))


SENTENCES = torch.tensor([[3, 4, EOS, PAD], [5, EOS, PAD, PAD], [6, 7, 8, EOS]])


def test_a_relaxed_critic_reads_words_as_it_did_in_the_game() -> None:
    judge = scorer().eval()
    choice = Choice(judge, 2, 1.0, 6, PAD, reading="relaxed")
    words_BTV = one_hot(lengthened(SENTENCES, 6, pad=PAD), 9)
    expected = RelaxedCritic(judge, of_words=True)(words_BTV, SENTENCES[:, :0])
    torch.testing.assert_close(choice.scores(SENTENCES), expected)
    plain = Choice(judge, 2, 1.0, 6, PAD).scores(SENTENCES)
    torch.testing.assert_close(plain, judge(SENTENCES[:, :0], SENTENCES))
    assert not torch.allclose(plain, expected)


def test_dropout_is_off_while_it_scores() -> None:
    judge = scorer().train()
    choice = Choice(judge, 2, 1.0, 4, PAD)
    assert torch.equal(choice.scores(SENTENCES), choice.scores(SENTENCES))
    assert judge.training


@pytest.mark.parametrize("normalized", [False, True])
def test_a_choice_is_kept_and_read_back(tmp_path: Path, normalized: bool) -> None:
    """Spectral normalization is kept as the weights it came to, and stays on in the original."""
    judge = scorer()
    if normalized:
        spectral(judge)
        judge(SENTENCES[:, :0], SENTENCES)
    given = Choice(copy.deepcopy(judge), 6, 1.5, 7, PAD, reading="relaxed")
    before = given.scores(SENTENCES)
    save_choice(given, tmp_path)
    kept = load_choice(tmp_path)
    assert kept is not None
    torch.testing.assert_close(kept.scores(SENTENCES), before)
    torch.testing.assert_close(given.scores(SENTENCES), before)
    about = (kept.candidates, kept.temperature, kept.length, kept.pad, kept.reading)
    assert about == (6, 1.5, 7, PAD, "relaxed")


def test_a_damaged_choice_is_named(tmp_path: Path) -> None:
    assert load_choice(tmp_path) is None
    save_choice(Choice(scorer(), 6, 1.0, 7, PAD), tmp_path)
    (tmp_path / "resampling.json").write_text("{}")
    with pytest.raises(UserError, match=r"resampling\.json is damaged"):
        load_choice(tmp_path)


def test_candidates_are_draws_of_the_generator_and_more_only_add() -> None:
    torch.manual_seed(0)
    model = RecurrentLanguageModel(9, pad=PAD, bos=BOS, eos=EOS, dim=4, hidden=4).eval()
    plain, judge = Writing("plain", model), scorer().eval()
    chosen = Writing("chosen", model, choice=Choice(judge, 4, 1.0, 5, PAD))
    assert plain.has_likelihood
    assert not chosen.has_likelihood
    drawn = plain.draw(20, length=5, seed=3)
    assert torch.equal(chosen.draw(20, length=5, seed=3, candidates=1), drawn)
    few = chosen.candidates(20, length=5, seed=3, most=2)
    many = chosen.candidates(20, length=5, seed=3, most=4)
    assert torch.equal(few.tokens_BNT, many.tokens_BNT[:, :2])
    assert torch.equal(many.tokens_BNT[:, 0], drawn)
    assert torch.equal(few.chosen(2), many.chosen(2))
    kept = chosen.draw(20, length=5, seed=3)
    assert torch.equal(kept, many.chosen(4))
    assert (many.tokens_BNT == kept.unsqueeze(1)).all(-1).any(1).all()
    assert 1 <= many.effective(2) <= 2 <= math.ceil(many.effective(4)) <= 4


@pytest.mark.parametrize("unit", [0.5, 1.0, 4.0])
def test_calibration_finds_the_unit_of_log_ratios(unit: float) -> None:
    """Normal scores at -+d/2 with variance d are their own log-ratio; in other units T is that."""
    rng = torch.Generator().manual_seed(0)
    spread = 1.5**0.5 * torch.randn(2, 20_000, generator=rng)
    real, fake = unit * (0.75 + spread[0]), unit * (-0.75 + spread[1])
    assert calibration(real, fake) == pytest.approx(unit, rel=0.03)
    assert calibration(real + 5, fake + 5) == pytest.approx(unit, rel=0.03)


def test_scores_that_tell_nothing_choose_nothing() -> None:
    """Where fakes score higher than real sentences, all candidates count alike."""
    scores = torch.linspace(0, 1, 50)
    temperature = calibration(scores, scores + 0.1)
    assert float(effective_candidates(scores[None], temperature=temperature)) == pytest.approx(50)
    assert calibration(scores + 100, scores) >= 0.05


def test_a_system_is_calibrated_by_sentences_it_did_not_see() -> None:
    torch.manual_seed(0)
    model = RecurrentLanguageModel(9, pad=PAD, bos=BOS, eos=EOS, dim=4, hidden=4).eval()
    system = Writing("chosen", model, choice=Choice(scorer().eval(), 4, 3.0, 5, PAD))
    held_out = torch.randint(3, 9, (200, 5))
    found, again = (system.calibrated(held_out, seed=1) for _ in range(2))
    assert found.choice is not None
    assert again.choice is not None
    assert found.choice.temperature == again.choice.temperature != 3.0
    plain = Writing("plain", model)
    assert plain.calibrated(held_out, seed=1) is plain


def test_better_scores_are_kept_more_often() -> None:
    """The mean score of what is kept grows with the candidates; cold scores take the best."""
    torch.manual_seed(0)
    model = RecurrentLanguageModel(9, pad=PAD, bos=BOS, eos=EOS, dim=4, hidden=4).eval()
    judge = scorer().eval()
    with torch.no_grad():
        judge.score.weight.mul_(20)
    choice = Choice(judge, 8, 1.0, 5, PAD)
    system = Writing("chosen", model, choice=choice)
    drawn = system.candidates(300, length=5, seed=0, most=8)
    means = [float(choice.scores(drawn.chosen(count)).mean()) for count in (1, 2, 4, 8)]
    assert means == sorted(means)
    cold = Choice(judge, 8, 1e-4, 5, PAD)
    best = Writing("best", model, choice=cold).candidates(300, length=5, seed=0, most=8)
    torch.testing.assert_close(choice.scores(best.chosen(8)), drawn.score_BN.max(1).values)
