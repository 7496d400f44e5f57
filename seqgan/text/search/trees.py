"""Search trees over tokens, many side by side: which leaf is looked at next, and what it changes.

Legend: B trees, R trees that are looked at, N nodes, K children of a node, T longest text,
V vocabulary.

A node is a prefix; node 0 is the prefix that a tree was started from. Trees stand in tables, one
row a tree, so that one step of all of them is a handful of tensor operations.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from seqgan.text.generators.base import State, concat, select

NONE = -1
"""In place of a node that does not exist (yet)."""


def puct(
    value_RK: Tensor,
    prior_RK: Tensor,
    visits_RK: Tensor,
    parent_visits_R: Tensor,
    *,
    exploration: float,
) -> Tensor:
    """Return the upper bound by which a child is selected, shape (R, K).

    value + exploration * prior * sqrt(parent's visits) / (1 + visits): UCB with a prior, as in
    AlphaGo Zero (PUCT, doi:10.1038/nature24270, methods). A parent counts at least one visit, so
    that the prior decides at first.

    >>> value, prior = torch.tensor([[0.5, 0.0]]), torch.tensor([[0.25, 0.75]])
    >>> puct(value, prior, torch.tensor([[3, 0]]), torch.tensor([4]), exploration=2.0)
    tensor([[0.7500, 3.0000]])
    """
    root_R1 = parent_visits_R.clamp(min=1).sqrt().unsqueeze(1)
    return value_RK + exploration * prior_RK * root_R1 / (1 + visits_RK)


class NodeStates:
    """The generator's states of all nodes, kept in the portions in which they were computed."""

    def __init__(self) -> None:
        self.portions: list[State] = []

    def add(self, state: State) -> int:
        """Keep a portion and return its number."""
        self.portions.append(state)
        return len(self.portions) - 1

    def select(self, portion_R: Tensor, row_R: Tensor) -> State:
        """Return the states at these rows of these portions, in this order."""
        parts, places = [], []
        for number in portion_R.unique().tolist():
            place_P = (portion_R == number).nonzero().squeeze(1)
            parts.append(select(self.portions[number], row_R[place_P]))
            places.append(place_P)
        return select(concat(parts), torch.cat(places).argsort())

    def drop_all_but(self, portions: set[int]) -> None:
        """Let go of the portions that no node will ask for again."""
        for number in range(len(self.portions)):
            if number not in portions:
                self.portions[number] = {}


@dataclass(frozen=True)
class Leaves:
    """What was selected in R trees: a prefix that is new, or an ended text looked at again."""

    rows_R: Tensor  # which tree
    node_R: Tensor  # the leaf itself; NONE where it is new
    parent_R: Tensor
    slot_R: Tensor  # which child of the parent
    tokens_RT: Tensor  # from the text's first token on
    length_R: Tensor

    def at(self, where: Tensor) -> "Leaves":
        """Return the leaves at these places."""
        return Leaves(
            self.rows_R[where],
            self.node_R[where],
            self.parent_R[where],
            self.slot_R[where],
            self.tokens_RT[where],
            self.length_R[where],
        )


class Trees:
    """B trees with room for N nodes each, and the generator's state at every node.

    Args:
        prefix_BT: the prefixes, with room for the longest text, padded.
        num_nodes: N.
        num_children: K.
        pad: padding token.
    """

    def __init__(self, prefix_BT: Tensor, *, num_nodes: int, num_children: int, pad: int) -> None:
        num_trees, device = len(prefix_BT), prefix_BT.device
        flat, wide = (num_trees, num_nodes), (num_trees, num_nodes, num_children)
        self.prefix_BT = prefix_BT
        self.start_B = (prefix_BT != pad).sum(1)
        self.root_B = torch.zeros(num_trees, dtype=torch.long, device=device)
        self.size_B = torch.ones_like(self.root_B)
        self.length_B = self.start_B.clone()  # of the prefix at `root_B`
        self.ended_BN = torch.zeros(flat, dtype=torch.bool, device=device)
        self.parent_BN = torch.full(flat, NONE, device=device)
        self.visits_BN = torch.zeros(flat, dtype=torch.long, device=device)
        self.sum_BN = torch.zeros(flat, dtype=torch.float64, device=device)
        self.states = NodeStates()
        self.portion_BN = torch.full(flat, NONE, device=device)
        self.state_row_BN = torch.full(flat, NONE, device=device)
        self.child_BNK = torch.full(wide, NONE, device=device)
        self.token_BNK = torch.full(wide, pad, device=device)
        self.prior_BNK = torch.zeros(wide, dtype=torch.float64, device=device)
        self.low_B = torch.full((num_trees,), torch.inf, dtype=torch.float64, device=device)
        self.high_B = -self.low_B

    def bounds(self, rows_R: Tensor, node_R: Tensor, *, exploration: float) -> Tensor:
        """Return what each child is selected by, -inf where there is none, shape (R, K).

        Values are stretched to [0, 1] between the lowest and the highest that the tree has seen
        (MuZero, arXiv:1911.08265, equation 5): logits and probabilities are searched alike. A
        child that was never visited counts as its parent's mean: at 0, or at 1, a search of few
        simulations would be all breadth or all depth.
        """
        child_RK, prior_RK = self.child_BNK[rows_R, node_R], self.prior_BNK[rows_R, node_R]
        known_RK, row_R1 = child_RK != NONE, rows_R.unsqueeze(1)
        visits_RK = self.visits_BN[row_R1, child_RK.clamp(min=0)] * known_RK
        parent_visits_R = self.visits_BN[rows_R, node_R]
        parent_R1 = self.mean(rows_R, node_R).unsqueeze(1)
        value_RK = self.mean(row_R1, child_RK.clamp(min=0)).where(known_RK, parent_R1)
        low_R, high_R = self.low_B[rows_R], self.high_B[rows_R]
        seen_R, spread_R = high_R >= low_R, (high_R - low_R).clamp(min=1e-12)
        low_R1 = low_R.where(seen_R, 0).unsqueeze(1)
        value_RK = (value_RK - low_R1) / spread_R.where(seen_R, 1).unsqueeze(1)
        bound_RK = puct(value_RK, prior_RK, visits_RK, parent_visits_R, exploration=exploration)
        return bound_RK.masked_fill(prior_RK == 0, -torch.inf)

    def select(self, rows_R: Tensor, *, exploration: float) -> Leaves:
        """Return the leaf that each of these trees is to look at, from its root downward."""
        node_R, tokens_RT = self.root_B[rows_R], self.prefix_BT[rows_R].clone()
        leaf_R, parent_R, slot_R = (torch.full_like(rows_R, NONE) for _ in range(3))
        length_R = self.length_B[rows_R].clone()
        going_G = torch.arange(len(rows_R), device=rows_R.device)
        while len(going_G):
            tree_G, node_G = rows_R[going_G], node_R[going_G]
            slot_G = self.bounds(tree_G, node_G, exploration=exploration).argmax(1)
            child_G = self.child_BNK[tree_G, node_G, slot_G]
            tokens_RT[going_G, length_R[going_G]] = self.token_BNK[tree_G, node_G, slot_G]
            length_R[going_G] += 1
            parent_R[going_G], slot_R[going_G], leaf_R[going_G] = node_G, slot_G, child_G
            inner_G = (child_G != NONE) & ~self.ended_BN[tree_G, child_G.clamp(min=0)]
            node_R[going_G] = child_G
            going_G = going_G[inner_G]
        return Leaves(rows_R, leaf_R, parent_R, slot_R, tokens_RT, length_R)

    def add(self, leaves: Leaves, ended_R: Tensor) -> Tensor:
        """Give every one of these new leaves a node, and return the nodes, shape (R,)."""
        rows_R = leaves.rows_R
        node_R = self.size_B[rows_R]
        self.size_B[rows_R] += 1
        self.parent_BN[rows_R, node_R] = leaves.parent_R
        self.child_BNK[rows_R, leaves.parent_R, leaves.slot_R] = node_R
        self.ended_BN[rows_R, node_R] = ended_R
        return node_R

    def expand(self, rows_R: Tensor, node_R: Tensor, logits_RV: Tensor, state: State) -> None:
        """Give these nodes the K likeliest tokens as children, their shares as prior.

        `logits_RV` and `state` are what the generator says and knows after the node's prefix.
        Tokens without probability are no children.
        """
        num_children = min(self.child_BNK.shape[2], logits_RV.shape[1])
        prior_RK, token_RK = logits_RV.double().softmax(-1).topk(num_children)
        self.prior_BNK[rows_R, node_R, :num_children] = prior_RK / prior_RK.sum(1, keepdim=True)
        self.token_BNK[rows_R, node_R, :num_children] = token_RK
        self.portion_BN[rows_R, node_R] = self.states.add(state)
        self.state_row_BN[rows_R, node_R] = torch.arange(len(rows_R), device=rows_R.device)

    def back_up(self, rows_R: Tensor, node_R: Tensor, value_R: Tensor, *, fresh: bool) -> None:
        """Add one visit of this value to the nodes and to everything above them.

        `fresh` values, of leaves not looked at before, widen the range of what the tree has seen.
        """
        value_R = value_R.double()
        if fresh:
            self.low_B[rows_R] = torch.minimum(self.low_B[rows_R], value_R)
            self.high_B[rows_R] = torch.maximum(self.high_B[rows_R], value_R)
        while len(rows_R):
            self.visits_BN[rows_R, node_R] += 1
            self.sum_BN[rows_R, node_R] += value_R
            node_R = self.parent_BN[rows_R, node_R]
            above_R = node_R != NONE
            rows_R, node_R, value_R = rows_R[above_R], node_R[above_R], value_R[above_R]

    def state_of(self, rows_R: Tensor, node_R: Tensor) -> State:
        """Return the generator's state after these nodes' prefixes."""
        return self.states.select(
            self.portion_BN[rows_R, node_R], self.state_row_BN[rows_R, node_R]
        )

    def mean(self, rows_R: Tensor, node_R: Tensor) -> Tensor:
        """Return the mean value of all visits of these nodes, same shape; 0 without any."""
        return self.sum_BN[rows_R, node_R] / self.visits_BN[rows_R, node_R].clamp(min=1)

    def best_slot(self, rows_R: Tensor, node_R: Tensor) -> Tensor:
        """Return the most visited child of these nodes, shape (R,).

        Of several the one that is worth most, of these the likeliest.
        """
        child_RK = self.child_BNK[rows_R, node_R]
        row_R1, safe_RK = rows_R.unsqueeze(1), child_RK.clamp(min=0)
        visits_RK = self.visits_BN[row_R1, safe_RK] * (child_RK != NONE)
        most_RK = visits_RK == visits_RK.amax(1, keepdim=True)
        value_RK = self.mean(row_R1, safe_RK)
        return value_RK.masked_fill(~most_RK, -torch.inf).argmax(1)

    def advance(self, rows_R: Tensor) -> Tensor:
        """Move these trees' roots to their best child; return which have ended, shape (R,)."""
        root_R = self.root_B[rows_R]
        slot_R = self.best_slot(rows_R, root_R)
        self.prefix_BT[rows_R, self.length_B[rows_R]] = self.token_BNK[rows_R, root_R, slot_R]
        self.length_B[rows_R] += 1
        self.root_B[rows_R] = self.child_BNK[rows_R, root_R, slot_R]
        return self.ended_BN[rows_R, self.root_B[rows_R]]

    def forget_passed(self, rows_R: Tensor) -> None:
        """Let go of the states that no simulation of these trees, from their roots, can ask for."""
        parent_RN = self.parent_BN[rows_R]
        below_RN = torch.zeros_like(parent_RN, dtype=torch.bool)
        below_RN.scatter_(1, self.root_B[rows_R].unsqueeze(1), True)
        while True:
            grown_RN = below_RN | (below_RN.gather(1, parent_RN.clamp(min=0)) & (parent_RN != NONE))
            if torch.equal(grown_RN, below_RN):
                break
            below_RN = grown_RN
        self.states.drop_all_but(set(self.portion_BN[rows_R][below_RN].unique().tolist()))
