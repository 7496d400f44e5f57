"""A generator that writes whole words alone: people's, or those of its source.

A vocabulary of subwords can join pieces of several words ("favoriteed"), and does so most where a
word budget ends. Here each word is one that people use, or a word of the source: all of it, or all
but the marks that close it ("maps" of "maps.", and never "1" of "1,024").

Legend: B batch, S source length (marks, then words), W source length without its marks, V
vocabulary.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from seqgan.text.generators.base import IMPOSSIBLE, Generator, State
from seqgan.text.generators.narrowed import NarrowedGenerator
from seqgan.text.tokenizer import Tokenizer

SOURCE, BEGINS, ENDS = "whole.source", "whole.begins", "whole.ends"
LOST, ACTIVE, NODE = "whole.lost", "whole.active", "whole.node"
NAMES = (SOURCE, BEGINS, ENDS, LOST, ACTIVE, NODE)
CLOSING = frozenset(".,:;!?…)]}>\"'`’”»*_|")
"""Marks that a word may be written without where it ends; "%", "+" and "#" belong to theirs."""
LEAST_USED = 2
"""Times that people use a word: fewer have misspellings, and names of one text."""
ROOT, NONE = 0, -1  # nothing is written yet; no word of people's begins so


def words_used(texts: Iterable[str], *, chinese: bool) -> tuple[str, ...]:
    """Return what stands between spaces in these texts twice or more, in order.

    (Nothing of Chinese ones, where a word is a character.)

    >>> words_used(["so cold , so cold .", "so bold , no"], chinese=False)
    (',', 'cold', 'so')
    """
    if chinese:
        return ()
    counts = Counter(word for text in texts for word in text.split())
    return tuple(sorted(word for word, count in counts.items() if count >= LEAST_USED))


class WholeWords:
    """Which pieces may follow: people's words as a tree of ids, and the words of each source.

    Args:
        tokenizer: the vocabulary.
        words: people's.
        banned: ids that are never written; a word of a source that has one is none.
        bare_marks: whether marks alone are a word.
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        words: Sequence[str],
        *,
        banned: Sequence[int] = (),
        bare_marks: bool = True,
    ) -> None:
        pieces = tokenizer.pieces(range(tokenizer.vocab_size))
        self.begins_V = torch.tensor([piece.startswith(" ") for piece in pieces])
        self.marks_V = torch.tensor([not any(map(str.isalnum, piece)) for piece in pieces])
        self.closing_V = torch.tensor([CLOSING.issuperset(piece.strip()) for piece in pieces])
        self.banned = frozenset(banned)
        self.banned_V = torch.zeros(len(pieces), dtype=torch.bool)
        self.banned_V[list(banned)] = True
        self.pad, self.bare_marks = tokenizer.pad, bare_marks
        self.children: list[dict[int, int]] = [{}]
        self.whole = [False]  # whether a word may end at a node
        for word in words:
            if not bare_marks and not any(map(str.isalnum, word)):
                continue
            for form in (word, f" {word}"):  # some vocabularies tell the first word of a text
                self.add(tokenizer.encode(form))
        self.first_V = torch.zeros(len(pieces), dtype=torch.bool)
        self.first_V[list(self.children[0])] = True
        whole = [token for token, node in self.children[0].items() if self.whole[node]]
        self.opening_V = self.marks_V.clone()  # marks that more of a word has to follow
        self.opening_V[whole] = False

    def add(self, ids: Sequence[int]) -> None:
        """Take a word into the tree, unless it has a banned id."""
        if not ids or not self.banned.isdisjoint(ids):
            return
        node = ROOT
        for token in ids:
            if token not in self.children[node]:
                self.children[node][token] = len(self.children)
                self.children.append({})
                self.whole.append(False)
            node = self.children[node][token]
        self.whole[node] = True

    def start(self, words_BW: Tensor) -> State:
        """Return what is known of sources before the first word.

        Marks that open only words of a source that are none (a bare "#") open no word of people's
        either: whoever copies them would have to go on with one ("#11").
        """
        device, real_BW = words_BW.device, words_BW != self.pad
        begins_V, marks_V, banned_V = (
            each.to(device) for each in (self.begins_V, self.marks_V, self.banned_V)
        )
        begins_BW = begins_V[words_BW] & real_BW
        begins_BW[:, :1] = real_BW[:, :1]
        number_BW = begins_BW.long().cumsum(1)
        inside_BW = real_BW & ~self.closing_V.to(device)[words_BW]
        real_BW = real_BW & (_in_word(banned_V[words_BW] & real_BW, number_BW) == 0)
        if not self.bare_marks:
            real_BW &= _in_word(~marks_V[words_BW] & real_BW, number_BW) > 0
        goes_on_BW = _later(real_BW & ~begins_BW)
        lost_BW = begins_BW & ~real_BW & self.opening_V.to(device)[words_BW]
        return {
            SOURCE: words_BW.masked_fill(~real_BW, self.pad),
            BEGINS: begins_BW & real_BW,
            ENDS: real_BW & (~goes_on_BW | _last(inside_BW, number_BW)),
            LOST: words_BW.masked_fill(~lost_BW, self.pad),
            ACTIVE: torch.zeros_like(real_BW),
            NODE: words_BW.new_full((len(words_BW),), ROOT),
        }

    def after(self, state: State, previous_B: Tensor, written_B: Tensor) -> State:
        """Return the state behind the pieces of the rows that have one, `written_B`."""
        begun_B = (state[NODE] == ROOT) | self.begins_V.to(previous_B.device)[previous_B]
        same_BW = state[SOURCE] == previous_B.unsqueeze(1)
        on_BW = _before(state[ACTIVE]) & ~state[BEGINS]
        active_BW = same_BW & torch.where(begun_B.unsqueeze(1), state[BEGINS], on_BW)
        from_B = state[NODE].masked_fill(begun_B, ROOT)
        steps = zip(from_B.tolist(), previous_B.tolist(), strict=True)
        nodes = [
            self.children[node].get(token, NONE) if node != NONE else NONE for node, token in steps
        ]
        node_B = torch.tensor(nodes, device=previous_B.device)
        return {
            **state,
            ACTIVE: torch.where(written_B.unsqueeze(1), active_BW, state[ACTIVE]),
            NODE: torch.where(written_B, node_B, state[NODE]),
        }

    def allowed(self, state: State) -> tuple[Tensor, Tensor]:
        """Return which pieces may follow (B, V), and whether a word may end here (B,)."""
        source_BW, active_BW, begins_BW = state[SOURCE], state[ACTIVE], state[BEGINS]
        fresh_B, device = state[NODE] == ROOT, source_BW.device
        nodes = state[NODE].tolist()
        whole_B = torch.tensor([node > 0 and self.whole[node] for node in nodes], device=device)
        ended_B = fresh_B | whole_B | (active_BW & state[ENDS]).any(1)
        first_V, begins_V = self.first_V.to(device), self.begins_V.to(device)
        starts_BV = first_V & (begins_V | fresh_B.unsqueeze(1)) & ended_B.unsqueeze(1)
        starts_BV = starts_BV.scatter(1, state[LOST], value=False)
        anew_BW = begins_BW & ended_B.unsqueeze(1) & (fresh_B.unsqueeze(1) | begins_V[source_BW])
        on_BW = _before(active_BW) & ~begins_BW & (source_BW != self.pad)
        taken_BV = torch.zeros_like(starts_BV).long()
        taken_BV.scatter_add_(1, source_BW, (anew_BW | on_BW).long())
        allowed_BV = starts_BV | (taken_BV > 0)
        for row, node in enumerate(nodes):
            if node > 0 and self.children[node]:
                allowed_BV[row, list(self.children[node])] = True
        return allowed_BV, ended_B


