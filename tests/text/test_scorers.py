from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from seqgan.text.generators.store import load_scorer, save_scorer
from seqgan.text.prefix_scorers import CausalScorer, ProjectionScorer
from seqgan.text.reply_scorers import ConvScorer, TransformerScorer, pooled_filters

PAD, VOCAB = 0, 9


def causal() -> nn.Module:
    return CausalScorer(VOCAB, pad=PAD, dim=8)


def projection() -> nn.Module:
    return ProjectionScorer(VOCAB, pad=PAD, dim=8)


def conv() -> nn.Module:
    return ConvScorer(VOCAB, pad=PAD, dim=8, num_filters=4)


def plain_conv() -> nn.Module:
    return ConvScorer(VOCAB, pad=PAD, dim=8, num_filters=4, widths=(2, 3), highway=False)


def transformer() -> nn.Module:
    return TransformerScorer(VOCAB, pad=PAD, dim=8, num_heads=2)


PREFIX = [projection, causal]
WHOLE = [conv, plain_conv, transformer]


@pytest.fixture(params=[*PREFIX, *WHOLE], ids=lambda build: build.__name__)
def scorer(request: pytest.FixtureRequest) -> nn.Module:
    build: Callable[[], nn.Module] = request.param
    return lively(build())


def lively(module: nn.Module) -> nn.Module:
    """Return the module with weights large enough to react to every token, in float64."""
    torch.manual_seed(1)
    module = module.double().eval()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.3)
    return module


@pytest.fixture
def source_BS() -> Tensor:
    return torch.tensor([[3, 4, 5, 6], [5, 4, PAD, PAD], [PAD, PAD, PAD, PAD]])


@pytest.fixture
def tokens_BT() -> Tensor:
    return torch.tensor([[4, 4, 5, 3, 2], [7, 2, PAD, PAD, PAD], [8, 5, 4, 2, PAD]])


def test_shapes(scorer: nn.Module, source_BS: Tensor, tokens_BT: Tensor) -> None:
    expected = (
        tokens_BT.shape
        if isinstance(scorer, CausalScorer | ProjectionScorer)
        else tokens_BT.shape[:1]
    )
    assert scorer(source_BS, tokens_BT).shape == expected
    assert scorer(source_BS[:, :0], tokens_BT).isfinite().all()
    assert scorer(source_BS, tokens_BT[:, :0]).isfinite().all()


def test_padding_changes_nothing(scorer: nn.Module, source_BS: Tensor, tokens_BT: Tensor) -> None:
    score = scorer(source_BS, tokens_BT)
    wide_BS = nn.functional.pad(source_BS, (0, 3), value=PAD)
    wide_BT = nn.functional.pad(tokens_BT, (0, 2), value=PAD)
    wide = scorer(wide_BS, wide_BT)
    torch.testing.assert_close(wide[..., : tokens_BT.shape[1]] if wide.dim() > 1 else wide, score)
    for b in range(3):
        num_source, num_tokens = int((source_BS[b] != PAD).sum()), int((tokens_BT[b] != PAD).sum())
        alone = scorer(source_BS[b : b + 1, :num_source], tokens_BT[b : b + 1, :num_tokens])
        together = score[b, :num_tokens] if score.dim() > 1 else score[b]
        torch.testing.assert_close(alone[0], together)


def test_every_token_of_prompt_and_response_counts(
    scorer: nn.Module, source_BS: Tensor, tokens_BT: Tensor
) -> None:
    """Maxima over time hide some tokens from a convolution, so one of two changes must show."""

    def change(source_1S: Tensor, tokens_1T: Tensor) -> float:
        old, new = scorer(source_BS[:1], tokens_BT[:1]), scorer(source_1S, tokens_1T)
        return float((new - old)[..., -1].abs().detach())

    for place in range(4):
        others = [source_BS[:1].clone() for _ in range(2)]
        others[0][0, place], others[1][0, place] = 7, 8
        assert max(change(other, tokens_BT[:1]) for other in others) > 1e-6
    for place in range(5):
        others = [tokens_BT[:1].clone() for _ in range(2)]
        others[0][0, place], others[1][0, place] = 7, 8
        assert max(change(source_BS[:1], other) for other in others) > 1e-6


def test_order_counts(scorer: nn.Module, source_BS: Tensor) -> None:
    ahead_1T, back_1T = torch.tensor([[4, 5, 6, 2]]), torch.tensor([[6, 5, 4, 2]])
    change = scorer(source_BS[:1], ahead_1T) - scorer(source_BS[:1], back_1T)
    assert float(change[..., -1].abs().detach()) > 1e-6


