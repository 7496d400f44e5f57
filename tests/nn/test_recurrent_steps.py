"""An LSTM step by step says what it says of the whole sequence, and learns the same from it."""

import pytest
import torch
from torch import Tensor, nn

from seqgan.nn import recurrent_steps
from seqgan.nn.recurrent_steps import FEW, lstm_from


def _stepped(lstm: nn.LSTM, vectors_BTI: Tensor, state: tuple[Tensor, Tensor]) -> Tensor:
    """Return what is read one vector after another, (B, T, D)."""
    read = []
    for place in range(vectors_BTI.shape[1]):
        read_B1D, *state = lstm_from(lstm, vectors_BTI[:, place : place + 1], *state)
        read.append(read_B1D)
    return torch.cat(read, dim=1)


@pytest.mark.parametrize("num_layers", [1, 2])
@pytest.mark.parametrize("rows", [3, FEW + 1])
def test_steps_equal_the_whole_with_its_gradient(num_layers: int, rows: int) -> None:
    torch.manual_seed(0)
    lstm = nn.LSTM(5, 4, num_layers, batch_first=True)
    vectors_BTI = torch.randn(rows, 6, 5)
    state = (torch.randn(rows, num_layers, 4), torch.randn(rows, num_layers, 4))
    whole_BTD, _ = lstm(vectors_BTI, tuple(each.transpose(0, 1).contiguous() for each in state))
    stepped_BTD = _stepped(lstm, vectors_BTI, state)
    torch.testing.assert_close(stepped_BTD, whole_BTD)
    weights = list(lstm.parameters())
    for found, expected in zip(
        torch.autograd.grad(stepped_BTD.square().sum(), weights),
        torch.autograd.grad(whole_BTD.square().sum(), weights),
        strict=True,
    ):
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)
    with torch.no_grad():
        torch.testing.assert_close(_stepped(lstm, vectors_BTI, state), whole_BTD)


def test_few_rows_and_gradients_go_cell_by_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    """The quick way is taken where it pays, and only for single steps."""
    seen: list[int] = []
    monkeypatch.setattr(
        recurrent_steps,
        "_step",
        lambda lstm, vectors, *state: (seen.append(len(vectors)), (vectors, *state))[1],
    )
    lstm = nn.LSTM(4, 4, batch_first=True)
    for rows, steps, gradient in (
        (2, 1, False),
        (FEW + 1, 1, False),
        (FEW + 2, 1, True),
        (3, 2, True),
    ):
        zeros_BLD = torch.zeros(rows, 1, 4)
        with torch.set_grad_enabled(gradient):
            lstm_from(lstm, torch.zeros(rows, steps, 4), zeros_BLD, zeros_BLD)
    assert seen == [2, FEW + 2]


def test_between_layers_is_dropped_out_in_training_alone() -> None:
    lstm = nn.LSTM(4, 4, 2, batch_first=True, dropout=0.5)
    vectors_B1I, zeros_BLD = torch.randn(6, 1, 4), torch.zeros(6, 2, 4)

    def read() -> Tensor:
        return lstm_from(lstm, vectors_B1I, zeros_BLD, zeros_BLD)[0]

    lstm.train()
    assert not torch.equal(read(), read())
    lstm.eval()
    torch.testing.assert_close(read(), lstm(vectors_B1I)[0])
