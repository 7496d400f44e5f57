"""Ids that stand for a word budget, the sources made with them, and how many words ids are.

Legend: B batch, S source length, L source with its budget, T summary length, V vocabulary.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from seqgan.ops.masks import stack_padded
from seqgan.text.candidates import unwritten
from seqgan.text.tokenizer import Tokenizer
from seqgan.text.whole_words import WholeWords
from seqgan.text.words import CJK, count_words

WIDE = re.compile(f"[{CJK}]")
MOST_WORDS, MOST_CHARACTERS = 16, 32
"""The largest budget, or twice what people's short texts usually have, where that is more; who asks
for more gets a summary of a window each."""


def marks_of(most_words: int) -> list[str]:
    """Return the names of the ids that budgets of up to so many words need.

    >>> marks_of(2)
    ['<words 1>', '<words 2>']
    """
    return [f"<words {words}>" for words in range(1, most_words + 1)]


@dataclass(frozen=True)
class BudgetVocabulary:
    """A tokenizer with an id for each word budget from 1 to `most_words`, and people's words.

    `words`: those that summaries may have beside the document's; (): any.
    """

    tokenizer: Tokenizer
    most_words: int
    words: tuple[str, ...] = ()

    @cached_property
    def marks(self) -> tuple[int, ...]:
        """The id of each budget."""
        return tuple(map(self.tokenizer.mark, marks_of(self.most_words)))

    def source(self, words_BS: Tensor, budget_B: Tensor) -> Tensor:
        """Return words behind the mark of the budget that a summary of them has, (B, L)."""
        marks_K = torch.tensor(self.marks, device=words_BS.device)
        return torch.cat([marks_K[budget_B - 1].unsqueeze(1), words_BS], dim=1)

    def sources(
        self, texts: Sequence[str], words: int, *, longest: int, device: torch.device | str
    ) -> Tensor:
        """Return the first `longest` ids of each text behind the mark of one budget, (B, L)."""
        ids = [self.tokenizer.encode(text)[:longest] for text in texts]
        words_BS = stack_padded(ids, pad=self.tokenizer.pad, device=device)
        budget_B = torch.full((len(texts),), self.within(words), device=device)
        return self.source(words_BS, budget_B)

    def budgets(self, source_BL: Tensor) -> Tensor:
        """Return the budget that each source names by its mark, shape (B,)."""
        marks_K = torch.tensor(self.marks, device=source_BL.device)
        return (source_BL[:, :1] == marks_K).to(torch.uint8).argmax(1) + 1

    def within(self, words: int) -> int:
        """Return the budget nearest to so many words."""
        return min(max(words, 1), self.most_words)

    def budget(self, text: str) -> int:
        """Return the budget of a text that a person wrote."""
        return self.within(count_words(text))

    def ended(self, ids: Sequence[int]) -> list[int]:
        """Return the ids before the end.

        Where the longest summary ended them and words are to be whole, those of the last word,
        which may be cut, are left out, unless it is the only one. Chinese cannot be cut.
        """
        if self.tokenizer.eos in ids:
            return list(ids[: ids.index(self.tokenizer.eos)])
        begun = [place for place, one in enumerate(ids) if place and self.begun_V[one]]
        if not self.words or not begun or is_wide(self.pieces[ids[begun[-1]]]):
            return list(ids)
        return list(ids[: begun[-1]])

    @cached_property
    def unwritten(self) -> tuple[int, ...]:
        """The ids, beside budgets, that no summary has."""
        return tuple(sorted(unwritten(self.tokenizer)))

    @cached_property
    def whole_words(self) -> WholeWords | None:
        """What keeps summaries to whole words, None where any may be written.

        Numbers are the document's: people's would stand for others ("1" for "1,024").
        """
        if not self.words:
            return None
        words = [word for word in self.words if any(map(str.isalpha, word))]
        banned = (*self.unwritten, *self.marks)
        return WholeWords(self.tokenizer, words, banned=banned, bare_marks=False)

    @cached_property
    def begun_V(self) -> Tensor:
        """How many words each id begins, shape (V,); Chinese: of how many characters it is."""
        return torch.tensor([words_begun(piece, spaced=self.spaced) for piece in self.pieces])

    @cached_property
    def begun_first_V(self) -> Tensor:
        """The same of the first id of a text, which begins a word even where no space shows it."""
        return self.begun_V.clamp(min=torch.tensor([int(piece != " ") for piece in self.pieces]))

    @cached_property
    def pieces(self) -> list[str]:
        """The text of each id."""
        return self.tokenizer.pieces(range(self.tokenizer.vocab_size))

    @cached_property
    def spaced(self) -> bool:
        """Whether words lie between spaces: most pieces that are words are not Chinese."""
        learned = [piece for at, piece in enumerate(self.pieces) if at not in self.marks]
        written = [piece for piece in learned if any(map(str.isalpha, piece))]
        return sum(map(is_wide, written)) <= len(written) / 2


def words_begun(piece: str, *, spaced: bool) -> int:
    """Return how many words begin in a piece, whose first letter is a space where one begins.

    A space alone begins a word where words lie between spaces (`spaced`).

    >>> [words_begun(piece, spaced=True) for piece in (" the", "ing", " ", " 你好")]
    [1, 0, 1, 2]
    >>> words_begun(" ", spaced=False)
    0
    """
    if is_wide(piece):
        return count_words(piece)
    return int(piece.startswith(" ") and (spaced or piece != " "))


def is_wide(piece: str) -> bool:
    """Return whether a piece has characters that are words by themselves.

    >>> is_wide(" 你好"), is_wide(" hi")
    (True, False)
    """
    return WIDE.search(piece) is not None
