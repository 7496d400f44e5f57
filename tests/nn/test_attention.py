import torch

from seqgan.nn.attention import attend


def test_attention_is_the_softmax_weighted_mean() -> None:
    query_BTD = torch.tensor([[[1.0, 0.0], [0.0, 2.0]]], dtype=torch.float64)
    memory_BSD = torch.tensor([[[1.0, 0.0], [0.0, 1.0], [5.0, 5.0]]], dtype=torch.float64)
    got_BTD = attend(query_BTD, memory_BSD, torch.tensor([[True, True, False]]))
    for t, scores in enumerate(([1.0, 0.0], [0.0, 2.0])):
        weight_S = torch.tensor(scores, dtype=torch.float64).softmax(0)
        torch.testing.assert_close(got_BTD[0, t], weight_S)


def test_masked_entries_do_not_count_however_large() -> None:
    memory_BSD = torch.tensor([[[1.0], [1e20]]])
    mask_BS = torch.tensor([[True, False]])
    assert attend(torch.full((1, 1, 1), 1e10), memory_BSD, mask_BS).tolist() == [[[1.0]]]


def test_a_row_with_nothing_to_attend_to_gives_zero_and_finite_gradients() -> None:
    query_BTD = torch.ones(1, 2, 3, requires_grad=True)
    memory_BSD = torch.zeros(1, 4, 3, requires_grad=True)
    found_BTD = attend(query_BTD, memory_BSD, torch.zeros(1, 4, dtype=torch.bool))
    assert found_BTD.abs().sum() == 0
    torch.autograd.backward(found_BTD.sum())
    assert query_BTD.grad is not None
    assert bool(query_BTD.grad.isfinite().all())
    assert attend(query_BTD, memory_BSD[:, :0], torch.ones(1, 0).bool()).abs().sum() == 0
