"""The tree of a reply as text: the path taken, who stood beside it, and nobody who was not seen."""

import pytest
import torch
from markov_generator import EOS, PAD, MarkovGenerator
from torch import Tensor

from seqgan.text.search.drawing import HEADER, draw_tree
from seqgan.text.search.tree_search import TreeSearch, mcts_decode
from seqgan.text.search.trees import Trees


def test_a_tree_drawn_by_hand() -> None:
    """A root of three children, the likeliest taken after two visits, its child seen once."""
    row = torch.tensor([0])
    trees = Trees(torch.zeros(1, 3, dtype=torch.long), num_nodes=6, num_children=3, pad=PAD)
    even_1V = torch.log(torch.tensor([[0.0, 0.0, 0.35, 0.4, 0.25]]))
    trees.expand(row, row, even_1V, {"x": row})
    for value in (0.5, 0.25):
        leaf = trees.select(row, exploration=1e6)
        node = trees.add(leaf, torch.tensor([False]))
        trees.expand(row, node, even_1V, {"x": row})
        trees.back_up(row, node, torch.tensor([value]), fresh=True)
    leaf = trees.select(row, exploration=0.0)
    trees.back_up(row, trees.add(leaf, torch.tensor([True])), torch.tensor([1.0]), fresh=True)
    trees.advance(row)
    spelled = {2: "(end)", 3: "three", 4: "four"}
    lines = draw_tree(trees, 0, spell=lambda token: spelled[token])
    assert lines == [
        HEADER,
        "    1       1  0.250  0.350    (end)",
        "    1       2  0.750  0.400  > three",
        "    2       1  1.000  0.400      three",
    ]


@torch.no_grad()
@pytest.mark.parametrize("row", [0, 1])
def test_the_path_marked_is_the_text_found(row: int) -> None:
    def score(source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
        return (tokens_BT == source_BS[:, :1]).double().mean(1)

    search = TreeSearch(
        generator=MarkovGenerator(seed=1), score=score, max_length=4, num_simulations=30
    )
    source_BS, rng = torch.tensor([[3], [4]]), torch.Generator().manual_seed(0)
    tokens_BT, trees = mcts_decode(search, source_BS, rng=rng)
    lines = draw_tree(trees, row, spell=str, num_children=2)[1:]
    taken = [int(line.split("> ")[1]) for line in lines if ">" in line]
    assert taken == [token for token in tokens_BT[row].tolist() if token != PAD]
    depths = [int(line.split()[0]) for line in lines]
    assert depths == sorted(depths)
    assert all(depths.count(depth) <= 2 for depth in depths)
    assert all(int(line.split()[1]) > 0 for line in lines)
    assert EOS in taken or len(taken) == 4
