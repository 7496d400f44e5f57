"""Packed completions equal the naive ones, and cost what they say.

Legend: B batch, S source length, T response length, G prefixes, N rollouts, M longest.
"""

import pytest
import torch
from lively_models import lively
from markov_generator import MarkovGenerator
from tiny_generators import BOS, EOS, PAD, VOCAB, bart, emitting, llama, pointer, t5
from torch import Tensor
from transformers import GPT2Config, GPT2LMHeadModel

from seqgan.text.decoding import continue_from
from seqgan.text.generators.base import Generator, select
from seqgan.text.generators.language_model import RecurrentLanguageModel
from seqgan.text.generators.pretrained import DecoderGenerator
from seqgan.text.generators.product import ProductOfExperts
from seqgan.text.generators.recurrent import RecurrentGenerator
from seqgan.text.generators.transformer import TransformerGenerator
from seqgan.text.rollouts import bytes_a_row, completions, without_dropout


def recurrent() -> Generator:
    return RecurrentGenerator(VOCAB, pad=PAD, bos=BOS, eos=EOS, dim=8)


def transformer() -> Generator:
    return TransformerGenerator(VOCAB, pad=PAD, bos=BOS, eos=EOS, dim=8, num_layers=2, num_heads=2)


def decoder() -> Generator:
    config = GPT2Config(
        vocab_size=VOCAB, n_positions=40, n_embd=8, n_layer=2, n_head=2, bos_token_id=EOS
    )
    model = GPT2LMHeadModel(config)
    return DecoderGenerator(model, vocab_size=VOCAB, pad=PAD, bos=BOS, eos=EOS, before=[], after=[])


def language_model() -> Generator:
    return RecurrentLanguageModel(VOCAB, pad=PAD, bos=BOS, eos=EOS, dim=8, hidden=6, num_layers=2)


def product() -> Generator:
    return ProductOfExperts([language_model(), transformer_alone()])


def transformer_alone() -> Generator:
    return TransformerGenerator(VOCAB, pad=PAD, bos=BOS, eos=EOS, dim=8)


def endless() -> Generator:
    """Sentences of one length: padding and end lie beyond the vocabulary (SeqGAN's oracle)."""
    return RecurrentLanguageModel(VOCAB, pad=VOCAB, bos=0, eos=VOCAB + 1, dim=8, hidden=6)


@pytest.fixture(
    params=[
        *(recurrent, emitting, pointer, transformer, language_model, product),
        *(decoder, llama, t5, bart),
    ],
    ids=lambda build: build.__name__,
)
def generator(request: pytest.FixtureRequest) -> Generator:
    """An untrained model with lively weights, in float64."""
    return lively(request.param, seed=1)


SOURCE_BS = torch.tensor([[3, 4, 5, 3], [5, 4, PAD, PAD], [4, PAD, PAD, PAD], [3, 3, 3, PAD]])
TOKENS_BT = torch.tensor(
    [[4, 4, 5, 3, 5], [5, EOS, PAD, PAD, PAD], [EOS, PAD, PAD, PAD, PAD], [3, 5, 3, EOS, PAD]]
)


@torch.no_grad()
def naive(generator: Generator, source_BS: Tensor, tokens_BT: Tensor, uniform: Tensor) -> Tensor:
    """Return the same as `completions`, one prefix after the other."""
    num_prefixes, num_rollouts, batch, _ = uniform.shape
    out = tokens_BT.new_full(uniform.shape, PAD)
    out_GNBM = out
    for b in range(batch):
        length = int((tokens_BT[b] != PAD).sum())
        for g in range(num_prefixes):
            out_GNBM[g, :, b, : g + 1] = tokens_BT[b, : g + 1]
            if g + 1 >= length:  # the prefix is the reply
                continue
            state, previous_1 = generator.start(source_BS[b : b + 1]), torch.tensor([generator.bos])
            for t in range(g + 1):
                _, state = generator.step(state, previous_1)
                previous_1 = tokens_BT[b, t : t + 1]
            rows_N = torch.zeros(num_rollouts, dtype=torch.long)
            out_GNBM[g, :, b, g + 1 :] = continue_from(
                generator,
                select(state, rows_N),
                previous_1.expand(num_rollouts),
                uniform[g, :, b, g + 1 :],
            )
    return out


