"""Gradient paths through words: exact draws, exact gradients, any objective and penalty."""

import itertools
from collections.abc import Callable
from typing import get_args

import pytest
import torch
from markov_generator import EOS, PAD, MarkovGenerator, all_responses, logp_of
from torch import Tensor, nn

from seqgan.games.latent import LatentGame
from seqgan.games.objectives import (
    Objective,
    ObjectiveName,
    PenaltyName,
    make_objective,
    make_penalties,
)
from seqgan.text.batches import TextBatch
from seqgan.text.decoding import sample
from seqgan.text.generators.base import FeatureGenerator, Generator
from seqgan.text.generators.language_model import RecurrentLanguageModel
from seqgan.text.generators.recurrent import RecurrentGenerator
from seqgan.text.generators.transformer import TransformerGenerator
from seqgan.text.relaxed import (
    RealVectors,
    RealWords,
    RelaxedCritic,
    RelaxedWriter,
    VectorWriter,
    nearest_words,
    written,
)
from seqgan.text.reply_scorers import ConvScorer, TransformerScorer
from seqgan.text.sentence_scorer import SentenceScorer

VOCAB, BOS, LENGTH = 7, 1, 4
BATCH = TextBatch(
    torch.tensor([[3, 4, PAD], [5, PAD, PAD], [6, 3, 4]]),
    torch.tensor([[4, 5, EOS], [EOS, PAD, PAD], [6, 6, 3]]),
)


def language_model() -> FeatureGenerator:
    return RecurrentLanguageModel(
        VOCAB, pad=PAD, bos=BOS, eos=EOS, dim=6, hidden=6, noise_dim=3, tied=True
    )


def recurrent() -> FeatureGenerator:
    return RecurrentGenerator(VOCAB, pad=PAD, bos=BOS, eos=EOS, dim=6)


def transformer() -> FeatureGenerator:
    return TransformerGenerator(VOCAB, pad=PAD, bos=BOS, eos=EOS, dim=8, num_layers=1, num_heads=2)


def sentence_scorer(dim: int) -> nn.Module:
    return SentenceScorer(VOCAB, pad=PAD, dim=dim, widths=[1, 2], num_filters=[5, 4])


def conv_scorer(dim: int) -> nn.Module:
    return ConvScorer(VOCAB, pad=PAD, dim=dim, num_filters=4, widths=(1, 2))


def transformer_scorer(dim: int) -> nn.Module:
    return TransformerScorer(VOCAB, pad=PAD, dim=dim, num_layers=1, num_heads=1)


def relaxed_game(
    build: Callable[[], FeatureGenerator],
    how: str,
    scorer: Callable[[int], nn.Module],
    *,
    objective: Objective,
    penalty: PenaltyName = "none",
) -> LatentGame:
    torch.manual_seed(0)
    generator = build()
    width = generator.word_vectors().shape[1]
    penalties = make_penalties(penalty, weight=1.0)
    if how == "vectors":
        writer: nn.Module = VectorWriter(generator, generator.word_vectors(), length=LENGTH)
        read: Callable[[TextBatch], tuple[Tensor, tuple[Tensor, ...]]] = RealVectors(
            writer.vectors_VD,
            length=LENGTH,
            pad=PAD,  # type: ignore[arg-type]
        )
    else:
        writer = RelaxedWriter(generator, how, length=LENGTH)  # type: ignore[arg-type]
        read = RealWords(VOCAB, length=LENGTH, pad=PAD)
    critic = RelaxedCritic(scorer(width), of_words=how != "vectors")
    return LatentGame(
        writer, critic, objective, draw=writer.noise(), penalties=penalties, read=read
    )


HOWS = ["gumbel", "straight-through", "soft", "vectors"]


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("build", [language_model, recurrent, transformer])
@pytest.mark.parametrize("scorer", [sentence_scorer, conv_scorer, transformer_scorer])
def test_the_adversarial_loss_reaches_the_generator(
    how: str, build: Callable[[], FeatureGenerator], scorer: Callable[[int], nn.Module]
) -> None:
    game = relaxed_game(build, how, scorer, objective=make_objective("wasserstein"))
    game.critic.eval()
    rng = torch.Generator().manual_seed(1)
    prepared = game.prepare(BATCH, ["generator"], rng)
    losses = game.losses("generator", prepared, rng)
    losses.terms["loss"].sum().backward()
    generator = game.generator.generator
    slopes = {name: p.grad for name, p in generator.named_parameters() if p.grad is not None}
    reached = {name for name, slope in slopes.items() if float(slope.abs().sum()) > 0}
    assert all(bool(slope.isfinite().all()) for slope in slopes.values())
    recurrent_weights = [name for name in reached if "weight_hh" in name or "decoder" in name]
    assert recurrent_weights, f"only {reached} are reached"


