"""The game of style transfer: what each term moves, and through what.

Legend: B batch, S words, T with the end.
"""

import dataclasses
import itertools
from typing import Literal

import pytest
import torch
from lively_models import lively
from torch import Tensor

from seqgan.games.latent import LatentGame
from seqgan.games.objectives import ObjectiveName, make_objective
from seqgan.ops.masks import with_end, words_alone
from seqgan.text.decoding import sample
from seqgan.text.generators.emitting import EmittingGenerator
from seqgan.text.generators.recurrent import RecurrentGenerator
from seqgan.text.relaxed import RelaxedWriter
from seqgan.text.tokenizer import SubwordTokenizer
from seqgan.text.transfer.batches import StyledBatch, StyledRows
from seqgan.text.transfer.critics import CodeCritic, StyleCritic, confusion, pooled
from seqgan.text.transfer.game import TransferGame
from seqgan.text.transfer.networks import StyleGenerator
from seqgan.text.transfer.noise import StyleWords
from seqgan.text.transfer.terms import Noise, Weights
from seqgan.text.transfer.vocabulary import StyleVocabulary, marks_of
from seqgan.text.transfer.writers import RealSentences, VectorsWriter, Written

TEXTS = [["a dull soup", "the dull tea was cold"], ["a fine soup", "the fine tea was warm"]]
LENGTH = 30
Gradient = Literal["soft", "gumbel", "straight-through", "vectors", "choice", "policy"]
WRITERS: dict[Gradient, Literal["emitted", "likeliest", "drawn"]] = {
    "vectors": "emitted",
    "choice": "likeliest",
    "policy": "drawn",
}


@pytest.fixture(scope="module")
def tokenizer() -> SubwordTokenizer:
    lines = [line for texts in TEXTS for line in texts] * 20
    return SubwordTokenizer.train(lines, vocab_size=40, exact=False, marks=marks_of(2))


def vocabulary_of(tokenizer: SubwordTokenizer, *, common: bool = False) -> StyleVocabulary:
    return StyleVocabulary(tokenizer, ("dull", "fine"), common)


def build(
    vocabulary: StyleVocabulary,
    weights: Weights,
    *,
    gradient: Gradient = "soft",
    seed: int = 0,
    objective: ObjectiveName = "relativistic",
    dropout: float = 0.0,
) -> TransferGame:
    """Return a small game in which the player "generator" minimizes these weights."""
    words = vocabulary.tokenizer

    def one() -> RecurrentGenerator:
        kind = EmittingGenerator if gradient == "vectors" else RecurrentGenerator
        return kind(
            words.vocab_size, pad=words.pad, bos=words.bos, eos=words.eos, dim=8, dropout=dropout
        )

    inner = lively(one, seed=seed)
    generator = StyleGenerator([inner], vocabulary.tags, told_source=vocabulary.told_source)
    if gradient in ("vectors", "choice", "policy"):
        writer = VectorsWriter(generator, WRITERS[gradient], length=LENGTH)
    else:
        relaxed = RelaxedWriter(generator, gradient, length=LENGTH)
        writer = VectorsWriter(generator, relaxed, length=LENGTH)
    adversary = LatentGame(
        writer,
        StyleCritic(vocabulary.tags, dim=8, dropout=0.0).double(),
        make_objective(objective),
        draw=lambda count, rng: writer.noise()(count, rng).double(),
        read=RealSentences(writer),
    )
    return TransferGame(
        {"generator": (generator, weights)},
        vocabulary,
        Noise(style_rate=1.0, word_rate=0.0, reach=0.0, plain_share=1.0),
        max_length=LENGTH,
        mean_length=4.0,
        adversary=adversary,
        code_critic=CodeCritic(8, 2, hidden=4).double(),
    )


def batch_of(vocabulary: StyleVocabulary) -> StyledBatch:
    rows = [vocabulary.encode(texts) for texts in TEXTS]
    data = StyledRows.of(rows, StyleWords(rows, smoothing=0.1), pad=vocabulary.tokenizer.pad)
    return data.collate([[0, 1], [0, 1]])


def grads(game: TransferGame, player: str = "generator", *, seed: int = 1) -> list[Tensor]:
    """Return the generator's gradients of a player's terms, those without one as zeros."""
    rng = torch.Generator().manual_seed(seed)
    prepared = game.prepare(batch_of(game.vocabulary), [player], rng)
    losses = game.losses(player, prepared, rng)
    generator = game.learners["generator"][0]
    parameters = [p for p in generator.parameters() if p.requires_grad]
    total = sum((term.sum() for term in losses.terms.values()), torch.zeros(()))
    found = torch.autograd.grad(total, parameters, allow_unused=True)
    return [torch.zeros_like(p) if g is None else g for p, g in zip(parameters, found, strict=True)]