def uniforms(tokens_BT: Tensor, *, num_rollouts: int, longest: int) -> Tensor:
    """Return random numbers for every completion."""
    size = (tokens_BT.shape[1] - 1, num_rollouts, len(tokens_BT), longest)
    return torch.rand(size, generator=torch.Generator().manual_seed(8))


@pytest.mark.parametrize("longest", [5, 8])
def test_packed_equals_naive_under_shared_random_numbers(
    generator: Generator, longest: int
) -> None:
    """Replies that end early, that are a single `eos`, and one cut at the greatest length."""
    uniform = uniforms(TOKENS_BT, num_rollouts=8, longest=longest)
    got = completions(generator, SOURCE_BS, TOKENS_BT, uniform)
    assert torch.equal(got, naive(generator, SOURCE_BS, TOKENS_BT, uniform))
    ended = (got == EOS).any(-1)
    assert bool(ended[:, :, 0].any())
    assert not bool(ended[:, :, 0].all())
    assert len(got[0, :, 0].unique(dim=0)) > 1


def test_sentences_of_one_length_from_an_empty_source() -> None:
    torch.manual_seed(1)
    generator = endless().double().eval()
    source_BS, tokens_BT = torch.empty(3, 0, dtype=torch.long), torch.randint(VOCAB, (3, 5))
    uniform = uniforms(tokens_BT, num_rollouts=4, longest=5)
    got = completions(generator, source_BS, tokens_BT, uniform)
    assert int(got.max()) < VOCAB
    for g in range(4):
        for b in range(3):
            prefix_1T = tokens_BT[b : b + 1, : g + 1]
            state = generator.start(source_BS[:1])
            for previous_1 in [torch.tensor([0]), *prefix_1T.unbind(1)][:-1]:
                _, state = generator.step(state, previous_1)
            rest = continue_from(
                generator,
                select(state, torch.zeros(4, dtype=torch.long)),
                prefix_1T[:, -1].expand(4),
                uniform[g, :, b, g + 1 :],
            )
            assert torch.equal(got[g, :, b, g + 1 :], rest)
            assert torch.equal(got[g, :, b, : g + 1], prefix_1T.expand(4, -1))


