import torch

from seqgan.ops.masks import last_real, masked_mean, pad_after_eos, stack_padded, token_mask

PAD, EOS = 0, 2


def test_pad_after_eos_keeps_the_first_eos_only() -> None:
    tokens_BT = torch.tensor([[5, EOS, 6, EOS], [EOS, EOS, EOS, 5], [5, 6, 7, 8], [5, 6, 7, EOS]])
    expected_BT = torch.tensor([[5, EOS, 0, 0], [EOS, 0, 0, 0], [5, 6, 7, 8], [5, 6, 7, EOS]])
    assert torch.equal(pad_after_eos(tokens_BT, eos=EOS, pad=PAD), expected_BT)
    assert torch.equal(pad_after_eos(expected_BT, eos=EOS, pad=PAD), expected_BT)


def test_masked_mean_ignores_what_is_masked_even_if_huge() -> None:
    values_BT = torch.tensor([[1.0, 3.0, 1e30], [7.0, 7.0, 7.0]], dtype=torch.float64)
    mask_BT = torch.tensor([[True, True, False], [False, False, False]])
    assert masked_mean(values_BT, mask_BT).tolist() == [2.0, 0.0]


def test_last_real_of_an_empty_row_is_its_first_entry() -> None:
    values_BT = torch.tensor([[1.0, 3.0, 9.0], [4.0, 5.0, 6.0]])
    mask_BT = torch.tensor([[True, True, True], [False, False, False]])
    assert last_real(values_BT, mask_BT).tolist() == [9.0, 4.0]


def test_stack_padded_is_undone_by_the_mask() -> None:
    rows = [[5, 6, 7], [], [8]]
    tokens_BT = stack_padded(rows, pad=PAD)
    mask_BT = token_mask(tokens_BT, pad=PAD)
    assert [row[mask].tolist() for row, mask in zip(tokens_BT, mask_BT, strict=True)] == rows
    assert stack_padded([], pad=PAD).shape == (0, 0)
    assert stack_padded([[], []], pad=PAD).shape == (2, 0)