def test_words_that_were_chosen_are_refused() -> None:
    game = relaxed_game(
        language_model, "gumbel", sentence_scorer, objective=make_objective("wasserstein")
    )
    writer = game.generator

    def decoded(noise: Tensor, source_BS: Tensor) -> Tensor:
        return nn.functional.one_hot(writer(noise, source_BS).argmax(-1), VOCAB).float()

    game.generator = decoded  # type: ignore[assignment]
    rng = torch.Generator().manual_seed(1)
    with pytest.raises(ValueError, match=r"no gradient.*policy gradient"):
        game.losses("generator", game.prepare(BATCH, ["generator"], rng), rng)


@pytest.mark.parametrize("how", ["gumbel", "straight-through"])
@pytest.mark.parametrize("temperature", [0.2, 2.0])
def test_relaxed_sentences_are_exact_draws_of_the_generator(how: str, temperature: float) -> None:
    """Pearson's statistic over all sentences stays below its mean plus 6 deviations."""
    generator, num, longest = MarkovGenerator(seed=2), 30_000, 3
    writer = RelaxedWriter(
        generator,
        how,
        length=longest,
        temperature=lambda: temperature,  # type: ignore[arg-type]
    )
    source_BS = torch.full((num, 1), 3)
    with torch.no_grad():
        tokens_BT = written(writer, source_BS, rng=torch.Generator().manual_seed(0))
    possible_RT = all_responses(longest=longest)
    prob_R = logp_of(generator, source_BS[: len(possible_RT)], possible_RT).exp()
    places = {tuple(row): place for place, row in enumerate(possible_RT.tolist())}
    seen_R = torch.zeros(len(possible_RT))
    for row in tokens_BT.tolist():
        seen_R[places[tuple(row)]] += 1
    expected_R = num * prob_R.detach()
    statistic = float((seen_R - expected_R).square().div(expected_R).sum())
    cells = len(possible_RT)
    assert statistic < (cells - 1) + 6 * (2 * (cells - 1)) ** 0.5


