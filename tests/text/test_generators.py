"""The promises of the generator interface, over every generator."""

import itertools

import pytest
import torch
from lively_models import lively
from tiny_generators import BOS, EOS, PAD, VOCAB, bart, emitting, llama, pointer, t5
from torch import Tensor
from transformers import GPT2Config, GPT2LMHeadModel

from seqgan.errors import UserError
from seqgan.text.decoding import continue_from, sample
from seqgan.text.generators.base import Generator, State, concat, select, shift_right
from seqgan.text.generators.emitting import EmittingGenerator
from seqgan.text.generators.language_model import RecurrentLanguageModel
from seqgan.text.generators.pretrained import (
    DecoderGenerator,
    PretrainedGenerator,
)
from seqgan.text.generators.recurrent import RecurrentGenerator
from seqgan.text.generators.transformer import TransformerGenerator


def recurrent() -> Generator:
    return RecurrentGenerator(VOCAB, pad=PAD, bos=BOS, eos=EOS, dim=8, num_layers=2)


def recurrent_untied() -> Generator:
    return RecurrentGenerator(VOCAB, pad=PAD, bos=BOS, eos=EOS, dim=8, tied=False)


def transformer() -> Generator:
    return TransformerGenerator(VOCAB, pad=PAD, bos=BOS, eos=EOS, dim=8, num_layers=2, num_heads=2)


def language_model() -> Generator:
    return RecurrentLanguageModel(VOCAB, pad=PAD, bos=BOS, eos=EOS, dim=5, hidden=8, num_layers=2)


def gpt2() -> Generator:
    """`bos` and `eos` are one token, as in the published model."""
    config = GPT2Config(
        vocab_size=VOCAB + 2, n_positions=40, n_embd=8, n_layer=2, n_head=2, bos_token_id=EOS
    )
    return DecoderGenerator(
        GPT2LMHeadModel(config), vocab_size=VOCAB, pad=PAD, bos=EOS, eos=EOS, before=[], after=[]
    )


ALL = [
    recurrent,
    recurrent_untied,
    emitting,
    pointer,
    transformer,
    language_model,
    gpt2,
    llama,
    t5,
    bart,
]


@pytest.fixture(params=ALL, ids=lambda build: build.__name__)
def generator(request: pytest.FixtureRequest) -> Generator:
    """An untrained model with lively weights, in float64."""
    return lively(request.param, seed=3)


@pytest.fixture
def source_BS() -> Tensor:
    return torch.tensor([[3, 4, 5, 3], [5, 4, PAD, PAD], [PAD, PAD, PAD, PAD], [4, PAD, PAD, PAD]])


@pytest.fixture
def tokens_BT() -> Tensor:
    return torch.tensor(
        [[4, 4, 5, 3, EOS], [5, EOS, 0, 0, 0], [EOS, 0, 0, 0, 0], [3, 5, 3, EOS, 0]]
    )


def assert_same(got: Tensor, expected: Tensor) -> None:
    # T5 and Llama norm their layers in float32 whatever the model is in.
    torch.testing.assert_close(got, expected, rtol=1e-5, atol=1e-5)


def words_of(generator: Generator) -> list[int]:
    """Return the tokens that may stand before `eos` (1 is one of them where it is not `bos`)."""
    return sorted(set(range(VOCAB)) - {generator.pad, generator.bos, generator.eos})


def responses(generator: Generator, *, longest: int) -> list[list[int]]:
    """Return every response of at most this many tokens; the longest may lack `eos`."""
    kinds = words_of(generator)
    ended = [
        [*words, EOS]
        for length in range(longest)
        for words in itertools.product(kinds, repeat=length)
    ]
    return ended + [list(words) for words in itertools.product(kinds, repeat=longest)]


def logp_by_logits(generator: Generator, source_1S: Tensor, response: list[int]) -> Tensor:
    tokens_1T = torch.tensor([response])
    logp_1TV = generator.logits(source_1S, tokens_1T).log_softmax(-1)
    return logp_1TV[0, range(len(response)), response].sum()


def logp_by_steps(generator: Generator, source_1S: Tensor, response: list[int]) -> Tensor:
    state, previous, logp = generator.start(source_1S), generator.bos, torch.zeros(())
    for token in response:
        logits_1V, state = generator.step(state, torch.tensor([previous]))
        logp = logp + logits_1V.log_softmax(-1)[0, token]
        previous = token
    return logp


