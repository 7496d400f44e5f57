"""The reward of every token by a tree search from the prefix that ends with it.

Legend: B batch, S source length, T text length, R prefixes, V vocabulary.
"""

from dataclasses import replace

import torch
from torch import Tensor

from seqgan.ops.masks import token_mask
from seqgan.text.generators.base import Generator, State, concat, select
from seqgan.text.rollouts import without_dropout
from seqgan.text.search.tree_search import TreeSearch


class TreeReward:
    """What a prefix is worth if the writer looks ahead: the value of a search from it.

    The first visit is to the prefix itself, `num_simulations` more follow, so that a search without
    simulations is the per-token reward, or with rollouts the rollout reward. The more of them and
    the less exploration, the more a prefix is credited with the best that could follow in place of
    what the generator, as it is, would write: an optimistic reward, biased as a gradient of the
    expected score, and as many times dearer. The last token's reward is the score of the whole.

    Args:
        search: how prefixes are searched; its `max_length` counts unless a text is longer.
        trees_at_once: bound on the trees that stand in memory together.
    """

    def __init__(self, search: TreeSearch, *, trees_at_once: int = 512) -> None:
        self.search, self.trees_at_once = search, trees_at_once

    @torch.no_grad()
    def __call__(self, source_BS: Tensor, tokens_BT: Tensor, rng: torch.Generator) -> Tensor:
        """Return rewards, shape (B, T)."""
        mask_BT = token_mask(tokens_BT, pad=self.search.generator.pad)
        whole_B = self.search.score(source_BS, tokens_BT)
        reward_BT = whole_B.new_zeros(tokens_BT.shape)
        last_B1 = mask_BT.sum(1, keepdim=True).sub(1).clamp(min=0)
        reward_BT.scatter_(1, last_B1, whole_B.unsqueeze(1))
        texts = max(1, self.trees_at_once // max(tokens_BT.shape[1] - 1, 1))
        for first in range(0, len(tokens_BT), texts):
            part = slice(first, first + texts)
            with without_dropout(self.search.generator):
                self._search_prefixes(source_BS[part], tokens_BT[part], reward_BT[part], rng)
        return reward_BT * mask_BT

    def _search_prefixes(
        self, source_BS: Tensor, tokens_BT: Tensor, reward_BT: Tensor, rng: torch.Generator
    ) -> None:
        """Write the reward of every prefix that is not the whole text."""
        batch, length = tokens_BT.shape
        search = replace(self.search, max_length=max(self.search.max_length, length))
        num = search.num_simulations
        uniform = search.uniforms(
            batch, max(length - 1, 0), num + 1, rng=rng, device=source_BS.device
        )
        row_R, last_R, state, logits_RV = prefixes(search.generator, source_BS, tokens_BT)
        if len(row_R) == 0:
            return
        column_T = torch.arange(search.max_length, device=tokens_BT.device)
        roomy_BT = torch.nn.functional.pad(
            tokens_BT, (0, search.max_length - length), value=search.generator.pad
        )
        prefix_RT = roomy_BT[row_R].masked_fill(
            column_T > last_R.unsqueeze(1), search.generator.pad
        )
        source_RS, uniform_RNMT = source_BS[row_R], uniform[row_R, last_R]
        trees = search.plant(prefix_RT, state, logits_RV, num_nodes=num + 1)
        all_R = torch.arange(len(row_R), device=row_R.device)
        value_R = search.worth(
            source_RS,
            prefix_RT,
            trees.length_B,
            all_R,
            state,
            search.prepared(logits_RV),
            uniform_RNMT[:, 0],
        )
        trees.back_up(all_R, trees.root_B, value_R, fresh=True)
        for n in range(num):
            search.simulate(trees, source_RS, all_R, uniform_RNMT[:, n + 1])
        reward_BT[row_R, last_R] = trees.mean(all_R, trees.root_B).to(reward_BT)


def prefixes(
    generator: Generator, source_BS: Tensor, tokens_BT: Tensor
) -> tuple[Tensor, Tensor, State, Tensor]:
    """Return which text each proper prefix belongs to and its last token's place, shape (R,) each.

    And the generator's state after it, and the logits (R, V) of what follows. A text is read as
    far as its last token but one.
    """
    length_B = token_mask(tokens_BT, pad=generator.pad).sum(1)
    rows_R, state = torch.arange(len(length_B), device=length_B.device), generator.start(source_BS)
    previous_R = tokens_BT.new_full((len(length_B),), generator.bos)
    found: list[tuple[Tensor, Tensor, State, Tensor]] = []
    for t in range(tokens_BT.shape[1]):
        open_R = (length_B[rows_R] > t).nonzero().squeeze(1)
        rows_R, state, previous_R = rows_R[open_R], select(state, open_R), previous_R[open_R]
        if len(rows_R) == 0:
            break
        logits_RV, state = generator.step(state, previous_R)
        if t > 0:
            found.append((rows_R, torch.full_like(rows_R, t - 1), state, logits_RV))
        previous_R = tokens_BT[rows_R, t]
    if not found:
        nobody_R = rows_R[:0]
        return nobody_R, nobody_R, {}, torch.empty(0)
    rows, lasts, states, logits = zip(*found, strict=True)
    return torch.cat(rows), torch.cat(lasts), concat(list(states)), torch.cat(logits)
