"""Generators told a style: who reads, who writes, what the encoder never learns.

Legend: B batch, S source length, T response length.
"""

import pytest
import torch
from lively_models import lively
from torch import Tensor

from seqgan.ops.relaxations import one_hot
from seqgan.text.generators.base import Generator, select
from seqgan.text.generators.pointer import PointerGenerator
from seqgan.text.generators.recurrent import RecurrentGenerator
from seqgan.text.generators.transformer import TransformerGenerator
from seqgan.text.transfer.networks import StyleGenerator

PAD, BOS, EOS, VOCAB = 0, 1, 2, 9
TAGS = (7, 8)
SHARED, SEPARATE = 1, 2


def recurrent() -> Generator:
    return RecurrentGenerator(VOCAB, pad=PAD, bos=BOS, eos=EOS, dim=8)


def transformer() -> Generator:
    return TransformerGenerator(VOCAB, pad=PAD, bos=BOS, eos=EOS, dim=8, num_layers=1, num_heads=2)


def pointer() -> Generator:
    return PointerGenerator(VOCAB, pad=PAD, bos=BOS, eos=EOS, dim=8, dropout=0.0, marks=TAGS)


@pytest.fixture(params=[recurrent, transformer, pointer], ids=lambda build: build.__name__)
def inners(request: pytest.FixtureRequest) -> list[Generator]:
    return [lively(request.param, seed=seed) for seed in (1, 2)]


@pytest.fixture
def tokens_BT() -> Tensor:
    return torch.tensor([[4, 5, EOS], [6, EOS, PAD], [3, 3, EOS]])


def sources(*, told_source: bool) -> Tensor:
    """Return three sentences, the first and the last wanted in style 0, the second in style 1."""
    words_BW = torch.tensor([[3, 4, 5], [5, 6, PAD], [4, PAD, PAD]])
    target_B1, style_B1 = torch.tensor([[7], [8], [7]]), torch.tensor([[8], [7], [7]])
    tags = [target_B1, style_B1] if told_source else [target_B1]
    return torch.cat([*tags, words_BW], dim=1)


def test_one_generator_reads_the_tag_in_front_of_the_words(
    inners: list[Generator], tokens_BT: Tensor
) -> None:
    model, source_BS = (
        StyleGenerator(inners[:1], TAGS, told_source=False),
        sources(told_source=False),
    )
    assert torch.allclose(
        model.logits(source_BS, tokens_BT), inners[0].logits(source_BS, tokens_BT)
    )


def test_in_a_common_space_only_the_decoder_is_told_the_target(
    inners: list[Generator], tokens_BT: Tensor
) -> None:
    model, source_BS = StyleGenerator(inners[:1], TAGS, told_source=True), sources(told_source=True)
    other_BS = source_BS.clone()
    other_BS[:, 0] = 15 - other_BS[:, 0]
    state, other = model.start(source_BS), model.start(other_BS)
    assert torch.equal(model.memory(state)[0], model.memory(other)[0])
    logits_BTV, changed_BTV = (model.logits(each, tokens_BT) for each in (source_BS, other_BS))
    assert float((logits_BTV - changed_BTV).detach().abs().amax(-1).min()) > 1e-4
    _, by_hand = inners[0].step(inners[0].start(source_BS[:, 2:]), source_BS[:, 0])
    assert torch.allclose(inners[0].logits_from(by_hand, tokens_BT), logits_BTV)


@pytest.mark.parametrize("told_source", [False, True])
def test_separate_generators_take_their_rows_and_no_other(
    inners: list[Generator], tokens_BT: Tensor, told_source: bool
) -> None:
    model, source_BS = (
        StyleGenerator(inners, TAGS, told_source=told_source),
        sources(told_source=told_source),
    )
    logits_BTV = model.logits(source_BS, tokens_BT)
    words_BW = source_BS[:, model.num_tags :]
    writer = [0, 1, 0]
    reader = [1, 0, 0] if told_source else writer
    for row in range(3):
        state = inners[reader[row]].start(words_BW[row : row + 1])
        expected = inners[writer[row]].logits_from(state, tokens_BT[row : row + 1])
        assert torch.allclose(logits_BTV[row : row + 1], expected, atol=1e-6)


@pytest.mark.parametrize("count", [SHARED, SEPARATE])
@pytest.mark.parametrize("told_source", [False, True])
def test_soft_sources_and_steps_agree_with_words_and_teacher_forcing(
    inners: list[Generator], tokens_BT: Tensor, count: int, told_source: bool
) -> None:
    model, source_BS = (
        StyleGenerator(inners[:count], TAGS, told_source=told_source),
        sources(told_source=told_source),
    )
    logits_BTV = model.logits(source_BS, tokens_BT)
    tags_BN, words_BW = source_BS[:, : model.num_tags], source_BS[:, model.num_tags :]
    vectors_BWD = model.word_vectors()[words_BW]
    shares_BWV = one_hot(words_BW, model.vocab_size).to(vectors_BWD)
    for shares in (None, shares_BWV):
        soft = model.start_soft(tags_BN, vectors_BWD, words_BW, shares)
        assert torch.allclose(model.logits_from(soft, tokens_BT), logits_BTV, atol=1e-6)
    state, previous_B = model.start(source_BS), torch.full((3,), BOS)
    for t in range(tokens_BT.shape[1]):
        step_BV, state = model.step(state, previous_B)
        real_B = tokens_BT[:, t] != PAD
        assert torch.allclose(step_BV[real_B], logits_BTV[real_B, t], atol=1e-5)
        previous_B = tokens_BT[:, t]


def test_selected_states_go_on_with_their_own_generator(inners: list[Generator]) -> None:
    model, source_BS = StyleGenerator(inners, TAGS, told_source=True), sources(told_source=True)
    state, rows_R = model.start(source_BS), torch.tensor([1, 0, 1])
    first_B = torch.full((3,), BOS)
    logits_BV, _ = model.step(state, first_B)
    picked_RV, _ = model.step(select(state, rows_R), first_B)
    assert torch.allclose(picked_RV, logits_BV[rows_R], atol=1e-6)


def test_gradients_reach_the_reader_and_the_writer_alone(
    inners: list[Generator], tokens_BT: Tensor
) -> None:
    model = StyleGenerator(inners, TAGS, told_source=False)
    row_1S = sources(told_source=False)[:1]
    model.logits(row_1S, tokens_BT[:1])[..., EOS].sum().backward()
    assert any(p.grad is not None and p.grad.abs().sum() > 0 for p in inners[0].parameters())
    vectors_VD = model.word_vectors()
    others = [p for p in inners[1].parameters() if p is not vectors_VD]
    assert len(others) == sum(1 for _ in inners[1].parameters()) - 1
    assert all(p.grad is None for p in others)


def test_as_many_generators_as_styles_or_one() -> None:
    with pytest.raises(ValueError, match="3 generators for 2 styles"):
        StyleGenerator([recurrent() for _ in range(3)], TAGS, told_source=False)
