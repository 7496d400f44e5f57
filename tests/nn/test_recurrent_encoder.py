import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from seqgan.nn.recurrent_encoder import RecurrentEncoder, reverse_real

LENGTHS = torch.tensor([5, 2, 1, 4])
MASK_BS = torch.arange(5) < LENGTHS.unsqueeze(1)


def test_reversing_twice_is_doing_nothing() -> None:
    values_BSE = torch.arange(40.0).view(4, 5, 2)
    once_BSE = reverse_real(values_BSE, MASK_BS)
    assert once_BSE[1, :, 0].tolist() == [12.0, 10.0, 14.0, 16.0, 18.0]
    assert torch.equal(reverse_real(once_BSE, MASK_BS), values_BSE)


@pytest.mark.parametrize("num_layers", [1, 2])
def test_it_equals_torch_on_packed_sequences(num_layers: int) -> None:
    torch.manual_seed(0)
    encoder = RecurrentEncoder(3, 8, num_layers=num_layers).double()
    packed = nn.LSTM(3, 4, num_layers, batch_first=True, bidirectional=True).double()
    for depth in range(num_layers):
        for ours, suffix in ((encoder.ahead[depth], ""), (encoder.back[depth], "_reverse")):
            for name, weight in ours.named_parameters():
                theirs = name.replace("_l0", f"_l{depth}{suffix}")
                packed.get_parameter(theirs).data.copy_(weight)
    values_BSE = torch.randn(4, 5, 3, dtype=torch.float64)
    memory_BSD, summary_BD = encoder(values_BSE, MASK_BS)
    sequence = pack_padded_sequence(values_BSE, LENGTHS, batch_first=True, enforce_sorted=False)
    output, (hidden, _) = packed(sequence)
    expected_BSD, _ = pad_packed_sequence(output, batch_first=True, total_length=5)
    torch.testing.assert_close(memory_BSD, expected_BSD)
    torch.testing.assert_close(summary_BD, torch.cat([hidden[-2], hidden[-1]], dim=-1))


def test_an_empty_row_is_zero_and_an_odd_width_is_refused() -> None:
    encoder = RecurrentEncoder(3, 8)
    memory_BSD, summary_BD = encoder(torch.randn(2, 4, 3), torch.zeros(2, 4, dtype=torch.bool))
    assert memory_BSD.abs().sum() == 0
    assert summary_BD.abs().sum() == 0
    with pytest.raises(ValueError, match="dim 7 must be even"):
        RecurrentEncoder(3, 7)