@torch.no_grad()
def test_all_responses_have_probability_one_and_both_ways_agree(generator: Generator) -> None:
    source_1S = torch.tensor([[3, 5]])
    total = 0.0
    for response in responses(generator, longest=3):
        logp = logp_by_logits(generator, source_1S, response)
        assert_same(logp_by_steps(generator, source_1S, response), logp)
        total += float(logp.exp())
    assert abs(total - 1) < 1e-5


@torch.no_grad()
def test_samples_come_as_often_as_scored(generator: Generator) -> None:
    """Pearson's statistic over all responses stays below its mean plus 6 deviations."""
    num, source_1S = 4000, torch.tensor([[3, 5]])
    tokens_BT = sample(
        generator, source_1S.expand(num, -1), max_length=3, rng=torch.Generator().manual_seed(1)
    )
    drawn = [tuple(token for token in row if token != PAD) for row in tokens_BT.tolist()]
    rest, statistic, cells = [0, 0.0], 0.0, 0
    for response in responses(generator, longest=3):
        seen = drawn.count(tuple(response))
        expected = num * float(logp_by_logits(generator, source_1S, response).exp())
        if expected < 5:
            rest = [rest[0] + seen, rest[1] + expected]
        else:
            statistic, cells = statistic + (seen - expected) ** 2 / expected, cells + 1
    if rest[1] > 5:
        statistic, cells = statistic + (rest[0] - rest[1]) ** 2 / rest[1], cells + 1
    assert cells > 4
    assert statistic < (cells - 1) + 6 * (2 * (cells - 1)) ** 0.5


def test_step_by_step_equals_teacher_forced(
    generator: Generator, source_BS: Tensor, tokens_BT: Tensor
) -> None:
    logits_BTV = generator.logits(source_BS, tokens_BT)
    assert logits_BTV.shape == (*tokens_BT.shape, VOCAB)
    state = generator.start(source_BS)
    real_BT = tokens_BT != PAD
    for t, previous_B in enumerate(shift_right(tokens_BT, bos=generator.bos).T):
        logits_BV, state = generator.step(state, previous_B)
        assert_same(logits_BV[real_BT[:, t]], logits_BTV[real_BT[:, t], t])


def test_word_vectors_stand_for_words_and_let_gradients_through(
    generator: Generator, source_BS: Tensor, tokens_BT: Tensor
) -> None:
    vectors_VD = generator.word_vectors()
    assert len(vectors_VD) == VOCAB
    state = generator.start(source_BS)
    _, state = generator.step(state, tokens_BT[:, 0])
    expected_BV, expected = generator.step(state, tokens_BT[:, 1])
    words_BV = torch.nn.functional.one_hot(tokens_BT[:, 1], VOCAB).double().requires_grad_()
    logits_BV, after = generator.step_vectors(state, words_BV @ vectors_VD)
    assert_same(logits_BV, expected_BV)
    assert all(torch.allclose(after[name], expected[name], atol=1e-5) for name in expected)
    (slope_BV,) = torch.autograd.grad(logits_BV[:, 3].sum(), words_BV)
    assert bool((slope_BV.abs().sum(1) > 0).all())


def test_a_source_of_vectors_is_read_as_its_words_and_passes_gradients(
    generator: Generator, source_BS: Tensor, tokens_BT: Tensor
) -> None:
    vectors_BSD = generator.word_vectors()[source_BS].detach().requires_grad_()
    state = generator.start_vectors(vectors_BSD, source_BS)
    logits_BTV = generator.logits_from(state, tokens_BT)
    assert_same(logits_BTV, generator.logits(source_BS, tokens_BT))
    if isinstance(generator, RecurrentLanguageModel):
        return  # it reads no source
    logits_BTV[..., EOS].sum().backward()
    assert vectors_BSD.grad is not None
    slope_BS = vectors_BSD.grad.abs().sum(-1)
    assert bool((slope_BS[source_BS != PAD] > 0).all())
    assert bool((slope_BS[source_BS == PAD] == 0).all())


def test_logits_from_a_state_are_those_of_step_by_step(
    generator: Generator, source_BS: Tensor, tokens_BT: Tensor
) -> None:
    state = generator.start(source_BS)
    by_steps_BTV = Generator.logits_from(generator, state, tokens_BT)
    assert_same(generator.logits_from(state, tokens_BT), by_steps_BTV)


