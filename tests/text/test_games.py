"""The dialogue game: each player's objective by hand, by enumeration, and who is touched.

Legend: B prompts, R replies, S prompt length, T reply length.
"""

import itertools
import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from markov_generator import (
    EOS,
    PAD,
    VOCAB,
    MarkovGenerator,
    all_responses,
    expected_score,
    logp_of,
    table_score,
)
from torch import Tensor, nn

from seqgan.objectives.baselines import LeaveOneOut, MovingAverage, no_baseline
from seqgan.ops.masks import token_mask
from seqgan.text.batches import TextBatch
from seqgan.text.discriminators import CausalScorer, ConvScorer
from seqgan.text.games import (
    Baseline,
    LikelihoodGame,
    PolicyGradientGame,
    Replies,
    expected_reward,
    reply_logp,
    set_dropout,
)
from seqgan.text.generators.recurrent import RecurrentGenerator
from seqgan.text.rewards import RewardEstimator, RolloutReward, SequenceReward, TokenReward

LONGEST = 3
SOURCE_1S = torch.tensor([[3, 4]])
BATCH = TextBatch(
    torch.tensor([[3, 4], [4, 3], [3, PAD]]),
    torch.tensor([[3, 4, EOS], [4, EOS, PAD], [EOS, PAD, PAD]]),
)


