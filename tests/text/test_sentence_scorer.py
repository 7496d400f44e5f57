"""The SeqGAN discriminator against its definition, on words, on vectors and on packed rollouts.

Legend: B batch, T sentence length, V vocabulary, D width, F features, G prefixes, N rollouts,
M longest.
"""

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from seqgan.nn.saving import load_weights, read_config
from seqgan.text.sentence_scorer import NUM_FILTERS, WIDTHS, SentenceScorer

VOCAB = 9
PADS = [0, VOCAB, VOCAB + 5]
NOTHING_BS = torch.empty(3, 0, dtype=torch.long)


def scorer(*, pad: int = 0, own_gate: bool = True) -> SentenceScorer:
    """Return a scorer with lively weights in float64, without dropout."""
    torch.manual_seed(1)
    made = SentenceScorer(
        VOCAB, pad=pad, dim=5, widths=(1, 2, 4, 7), num_filters=(3, 2, 4, 3), own_gate=own_gate
    )
    made = made.double().eval()
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.3)
    return made


def sentences(*, pad: int) -> Tensor:
    """Return sentences of 6, 2 and 1 words, padded."""
    tokens_BT = torch.tensor([[3, 4, 5, 3, 7, 8], [6, 2, 0, 0, 0, 0], [4, 0, 0, 0, 0, 0]])
    return tokens_BT.where(tokens_BT > 0, pad)


def by_definition(model: SentenceScorer, words: list[int]) -> float:
    """Return the score of one sentence, a window and a feature at a time."""
    features = []
    for conv in model.filters:
        assert isinstance(conv, nn.Conv1d)
        assert conv.bias is not None
        (width,) = conv.kernel_size
        vectors = [model.embedding.weight[word] for word in words]
        vectors += [torch.zeros(5, dtype=torch.float64)] * (width - len(words))
        windows = [torch.stack(vectors[p : p + width]) for p in range(len(vectors) - width + 1)]
        for weight_DK, bias in zip(conv.weight, conv.bias, strict=True):
            answers = [float((weight_DK.t() * window).sum() + bias) for window in windows]
            features.append(max(0.0, *answers))
    feature_F = torch.tensor(features, dtype=torch.float64)
    mixed = model.highway(feature_F)
    change_F, gate_F = (mixed[:12], mixed[12:]) if model.own_gate else (mixed, mixed)
    open_F = gate_F.sigmoid()
    return float(model.score(open_F * change_F.relu() + (1 - open_F) * feature_F))


@torch.no_grad()
@pytest.mark.parametrize("pad", PADS)
@pytest.mark.parametrize("own_gate", [True, False])
def test_scores_are_those_of_the_definition(pad: int, own_gate: bool) -> None:
    model = scorer(pad=pad, own_gate=own_gate)
    got_B = model(NOTHING_BS, sentences(pad=pad)).tolist()
    expected = [by_definition(model, words) for words in ([3, 4, 5, 3, 7, 8], [6, 2], [4])]
    assert got_B == pytest.approx(expected, rel=1e-12)


@torch.no_grad()
@pytest.mark.parametrize("pad", PADS)
def test_padding_neighbors_and_source_change_nothing(pad: int) -> None:
    model, tokens_BT = scorer(pad=pad), sentences(pad=pad)
    score_B = model(NOTHING_BS, tokens_BT)
    wide_BT = nn.functional.pad(tokens_BT, (0, 5), value=pad)
    torch.testing.assert_close(model(torch.ones(3, 4, dtype=torch.long), wide_BT), score_B)
    torch.testing.assert_close(model(NOTHING_BS[:1], tokens_BT[1:2, :2])[0], score_B[1])
    assert bool(model(NOTHING_BS, tokens_BT[:, :0]).isfinite().all())


def test_word_vectors_in_place_of_words_score_the_same_and_pass_gradients() -> None:
    model, tokens_BT = scorer(), sentences(pad=0)
    mask_BT = tokens_BT != 0
    one_hot_BTV = nn.functional.one_hot(tokens_BT, VOCAB).double().requires_grad_()
    vectors_BTD = one_hot_BTV @ model.word_vectors()
    score_B = model.score_vectors(NOTHING_BS, vectors_BTD, mask_BT)
    torch.testing.assert_close(score_B, model(NOTHING_BS, tokens_BT))
    (slope_BTV,) = torch.autograd.grad(score_B.sum(), one_hot_BTV)
    assert bool((slope_BTV[~mask_BT] == 0).all())
    assert bool((slope_BTV[mask_BT].abs().sum(-1) > 0).all())


def test_gradients_of_vectors_are_right_twice_over() -> None:
    """A gradient penalty differentiates the gradient."""
    model = scorer()
    vectors_BTD = torch.randn(2, 4, 5, dtype=torch.float64, requires_grad=True)
    mask_BT = torch.tensor([[True] * 4, [True, True, False, False]])

    def score(vectors_BTD: Tensor) -> Tensor:
        return model.score_vectors(NOTHING_BS[:2], vectors_BTD, mask_BT)

    assert torch.autograd.gradcheck(score, vectors_BTD)
    assert torch.autograd.gradgradcheck(score, vectors_BTD)