@pytest.mark.parametrize("numbers", [1, 3 * VOCAB, 10**9])
def test_logits_made_a_few_rows_at_a_time_change_nothing(
    generator: Generator, numbers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    uniform = uniforms(TOKENS_BT, num_rollouts=3, longest=6)
    expected = completions(generator, SOURCE_BS, TOKENS_BT, uniform)
    monkeypatch.setattr("seqgan.text.rollouts.CACHED_LOGITS", numbers)
    assert torch.equal(completions(generator, SOURCE_BS, TOKENS_BT, uniform), expected)


def test_dropout_is_off_meanwhile_and_every_part_is_as_before_after() -> None:
    torch.manual_seed(1)
    generator = recurrent().double()
    generator.train()
    generator.encoder.eval()
    modes = [part.training for part in generator.modules()]
    uniform = uniforms(TOKENS_BT, num_rollouts=3, longest=6)
    got = completions(generator, SOURCE_BS, TOKENS_BT, uniform)
    assert [part.training for part in generator.modules()] == modes
    assert torch.equal(got, completions(generator, SOURCE_BS, TOKENS_BT, uniform))
    assert torch.equal(got, completions(generator.eval(), SOURCE_BS, TOKENS_BT, uniform))


def test_modes_come_back_after_a_failure() -> None:
    module = torch.nn.Sequential(torch.nn.Dropout(0.5)).train()

    def fail() -> None:
        with without_dropout(module):
            assert not module[0].training
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert module[0].training


def test_rollouts_start_from_the_first_input() -> None:
    """The state before the first token has read `bos`: another `bos` gives other completions."""
    torch.manual_seed(1)
    generator = recurrent().double().eval()
    uniform = uniforms(TOKENS_BT, num_rollouts=16, longest=8)
    expected = completions(generator, SOURCE_BS, TOKENS_BT, uniform)
    generator.bos = 3
    with torch.no_grad():
        generator.embedding.weight.mul_(3)
    first = completions(generator, SOURCE_BS, TOKENS_BT, uniform)
    generator.bos = BOS
    assert not torch.equal(first, completions(generator, SOURCE_BS, TOKENS_BT, uniform))
    assert expected.shape == first.shape


def test_a_batch_of_one_and_a_single_rollout(generator: Generator) -> None:
    for row in range(4):
        source_1S, tokens_1T = SOURCE_BS[row : row + 1], TOKENS_BT[row : row + 1]
        uniform = uniforms(tokens_1T, num_rollouts=1, longest=6)
        got = completions(generator, source_1S, tokens_1T, uniform)
        assert torch.equal(got, naive(generator, source_1S, tokens_1T, uniform))


def test_rows_do_not_depend_on_their_neighbors(generator: Generator) -> None:
    uniform = uniforms(TOKENS_BT, num_rollouts=2, longest=6)
    together = completions(generator, SOURCE_BS, TOKENS_BT, uniform)
    for row in range(4):
        alone = completions(
            generator,
            SOURCE_BS[row : row + 1],
            TOKENS_BT[row : row + 1],
            uniform[:, :, row : row + 1],
        )
        assert torch.equal(alone, together[:, :, row : row + 1])


def test_prefixes_stay_and_nothing_follows_an_end(generator: Generator) -> None:
    got = completions(
        generator, SOURCE_BS, TOKENS_BT, uniforms(TOKENS_BT, num_rollouts=4, longest=7)
    )
    for g in range(4):
        assert torch.equal(got[g, :, :, : g + 1], TOKENS_BT[:, : g + 1].expand(4, -1, -1))
    ends = (got == EOS).int()
    behind = ends.cumsum(-1) - ends > 0
    assert bool((got[behind] == PAD).all())
    assert bool((got == PAD)[..., 1:][:, :, 2].all())  # the reply that is a single `eos`


def test_the_generators_steps_are_those_promised() -> None:
    """No reply ends: B rows of replies read in T steps, and N B rows for each open prefix.

    The first token of a completion is drawn from the state of the reply itself, so a prefix of g
    tokens costs T - g - 1 steps: B T + N B (T - 1)(T - 2) / 2 in all.
    """
    batch, length, num_rollouts = 64, 20, 16
    generator = MarkovGenerator()
    generator.forbid(EOS)
    tokens_BT = torch.full((batch, length), 3)
    uniform = uniforms(tokens_BT, num_rollouts=num_rollouts, longest=length)
    completions(generator, torch.full((batch, 1), 3), tokens_BT, uniform)
    pairs = (length - 1) * (length - 2) // 2
    assert generator.rows == batch * length + num_rollouts * batch * pairs == 176_384
    assert generator.steps == 20


def test_finished_completions_cost_nothing() -> None:
    """If everything ends at once, only the replies are read."""
    generator = MarkovGenerator()
    generator.forbid(3)
    generator.forbid(4)
    tokens_BT = torch.full((2, 5), 3)
    completions(
        generator, torch.full((2, 1), 3), tokens_BT, uniforms(tokens_BT, num_rollouts=4, longest=9)
    )
    assert (generator.rows, generator.steps) == (2 * 5, 5)


def test_caches_that_grow_are_counted_at_their_longest() -> None:
    """Two layers, keys and values of width 8 in float32, a mask of one byte a position."""
    source_1S = SOURCE_BS[:1]
    of_source = 4 * (2 * 2 + 1) * 8 * 5 + 5  # four words, the first input; the encoder's memory
    for longest in (1, 10):
        of_tokens = longest * (4 * 2 * 2 * 8 + 1)
        got = bytes_a_row(transformer(), source_1S, longest=longest)
        assert got == 2 * (of_source + of_tokens) + longest * 12
