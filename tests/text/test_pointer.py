"""A generator that copies: its mixture by hand, and what is never written."""

import pytest
import torch
from lively_models import lively
from torch import Tensor

from seqgan.ops.relaxations import one_hot
from seqgan.text.generators.base import shift_right
from seqgan.text.generators.pointer import LEAST, PointerGenerator

PAD, BOS, EOS, VOCAB, MARK = 0, 1, 2, 9, 3
SOURCE = torch.tensor([[MARK, 5, 6, 5], [MARK, 7, PAD, PAD]])
TOKENS = torch.tensor([[5, 8, EOS], [7, EOS, PAD]])


@pytest.fixture
def pointer() -> PointerGenerator:
    return lively(
        lambda: PointerGenerator(
            VOCAB, pad=PAD, bos=BOS, eos=EOS, dim=8, dropout=0.0, marks=[MARK]
        ),
        seed=0,
    )


def test_the_mixture_is_the_paper_s(pointer: PointerGenerator) -> None:
    state = pointer.start(SOURCE)
    features_BTD, _ = pointer.writer.features(state, shift_right(TOKENS, bos=BOS))
    written_BTV = (pointer.writer.words(features_BTD) + pointer.ban_V).softmax(-1)
    open_BT1 = pointer.gate(features_BTD).sigmoid()
    expected_BTV = open_BT1 * written_BTV
    score_BTS = pointer.finger(features_BTD) @ state["memory"].transpose(1, 2)
    for row, step in ((row, step) for row in range(2) for step in range(3)):
        places = [place for place, token in enumerate(SOURCE[row]) if token not in (PAD, MARK)]
        attention = score_BTS[row, step, places].softmax(0)
        for weight, place in zip(attention, places, strict=True):
            token = SOURCE[row, place]
            expected_BTV[row, step, token] += (1 - open_BT1[row, step, 0]) * weight
    got_BTV = pointer.logits(SOURCE, TOKENS).exp()
    torch.testing.assert_close(got_BTV, expected_BTV, atol=1e-8, rtol=1e-8)
    torch.testing.assert_close(got_BTV.sum(-1), torch.ones(2, 3).double(), atol=1e-7, rtol=0)


def test_token_likelihoods_are_the_mixture_s(pointer: PointerGenerator) -> None:
    got_BT = pointer.logp_from(pointer.start(SOURCE), TOKENS)
    logits_BTV = pointer.logits(SOURCE, TOKENS)
    expected_BT = logits_BTV.gather(-1, TOKENS.unsqueeze(-1)).squeeze(-1)
    expected_BT = expected_BT.masked_fill(TOKENS == PAD, 0)
    torch.testing.assert_close(got_BT, expected_BT)


def test_logits_of_real_tokens_alone_are_those_of_all(pointer: PointerGenerator) -> None:
    expected_NV = pointer.logits(SOURCE, TOKENS)[TOKENS != PAD]
    torch.testing.assert_close(pointer.real_logits(SOURCE, TOKENS), expected_NV)


def test_marks_are_neither_written_nor_copied(pointer: PointerGenerator) -> None:
    chances_BTV = pointer.logits(SOURCE, TOKENS).exp()
    assert chances_BTV[..., [PAD, BOS, MARK]].max() == 0


def test_a_shut_gate_copies_alone(pointer: PointerGenerator) -> None:
    with torch.no_grad():
        pointer.gate.bias.fill_(-1e4)
    chances_BTV = pointer.logits(SOURCE, TOKENS).exp()
    elsewhere = [token for token in range(VOCAB) if token not in (5, 6)]
    assert chances_BTV[0][:, elsewhere].max() <= 2 * LEAST
    torch.testing.assert_close(chances_BTV[1, :, 7], torch.ones(3).double(), atol=1e-7, rtol=0)
    share_BT, place_BT = pointer.copying(pointer.start(SOURCE), TOKENS)
    assert share_BT[0, 0] > 0.99
    assert share_BT[0, 1] < 0.01  # 8 stands nowhere in its source
    assert SOURCE[0, place_BT[0, 0]] == 5


def test_a_source_without_words_is_written_from_the_vocabulary(pointer: PointerGenerator) -> None:
    with torch.no_grad():
        pointer.gate.bias.fill_(-1e4)
    empty = torch.tensor([[MARK], [MARK]])
    torch.testing.assert_close(
        pointer.logits(empty, TOKENS).exp().sum(-1), torch.ones(2, 3).double(), atol=1e-7, rtol=0
    )


