"""What mathematics says of every reward estimator, against enumeration of a tiny problem.

Legend: R texts, T longest text, N rollouts, P parameters, V vocabulary.
"""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from seqgan.ops.masks import token_mask
from seqgan.text.generators.language_model import RecurrentLanguageModel
from seqgan.text.gradient_paths.estimator_study import (
    Enumeration,
    EstimatorRow,
    Problem,
    conditional_means,
    enumerate_texts,
    study,
    token_logp,
)
from seqgan.text.gradient_paths.estimator_table import (
    ESTIMATORS,
    PAD,
    made_problem,
    person,
    rollouts,
    stars,
    tree_of_rollouts,
    tree_of_true_scores,
    whole_sequence,
)

DRAWS = 30


@pytest.fixture(scope="module")
def problem() -> Problem:
    return made_problem()


@pytest.fixture(scope="module")
def texts(problem: Problem) -> Enumeration:
    return enumerate_texts(
        problem.generator, problem.source_1S, problem.score, longest=problem.max_length
    )


@pytest.fixture(scope="module")
def table(problem: Problem) -> dict[str, EstimatorRow]:
    """Every row of the table that is shown."""
    return {row.estimator: row for row in study(problem, ESTIMATORS, num_draws=DRAWS)}


def test_the_texts_are_all_there_are(texts: Enumeration) -> None:
    assert len(texts.tokens_RT) == 1 + 2 + 4 + 8 + 16
    assert len({tuple(text) for text in texts.tokens_RT.tolist()}) == 31
    assert float(texts.prob_R.sum()) == pytest.approx(1, abs=1e-12)


def test_the_exact_gradient_is_the_slope_of_the_expected_score(
    problem: Problem, texts: Enumeration
) -> None:
    source_RS = problem.source_1S.expand(len(texts.tokens_RT), -1)
    logp_RT = token_logp(problem.generator, source_RS, texts.tokens_RT)
    expected = logp_RT.sum(1).exp() @ texts.score_R
    parameters = list(problem.generator.parameters())
    parts = torch.autograd.grad(expected, parameters, materialize_grads=True)
    slope_P = torch.cat([part.flatten() for part in parts])
    torch.testing.assert_close(texts.gradient(), slope_P)
    assert float(slope_P.norm()) > 0.01


