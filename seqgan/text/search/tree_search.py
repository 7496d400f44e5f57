"""Monte-Carlo tree search over tokens: select, expand, evaluate, back up (arXiv:2109.13582).

Legend: B sources, R trees that are looked at, S source length, T longest text, M rollouts a leaf,
V vocabulary.

As a decoder it looks for the text of the best score, the generator saying what is worth looking
at (its probabilities are the prior); as a reward it says what a prefix is worth if one looks ahead.
All trees take a simulation together: one step of the generator, one call of the scorer. A text has
no opponent: every node maximizes.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from seqgan.ops.sampling import sample_tokens
from seqgan.text.decoding import continue_from, prepare, trim
from seqgan.text.generators.base import Generator, State, select
from seqgan.text.rewards import ReplyScorer
from seqgan.text.rollouts import without_dropout
from seqgan.text.search.trees import NONE, Trees


@dataclass(frozen=True, kw_only=True)
class TreeSearch:
    """What is searched, by whose word, and how long.

    Args:
        generator: proposes tokens.
        score: what is maximized. Without rollouts it is asked about prefixes
            (`rewards.LastPrefix` of a scorer of prefixes), else about whole texts alone.
        max_length: longest text.
        num_simulations: leaves looked at, for each token decoded or each prefix rewarded.
        num_children: K, the likeliest tokens that may follow a prefix.
        exploration: weight of the prior; 0 goes where the score was best, much follows the
            generator.
        num_rollouts: completions by the generator whose mean score a leaf is worth; 0 asks the
            scorer about the prefix itself.
        temperature: divides the generator's logits.
        top_p: only the likeliest tokens that together reach this probability may follow.
    """

    generator: Generator
    score: ReplyScorer
    max_length: int
    num_simulations: int = 50
    num_children: int = 16
    exploration: float = 0.5
    num_rollouts: int = 0
    temperature: float = 1.0
    top_p: float = 1.0

    def __post_init__(self) -> None:
        if min(self.num_simulations, self.num_rollouts) < 0 or self.num_children < 1:
            raise ValueError(
                f"num_simulations {self.num_simulations} and num_rollouts {self.num_rollouts} must "
                f"not be negative, num_children {self.num_children} must be 1 or more"
            )
        if self.exploration < 0:
            raise ValueError(f"exploration {self.exploration} must not be negative")

    def uniforms(self, *sizes: int, rng: torch.Generator, device: torch.device) -> Tensor:
        """Return the random numbers of rollouts, shape (*sizes, M, T); without rollouts none."""
        shape = (*sizes, self.num_rollouts, self.max_length)
        return torch.rand(shape, generator=rng, device=rng.device).to(device)

    def plant(self, prefix_BT: Tensor, state: State, logits_BV: Tensor, *, num_nodes: int) -> Trees:
        """Return trees of prefixes that the generator has read, their roots not yet looked at."""
        trees = Trees(
            prefix_BT,
            num_nodes=num_nodes,
            num_children=min(self.num_children, self.generator.vocab_size),
            pad=self.generator.pad,
        )
        rows_B = torch.arange(len(prefix_BT), device=prefix_BT.device)
        trees.expand(rows_B, trees.root_B, self.prepared(logits_BV), state)
        return trees

    def prepared(self, logits_RV: Tensor) -> Tensor:
        """Return the logits of the distribution that prior and rollouts follow, shape (R, V)."""
        return prepare(logits_RV, temperature=self.temperature, top_p=self.top_p)

    @torch.no_grad()
    def simulate(
        self, trees: Trees, source_BS: Tensor, rows_R: Tensor, uniform_RMT: Tensor
    ) -> None:
        """Look at one more leaf of each of these trees.

        An ended text that is selected again costs nothing: its score is known.
        """
        found = trees.select(rows_R, exploration=self.exploration)
        known_R = found.node_R != NONE
        again, new = found.at(known_R), found.at(~known_R)
        value_R = trees.mean(again.rows_R, again.node_R)
        trees.back_up(again.rows_R, again.node_R, value_R, fresh=False)
        if len(new.rows_R) == 0:
            return
        token_R = new.tokens_RT.gather(1, new.length_R.unsqueeze(1) - 1).squeeze(1)
        ended_R = (token_R == self.generator.eos) | (new.length_R == self.max_length)
        node_R = trees.add(new, ended_R)
        open_R = (~ended_R).nonzero().squeeze(1)
        state: State = {}
        logits_OV = torch.empty(0)
        if len(open_R):
            parents = trees.state_of(new.rows_R[open_R], new.parent_R[open_R])
            logits_OV, state = self.generator.step(parents, token_R[open_R])
            logits_OV = self.prepared(logits_OV)
            trees.expand(new.rows_R[open_R], node_R[open_R], logits_OV, state)
        source_RS, uniform_RMT = source_BS[new.rows_R], uniform_RMT[~known_R]
        value_R = self.worth(
            source_RS, new.tokens_RT, new.length_R, open_R, state, logits_OV, uniform_RMT
        )
        trees.back_up(new.rows_R, node_R, value_R, fresh=True)

    def worth(
        self,
        source_RS: Tensor,
        tokens_RT: Tensor,
        length_R: Tensor,
        open_R: Tensor,
        state: State,
        logits_OV: Tensor,
        uniform_RMT: Tensor,
    ) -> Tensor:
        """Return the score of each prefix, or the mean score of its rollouts, shape (R,).

        `open_R` are the places of those that have not ended, `state` and `logits_OV` theirs.
        """
        count_R = torch.ones_like(length_R)
        if self.num_rollouts and len(open_R):
            count_R[open_R] = self.num_rollouts
            ends_QT = self.complete(
                state, logits_OV, tokens_RT[open_R], length_R[open_R], uniform_RMT[open_R]
            )
            source_RS = source_RS.repeat_interleave(count_R, dim=0)
            tokens_RT = tokens_RT.repeat_interleave(count_R, dim=0)
            is_open_R = torch.zeros_like(length_R, dtype=torch.bool)
            is_open_R[open_R] = True
            tokens_RT[is_open_R.repeat_interleave(count_R)] = ends_QT
        score_Q = self.score(source_RS, trim(tokens_RT, pad=self.generator.pad)).double()
        row_Q = torch.arange(len(count_R), device=count_R.device).repeat_interleave(count_R)
        return score_Q.new_zeros(len(count_R)).index_add(0, row_Q, score_Q) / count_R

    def complete(
        self,
        state: State,
        logits_RV: Tensor,
        tokens_RT: Tensor,
        length_R: Tensor,
        uniform_RMT: Tensor,
    ) -> Tensor:
        """Return M completions of each unfinished prefix, (R M, T), a prefix's own together.

        `logits_RV` predict the first token, `state` is the one in which it will be read. Column j
        of `uniform_RMT` draws a completion's j-th token.
        """
        generator, num_tokens = self.generator, self.max_length
        rows_Q = torch.arange(len(length_R), device=length_R.device)
        rows_Q = rows_Q.repeat_interleave(self.num_rollouts)
        uniform_QT, length_Q = uniform_RMT.flatten(0, 1), length_R[rows_Q]
        first_Q = sample_tokens(logits_RV[rows_Q], uniform_QT[:, 0])
        rest_QT = continue_from(
            generator,
            select(state, rows_Q),
            first_Q,
            uniform_QT[:, 1:],
            temperature=self.temperature,
            top_p=self.top_p,
            limit_B=(num_tokens - 1 - length_Q).masked_fill(first_Q == generator.eos, 0),
        )
        drawn_QT = torch.cat([first_Q.unsqueeze(1), rest_QT], dim=1)
        roomy_QT = torch.nn.functional.pad(tokens_RT[rows_Q], (0, num_tokens), value=generator.pad)
        place_T = torch.arange(num_tokens, device=length_R.device)
        return roomy_QT.scatter(1, length_Q.unsqueeze(1) + place_T, drawn_QT)[:, :num_tokens]


@torch.no_grad()
def mcts_decode(
    search: TreeSearch, source_BS: Tensor, *, rng: torch.Generator
) -> tuple[Tensor, Trees]:
    """Return the text found for each source, shape (B, T), T at most `max_length`, and the trees.

    Token by token: `num_simulations` leaves are looked at, the most visited child is taken, and
    what was learned below it is kept. Texts that have ended leave the batch. Without rollouts
    nothing is drawn at random. The generator is asked without dropout.

    Raises:
        ValueError: for a search without simulations.
    """
    if search.num_simulations < 1:
        raise ValueError("num_simulations 0 finds nothing: 1 is the least")
    with without_dropout(search.generator):
        return _decode(search, source_BS, rng)


def _decode(search: TreeSearch, source_BS: Tensor, rng: torch.Generator) -> tuple[Tensor, Trees]:
    generator, longest, num = search.generator, search.max_length, search.num_simulations
    rows_R = torch.arange(len(source_BS), device=source_BS.device)
    empty_BT = source_BS.new_full((len(source_BS), longest), generator.pad)
    logits_BV, state = generator.step(
        generator.start(source_BS), source_BS.new_full((len(source_BS),), generator.bos)
    )
    trees = search.plant(empty_BT, state, logits_BV, num_nodes=longest * num + 1)
    for _ in range(longest):
        if len(rows_R) == 0:
            break
        uniform_BNMT = search.uniforms(len(source_BS), num, rng=rng, device=source_BS.device)
        for n in range(num):
            search.simulate(trees, source_BS, rows_R, uniform_BNMT[rows_R, n])
        ended_R = trees.advance(rows_R)
        rows_R = rows_R[~ended_R]
        trees.forget_passed(rows_R)
    return trim(trees.prefix_BT, pad=generator.pad), trees