class WholeWordsGenerator(NarrowedGenerator):
    """A generator that is kept to whole words; what is allowed keeps its ratios.

    Args:
        generator: what writes; it is shared, not copied.
        words: which pieces may follow.
        num_marks: ids before the words of a source.
    """

    def __init__(self, generator: Generator, words: WholeWords, *, num_marks: int) -> None:
        super().__init__(generator)
        self.words, self.num_marks = words, num_marks

    def start(self, source_BS: Tensor) -> State:
        """Return the generator's state, and what is known of the sources' words."""
        own = self.generator.start(source_BS)
        return {**own, **self.words.start(source_BS[:, self.num_marks :])}

    def step(self, state: State, previous_B: Tensor) -> tuple[Tensor, State]:
        """Return the next token's logits (B, V), without what makes no word, and the state."""
        known = {name: state[name] for name in NAMES}
        own = {name: part for name, part in state.items() if name not in known}
        logits_BV, own = self.generator.step(own, previous_B)
        known = self.words.after(known, previous_B, previous_B != self.bos)
        allowed_BV, ended_B = self.words.allowed(known)
        allowed_BV[:, self.eos] = ended_B
        return logits_BV + IMPOSSIBLE * ~allowed_BV, {**own, **known}


def _later(mask_BW: Tensor) -> Tensor:
    """Return whether the mask holds one place further on."""
    return torch.cat([mask_BW[:, 1:], torch.zeros_like(mask_BW[:, :1])], dim=1)


def _before(mask_BW: Tensor) -> Tensor:
    """Return whether the mask holds one place before."""
    return torch.cat([torch.zeros_like(mask_BW[:, :1]), mask_BW[:, :-1]], dim=1)


def _in_word(mask_BW: Tensor, number_BW: Tensor) -> Tensor:
    """Return how often the mask holds in the word that each place belongs to."""
    found_BW = number_BW.new_zeros(len(number_BW), number_BW.shape[1] + 1)
    return found_BW.scatter_add(1, number_BW, mask_BW.long()).gather(1, number_BW)


def _last(mask_BW: Tensor, number_BW: Tensor) -> Tensor:
    """Return where the mask holds for the last time in a word."""
    place_BW = torch.arange(mask_BW.shape[1], device=mask_BW.device).expand_as(mask_BW)
    last_BW = number_BW.new_zeros(len(number_BW), number_BW.shape[1] + 1)
    last_BW = last_BW.scatter_reduce(1, number_BW, place_BW * mask_BW, "amax")
    return mask_BW & (last_BW.gather(1, number_BW) == place_BW)