@pytest.mark.parametrize("gradient", ["soft", "gumbel", "straight-through", "vectors"])
@pytest.mark.parametrize("term", ["adversarial", "cycle"])
def test_critic_and_way_back_move_the_generator_through_relaxed_words(
    tokenizer: SubwordTokenizer, gradient: Gradient, term: str
) -> None:
    game = build(vocabulary_of(tokenizer), Weights(**{term: 1.0}), gradient=gradient)
    assert sum(float(g.abs().sum()) for g in grads(game)) > 1e-6


@pytest.mark.parametrize("gradient", ["soft", "gumbel", "straight-through", "vectors"])
def test_a_micro_batch_is_written_in_its_own_room(
    tokenizer: SubwordTokenizer, gradient: Gradient
) -> None:
    """Whatever was prepared since: all micro-batches are prepared before the first one's losses."""
    vocabulary = vocabulary_of(tokenizer)
    game = build(vocabulary, Weights(adversarial=1.0, cycle=1.0), gradient=gradient)
    alone, between = (
        game.prepare(batch_of(vocabulary), ["generator"], torch.Generator().manual_seed(1))
        for _ in range(2)
    )
    expected = game.losses("generator", alone, torch.Generator().manual_seed(2)).terms
    words_BS = batch_of(vocabulary).words_BS
    shorter = dataclasses.replace(
        batch_of(vocabulary),
        words_BS=words_BS[:, :2],
        flags_BS=torch.zeros_like(words_BS)[:, :2].bool(),
    )
    game.prepare(shorter, ["generator"], torch.Generator().manual_seed(3))
    found = game.losses("generator", between, torch.Generator().manual_seed(2)).terms
    for name in ("adversarial", "cycle"):
        torch.testing.assert_close(found[name], expected[name])


@pytest.mark.parametrize("gradient", ["soft", "gumbel", "straight-through", "vectors", "policy"])
def test_the_critic_sees_what_is_written_without_dropout(
    tokenizer: SubwordTokenizer, gradient: Gradient
) -> None:
    """Whoever moved before: a checkpoint holds no mode."""
    vocabulary = vocabulary_of(tokenizer)
    game = build(vocabulary, Weights(adversarial=1.0), gradient=gradient, dropout=0.5)
    fakes = []
    for mode in (True, False):
        game.learners["generator"][0].train(mode)
        prepared = game.prepare(batch_of(vocabulary), ["critic"], torch.Generator().manual_seed(1))
        assert prepared.round is not None
        assert prepared.round.fake is not None
        fakes.append(prepared.round.fake)
    assert torch.equal(*fakes)


def test_the_critic_learns_from_words_as_they_are_written_where_its_opinion_is_asked(
    tokenizer: SubwordTokenizer,
) -> None:
    vocabulary = vocabulary_of(tokenizer)
    game = build(vocabulary, Weights(chosen=1.0, heard=1.0), gradient="choice")
    batch, rng = batch_of(vocabulary), torch.Generator().manual_seed(1)
    prepared = game.prepare(batch, ["critic"], rng)
    assert prepared.round is not None
    assert prepared.round.fake is not None
    words_BS = game.translated(game.learners["generator"][0], prepared, rng)
    tokens_BT = with_end(words_BS, eos=game.eos, pad=game.pad)[:, : game.room(prepared)]
    places = tokens_BT.shape[1]
    fake_BTD = prepared.round.fake
    own_BT = words_alone(tokens_BT, eos=game.eos, pad=game.pad)
    kept_BT = own_BT != game.pad  # the end, and what is behind, aside
    expected_BTD = game.writer.vectors_VD[tokens_BT]
    torch.testing.assert_close(fake_BTD[:, :places][kept_BT], expected_BTD[kept_BT])
    assert not fake_BTD.requires_grad
    losses = game.losses("critic", prepared, rng)
    assert float(losses.terms["loss"].detach().abs().sum()) > 0