@pytest.mark.parametrize("build", PREFIX, ids=lambda build: build.__name__)
def test_causal_scores_see_exactly_the_tokens_so_far(
    build: Callable[[], nn.Module], source_BS: Tensor, tokens_BT: Tensor
) -> None:
    scorer = lively(build())
    score_BT = scorer(source_BS, tokens_BT)
    for place in range(tokens_BT.shape[1]):
        other_BT = tokens_BT.clone()
        other_BT[0, place] = 8
        change_T = (scorer(source_BS, other_BT) - score_BT)[0].detach().abs()
        assert float(change_T[:place].sum()) == 0
        assert bool((change_T[place:] > 1e-9).all())
        prefix_BT = scorer(source_BS, tokens_BT[:, : place + 1])
        torch.testing.assert_close(prefix_BT, score_BT[:, : place + 1])


@pytest.mark.parametrize("build", PREFIX, ids=lambda build: build.__name__)
def test_causal_scores_know_the_prompt_at_every_token(
    build: Callable[[], nn.Module], source_BS: Tensor, tokens_BT: Tensor
) -> None:
    scorer = lively(build())
    for place in range(4):
        other_BS = source_BS.clone()
        other_BS[0, place] = 8
        change_BT = (scorer(other_BS, tokens_BT) - scorer(source_BS, tokens_BT)).detach().abs()
        assert bool((change_BT[0] > 1e-9).all())
        assert float(change_BT[1:].sum()) == 0


def test_projection_scores_all_pairs_at_once(source_BS: Tensor, tokens_BT: Tensor) -> None:
    scorer = lively(projection())
    assert isinstance(scorer, ProjectionScorer)
    all_CBT = scorer.against_all(source_BS, tokens_BT)
    for c in range(3):
        alone_BT = scorer(source_BS[c : c + 1].expand(3, -1), tokens_BT)
        torch.testing.assert_close(all_CBT[c], alone_BT)


def test_pooled_filters_by_hand() -> None:
    """A filter of width 2 that adds neighbors: windows begin at real tokens, zeros follow."""
    conv = nn.Conv1d(1, 1, 2, bias=False)
    nn.init.ones_(conv.weight)
    values_BTE = torch.tensor([[[1.0], [4.0], [0.0]], [[-3.0], [-2.0], [-1.0]], [[0.0]] * 3])
    mask_BT = torch.tensor([[True, True, False], [True, True, True], [False, False, False]])
    pooled_BF = pooled_filters(nn.ModuleList([conv]), values_BTE, mask_BT)
    assert pooled_BF.tolist() == [[5.0], [0.0], [0.0]]


def test_training_reaches_every_parameter(
    scorer: nn.Module, source_BS: Tensor, tokens_BT: Tensor
) -> None:
    torch.autograd.backward(scorer(source_BS, tokens_BT).square().sum())
    for name, parameter in scorer.named_parameters():
        assert parameter.grad is not None, name
        assert bool(parameter.grad.isfinite().all()), name


def test_a_scorer_learns_whether_a_reply_fits() -> None:
    """The reply must repeat the prompt's token: neither of them alone tells."""
    torch.manual_seed(0)
    scorer = CausalScorer(VOCAB, pad=PAD, dim=16, dropout=0.0)
    optimizer = torch.optim.Adam(scorer.parameters(), lr=1e-2)
    source_BS = torch.randint(3, VOCAB, (256, 1))
    reply_BT = torch.where(torch.rand(256, 1) < 0.5, source_BS, torch.randint(3, VOCAB, (256, 1)))
    fits_B = (source_BS == reply_BT).float().squeeze(1)
    for _ in range(80):
        loss = nn.functional.binary_cross_entropy_with_logits(
            scorer(source_BS, reply_BT)[:, 0], fits_B
        )
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        optimizer.step()
    assert float(((scorer(source_BS, reply_BT)[:, 0] > 0) == fits_B.bool()).float().mean()) > 0.95


@pytest.mark.parametrize("build", [*PREFIX, *WHOLE], ids=lambda build: build.__name__)
def test_a_saved_scorer_gives_the_same_scores(
    build: Callable[[], nn.Module], source_BS: Tensor, tokens_BT: Tensor, tmp_path: Path
) -> None:
    scorer = build().eval()
    assert isinstance(scorer, ProjectionScorer | CausalScorer | ConvScorer | TransformerScorer)
    save_scorer(scorer, tmp_path / "discriminator")
    loaded = load_scorer(tmp_path / "discriminator")
    assert type(loaded) is type(scorer)
    assert not loaded.training
    assert torch.equal(loaded(source_BS, tokens_BT), scorer(source_BS, tokens_BT))
