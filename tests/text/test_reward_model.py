"""Reward models and rewards by people: losses by hand, gradients, a rule that is learned."""

import math

import pytest
import torch
from markov_generator import EOS, PAD, MarkovGenerator, all_responses, logp_of
from torch import Tensor, nn

from seqgan.objectives.baselines import no_baseline
from seqgan.objectives.policy_gradient import clipped_loss
from seqgan.text.batches import TextBatch
from seqgan.text.games import PolicyGradientGame, reply_logp
from seqgan.text.people.rated_replies import Judged, JudgedBatch, collate
from seqgan.text.people.reward_model import (
    LoggedGame,
    RatingReward,
    RewardModel,
    RewardModelGame,
    accuracy,
)
from seqgan.text.prefix_scorers import ProjectionScorer
from seqgan.text.reply_scorers import ConvScorer

RNG = torch.Generator()


class Table(nn.Module):
    """Scores a reply by its first token."""

    def __init__(self) -> None:
        super().__init__()
        self.score = nn.Parameter(torch.tensor([0.0, 0, 0, 1, -1]))

    def forward(self, source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
        return self.score[tokens_BT[:, 0]]


def table() -> RewardModel:
    return RewardModel(Table(), pad=PAD)  # type: ignore[arg-type]


def made(rewards: list[float], *, pairs: list[tuple[int, int, float]] | None = None) -> Judged:
    """Return a prompt whose replies are all of at most two tokens, in order, so many of them."""
    tokens = [[t for t in row if t != PAD] for row in all_responses(longest=2).tolist()]
    tokens = tokens[: len(rewards)]
    logp = [[-1.0] * len(row) for row in tokens]
    return Judged("p", [3, 4], tokens, logp, rewards, pairs or [], rewards)


def test_losses_by_hand() -> None:
    """Replies begin with eos (score 0), a (1) and b (-1); prompts weigh the same."""
    first = made([0.5, 1.0, math.nan], pairs=[(0, 1, 0.0), (1, 2, 1.0)])
    second = made([0.0], pairs=[])
    game = RewardModelGame(table(), pair_weight=2.0, rating_weight=3.0)
    losses = game.losses("model", collate([first, second], pad=PAD, device="cpu"), RNG)
    softplus = [math.log1p(math.exp(-x)) for x in (0.0, 1.0, 2.0)]
    pairs = (softplus[1] + softplus[2]) / 2
    ratings = (softplus[0] + softplus[1]) / 2 + softplus[0]
    assert losses.items == 2
    assert losses.terms["pairs"].sum().item() == pytest.approx(2 * pairs)
    assert losses.terms["ratings"].sum().item() == pytest.approx(3 * ratings)


def test_a_prefix_scorer_is_read_at_the_end_of_the_reply() -> None:
    torch.manual_seed(0)
    scorer = ProjectionScorer(6, pad=PAD, dim=8).eval()
    source_RS, tokens_RT = torch.tensor([[3], [4]]), torch.tensor([[3, 4, EOS], [4, EOS, PAD]])
    every_RT = scorer(source_RS, tokens_RT)
    got_R = RewardModel(scorer, pad=PAD)(source_RS, tokens_RT)
    torch.testing.assert_close(got_R, torch.stack([every_RT[0, 2], every_RT[1, 1]]))


@pytest.mark.parametrize("kind", [ProjectionScorer, ConvScorer])
def test_a_process_without_prompts_has_nothing_to_add(
    kind: type[ProjectionScorer] | type[ConvScorer],
) -> None:
    model = RewardModel(kind(6, pad=PAD, dim=8), pad=PAD)
    game = RewardModelGame(model, pair_weight=1.0, rating_weight=1.0)
    losses = game.losses("model", collate([], pad=PAD, device="cpu"), RNG)
    assert losses.items == 0
    assert sum(term.sum().item() for term in losses.terms.values()) == 0


def test_accuracy_counts_what_was_decided() -> None:
    pairs = [(1, 0, 1.0), (0, 2, 0.0), (1, 2, 0.5), (1, 2, 0.9)]  # right, wrong, even, right
    share, count = accuracy(table(), [made([0.0] * 3, pairs=pairs)])
    assert (share, count) == (pytest.approx(2 / 3), 3)
    share, count = accuracy(table(), [made([0.0] * 3, pairs=[(1, 2, 0.5)])])
    assert (math.isnan(share), count) == (True, 0)


def test_a_reward_is_a_probability_and_leaves_no_gradient() -> None:
    model = table()
    reward_R = model.reward(torch.tensor([[3]] * 3), torch.tensor([[EOS], [3], [4]]))
    torch.testing.assert_close(reward_R, torch.tensor([0.0, 1.0, -1.0]).sigmoid())
    assert not reward_R.requires_grad


def test_a_rule_is_learned_from_votes_and_from_ratings_alone() -> None:
    """People like replies that begin with b: two dozen prompts are enough to see it."""
    torch.manual_seed(0)
    tokens = [[3, 4, EOS], [4, 3, EOS], [4, 4, EOS], [3, EOS]]
    logp = [[0.0] * len(row) for row in tokens]
    values = [0.25, 1.0, 1.0, 0.25]
    pairs = [
        (a, b, float(values[a] > values[b]))
        for a in range(4)
        for b in range(a)
        if values[a] != values[b]
    ]
    for weights in ((1.0, 0.0), (0.0, 1.0)):
        prompts = [
            Judged(f"{i}", [3 + i % 2], tokens, logp, values, pairs, values) for i in range(24)
        ]
        model = RewardModel(ProjectionScorer(6, pad=PAD, dim=8), pad=PAD)
        game = RewardModelGame(model, pair_weight=weights[0], rating_weight=weights[1])
        optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
        batch = collate(prompts, pad=PAD, device="cpu")
        for _ in range(40):
            losses = game.losses("model", batch, RNG)
            optimizer.zero_grad()
            torch.stack([term.sum() for term in losses.terms.values()]).sum().backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        assert accuracy(model, prompts) == (1.0, 96)


def test_a_rated_reply_earns_its_rating_above_the_others_at_every_token() -> None:
    prompt = made([0.0, 0.5, 1.0])
    batch = collate([prompt], pad=PAD, device="cpu")
    reward_RT = RatingReward([prompt], pad=PAD)(batch.text.source_BS, batch.text.tokens_BT, RNG)
    assert reward_RT.tolist() == [[-0.75, 0], [0, 0], [0.75, 0.75]]


def test_a_reply_that_nobody_rated_has_no_reward() -> None:
    with pytest.raises(KeyError):
        RatingReward([made([0.0, 1.0])], pad=PAD)(
            torch.tensor([[3, 4]]), torch.tensor([[4, 4]]), RNG
        )


def logged(
    generator: MarkovGenerator, *, clip: float | None = 0.2
) -> tuple[LoggedGame, JudgedBatch]:
    """Return the game on all replies to a prompt, kept with the probabilities they have now."""
    tokens_RT = all_responses(longest=2)
    count = len(tokens_RT)
    source_RS = torch.tensor([[3, 4]]).expand(count, -1)
    logp_RT = reply_logp(generator, source_RS, tokens_RT).detach()
    ids = [[t for t in row if t != PAD] for row in tokens_RT.tolist()]
    rewards = [i / (count - 1) for i in range(count)]
    prompt = Judged(
        "p",
        [3, 4],
        ids,
        [logp_RT[i, : len(row)].tolist() for i, row in enumerate(ids)],
        rewards,
        [],
        rewards,
    )
    game = PolicyGradientGame(
        generator,
        lambda s, t: t.sum(),
        RatingReward([prompt], pad=PAD),
        no_baseline,
        max_length=2,
        clip=clip,
    )
    zeros = torch.zeros(count)
    batch = JudgedBatch(
        TextBatch(source_RS, tokens_RT),
        logp_RT,
        zeros,
        zeros,
        torch.zeros(0, 2).long(),
        zeros[:0],
        zeros[:0],
        1,
    )
    return LoggedGame(game), batch


def test_at_the_policy_that_drew_them_the_gradient_is_that_of_reinforce() -> None:
    generator = MarkovGenerator()
    game, batch = logged(generator)
    replies = game.prepare(batch, ("generator",), RNG)
    loss = game.losses("generator", replies, RNG).terms["policy"].sum()
    (got,) = torch.autograd.grad(loss, generator.table)
    advantage_RT = game.game.reward(batch.text.source_BS, batch.text.tokens_BT, RNG)
    logp_R = logp_of(generator, batch.text.source_BS, batch.text.tokens_BT)
    (expected,) = torch.autograd.grad(-(advantage_RT[:, 0] * logp_R).sum(), generator.table)
    torch.testing.assert_close(got, expected.to(got))


def test_tokens_that_left_the_bounds_pull_no_further() -> None:
    """Raised beyond the clip, good replies stop to be raised; bad ones are still pushed down."""
    generator = MarkovGenerator()
    game, batch = logged(generator)
    with torch.no_grad():
        generator.table += torch.randn(generator.table.shape, generator=torch.manual_seed(0)) * 3
    replies = game.prepare(batch, ("generator",), RNG)
    now_RT = reply_logp(generator, replies.source_RS, replies.tokens_RT)
    ratio_RT = (now_RT - replies.old_logp_RT).exp()
    logp_RT = now_RT.detach().requires_grad_()
    advantage_RT = game.game.reward(replies.source_RS, replies.tokens_RT, RNG)
    loss = clipped_loss(logp_RT, replies.old_logp_RT, advantage_RT, clip=0.2).sum()
    (slope_RT,) = torch.autograd.grad(loss, logp_RT)
    outside_RT = ((ratio_RT > 1.2) & (advantage_RT > 0)) | ((ratio_RT < 0.8) & (advantage_RT < 0))
    assert bool(outside_RT.any())
    assert not slope_RT[outside_RT].any()


def test_logged_replies_need_the_clip() -> None:
    with pytest.raises(ValueError, match="give clip"):
        logged(MarkovGenerator(), clip=None)
