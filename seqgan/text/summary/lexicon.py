"""Which pieces may follow so that a summary has whole words alone: people's, or the document's.

A vocabulary of subwords can join pieces of several words ("convertisual"), and does so most where a
word budget ends. Here each word is one that people's short texts have, or a word of the document:
all of it, or as much of it as stands before a mark ("image" of "image-like"). Marks alone are none.

Legend: B batch, S source length (a budget's mark, then words), V vocabulary.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from seqgan.text.generators.base import State
from seqgan.text.tokenizer import Tokenizer

SOURCE, BEGINS, ENDS, ACTIVE = "lexicon.source", "lexicon.begins", "lexicon.ends", "lexicon.active"
NODE, FRESH = "lexicon.node", "lexicon.fresh"
NAMES = (SOURCE, BEGINS, ENDS, ACTIVE, NODE, FRESH)
NONE = -1  # no word of people's begins so


class Lexicon:
    """People's words as a tree of ids, and what of a document a summary is in the middle of.

    Args:
        tokenizer: the vocabulary.
        words: people's.
        banned: ids that are never written; a word of a document that has one is none.
    """

    def __init__(
        self, tokenizer: Tokenizer, words: Sequence[str], *, banned: Sequence[int] = ()
    ) -> None:
        pieces = tokenizer.pieces(range(tokenizer.vocab_size))
        self.begins_V = torch.tensor([piece.startswith(" ") for piece in pieces])
        self.marks_V = torch.tensor([not any(map(str.isalnum, piece)) for piece in pieces])
        self.banned_V = torch.zeros(len(pieces), dtype=torch.bool)
        self.banned_V[list(banned)] = True
        self.pad = tokenizer.pad
        self.children: list[dict[int, int]] = [{}]
        self.whole = [False]  # whether a word may end at a node
        for word in words:
            for form in (word, f" {word}"):  # some vocabularies tell the first word of a text
                self.add([token for token in tokenizer.encode(form) if token < len(pieces)])
        self.first_V = torch.zeros(len(pieces), dtype=torch.bool)
        self.first_V[list(self.children[0])] = True

    def add(self, ids: Sequence[int]) -> None:
        """Take a word into the tree, unless it has a banned id."""
        if not ids or bool(self.banned_V[list(ids)].any()):
            return
        node = 0
        for token in ids:
            if token not in self.children[node]:
                self.children[node][token] = len(self.children)
                self.children.append({})
                self.whole.append(False)
            node = self.children[node][token]
        self.whole[node] = True

    def start(self, source_BS: Tensor) -> State:
        """Return what is known of sources before the first word."""
        begins_V, marks_V, banned_V = (
            each.to(source_BS.device) for each in (self.begins_V, self.marks_V, self.banned_V)
        )
        real_BS = source_BS != self.pad
        real_BS[:, 0] = False
        begins_BS = begins_V[source_BS] & real_BS
        begins_BS[:, 1:2] = real_BS[:, 1:2]
        number_BS = begins_BS.long().cumsum(1)
        marks_BS = marks_V[source_BS]
        real_BS &= _in_word(banned_V[source_BS] & real_BS, number_BS) == 0
        real_BS &= _in_word(~marks_BS & real_BS, number_BS) > 0
        goes_on_BS = _later(real_BS & ~begins_BS)
        cut_BS = _later(marks_BS) & ~marks_BS
        size = (len(source_BS),)
        return {
            SOURCE: source_BS.masked_fill(~real_BS, self.pad),
            BEGINS: begins_BS & real_BS,
            ENDS: real_BS & (~goes_on_BS | cut_BS),
            ACTIVE: torch.zeros_like(real_BS),
            NODE: torch.zeros(size, dtype=torch.long, device=source_BS.device),
            FRESH: torch.ones(size, dtype=torch.bool, device=source_BS.device),
        }

    def after(self, state: State, previous_B: Tensor, begun_B: Tensor, written_B: Tensor) -> State:
        """Return the state behind the pieces of the rows that have one, `written_B`, which begins
        a word there where `begun_B` says so."""
        same_BS = state[SOURCE] == previous_B.unsqueeze(1)
        begun_B1 = begun_B.unsqueeze(1)
        on_BS = state[ACTIVE].roll(1, 1) & ~state[BEGINS]
        active_BS = same_BS & torch.where(begun_B1, state[BEGINS], on_BS)
        from_B = state[NODE].masked_fill(begun_B, 0)
        steps = zip(from_B.tolist(), previous_B.tolist(), strict=True)
        nodes = [
            self.children[node].get(token, NONE) if node >= 0 else NONE for node, token in steps
        ]
        node_B = torch.tensor(nodes, device=previous_B.device)
        return {
            **state,
            ACTIVE: torch.where(written_B.unsqueeze(1), active_BS, state[ACTIVE]),
            NODE: torch.where(written_B, node_B, state[NODE]),
            FRESH: state[FRESH] & ~written_B,
        }

    def allowed(self, state: State) -> tuple[Tensor, Tensor]:
        """Return which pieces may follow (B, V), and whether a word may end here (B,)."""
        source_BS, active_BS, begins_BS = state[SOURCE], state[ACTIVE], state[BEGINS]
        fresh_B, device = state[FRESH], source_BS.device
        nodes = state[NODE].tolist()
        whole_B = torch.tensor([node > 0 and self.whole[node] for node in nodes], device=device)
        ended_B = fresh_B | whole_B | (active_BS & state[ENDS]).any(1)
        first_V, begins_V = self.first_V.to(device), self.begins_V.to(device)
        starts_BV = first_V & (begins_V | fresh_B.unsqueeze(1)) & ended_B.unsqueeze(1)
        anew_BS = begins_BS & ended_B.unsqueeze(1) & (fresh_B.unsqueeze(1) | begins_V[source_BS])
        on_BS = active_BS.roll(1, 1) & ~begins_BS
        taken_BV = torch.zeros_like(starts_BV).long()
        taken_BV.scatter_add_(1, source_BS, (anew_BS | on_BS).long())
        allowed_BV = starts_BV | (taken_BV > 0)
        for row, node in enumerate(nodes):
            if node > 0 and self.children[node]:
                allowed_BV[row, list(self.children[node])] = True
        return allowed_BV, ended_B


def _later(mask_BS: Tensor) -> Tensor:
    """Return whether the mask holds one place further on."""
    later_BS = mask_BS.roll(-1, 1)
    later_BS[:, -1] = False
    return later_BS


def _in_word(mask_BS: Tensor, number_BS: Tensor) -> Tensor:
    """Return how often the mask holds in the word that each place belongs to."""
    found_BS = torch.zeros_like(number_BS)
    return found_BS.scatter_add(1, number_BS, mask_BS.long()).gather(1, number_BS)
