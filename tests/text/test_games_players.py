"""The dialogue game: likelihood, the value, grouping, and whose network a loss reaches.

Legend: B prompts, R replies, S prompt length, T reply length.
"""

import copy
from collections.abc import Callable
from typing import Any

import pytest
import torch
from made_game import BATCH, LONGEST, SOURCE_1S, make_game, rng, value_network
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

from seqgan.objectives.baselines import LeaveOneOut
from seqgan.ops.masks import stack_padded, token_mask
from seqgan.text.batches import TextBatch
from seqgan.text.games import (
    LikelihoodGame,
    Replies,
    expected_reward,
    set_dropout,
)
from seqgan.text.generators.recurrent import RecurrentGenerator
from seqgan.text.prefix_scorers import CausalScorer, ProjectionScorer
from seqgan.text.rewards import TokenReward


def test_the_likelihood_player_pays_each_human_token() -> None:
    generator = MarkovGenerator()
    game = LikelihoodGame({"mine": generator}, mean_length=4.0)
    assert game.prepare(BATCH, ("mine",), rng()) is BATCH
    losses = game.losses("mine", BATCH, rng())
    assert losses.items == len(BATCH.tokens_BT)
    exact = float(logp_of(generator, BATCH.source_BS, BATCH.tokens_BT).detach().sum())
    assert float(losses.terms["loss"].detach().sum()) == pytest.approx(-exact / 4)
    assert float(losses.figures["nll"]) == pytest.approx(-exact / 6)


def test_replies_weigh_the_same_in_whatever_batch() -> None:
    """Sorted by length or mixed, an epoch's mean loss is the mean over all tokens."""
    torch.manual_seed(0)
    generator = MarkovGenerator()
    replies = [[3, EOS], [4, EOS], [3, 4, 3, 4, 3, EOS], [4, 4, 3, 3, 4, EOS]]
    game = LikelihoodGame({"mine": generator}, mean_length=4.0)

    def mean_loss(rows: list[int]) -> float:
        tokens_BT = stack_padded([replies[row] for row in rows], pad=PAD)
        batch = TextBatch(SOURCE_1S.expand(len(rows), -1), tokens_BT)
        losses = game.losses("mine", batch, rng())
        return float(losses.terms["loss"].detach().sum()) / losses.items

    alike = (mean_loss([0, 1]) + mean_loss([2, 3])) / 2
    mixed = (mean_loss([0, 2]) + mean_loss([1, 3])) / 2
    assert alike == pytest.approx(mixed)
    assert mean_loss([0, 1, 2, 3]) == pytest.approx(mixed)


def test_a_likelihood_player_drops_only_while_it_is_said_to() -> None:
    torch.manual_seed(0)
    generator = RecurrentGenerator(9, pad=0, bos=1, eos=EOS, dim=8, dropout=0.9)
    dropping = {"first": True, "second": False}
    game = LikelihoodGame(
        dict.fromkeys(dropping, generator), mean_length=1.0, drops=dropping.__getitem__
    )
    set_dropout(generator, False)
    exact_B = -logp_of(generator, BATCH.source_BS, BATCH.tokens_BT).detach()

    def paid(player: str) -> torch.Tensor:
        return game.losses(player, BATCH, rng()).terms["loss"].detach()

    assert not torch.allclose(paid("first").sum(1), exact_B)
    torch.testing.assert_close(paid("second").sum(1), exact_B)


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
    game = make_game(
        generator,
        likelihood=LikelihoodGame({"likelihood": generator, "teacher": generator}, mean_length=3.0),
    )
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
        likelihood=LikelihoodGame({"teacher": generator, "continued": continued}, mean_length=3.0),
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
    generator = RecurrentGenerator(VOCAB, pad=PAD, bos=1, eos=EOS, dim=8, num_layers=2, dropout=0.5)
    game = make_game(
        generator, likelihood=LikelihoodGame({"likelihood": generator}, mean_length=3.0), clip=0.2
    )
    batch = game.prepare(BATCH, ("generator",), rng())
    assert isinstance(batch, Replies)

    def loss(player: str, term: str) -> float:
        return float(game.losses(player, batch, rng()).terms[term].detach().sum())

    assert len({loss("likelihood", "loss") for _ in range(4)}) == 4
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


def test_the_reference_is_read_without_dropout() -> None:
    """At equal policies the divergence is 0, whatever mode the copy was left in."""
    torch.manual_seed(1)
    generator = RecurrentGenerator(VOCAB, pad=PAD, bos=1, eos=EOS, dim=8, dropout=0.5)
    reference = copy.deepcopy(generator).train()
    game = make_game(generator, reference=reference, kl_weight=1.0, discriminator=value_network())
    batch = game.prepare(BATCH, ("generator",), rng())
    kl_N = game.losses("generator", batch, rng()).terms["kl"].detach()
    torch.testing.assert_close(kl_N, torch.zeros_like(kl_N))


@pytest.mark.parametrize("player", ["likelihood", "discriminator", "generator"])
def test_a_process_without_rows_of_a_short_batch_goes_on(player: str) -> None:
    generator = RecurrentGenerator(VOCAB, pad=PAD, bos=1, eos=EOS, dim=8)
    scorer = ProjectionScorer(VOCAB, pad=PAD, dim=8)
    game = make_game(
        generator,
        discriminator=scorer,
        reward=TokenReward(scorer, pad=PAD),
        baseline=LeaveOneOut(2),
        replies_per_prompt=2,
        likelihood_weight=0.5,
        likelihood=LikelihoodGame({"likelihood": generator}, mean_length=3.0),
        against_all=scorer.against_all,
    )
    nothing = torch.zeros(0, 0, dtype=torch.long)
    losses = game.losses(player, game.prepare(TextBatch(nothing, nothing), (player,), rng()), rng())
    assert losses.items == 0
    assert sum(float(term.detach().sum()) for term in losses.terms.values()) == 0