def test_where_drawn_ways_are_learned_from_the_critic_learns_from_drawn_words(
    tokenizer: SubwordTokenizer,
) -> None:
    vocabulary = vocabulary_of(tokenizer)
    game = build(vocabulary, Weights(policy=1.0, opinion=1.0), gradient="policy")
    generator, size = game.learners["generator"][0], (4, LENGTH)
    source_BL = vocabulary.source(*(each[:4] for each in asked_of(game)))
    numbers_BT = game.writer.noise()(4, torch.Generator().manual_seed(3))
    assert numbers_BT.shape == size
    words_BT = game.writer.write(numbers_BT, source_BL).words_BT
    rng = torch.Generator().manual_seed(3)
    drawn_BT = sample(generator, source_BL, max_length=LENGTH, rng=rng)
    width = drawn_BT.shape[1]
    assert torch.equal(words_BT[:, :width], game.writer.alone(drawn_BT))
    assert bool((words_BT[:, width:] == game.pad).all())
    others = game.writer.noise()(4, torch.Generator().manual_seed(4))
    assert not torch.equal(game.writer.write(others, source_BL).words_BT, words_BT)


def asked_of(game: TransferGame) -> tuple[Tensor, Tensor, Tensor]:
    """Return words, the styles that are asked of them, and their own."""
    batch = batch_of(game.vocabulary)
    return batch.words_BS, batch.shifted(1), batch.style_B


def test_the_cycle_term_passes_through_the_words_and_back_translation_does_not(
    tokenizer: SubwordTokenizer,
) -> None:
    vocabulary = vocabulary_of(tokenizer)
    game = build(vocabulary, Weights(cycle=1.0))
    rng = torch.Generator().manual_seed(1)
    prepared = game.prepare(batch_of(vocabulary), ["generator"], rng)
    assert prepared.round is not None
    away = game.writer.write(prepared.round.noise, *prepared.round.condition)
    read_BTD = away.read_BTD.detach().requires_grad_()
    with pytest.MonkeyPatch.context() as patch:
        fixed = Written(away.seen_BTD, read_BTD, away.words_BT)
        patch.setattr(VectorsWriter, "write", lambda *_: fixed)
        losses = game.losses("generator", prepared, rng)
    (slope,) = torch.autograd.grad(losses.terms["cycle"].sum(), read_BTD)
    assert float(slope.abs().sum()) > 1e-6
    back = build(vocabulary, Weights(back_translation=1.0))
    written = back.prepare(batch_of(vocabulary), ["generator"], rng).written["generator"]
    assert written.dtype == torch.long  # words that were chosen: nothing passes through them


def test_a_term_without_weight_is_not_computed_and_weights_scale_terms(
    tokenizer: SubwordTokenizer,
) -> None:
    vocabulary = vocabulary_of(tokenizer, common=True)
    every = Weights(
        denoising=1.0, back_translation=1.0, adversarial=1.0, cycle=1.0, code=1.0, semantic=1.0
    )
    rng = torch.Generator()

    def terms(weights: Weights) -> dict[str, Tensor]:
        game = build(vocabulary, weights)
        rng.manual_seed(3)
        prepared = game.prepare(batch_of(vocabulary), ["generator"], rng)
        torch.manual_seed(5)
        return dict(game.losses("generator", prepared, rng).terms)

    assert set(terms(every)) == {
        "denoising", "back_translation", "adversarial", "cycle", "code", "semantic",
    }  # fmt: skip
    assert set(terms(Weights(denoising=1.0))) == {"denoising"}
    once, twice = terms(Weights(cycle=1.0))["cycle"], terms(Weights(cycle=2.0))["cycle"]
    assert torch.allclose(2 * once, twice)


def test_denoising_is_the_log_loss_of_the_true_tokens_over_the_usual_length(
    tokenizer: SubwordTokenizer,
) -> None:
    vocabulary = vocabulary_of(tokenizer)
    game = build(vocabulary, Weights(denoising=1.0))
    game.noise = Noise(style_rate=0.0, word_rate=0.0, reach=0.0)
    batch, rng = batch_of(vocabulary), torch.Generator()
    loss_B = game.losses("generator", game.prepare(batch, ["generator"], rng), rng).terms[
        "denoising"
    ]
    generator = game.learners["generator"][0]
    for row in range(len(loss_B)):
        words = batch.words_BS[row][batch.words_BS[row] != tokenizer.pad]
        source_1L = torch.cat([torch.tensor([vocabulary.tags[int(batch.style_B[row])]]), words])[
            None
        ]
        tokens_1T = torch.cat([words, torch.tensor([tokenizer.eos])])[None]
        logp = generator.logits(source_1L, tokens_1T).log_softmax(-1)
        expected = -logp.gather(-1, tokens_1T.unsqueeze(-1)).sum() / game.mean_length
        assert torch.allclose(loss_B[row], expected)


def test_partners_are_real_sentences_of_the_style_asked() -> None:
    for num_styles, each in itertools.product((2, 3, 4), (1, 3)):
        style_B = torch.arange(num_styles).repeat_interleave(each)
        batch = StyledBatch(style_B[:, None], style_B, style_B[:, None] > 0, num_styles)
        for by in range(1, num_styles):
            assert torch.equal(batch.partners(style_B, by), batch.shifted(by))


