"""A stack of LSTM layers from a state on, quick for one step too.

Legend: B batch, T time, I inputs, D width, L layers.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

FEW = 128
"""Rows up to which, without a gradient, `torch.lstm` spends most of a single step preparing it."""


def lstm_from(
    lstm: nn.LSTM, vectors_BTI: Tensor, hidden_BLD: Tensor, cell_BLD: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Return what the LSTM (`batch_first`) makes of vectors and states: (B, T, D), 2 (B, L, D).

    Equal to calling it, up to rounding (what dropout leaves between layers is another draw). One
    direction, without a projection. On a CPU `torch.lstm` lays its weights out anew at every
    call, so that one step of 64 rows took 2.4 ms, with its gradient 8.1 (width 256, one thread);
    cell by cell 1.2 and 4.2. Writing word by word is such steps.
    """
    one_step = vectors_BTI.shape[1] == 1
    pays = vectors_BTI.device.type == "cpu" and (torch.is_grad_enabled() or len(vectors_BTI) <= FEW)
    if one_step and pays and not torch.is_autocast_enabled("cpu"):
        return _step(lstm, vectors_BTI, hidden_BLD, cell_BLD)
    first = (hidden_BLD.transpose(0, 1).contiguous(), cell_BLD.transpose(0, 1).contiguous())
    read_BTD, (hidden_LBD, cell_LBD) = lstm(vectors_BTI, first)
    return read_BTD, hidden_LBD.transpose(0, 1), cell_LBD.transpose(0, 1)


def _step(
    lstm: nn.LSTM, vectors_B1I: Tensor, hidden_BLD: Tensor, cell_BLD: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    read_BD, states = vectors_B1I.squeeze(1), []
    for layer, weights in enumerate(lstm.all_weights):
        if layer:
            read_BD = functional.dropout(read_BD, lstm.dropout, lstm.training)
        states.append(
            torch.lstm_cell(read_BD, (hidden_BLD[:, layer], cell_BLD[:, layer]), *weights)
        )
        read_BD = states[-1][0]
    hidden_BLD, cell_BLD = (torch.stack(each, dim=1) for each in zip(*states, strict=True))
    return read_BD.unsqueeze(1), hidden_BLD, cell_BLD