def soft_source() -> Tensor:
    """Return shares of words at every place, (2, 4, V); the pads' are of padding."""
    shares_BSV = one_hot(SOURCE, VOCAB).double()
    real_BS = (SOURCE != PAD) & (SOURCE != MARK)
    drawn_BSV = torch.rand(2, 4, VOCAB, generator=torch.Generator().manual_seed(3)).double()
    drawn_BSV[..., [PAD, BOS, EOS, MARK]] = 0
    mixed_BSV = 0.6 * shares_BSV + 0.4 * drawn_BSV / drawn_BSV.sum(-1, keepdim=True)
    return torch.where(real_BS.unsqueeze(-1), mixed_BSV, shares_BSV)


def test_shares_of_words_are_copied_as_such(pointer: PointerGenerator) -> None:
    """p(copy w) = sum_s a_s share_s(w), of tokens as of all words; whole shares are the words."""
    state = pointer.start(SOURCE)
    whole = pointer.copying_shares(state, one_hot(SOURCE, VOCAB).double())
    expected_BTV = pointer.logits(SOURCE, TOKENS)
    torch.testing.assert_close(pointer.logits_from(whole, TOKENS), expected_BTV)
    soft = pointer.copying_shares(state, soft_source())
    logits_BTV = pointer.logits_from(soft, TOKENS)
    torch.testing.assert_close(
        logits_BTV.exp().sum(-1), torch.ones(2, 3).double(), atol=1e-7, rtol=0
    )
    found_BT = logits_BTV.gather(-1, TOKENS.unsqueeze(-1)).squeeze(-1).masked_fill(TOKENS == PAD, 0)
    torch.testing.assert_close(pointer.logp_from(soft, TOKENS), found_BT)
    assert not torch.allclose(logits_BTV, expected_BTV, atol=0.1)


def test_shares_of_what_is_never_copied_leave_the_rest_its_proportions(
    pointer: PointerGenerator,
) -> None:
    """A place that is half an end counts for half: as two of which the one cannot be copied."""
    state, shares_BSV = pointer.start(SOURCE), soft_source()
    half_BSV = shares_BSV.clone()
    half_BSV[0, 1] = shares_BSV[0, 1] / 2
    half_BSV[0, 1, EOS] += 0.5
    features_BTD, _ = pointer.writer.features(state, TOKENS)

    def attention(shares_BSV: Tensor) -> Tensor:
        return pointer.attention(features_BTD, pointer.copying_shares(state, shares_BSV))[0]

    whole_TS, less_TS = attention(shares_BSV), attention(half_BSV)
    torch.testing.assert_close(less_TS.sum(-1), torch.ones(3).double())
    torch.testing.assert_close(2 * less_TS[:, 1] / less_TS[:, 0], whole_TS[:, 1] / whole_TS[:, 0])
    soft = pointer.copying_shares(state, half_BSV)
    with torch.no_grad():
        pointer.gate.bias.fill_(-1e4)
    copied_BTV = pointer.logits_from(soft, TOKENS).exp()
    assert (copied_BTV[..., [PAD, BOS, EOS, MARK]] < 1e-8).all()
    torch.testing.assert_close(copied_BTV[0].sum(-1), torch.ones(3).double(), atol=1e-7, rtol=0)
    assert pointer.logp_from(soft, torch.tensor([[EOS], [EOS]])).exp().max() < 1e-8


def test_the_gradient_of_shares_knows_what_could_be_copied(pointer: PointerGenerator) -> None:
    """A gate that is shut writes a word by copying alone: its slope is that of the mixture."""
    with torch.no_grad():
        pointer.gate.bias.fill_(-1e4)
    state = pointer.start(SOURCE)

    def likelihood(shares_BSV: Tensor) -> Tensor:
        return pointer.logp_from(pointer.copying_shares(state, shares_BSV), TOKENS)[0, 0]

    shares_BSV = soft_source().requires_grad_()
    (slope_BSV,) = torch.autograd.grad(likelihood(shares_BSV), shares_BSV)
    moved = torch.zeros_like(shares_BSV)
    moved[0, 1, 5] = 1e-5  # the first token is a 5, which may be copied from there
    with torch.no_grad():
        rise = (likelihood(shares_BSV + moved) - likelihood(shares_BSV - moved)) / 2e-5
    torch.testing.assert_close(slope_BSV[0, 1, 5], rise, rtol=1e-4, atol=1e-6)
    assert slope_BSV[0, 1, 5] > 0.05
    assert slope_BSV[0, 1, 6] == 0