def test_the_critic_sees_real_sentences_of_the_style_that_it_is_asked_about(
    tokenizer: SubwordTokenizer,
) -> None:
    vocabulary = vocabulary_of(tokenizer)
    game = build(vocabulary, Weights())
    prepared = game.prepare(batch_of(vocabulary), ["critic"], torch.Generator())
    assert prepared.round is not None
    (source_BL,) = prepared.round.condition
    asked = [vocabulary.tags.index(tag) for tag in source_BL[:, 0].tolist()]
    assert asked == prepared.target_B.tolist() == [1, 1, 0, 0]
    vectors_VD = game.writer.vectors_VD
    real = (prepared.round.real[:, :, None] - vectors_VD).square().sum(-1).argmin(-1)
    told = [tokenizer.decode(row) for row in real.tolist()]
    assert told == [*TEXTS[1], *TEXTS[0]]


def test_a_critic_scores_by_the_head_of_the_style_asked() -> None:
    critic = StyleCritic((5, 6), dim=3, dropout=0.0)
    vectors_BTD = torch.randn(4, 7, 3)
    first_B, second_B = (critic(vectors_BTD, torch.full((4, 2), tag)) for tag in (5, 6))
    with torch.no_grad():
        critic.score.weight[1] += 1.0
    assert torch.equal(critic(vectors_BTD, torch.full((4, 2), 5)), first_B)
    assert not torch.equal(critic(vectors_BTD, torch.full((4, 2), 6)), second_B)
    assert critic(vectors_BTD[:, :2], torch.full((4, 1), 5)).shape == (4,)


def test_confusion_is_least_at_even_odds_and_padding_is_no_code() -> None:
    assert float(confusion(torch.tensor([[2.0, 2.0, 2.0]]))) == pytest.approx(0.0, abs=1e-6)
    assert float(confusion(torch.tensor([[3.0, 0.0]]))) > 0.5
    code_BSD, mask_BS = torch.randn(2, 4, 3), torch.tensor([[True] * 4, [True, True, False, False]])
    critic = CodeCritic(3, 2, hidden=5)
    changed_BSD = code_BSD.clone()
    changed_BSD[1, 2:] = 0.0
    assert torch.allclose(critic(code_BSD, mask_BS), critic(changed_BSD, mask_BS))
    assert torch.allclose(critic(code_BSD, mask_BS)[1:], critic(code_BSD[1:, :2], mask_BS[1:, :2]))
    assert torch.allclose(pooled(code_BSD, mask_BS)[1], code_BSD[1, :2].mean(0))


def test_the_code_critic_moves_nobody_else_and_codes_move_by_confusion(
    tokenizer: SubwordTokenizer,
) -> None:
    game = build(vocabulary_of(tokenizer, common=True), Weights(code=1.0))
    rng = torch.Generator().manual_seed(0)
    prepared = game.prepare(batch_of(game.vocabulary), ["code critic"], rng)
    losses = game.losses("code critic", prepared, rng)
    generator = game.learners["generator"][0]
    torch.autograd.backward(losses.terms["loss"].sum())
    assert all(p.grad is None for p in generator.parameters())
    assert sum(float(g.abs().sum()) for g in grads(game)) > 1e-6


def test_codes_are_those_of_whole_sentences(tokenizer: SubwordTokenizer) -> None:
    """As they are when transferred: what is hidden before denoising changes nothing."""
    game = build(vocabulary_of(tokenizer, common=True), Weights(code=1.0))

    def losses(noise: Noise) -> list[float]:
        game.noise = noise
        rng = torch.Generator().manual_seed(0)
        prepared = game.prepare(batch_of(game.vocabulary), ["code critic", "generator"], rng)
        terms = [game.losses(name, prepared, rng).terms for name in ("code critic", "generator")]
        return [float(term.sum().detach()) for each in terms for term in each.values()]

    hides = Noise(style_rate=1.0, word_rate=0.5, reach=3.0)
    assert losses(hides) == losses(Noise(style_rate=0.0, word_rate=0.0, reach=0.0))


def test_ends_are_put_behind_the_words_and_taken_away_again() -> None:
    words_BS = torch.tensor([[5, 6, 7], [8, 0, 0], [0, 0, 0]])
    tokens_BT = with_end(words_BS, eos=2, pad=0)
    assert tokens_BT.tolist() == [[5, 6, 7, 2], [8, 2, 0, 0], [2, 0, 0, 0]]
    assert torch.equal(words_alone(tokens_BT, eos=2, pad=0), words_BS)