def test_soft_words_have_the_gradient_of_enumeration() -> None:
    """One word: the expected score. Two: the score of the expected words, summed by hand."""
    generator = MarkovGenerator(seed=4)
    generator.forbid(EOS)
    worth_TV = torch.randn(2, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    source_1S, no_noise = torch.tensor([[3]]), torch.empty(1, 0, dtype=torch.float64)
    for length in (1, 2):
        writer = RelaxedWriter(generator, "soft", length=length)
        words_TV = writer(no_noise, source_1S)[0]
        score = (words_TV * worth_TV[:length]).sum()
        slopes = torch.autograd.grad(score, [generator.table, generator.prompt])
        first_V = (generator.table[1] + generator.prompt[3] + generator.ban_V).softmax(0)
        by_hand = sum(first_V[v] * worth_TV[0, v] for v in range(5))
        if length == 2:
            row_V = torch.stack([first_V[v] * generator.table[v] for v in range(5)]).sum(0)
            second_V = (row_V + generator.prompt[3] + generator.ban_V).softmax(0)
            by_hand = by_hand + sum(second_V[v] * worth_TV[1, v] for v in range(5))
        assert isinstance(by_hand, Tensor)
        expected = torch.autograd.grad(by_hand, [generator.table, generator.prompt])
        torch.testing.assert_close(score, by_hand)
        for slope, exact in zip(slopes, expected, strict=True):
            torch.testing.assert_close(slope, exact)


def test_behind_the_end_there_is_padding() -> None:
    torch.manual_seed(0)
    generator = language_model()
    with torch.no_grad():
        generator.get_parameter("output.bias")[EOS] = 3.0
    source_BS = torch.empty(64, 0, dtype=torch.long)
    rng = torch.Generator().manual_seed(0)
    for writer in (
        RelaxedWriter(generator, "gumbel", length=6),
        VectorWriter(generator, generator.word_vectors(), length=6),
    ):
        items_BTX = writer(writer.noise()(64, rng), source_BS)
        tokens_BT = written(writer, source_BS, rng=rng)
        ended_BT = (tokens_BT == EOS).cumsum(1) - (tokens_BT == EOS).long() > 0
        assert torch.equal(tokens_BT == PAD, ended_BT)
        if isinstance(writer, RelaxedWriter):
            assert bool(ended_BT.any())
            chosen_BT = items_BTX.argmax(-1)
            behind_BT = (chosen_BT == EOS).cumsum(1) - (chosen_BT == EOS).long() > 0
            assert bool((items_BTX[behind_BT][:, PAD] == 1).all())


def test_real_words_and_vectors_are_the_sentences_themselves() -> None:
    words_BTV, (source_BS,) = RealWords(VOCAB, length=5, pad=PAD)(BATCH)
    assert torch.equal(words_BTV.argmax(-1)[:, :3], BATCH.tokens_BT)
    assert torch.equal(words_BTV.argmax(-1)[:, 3:], torch.full((3, 2), PAD))
    assert torch.equal(source_BS, BATCH.source_BS)
    torch.manual_seed(0)
    generator = language_model()
    writer = VectorWriter(generator, generator.word_vectors(), length=5)
    vectors_BTD, _ = RealVectors(writer.vectors_VD, length=5, pad=PAD)(BATCH)
    nearest_BT = nearest_words(vectors_BTD, writer.vectors_VD, pad=PAD)
    real_BT = BATCH.tokens_BT != PAD
    assert torch.equal(nearest_BT[:, :3][real_BT], BATCH.tokens_BT[real_BT])
    assert float(writer.vectors_VD.square().sum()) == pytest.approx(
        generator.word_vectors().numel(), rel=0.5
    )


def test_padding_is_not_smoothed() -> None:
    """A writer's is one-hot: smoothed padding would tell real from written, without a slope."""
    words_BTV, _ = RealWords(VOCAB, length=5, pad=PAD, smoothing=0.3)(BATCH)
    real_BT = words_BTV.argmax(-1) != PAD
    assert bool((words_BTV[~real_BT].amax(-1) == 1).all())
    torch.testing.assert_close(words_BTV[real_BT].amin(-1), torch.full((7,), 0.3 / VOCAB))


def test_the_critic_reads_one_hot_words_as_tokens() -> None:
    torch.manual_seed(0)
    scorer = ConvScorer(VOCAB, pad=PAD, dim=4, num_filters=3).eval()
    words_BTV, (source_BS,) = RealWords(VOCAB, length=3, pad=PAD)(BATCH)
    full_B = torch.tensor([True, False, True])  # the second sentence holds padding
    read_B = RelaxedCritic(scorer, of_words=True)(words_BTV, source_BS)
    torch.testing.assert_close(read_B[full_B], scorer(BATCH.source_BS, BATCH.tokens_BT)[full_B])


PENALTIES: list[PenaltyName] = ["none", "gp", "lp", "r1r2"]
"""Those of items, R1 and R2 together; the others act on the critic's weights."""


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("scorer", [sentence_scorer, conv_scorer, transformer_scorer])
def test_every_objective_and_penalty_works_on_every_path(
    how: str, scorer: Callable[[int], nn.Module]
) -> None:
    game = relaxed_game(language_model, how, scorer, objective=make_objective("hinge"))
    rng = torch.Generator().manual_seed(1)
    prepared = game.prepare(BATCH, ["critic", "generator"], rng)

    def refuse_dead(player: str, module: nn.Module, said: object) -> None:
        module.zero_grad()
        terms = game.losses(player, prepared, rng).terms
        expected = {"loss", *game.penalties} if player == "critic" else {"loss"}
        assert set(terms) == expected
        torch.stack([term.sum() for term in terms.values()]).sum().backward()
        slopes = [p.grad for p in module.parameters() if p.grad is not None]
        assert all(bool(slope.isfinite().all()) for slope in slopes), said
        assert any(bool(slope.any()) for slope in slopes), said

    for name in get_args(ObjectiveName):
        game.objective = make_objective(name)
        for penalty in PENALTIES:
            game.penalties = make_penalties(penalty, weight=1.0)
            refuse_dead("critic", game.critic, (name, penalty))
        refuse_dead("generator", game.generator, name)


@pytest.mark.parametrize("how", HOWS)
def test_penalties_are_of_the_slope_in_what_the_path_writes(how: str) -> None:
    """R2 by differences, in every number of the written items, of a scorer without kinks."""
    game = relaxed_game(
        language_model, how, transformer_scorer, objective=make_objective("hinge"), penalty="r2"
    )
    game.critic.eval()
    prepared = game.prepare(BATCH, ["critic"], torch.Generator().manual_seed(1))
    got_B = game.losses("critic", prepared, torch.Generator()).terms["r2"]
    game.critic.double()
    assert prepared.fake is not None
    fake_BTX = prepared.fake.detach().double()
    expected_B = torch.zeros(len(fake_BTX), dtype=torch.float64)
    with torch.no_grad():
        for place in torch.eye(fake_BTX[0].numel(), dtype=torch.float64):
            step = 1e-6 * place.view_as(fake_BTX[0])
            rise_B = game.critic(fake_BTX + step, *prepared.condition) - game.critic(
                fake_BTX - step, *prepared.condition
            )
            expected_B += (rise_B / 2e-6).square() / 2
    torch.testing.assert_close(got_B.detach().double(), expected_B, rtol=1e-3, atol=1e-6)


def test_a_falling_temperature_is_asked_for_at_every_sentence() -> None:
    falling = itertools.count(1)
    writer = RelaxedWriter(
        MarkovGenerator(), "gumbel", length=2, temperature=lambda: 1 / next(falling)
    )
    source_BS, rng = torch.full((50, 1), 3), torch.Generator().manual_seed(0)
    noise = writer.noise()(50, rng)
    sharpness = [float(writer(noise, source_BS).amax(-1).mean().detach()) for _ in range(3)]
    assert sharpness == sorted(sharpness)
    assert sharpness[0] < sharpness[-1]


def test_a_trained_path_moves_the_generator_toward_the_data() -> None:
    """Real sentences are all `3 3`; after a few moves the generator says 3 more often."""
    batch = TextBatch(torch.empty(64, 0, dtype=torch.long), torch.full((64, 2), 3))
    for how in HOWS:
        torch.manual_seed(0)
        generator = RecurrentLanguageModel(
            VOCAB, pad=VOCAB, bos=0, eos=VOCAB + 1, dim=6, hidden=6, noise_dim=3
        )
        share = []
        for moves in (0, 60):
            share.append(_share_of_3(generator, how, batch, moves))
        assert share[1] > share[0] + 0.3, how


def _share_of_3(generator: Generator, how: str, batch: TextBatch, moves: int) -> float:
    assert isinstance(generator, FeatureGenerator)
    torch.manual_seed(1)
    if how == "vectors":
        writer: RelaxedWriter | VectorWriter = VectorWriter(
            generator, generator.word_vectors(), length=2
        )
        read: RealWords | RealVectors = RealVectors(writer.vectors_VD, length=2, pad=generator.pad)
    else:
        writer = RelaxedWriter(generator, how, length=2)  # type: ignore[arg-type]
        read = RealWords(VOCAB, length=2, pad=generator.pad)
    scorer = SentenceScorer(VOCAB, pad=VOCAB, dim=6, widths=[1], num_filters=[8], dropout=0.0)
    critic = RelaxedCritic(scorer, of_words=how != "vectors")
    game = LatentGame(
        writer,
        critic,
        make_objective("relativistic"),
        draw=writer.noise(),
        penalties=make_penalties("r1r2", weight=0.1),
        read=read,
    )
    rng = torch.Generator().manual_seed(0)
    modules = {"critic": critic, "generator": writer}
    optimizers = {
        name: torch.optim.Adam(module.parameters(), lr=0.03, betas=(0.0, 0.9))
        for name, module in modules.items()
    }
    for _ in range(moves):
        prepared = game.prepare(batch, ["critic", "generator"], rng)
        for name, optimizer in optimizers.items():
            terms = game.losses(name, prepared, rng).terms
            optimizer.zero_grad()
            torch.stack([term.mean() for term in terms.values()]).sum().backward()
            optimizer.step()
    if how in ("gumbel", "straight-through"):
        tokens_BT = sample(generator, batch.source_BS, max_length=2, rng=rng)
    else:
        tokens_BT = written(writer, batch.source_BS, rng=rng)
    return float((tokens_BT == 3).float().mean())