def test_texts_of_one_length_are_enumerated_too() -> None:
    """A language model whose `pad` and `eos` lie beyond the vocabulary bans and ends nothing."""
    torch.manual_seed(0)
    model = RecurrentLanguageModel(3, pad=3, bos=0, eos=4, dim=4, hidden=4).double()

    def score(source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
        return tokens_BT.double().mean(1)

    nothing_1S = torch.empty(1, 0, dtype=torch.long)
    texts = enumerate_texts(model, nothing_1S, score, longest=3)
    assert len(texts.tokens_RT) == 27
    assert float(texts.prob_R.sum()) == pytest.approx(1, abs=1e-9)
    problem = Problem(model, nothing_1S, 3, score, lambda s, t: t.double())
    (whole, some) = study(problem, {"whole": whole_sequence, "rollouts": rollouts(4)}, num_draws=40)
    assert whole.bias < 1e-9
    assert some.bias < 3 * some.noise
    # Three tokens are read; the prefix of one is completed by two, of which the first is at hand;
    # one more step tells how much memory a row takes.
    assert some.token_steps == pytest.approx(3 + 4 + 1)


def second_moment(texts: Enumeration, num_rollouts: float, *, shared: bool = False) -> float:
    """Return the variance of the rollout gradient in closed form, over the exact one's square.

    Given the text, reward t has mean Q_t and variance s_t / N, independent of the others; the last
    token's is the score itself. `shared`: the score of the text for every token.
    """
    mask_RT = token_mask(texts.tokens_RT, pad=PAD)
    mean_RT = conditional_means(texts.tokens_RT, texts.prob_R, texts.score_R)
    square_RT = conditional_means(texts.tokens_RT, texts.prob_R, texts.score_R.square())
    spread_RT = (square_RT - mean_RT.square()).clamp(min=0) / num_rollouts
    if shared:
        mean_RT, spread_RT = texts.score_R.unsqueeze(1).expand_as(mean_RT), 0 * spread_RT
    advantage_RT = (mean_RT - texts.prob_R @ texts.score_R) * mask_RT
    mean_RP = torch.einsum("rt,rtp->rp", advantage_RT, texts.slope_RTP)
    own_RT = spread_RT * mask_RT * texts.slope_RTP.square().sum(2)
    second = texts.prob_R @ (mean_RP.square().sum(1) + own_RT.sum(1))
    exact = float(texts.gradient().square().sum())
    return (float(second) - exact) / exact


def test_the_whole_sequence_is_unbiased(texts: Enumeration, table: dict[str, EstimatorRow]) -> None:
    row = table["whole sequence"]
    assert row.bias < 1e-9
    assert row.noise < 1e-9
    assert row.variance == pytest.approx(second_moment(texts, 1, shared=True), rel=1e-9)
    assert (row.token_steps, row.texts_scored) == (0, pytest.approx(1))


@pytest.mark.parametrize("num", [1, 4, 16])
def test_rollouts_are_unbiased_with_the_variance_of_the_closed_form(
    num: int, texts: Enumeration, table: dict[str, EstimatorRow]
) -> None:
    """An unbiased mean lies `noise` off on average; three times that is hardly ever reached."""
    row = table[f"rollouts, {num}"]
    assert 0 < row.noise < 0.2
    assert row.bias < 3 * row.noise
    assert row.variance == pytest.approx(second_moment(texts, num), rel=0.15)


def test_more_rollouts_vary_less_and_many_less_than_the_sequence(texts: Enumeration) -> None:
    """One rollout a token need not: it brings a randomness of its own."""
    sequence = second_moment(texts, 1, shared=True)
    variances = [second_moment(texts, num) for num in (1, 2, 4, 16, 1e9)]
    assert variances == sorted(variances, reverse=True)
    assert variances[2] < sequence < variances[0]


def test_rollouts_cost_what_they_say(texts: Enumeration, table: dict[str, EstimatorRow]) -> None:
    """A text of L tokens has L - 1 prefixes to complete, and its own score."""
    length_R = token_mask(texts.tokens_RT, pad=PAD).sum(1)
    for num in (1, 4, 16):
        scored = 1 + num * float(texts.prob_R @ (length_R - 1).double())
        assert table[f"rollouts, {num}"].texts_scored == pytest.approx(scored)
    steps = [table[f"rollouts, {num}"].token_steps for num in (1, 4, 16)]
    assert steps == sorted(steps)


def test_scores_of_prefixes_are_unbiased_if_they_are_the_truth_and_else_not(
    texts: Enumeration, table: dict[str, EstimatorRow]
) -> None:
    truth = table["per token, the true expectation"]
    assert truth.bias < 1e-9
    assert truth.variance == pytest.approx(second_moment(texts, 1e12), rel=1e-6)
    assert truth.variance < table["whole sequence"].variance
    assert (truth.token_steps, truth.texts_scored) == (0, pytest.approx(1))
    asked = table["per token, a whole-text scorer asked about prefixes"]
    assert asked.bias > 0.5


def test_a_search_is_optimistic_the_more_the_longer_it_looks(
    problem: Problem, table: dict[str, EstimatorRow]
) -> None:
    unbiased = table["per token, the true expectation"].mean_reward
    names = [
        "tree, 4 simulations of one rollout",
        "tree, 16 simulations of one rollout",
        "tree, 16 simulations of the true expectation",
    ]
    few, many, true = (table[name] for name in names)
    assert unbiased < few.mean_reward < many.mean_reward
    assert true.mean_reward > unbiased + 0.02
    assert true.noise < 1e-9  # nothing is drawn: all of this is bias
    assert true.bias > 0.1
    assert few.bias > 2 * few.noise
    assert few.bias < many.bias
    assert few.token_steps < many.token_steps


def test_a_search_that_only_explores_is_nearly_unbiased(problem: Problem) -> None:
    """Visits then follow the prior, and their mean is the generator's own expectation."""
    choices = {
        "greedy": tree_of_true_scores(16, exploration=0.0),
        "even": tree_of_true_scores(16, exploration=1e6),
        "longer": tree_of_true_scores(50, exploration=1e6),
    }
    greedy, even, longer = study(problem, choices, num_draws=1)
    assert longer.bias < even.bias < greedy.bias
    assert longer.bias < 0.1
    assert longer.bias < 0.1 * greedy.bias


def test_a_search_without_simulations_is_unbiased(problem: Problem) -> None:
    choices = {"scores": tree_of_true_scores(0), "rollouts": tree_of_rollouts(0)}
    scores, completions = study(problem, choices, num_draws=DRAWS)
    assert scores.bias < 1e-9
    assert completions.bias < 3 * completions.noise


@pytest.mark.parametrize("num_rated", [2, 5])
def test_a_person_whose_ratings_are_right_on_average_is_unbiased(
    num_rated: int, problem: Problem, texts: Enumeration
) -> None:
    """Every rating adds its own spread: once for the text, and a share for each beside it."""
    off = 0.3

    def rate(score_B: Tensor, rng: torch.Generator) -> Tensor:
        return score_B + off * torch.randn(score_B.shape, generator=rng, dtype=score_B.dtype)

    (row,) = study(problem, {"person": person(num_rated, rate)}, num_draws=200)
    mean = texts.prob_R @ texts.score_R
    spread = texts.prob_R @ texts.score_R.square() - mean**2 + off**2
    size_R = texts.slope_RTP.sum(1).square().sum(1)
    square_R = (texts.score_R - mean).square() + off**2 + spread / (num_rated - 1)
    exact = float(texts.gradient().square().sum())
    assert row.bias < 3 * row.noise
    assert row.variance == pytest.approx(
        (float(texts.prob_R @ (size_R * square_R)) - exact) / exact, rel=0.1
    )


def test_what_a_person_costs(texts: Enumeration, table: dict[str, EstimatorRow]) -> None:
    """Four ratings, and the writing of three texts of the usual length."""
    row = table["a person's stars, above those of 3 other texts"]
    length = float(texts.prob_R @ token_mask(texts.tokens_RT, pad=PAD).sum(1).double())
    assert row.texts_scored == pytest.approx(4)
    assert row.token_steps == pytest.approx(3 * length, rel=0.1)
    assert row.variance > table["whole sequence"].variance
    assert row.bias < 3 * row.noise


def test_the_ends_of_the_scale_bias_a_person(problem: Problem) -> None:
    """What is worth three times the highest rating gets no more than that."""
    share_B = stars(torch.linspace(-1, 2, 5000), torch.Generator().manual_seed(0))
    assert sorted(set(share_B.tolist())) == [0, 0.25, 0.5, 0.75, 1]
    wide = replace(problem, score=lambda s, t: 3 * problem.score(s, t))
    (row,) = study(wide, {"person": person(4)}, num_draws=DRAWS)
    assert row.bias > 5 * row.noise


def test_the_expected_score_as_baseline_moves_nothing_but_the_variance(problem: Problem) -> None:
    """A score raised by 5 has the same gradient, bias and, its mean taken away, variance."""
    raised = replace(problem, score=lambda s, t: problem.score(s, t) + 5)
    (plain,) = study(problem, {"whole": whole_sequence}, num_draws=1)
    (lifted,) = study(raised, {"whole": whole_sequence}, num_draws=1)
    assert lifted.bias == pytest.approx(plain.bias, abs=1e-9)
    assert lifted.variance == pytest.approx(plain.variance, rel=1e-9)