def completed(tokens_BT: Tensor, *, pad: int, num_rollouts: int, longest: int) -> Tensor:
    """Return made completions of every prefix that end anywhere."""
    rng = torch.Generator().manual_seed(2)
    batch, length = tokens_BT.shape
    size = (length - 1, num_rollouts, batch, longest)
    out_GNBM = torch.randint(1, VOCAB, size, generator=rng)
    end_GNB = torch.randint(2, longest + 1, size[:3], generator=rng)
    for g in range(length - 1):
        out_GNBM[g, :, :, : g + 1] = tokens_BT[:, : g + 1]
        end_GNB[g].clamp_(min=g + 2)
    return out_GNBM.where(torch.arange(longest) < end_GNB.unsqueeze(-1), pad)


@torch.no_grad()
@pytest.mark.parametrize("pad", PADS)
@pytest.mark.parametrize("longest", [6, 9])
@pytest.mark.parametrize("own_gate", [True, False])
def test_packed_scores_are_those_of_each_completion(pad: int, longest: int, own_gate: bool) -> None:
    """Filters wider than a completion, completions that end early, replies that end in them."""
    model, tokens_BT = scorer(pad=pad, own_gate=own_gate), sentences(pad=pad)
    completed_GNBM = completed(tokens_BT, pad=pad, num_rollouts=3, longest=longest)
    got_GNB = model.score_completions(NOTHING_BS, tokens_BT, completed_GNBM)
    each_R = model(NOTHING_BS, completed_GNBM.flatten(0, 2))
    open_GB = (tokens_BT != pad)[:, 1:].t()
    expected_GNB = each_R.view_as(got_GNB) * open_GB.unsqueeze(1)
    torch.testing.assert_close(got_GNB, expected_GNB, rtol=1e-12, atol=1e-12)


@torch.no_grad()
def test_packed_scores_of_the_default_network_agree_in_float32() -> None:
    torch.manual_seed(0)
    model = SentenceScorer(50, pad=50).eval()
    tokens_BT = torch.randint(50, (2, 20))
    completed_GNBM = torch.randint(50, (19, 2, 2, 20))
    for g in range(19):
        completed_GNBM[g, :, :, : g + 1] = tokens_BT[:, : g + 1]
    got_GNB = model.score_completions(NOTHING_BS, tokens_BT, completed_GNBM)
    each_GNB = model(NOTHING_BS, completed_GNBM.flatten(0, 2)).view_as(got_GNB)
    torch.testing.assert_close(got_GNB, each_GNB, rtol=0, atol=5e-6)
    assert float(each_GNB.std()) > 0.01


@torch.no_grad()
def test_packed_scores_need_no_mode_and_keep_it() -> None:
    model, tokens_BT = scorer(), sentences(pad=0)
    completed_GNBM = completed(tokens_BT, pad=0, num_rollouts=2, longest=6)
    expected_GNB = model.score_completions(NOTHING_BS, tokens_BT, completed_GNBM)
    model.train()
    got_GNB = model.score_completions(NOTHING_BS, tokens_BT, completed_GNBM)
    assert torch.equal(got_GNB, expected_GNB)
    assert model.training
    assert model.dropout.training
    ended_BT = tokens_BT[1:].where(torch.arange(6) < 1, 0)  # nothing is open
    none_GNB = model.score_completions(NOTHING_BS[:2], ended_BT, completed_GNBM[:, :, 1:])
    assert bool((none_GNB == 0).all())


def test_the_default_is_the_papers() -> None:
    model = SentenceScorer(11, pad=0)
    assert sum(NUM_FILTERS) == model.score.in_features == 1720
    assert [conv.kernel_size for conv in model.filters] == [(width,) for width in WIDTHS]
    assert model.highway.out_features == 2 * 1720
    assert model.word_vectors().shape == (11, 64)


@pytest.mark.parametrize(
    ("widths", "num_filters"), [((1, 2), (3,)), ((0,), (3,)), ((2,), (0,)), ((), ())]
)
def test_widths_without_filters_are_refused(
    widths: tuple[int, ...], num_filters: tuple[int, ...]
) -> None:
    with pytest.raises(ValueError, match="equally many positive numbers"):
        SentenceScorer(11, pad=0, widths=widths, num_filters=num_filters)


@torch.no_grad()
def test_a_saved_scorer_comes_back(tmp_path: Path) -> None:
    model = scorer(own_gate=False)
    model.save_pretrained(tmp_path / "scorer")
    again = SentenceScorer(**read_config(tmp_path / "scorer")["arguments"]).double().eval()
    load_weights(again, tmp_path / "scorer")
    tokens_BT = sentences(pad=0)
    assert torch.equal(again(NOTHING_BS, tokens_BT), model(NOTHING_BS, tokens_BT))
