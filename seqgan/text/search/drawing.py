"""A search tree as indented text: what was looked at beside the text that was taken."""

from collections.abc import Callable

import torch
from torch import Tensor

from seqgan.text.search.trees import NONE, Trees

HEADER = "depth  visits  value  prior  token"


def draw_tree(
    trees: Trees, row: int, *, spell: Callable[[int], str], num_children: int = 3
) -> list[str]:
    """Return the lines of one tree: the path taken, marked >, and the siblings passed over.

    Each line says how deep the node lies, how often it was visited, its mean value, the prior by
    which it was proposed, and its token as `spell` writes it, indented by depth. At each depth the
    `num_children` most visited stand, the one taken last, its own children below it.
    """
    lines, node, depth = [HEADER], 0, int(trees.start_B[row])
    while node != NONE:
        taken, taken_line = NONE, ""
        shown = _most_visited(trees, row, node, num_children)
        for slot in shown:
            child = int(trees.child_BNK[row, node, slot])
            token = int(trees.token_BNK[row, node, slot])
            is_taken = token == int(trees.prefix_BT[row, depth])
            line = _line(trees, row, node, slot, depth + 1, spell(token), is_taken=is_taken)
            if is_taken:
                taken, taken_line = child, line
            else:
                lines.append(line)
        if taken_line:
            lines.append(taken_line)
        node, depth = taken, depth + 1
    return lines


def _most_visited(trees: Trees, row: int, node: int, count: int) -> list[int]:
    """Return the slots of the most visited children, the most visited first."""
    child_K: Tensor = trees.child_BNK[row, node]
    visits_K = trees.visits_BN[row, child_K.clamp(min=0)].masked_fill(child_K == NONE, 0)
    order = visits_K.argsort(descending=True, stable=True).tolist()
    return [slot for slot in order[:count] if int(visits_K[slot]) > 0]


def _line(
    trees: Trees, row: int, node: int, slot: int, depth: int, token: str, *, is_taken: bool
) -> str:
    child = trees.child_BNK[row, node, slot]
    visits = int(trees.visits_BN[row, child])
    value = float(trees.mean(torch.tensor(row), child))
    prior = float(trees.prior_BNK[row, node, slot])
    mark = ">" if is_taken else " "
    return f"{depth:>5}{visits:>8}{value:>7.3f}{prior:>7.3f}  {'  ' * (depth - 1)}{mark} {token}"