def rng(seed: int = 3) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def whole_score(source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
    return table_score(tokens_BT)


def make_game(
    generator: MarkovGenerator | RecurrentGenerator, **options: Any
) -> PolicyGradientGame:
    """Return a game around the generator; by default its reward is the made score."""
    defaults: dict[str, Any] = {
        "discriminator": CausalScorer(VOCAB, pad=PAD, dim=8).double(),
        "reward": SequenceReward(whole_score, pad=PAD),
        "baseline": no_baseline,
        "max_length": LONGEST,
    }
    return PolicyGradientGame(generator, **{**defaults, **options})


def every_reply(generator: MarkovGenerator, *, group: int = 1) -> tuple[Replies, Tensor]:
    """Return all groups of replies to the prompt as one batch, and each group's probability."""
    tokens_RT = all_responses(longest=LONGEST)
    logp_R = logp_of(generator, SOURCE_1S.expand(len(tokens_RT), -1), tokens_RT).detach()
    picks_PG = torch.cartesian_prod(*[torch.arange(len(tokens_RT))] * group).view(-1, group)
    tokens_RT = tokens_RT[picks_PG.flatten()]
    source_RS = SOURCE_1S.expand(len(tokens_RT), -1)
    human = TextBatch(SOURCE_1S.expand(len(picks_PG), -1), torch.full((len(picks_PG), 1), EOS))
    old_logp_RT = reply_logp(generator, source_RS, tokens_RT).detach()
    return Replies(human, source_RS, tokens_RT, old_logp_RT), logp_R[picks_PG].sum(1).exp()


def expected_gradient(game: PolicyGradientGame, *, group: int = 1) -> tuple[Tensor, ...]:
    """Return the policy term's gradient averaged over all groups of replies, a reply."""
    generator = game.generator
    assert isinstance(generator, MarkovGenerator)
    batch, prob_P = every_reply(generator, group=group)
    losses = game.losses("generator", batch, rng())
    assert losses.items == len(batch.tokens_RT)
    surrogate_P = losses.terms["policy"].sum(1).unflatten(0, (-1, group)).mean(1)
    return torch.autograd.grad((prob_P * surrogate_P).sum(), list(generator.parameters()))


def exact_gradient(generator: MarkovGenerator) -> tuple[Tensor, ...]:
    """Return the gradient of minus the expected score, by enumeration."""
    expected = expected_score(generator, SOURCE_1S, [], LONGEST)
    return torch.autograd.grad(-expected, list(generator.parameters()))


def q_values(generator: MarkovGenerator) -> Callable[[Tensor, Tensor], Tensor]:
    """Return the scorer of prefixes that knows the expected score of every prefix, exactly."""

    def score(source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
        def value(prefix: list[int]) -> float:
            if EOS in prefix:
                whole = prefix[: prefix.index(EOS) + 1]
                prefix = whole + [PAD] * (LONGEST - len(whole))
            return float(expected_score(generator, SOURCE_1S, prefix, LONGEST))

        rows = tokens_BT.tolist()
        return torch.tensor(
            [[value(row[: t + 1]) for t in range(len(row))] for row in rows], dtype=torch.float64
        )

    return torch.no_grad()(score)


def stratified_rollouts(
    monkeypatch: pytest.MonkeyPatch, generator: MarkovGenerator
) -> RolloutReward:
    """Return a rollout reward whose random numbers fill the unit square evenly.

    At most two tokens are drawn in a row, each from four: 60 x 60 numbers err by less than 4 / 60
    in each of the tokens, in practice far less.
    """
    side = 60
    grid = (torch.arange(side) + 0.5) / side

    def even(shape: tuple[int, ...], **options: Any) -> Tensor:
        uniform = torch.zeros(shape)
        uniform[..., 1] = grid.repeat_interleave(side)[None, :, None]
        uniform[..., 2] = grid.repeat(side)[None, :, None]
        return uniform

    monkeypatch.setattr(torch, "rand", even)
    return RolloutReward(generator, whole_score, num_rollouts=side * side, max_length=LONGEST)


def value_network() -> CausalScorer:
    torch.manual_seed(9)
    return CausalScorer(VOCAB, pad=PAD, dim=8).double().eval()


def warmed(average: MovingAverage) -> MovingAverage:
    average.load_state_dict({"mean": 0.4, "weight": 0.6})
    return average


BASELINES: dict[str, tuple[int, Callable[[], Baseline], Callable[[], nn.Module] | None]] = {
    "none": (1, lambda: no_baseline, None),
    "average": (1, lambda: warmed(MovingAverage()), None),
    "leave-one-out": (2, lambda: LeaveOneOut(2), None),
    "value": (1, lambda: no_baseline, value_network),
}


EXACT: list[tuple[str, str, float | None]] = [
    *itertools.product(["sequence", "token"], BASELINES, [None, 0.2])
]
ROLLOUT: list[tuple[str, str, float | None]] = [
    ("rollout", "none", None),
    ("rollout", "leave-one-out", None),
]


@pytest.mark.parametrize(("reward", "baseline", "clip"), EXACT + ROLLOUT)
def test_the_expected_gradient_is_that_of_the_expected_reward(
    reward: str, baseline: str, clip: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over all replies (all pairs of them), for every estimator, baseline and objective.

    `token` gets the scorer it hopes for: each prefix's expected final score.
    """
    generator = MarkovGenerator(seed=1)
    group, make_baseline, make_value = BASELINES[baseline]
    estimator: RewardEstimator
    if reward == "sequence":
        estimator = SequenceReward(whole_score, pad=PAD)
    elif reward == "token":
        estimator = TokenReward(q_values(generator), pad=PAD)
    else:
        estimator = stratified_rollouts(monkeypatch, generator)
    game = make_game(
        generator,
        reward=estimator,
        baseline=make_baseline(),
        replies_per_prompt=group,
        clip=clip,
        value=make_value() if make_value is not None else None,
    )
    got, exact = expected_gradient(game, group=group), exact_gradient(generator)
    tolerance = 3e-3 if reward == "rollout" else 2e-6
    torch.testing.assert_close(got, exact, rtol=0, atol=tolerance)
    assert max(float(g.abs().max()) for g in exact) > 0.02


def test_a_baseline_lowers_the_variance_it_is_there_for() -> None:
    """At a constant reward leave-one-out leaves nothing but the mean, no gradient at all."""
    generator = MarkovGenerator()
    constant = SequenceReward(lambda s, t: torch.full((len(t),), 0.7), pad=PAD)
    batch, _ = every_reply(generator, group=2)
    noisy = make_game(generator, reward=constant).losses("generator", batch, rng())
    calm = make_game(generator, reward=constant, baseline=LeaveOneOut(2), replies_per_prompt=2)
    assert float(noisy.terms["policy"].detach().abs().max()) > 0.1
    torch.testing.assert_close(
        calm.losses("generator", batch, rng()).terms["policy"].detach(),
        torch.zeros(batch.tokens_RT.shape, dtype=torch.float64),
        rtol=0,
        atol=1e-6,
    )


def test_a_planted_reward_moves_the_probability_of_that_token_alone() -> None:
    generator = MarkovGenerator()
    tokens_RT = torch.tensor([[3, 4, EOS], [4, EOS, PAD]])
    planted = TokenReward(lambda s, t: ((t == 4) & (s[:, :1] == 3)).double() + (t == PAD), pad=PAD)
    source_RS = torch.tensor([[3, 4], [4, 4]])
    batch = Replies(TextBatch(source_RS, tokens_RT), source_RS, tokens_RT, torch.empty(0))
    policy_RT = (
        make_game(generator, reward=planted).losses("generator", batch, rng()).terms["policy"]
    )
    logp_RT = reply_logp(generator, source_RS, tokens_RT)
    expected_RT = torch.zeros(2, 3, dtype=torch.float64)
    expected_RT[0, 1] = -logp_RT[0, 1].detach()
    torch.testing.assert_close(policy_RT.detach(), expected_RT)


# The discriminator.


def test_discriminator_terms_by_hand() -> None:
    """Scores are token / 2 at every prefix; the mean over a reply's tokens, then over prompts."""

    def score(source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
        return tokens_BT.double() / 2 + (source_BS[:, :1] == 4)

    game = make_game(MarkovGenerator(), discriminator=score, mismatch_weight=0.25)
    source_RS = BATCH.source_BS.repeat_interleave(2, dim=0)
    tokens_RT = torch.tensor([[3, EOS], [4, 4], [EOS, 0], [3, 3], [4, EOS], [EOS, 0]])
    losses = game.losses(
        "discriminator", Replies(BATCH, source_RS, tokens_RT, torch.empty(0)), rng()
    )

    def softplus(x: float) -> float:
        return math.log1p(math.exp(x))

    def mean_loss(tokens: list[int], sign: int, shift: int) -> float:
        return sum(softplus(sign * (t / 2 + shift)) for t in tokens) / len(tokens)

    human = [[3, 4, EOS], [4, EOS], [EOS]]
    real = [mean_loss(human[b], -1, b == 1) for b in range(3)]
    other = [0.25 * mean_loss(human[b - 1], 1, b == 1) for b in range(3)]
    fakes = [[t for t in row if t != PAD] for row in tokens_RT.tolist()]
    fake = [0.75 * mean_loss(fakes[r], 1, r // 2 == 1) / 2 for r in range(6)]
    assert losses.items == 3
    for name, expected in (("real", real), ("mismatched", other), ("fake", fake)):
        assert losses.terms[name].tolist() == pytest.approx(expected), name
    sigmoid = [1 / (1 + math.exp(-(row[-1] / 2 + (b == 1)))) for b, row in enumerate(human)]
    assert float(losses.figures["real_score"]) == pytest.approx(sum(sigmoid) / 3)


def test_the_weights_of_the_two_kinds_of_negatives_make_one() -> None:
    """With scores 0 every reply costs log 2: real as much as all negatives together."""
    for weight, count in ((0.0, 1), (0.3, 4), (1.0, 2)):
        game = make_game(
            MarkovGenerator(),
            discriminator=lambda s, t: torch.zeros(len(t)),
            mismatch_weight=weight,
            replies_per_prompt=count,
        )
        batch = game.prepare(BATCH, ("discriminator", "generator"), rng())
        terms = game.losses("discriminator", batch, rng()).terms
        negatives = float(terms["fake"].sum() + terms["mismatched"].sum())
        assert (
            negatives == pytest.approx(float(terms["real"].sum())) == pytest.approx(3 * math.log(2))
        )


def test_mismatched_replies_are_other_prompts_human_replies() -> None:
    seen: list[tuple[int, int]] = []

    def score(source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
        seen.extend(zip(source_BS[:, 0].tolist(), tokens_BT[:, 0].tolist(), strict=True))
        return torch.zeros(len(tokens_BT))

    batch = TextBatch(torch.arange(4).view(4, 1) + 3, torch.arange(4).view(4, 1) + 10)
    game = make_game(MarkovGenerator(), discriminator=score)
    game.losses(
        "discriminator",
        Replies(batch, batch.source_BS, torch.full((4, 1), EOS), torch.empty(0)),
        rng(),
    )
    assert seen[:4] == [(3 + i, 10 + i) for i in range(4)]
    mismatched = seen[4:8]
    assert sorted(reply for _, reply in mismatched) == [10 + i for i in range(4)]
    assert all(reply - 10 != prompt - 3 for prompt, reply in mismatched)


def test_a_single_pair_has_no_mismatched_reply() -> None:
    """Its own human reply must not be called false."""
    one = TextBatch(BATCH.source_BS[:1], BATCH.tokens_BT[:1])
    game = make_game(MarkovGenerator(), mismatch_weight=0.5)
    terms = game.losses("discriminator", game.prepare(one, ("discriminator",), rng()), rng()).terms
    assert terms["mismatched"].tolist() == [0]
    assert float(terms["fake"].detach()) > 0.1


def test_a_whole_reply_scorer_serves_too() -> None:
    game = make_game(MarkovGenerator(), discriminator=ConvScorer(VOCAB, pad=PAD, dim=8))
    batch = game.prepare(BATCH, ("discriminator",), rng())
    losses = game.losses("discriminator", batch, rng())
    assert {name: term.shape for name, term in losses.terms.items()} == dict.fromkeys(
        ("real", "fake", "mismatched"), (3,)
    )


# The generator: PPO, divergence, likelihood.


def test_ppos_first_move_is_reinforces_and_later_moves_are_clipped() -> None:
    generator = MarkovGenerator()
    plain, ppo = make_game(generator), make_game(generator, clip=0.1)
    batch = ppo.prepare(BATCH, ("generator",), rng())
    assert isinstance(batch, Replies)
    torch.testing.assert_close(
        batch.old_logp_RT, reply_logp(generator, batch.source_RS, batch.tokens_RT)
    )

    def gradient(game: PolicyGradientGame) -> tuple[Tensor, ...]:
        loss = game.losses("generator", batch, rng()).terms["policy"].sum()
        return torch.autograd.grad(loss, list(generator.parameters()))

    torch.testing.assert_close(gradient(ppo), gradient(plain))
    step = gradient(plain)
    with torch.no_grad():
        for parameter, slope in zip(generator.parameters(), step, strict=True):
            parameter.sub_(slope)
    # Rewards are positive: whatever has become likelier by more than a tenth is left alone.
    logp_RT = reply_logp(generator, batch.source_RS, batch.tokens_RT)
    mask_RT = token_mask(batch.tokens_RT, pad=PAD)
    ratio_RT = (logp_RT - batch.old_logp_RT).exp()[mask_RT].detach()
    assert bool((ratio_RT > 1.1).any())
    slopes = torch.autograd.grad(
        ppo.losses("generator", batch, rng()).terms["policy"][mask_RT][ratio_RT > 1.1].sum(),
        list(generator.parameters()),
    )
    assert all(bool((slope == 0).all()) for slope in slopes)


def test_the_divergence_is_zero_at_the_reference_and_weighted_elsewhere() -> None:
    generator, same, other = (MarkovGenerator(seed=seed) for seed in (0, 0, 1))
    kl: dict[tuple[str, float], Tensor] = {}
    for name, reference in (("same", same), ("other", other)):
        for weight in (0.5, 1.0):
            game = make_game(generator, reference=reference, kl_weight=weight)
            batch = game.prepare(BATCH, ("generator",), rng())
            assert isinstance(batch, Replies)
            kl[name, weight] = game.losses("generator", batch, rng()).terms["kl"].detach()
    torch.testing.assert_close(
        kl["same", 1.0], torch.zeros_like(kl["same", 1.0]), rtol=0, atol=1e-6
    )
    assert isinstance(batch, Replies)
    assert len(kl["other", 1.0]) == int(token_mask(batch.tokens_RT, pad=PAD).sum())
    assert bool((kl["other", 1.0] > 0).all())
    torch.testing.assert_close(kl["other", 0.5] * 2, kl["other", 1.0])
    assert "kl" not in make_game(generator, reference=other).losses("generator", batch, rng()).terms


@pytest.mark.parametrize("count", [1, 3])
def test_mixed_in_likelihood_is_that_of_the_human_replies(count: int) -> None:
    """Divided by the replies it weighs `likelihood_weight` a prompt, however many replies."""
    generator = MarkovGenerator()
    game = make_game(generator, likelihood_weight=0.25, replies_per_prompt=count)
    batch = game.prepare(BATCH, ("generator",), rng())
    losses = game.losses("generator", batch, rng())
    nll = -float(logp_of(generator, BATCH.source_BS, BATCH.tokens_BT).detach().sum())
    mixed = float(losses.terms["likelihood"].detach().sum()) / losses.items
    assert mixed == pytest.approx(0.25 * nll / 3)
    other = make_game(generator)
    other.load_state_dict(game.state_dict())
    assert other.likelihood_weight == 0.25


def test_figures_of_the_generator() -> None:
    generator = MarkovGenerator()
    game = make_game(generator)
    batch = game.prepare(BATCH, ("generator",), rng())
    assert isinstance(batch, Replies)
    figures = game.losses("generator", batch, rng()).figures
    lengths = (batch.tokens_RT != PAD).sum(1)
    assert float(figures["reply_length"]) == pytest.approx(float(lengths.float().mean()))
    scores = table_score(batch.tokens_RT)
    assert float(figures["reward"]) == pytest.approx(
        float((scores * lengths).sum() / lengths.sum())
    )
    logp = float(logp_of(generator, batch.source_RS, batch.tokens_RT).detach().sum())
    assert float(figures["entropy"]) == pytest.approx(-logp / float(lengths.sum()))


# Likelihood, the value, grouping, and who is touched.


def test_the_likelihood_player_pays_each_human_token() -> None:
    generator = MarkovGenerator()
    game = LikelihoodGame({"mine": generator})
    assert game.prepare(BATCH, ("mine",), rng()) is BATCH
    losses = game.losses("mine", BATCH, rng())
    assert losses.items == 6
    exact = float(logp_of(generator, BATCH.source_BS, BATCH.tokens_BT).detach().sum())
    assert float(losses.terms["nll"].detach().sum()) == pytest.approx(-exact)


def test_the_value_reads_what_stands_before_the_token() -> None:
    """Change a token: no value up to and including its own place may change."""
    game = make_game(MarkovGenerator(), value=value_network())
    assert game.value is not None
    tokens_RT = torch.tensor([[3, 4, 3], [4, 4, EOS]])
    source_RS = BATCH.source_BS[:2]
    batch = Replies(BATCH, source_RS, tokens_RT, torch.empty(0))
    before_RT = expected_reward(game.value, batch, bos=1)
    for t in range(3):
        changed_RT = tokens_RT.clone()
        changed_RT[:, t] = 7 - tokens_RT[:, t].clamp(min=3)
        changed = Replies(BATCH, source_RS, changed_RT, torch.empty(0))
        after_RT = expected_reward(game.value, changed, bos=1)
        assert torch.equal(after_RT[:, : t + 1], before_RT[:, : t + 1])
        assert t == 2 or not torch.allclose(after_RT[:, t + 1], before_RT[:, t + 1])


def test_the_value_pays_its_squared_error_a_token() -> None:
    def value(source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
        return torch.full(tokens_BT.shape, 0.5, dtype=torch.float64)

    game = make_game(MarkovGenerator(), value=value)
    batch = game.prepare(BATCH, ("value",), rng())
    assert isinstance(batch, Replies)
    losses = game.losses("value", batch, rng())
    mask_RT = token_mask(batch.tokens_RT, pad=PAD)
    assert losses.items == int(mask_RT.sum())
    expected_RT = (0.5 - table_score(batch.tokens_RT)[:, None]).square() * mask_RT
    torch.testing.assert_close(losses.terms["squared_error"], expected_RT)


@pytest.mark.parametrize(
    ("movers", "count"),
    [(("discriminator",), 1), (("discriminator", "generator"), 4), (("value",), 4)],
)
def test_replies_to_one_prompt_are_neighbors(movers: tuple[str, ...], count: int) -> None:
    game = make_game(MarkovGenerator(), replies_per_prompt=4)
    batch = game.prepare(BATCH, movers, rng())
    assert isinstance(batch, Replies)
    assert len(batch.tokens_RT) == 3 * count
    for b in range(3):
        rows_GS = batch.source_RS[b * count : (b + 1) * count]
        assert torch.equal(rows_GS, BATCH.source_BS[b].expand(count, -1))
    assert batch.human is BATCH
    assert batch.tokens_RT.shape[1] <= LONGEST


def test_nothing_is_sampled_when_only_a_learner_moves() -> None:
    generator = MarkovGenerator()
    game = make_game(generator, learners={"likelihood": generator, "teacher": generator})
    assert game.prepare(BATCH, ("likelihood", "teacher"), rng()) is BATCH
    assert generator.steps == 0


@pytest.mark.parametrize("sampled", [False, True])
def test_an_unknown_player_is_named(sampled: bool) -> None:
    game = make_game(MarkovGenerator())
    batch = game.prepare(BATCH, ("generator",) if sampled else (), rng())
    with pytest.raises(ValueError, match="no player 'genrator'"):
        game.losses("genrator", batch, rng())


def touched(losses_of: Callable[[], Any], **modules: nn.Module) -> set[str]:
    """Return the modules that the player's loss has a gradient for."""
    loss = torch.stack([term.sum().double() for term in losses_of().terms.values()]).sum()
    found = set()
    for name, module in modules.items():
        slopes = torch.autograd.grad(
            loss, list(module.parameters()), allow_unused=True, retain_graph=True
        )
        if any(slope is not None and bool((slope != 0).any()) for slope in slopes):
            found.add(name)
    return found


@pytest.mark.parametrize(
    ("player", "expected"),
    [
        ("generator", {"generator"}),
        ("teacher", {"generator"}),
        ("continued", {"continued"}),
        ("discriminator", {"discriminator"}),
        ("value", {"value"}),
    ],
)
def test_each_players_loss_reaches_its_own_network_alone(player: str, expected: set[str]) -> None:
    """Reward, baseline, divergence and replies carry no gradient to anybody else."""
    generator, continued, reference = (MarkovGenerator(seed=seed) for seed in (0, 1, 2))
    discriminator = CausalScorer(VOCAB, pad=PAD, dim=8).double()
    value = CausalScorer(VOCAB, pad=PAD, dim=8).double()
    game = make_game(
        generator,
        discriminator=discriminator,
        reward=TokenReward(lambda s, t: discriminator(s, t).sigmoid(), pad=PAD),
        reference=reference,
        kl_weight=0.5,
        likelihood_weight=0.5,
        value=value,
        learners={"teacher": generator, "continued": continued},
    )
    with torch.no_grad():
        batch = game.prepare(BATCH, ("generator", "discriminator", "value"), rng())
    got = touched(
        lambda: game.losses(player, batch, rng()),
        generator=generator,
        continued=continued,
        reference=reference,
        discriminator=discriminator,
        value=value,
    )
    assert got == expected


def test_dropout_is_on_for_likelihood_and_off_for_play() -> None:
    torch.manual_seed(0)
    generator = RecurrentGenerator(VOCAB, pad=PAD, bos=1, eos=EOS, dim=8, dropout=0.5)
    game = make_game(generator, learners={"likelihood": generator}, clip=0.2)
    batch = game.prepare(BATCH, ("generator",), rng())
    assert isinstance(batch, Replies)

    def loss(player: str, term: str) -> float:
        return float(game.losses(player, batch, rng()).terms[term].detach().sum())

    assert len({loss("likelihood", "nll") for _ in range(4)}) == 4
    assert len({loss("generator", "policy") for _ in range(4)}) == 1
    set_dropout(generator, False)
    assert generator.decoder.training  # cuDNN differentiates recurrent layers in this mode alone
    assert not generator.dropout.training


def test_training_moves_probability_toward_reward() -> None:
    """A hundred small steps raise the expected score far, and REINFORCE finds the best reply."""
    generator = MarkovGenerator(seed=5)
    game = make_game(generator, baseline=LeaveOneOut(8), replies_per_prompt=8)
    optimizer = torch.optim.Adam(generator.parameters(), lr=0.1)
    human = TextBatch(SOURCE_1S.expand(8, -1), torch.full((8, 1), EOS))
    before = float(expected_score(generator, SOURCE_1S, [], LONGEST).detach())
    dice = rng()
    for _ in range(100):
        losses = game.losses("generator", game.prepare(human, ("generator",), dice), dice)
        optimizer.zero_grad()
        torch.autograd.backward(losses.terms["policy"].sum() / losses.items)
        optimizer.step()
    after = float(expected_score(generator, SOURCE_1S, [], LONGEST).detach())
    best = float(table_score(all_responses(longest=LONGEST)).max())
    assert best - after < 0.25 * (best - before)