def test_padding_changes_nothing(
    generator: Generator, source_BS: Tensor, tokens_BT: Tensor
) -> None:
    logits_BTV = generator.logits(source_BS, tokens_BT)
    wide_BS = torch.nn.functional.pad(source_BS, (0, 3), value=PAD)
    wide_BT = torch.nn.functional.pad(tokens_BT, (0, 2), value=PAD)
    assert_same(generator.logits(wide_BS, wide_BT)[:, :-2], logits_BTV)
    for b in range(len(source_BS)):
        source_1S = source_BS[b : b + 1, : int((source_BS[b] != PAD).sum())]
        tokens_1T = tokens_BT[b : b + 1, : int((tokens_BT[b] != PAD).sum())]
        alone_TV = generator.logits(source_1S, tokens_1T)[0]
        assert_same(alone_TV, logits_BTV[b, : tokens_1T.shape[1]])


def test_the_source_matters(generator: Generator, tokens_BT: Tensor) -> None:
    """Every token of it, so that the tests of padding are not empty."""
    if isinstance(generator, RecurrentLanguageModel):
        pytest.skip("reads no source")
    source_1S, tokens_1T = torch.tensor([[3, 4, 5]]), tokens_BT[:1]
    logits_1TV = generator.logits(source_1S, tokens_1T)
    for place in range(3):
        other_1S = source_1S.clone()
        other_1S[0, place] = 3 if place else 4
        change = (generator.logits(other_1S, tokens_1T) - logits_1TV).abs().amax()
        assert float(change.detach()) > 1e-4


def test_logits_see_no_later_token(generator: Generator, tokens_BT: Tensor) -> None:
    source_1S, tokens_1T = torch.tensor([[3, 4, 5]]), tokens_BT[:1]
    logits_1TV = generator.logits(source_1S, tokens_1T)
    for place in range(4):
        other_1T = tokens_1T.clone()
        other_1T[0, place] = 3 if other_1T[0, place] != 3 else 4
        other_1TV = generator.logits(source_1S, other_1T)
        assert_same(other_1TV[:, : place + 1], logits_1TV[:, : place + 1])
        change_1V = (other_1TV - logits_1TV)[:, place + 1].detach()
        assert float(change_1V.abs().amax()) > 1e-5


def test_pad_and_bos_are_never_drawn(generator: Generator, source_BS: Tensor) -> None:
    rng = torch.Generator().manual_seed(0)
    tokens_BT = sample(generator, source_BS.repeat(50, 1), max_length=6, rng=rng, temperature=3.0)
    before_end_BT = (tokens_BT == EOS).cumsum(1) == 0
    assert set(tokens_BT[before_end_BT].tolist()) == set(words_of(generator))
    assert set(tokens_BT.flatten().tolist()) <= {PAD, EOS, *words_of(generator)}


def states_along(generator: Generator, source_BS: Tensor, tokens_BT: Tensor) -> list[State]:
    """Return the state before each token is predicted, the start included."""
    states = [generator.start(source_BS)]
    for previous_B in shift_right(tokens_BT, bos=generator.bos).T:
        states.append(generator.step(states[-1], previous_B)[1])
    return states


def test_continuing_from_a_saved_state_equals_starting_anew(
    generator: Generator, source_BS: Tensor
) -> None:
    uniform_BT = torch.rand(4, 6, generator=torch.Generator().manual_seed(5))
    bos_B = source_BS.new_full((4,), generator.bos)
    whole_BT = continue_from(generator, generator.start(source_BS), bos_B, uniform_BT)
    states = states_along(generator, source_BS, whole_BT)
    for t in range(1, 6):
        rows_R = ((whole_BT[:, :t] == EOS).sum(1) == 0).nonzero().squeeze(1)
        got_RT = continue_from(
            generator, select(states[t], rows_R), whole_BT[rows_R, t - 1], uniform_BT[rows_R, t:]
        )
        assert torch.equal(got_RT, whole_BT[rows_R, t:]), t


