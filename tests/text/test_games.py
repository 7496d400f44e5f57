"""The dialogue game: the objectives of discriminator and generator by hand.

Legend: B prompts, R replies, S prompt length, T reply length.
"""

import math

import pytest
import torch
from made_game import BATCH, make_game, rng
from markov_generator import (
    EOS,
    PAD,
    VOCAB,
    MarkovGenerator,
    logp_of,
    table_score,
)
from torch import Tensor

from seqgan.ops.masks import token_mask
from seqgan.text.batches import TextBatch
from seqgan.text.games import (
    PolicyGradientGame,
    Replies,
    reply_logp,
)
from seqgan.text.reply_scorers import ConvScorer


@pytest.mark.parametrize("weight", [0.25, 0.0])
def test_discriminator_terms_by_hand(weight: float) -> None:
    """Scores are token / 2 at every prefix; the mean over a reply's tokens, then over prompts."""

    def score(source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
        return tokens_BT.double() / 2 + (source_BS[:, :1] == 4)

    game = make_game(MarkovGenerator(), discriminator=score, mismatch_weight=weight)
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
    other = [weight * mean_loss(human[b - 1], 1, b == 1) for b in range(3)]
    fakes = [[t for t in row if t != PAD] for row in tokens_RT.tolist()]
    fake = [(1 - weight) * mean_loss(fakes[r], 1, r // 2 == 1) / 2 for r in range(6)]
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
