import math

import pytest
import torch

from seqgan.nn.transformer import Attention, Block, Rotary


def test_rotated_products_depend_on_the_distance_alone() -> None:
    rotary = Rotary(6).double()
    torch.manual_seed(0)
    query, key = torch.randn(2, 1, 1, 1, 6, dtype=torch.float64)

    def product(i: int, j: int) -> float:
        turned_query = rotary(torch.tensor([[i]]))(query)
        turned_key = rotary(torch.tensor([[j]]))(key)
        return float((turned_query * turned_key).sum())

    assert product(7, 4) == pytest.approx(product(3, 0))
    assert product(100, 104) == pytest.approx(product(0, 4))
    assert product(3, 0) != pytest.approx(product(0, 3))
    assert product(0, 0) == pytest.approx(float((query * key).sum()))


def test_a_rotation_by_hand() -> None:
    turn = Rotary(2).double()(torch.tensor([[2]]))
    got = turn(torch.tensor([[[[1.0, 0.0]]]], dtype=torch.float64)).flatten().tolist()
    assert got == pytest.approx([math.cos(2), math.sin(2)])


def test_what_is_cached_gives_the_same_as_reading_all_at_once() -> None:
    torch.manual_seed(0)
    block = Block(8, num_heads=2, dropout=0.0, crosses=True).double()
    rotary = Rotary(4).double()
    hidden_BTD = torch.randn(2, 5, 8, dtype=torch.float64)
    memory = block.look(torch.randn(2, 3, 8, dtype=torch.float64))
    memory_mask = torch.tensor([[True, True, False], [True, True, True]])[:, None, None]
    causal = torch.ones(2, 1, 5, 5, dtype=torch.bool).tril()
    place_BT = torch.arange(5).expand(2, -1)
    whole_BTD, _ = block(
        hidden_BTD, rotary(place_BT), causal, memory=memory, memory_mask_B11S=memory_mask
    )
    past = None
    for t in range(5):
        out_B1D, past = block(
            hidden_BTD[:, t : t + 1],
            rotary(place_BT[:, t : t + 1]),
            causal[:, :, t : t + 1, : t + 1],
            past=past,
            memory=memory,
            memory_mask_B11S=memory_mask,
        )
        torch.testing.assert_close(out_B1D[:, 0], whole_BTD[:, t])


def test_widths_that_do_not_divide_are_refused() -> None:
    with pytest.raises(ValueError, match="divisible by num_heads 3"):
        Attention(8, num_heads=3, dropout=0.0)
    with pytest.raises(ValueError, match="must be even"):
        Rotary(3)