def test_states_of_different_prefixes_go_on_as_one_batch(
    generator: Generator, source_BS: Tensor
) -> None:
    """Repeated, selected and mixed, each row continues as it would alone; twice, for the cache."""
    tokens_BT = torch.tensor([[4, 4, 5, 3], [5, 3, 4, 4], [3, 3, 3, 5], [3, 5, 3, 4]])
    states = states_along(generator, source_BS, tokens_BT)
    picks = [(0, [1, 1]), (2, [3, 0]), (4, [2, 0]), (1, [0])]
    mixed = concat([select(states[t], torch.tensor(rows)) for t, rows in picks])
    places = [(t, b) for t, rows in picks for b in rows]
    assert all(len(tensor) == len(places) for tensor in mixed.values())
    shifted_BT = shift_right(torch.nn.functional.pad(tokens_BT, (0, 2), value=3), bos=generator.bos)
    for ahead in range(2):
        previous_R = torch.stack([shifted_BT[b, t + ahead] for t, b in places])
        logits_RV, mixed = generator.step(mixed, previous_R)
        for row, (t, b) in enumerate(places):
            alone = select(states[t], torch.tensor([b]))
            for s in range(t, t + ahead + 1):
                logits_1V, alone = generator.step(alone, shifted_BT[b, s : s + 1])
            assert_same(logits_RV[row], logits_1V[0])


def test_a_step_leaves_the_given_state_alone(generator: Generator, source_BS: Tensor) -> None:
    tokens_BT = torch.tensor([[4, 4], [5, 3], [3, 3], [3, 5]])
    state = states_along(generator, source_BS, tokens_BT)[-1]
    copy = {name: tensor.clone() for name, tensor in state.items()}
    first_BV, _ = generator.step(state, tokens_BT[:, 1])
    again_BV, _ = generator.step(state, tokens_BT[:, 1])
    assert torch.equal(first_BV, again_BV)
    assert state.keys() == copy.keys()
    assert all(torch.equal(state[name], copy[name]) for name in copy)


def test_gradients_are_finite_with_padding_and_an_empty_source(
    generator: Generator, source_BS: Tensor, tokens_BT: Tensor
) -> None:
    logp_BTV = generator.train().logits(source_BS, tokens_BT).log_softmax(-1)
    logp_BT = logp_BTV.gather(-1, tokens_BT.unsqueeze(-1)).squeeze(-1)
    torch.autograd.backward(logp_BT.masked_fill(tokens_BT == PAD, 0).sum())
    gradients = [p.grad for p in generator.parameters() if p.grad is not None]
    assert gradients
    assert all(bool(gradient.isfinite().all()) for gradient in gradients)
    assert sum(float(gradient.abs().sum()) for gradient in gradients) > 0


def test_no_rows_and_no_columns_are_allowed(generator: Generator, source_BS: Tensor) -> None:
    rng = torch.Generator().manual_seed(0)
    assert sample(generator, source_BS, max_length=0, rng=rng).shape == (4, 0)
    assert generator.logits(source_BS, source_BS[:, :0]).shape == (4, 0, VOCAB)
    drawn_BT = sample(generator, source_BS[:, :0], max_length=3, rng=rng)
    assert len(drawn_BT) == 4
    assert bool(generator.logits(source_BS[:, :0], drawn_BT).isfinite().all())


def test_a_text_longer_than_the_positions_is_refused() -> None:
    for build in (gpt2, bart):
        model = build()
        assert isinstance(model, PretrainedGenerator)
        with pytest.raises(UserError, match="40 positions"):
            model.start(torch.full((1, 41), 3))
    model = gpt2()
    _, state = model.step(model.start(torch.full((1, 39), 3)), torch.tensor([EOS]))
    with pytest.raises(UserError, match="41 tokens do not fit"):
        model.step(state, torch.tensor([3]))


def test_the_likeliest_word_of_an_emitted_vector_is_the_nearest(source_BS: Tensor) -> None:
    model = lively(emitting, seed=5)
    assert isinstance(model, EmittingGenerator)
    with torch.no_grad():
        model.output.bias.zero_()
    vectors_ND = torch.randn(200, 8, dtype=torch.float64)
    distance_NV = (vectors_ND[:, None] - model.word_vectors()).square().sum(-1)
    distance_NV[:, [PAD, BOS]] = torch.inf
    assert torch.equal(model.words(vectors_ND).argmax(-1), distance_NV.argmin(-1))
    gaps = model.words(vectors_ND)[:, 3] - model.words(vectors_ND)[:, 4]
    unit = model.sharpness / (8 * model.word_vectors().square().mean())
    assert torch.allclose(gaps, unit * (distance_NV[:, 4] - distance_NV[:, 3]))
