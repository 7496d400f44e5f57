"""Which words rows of pieces consist of, and how rare these are in documents.

A word is the letters and digits between two beginnings, large or small, whatever pieces they are
cut into and whatever marks stand around them; a piece of Chinese is a word by itself. What has an
unknown piece is none.

Legend: R rows, S places, V vocabulary, N words that documents have.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import torch
from torch import Tensor

from seqgan.ops.masks import stack_padded
from seqgan.text.summary.vocabulary import BudgetVocabulary, is_wide

FACTOR = 6364136223846793005
"""Of the words' codes, polynomials of their characters modulo 2^64: two words have the same by
accident only."""
MODULUS = 2**64
NOTHING = 0  # the code of what has neither letter nor digit
RARE_SHARE = 0.1
"""Of the documents: a word that more of them have is not rare."""
ROWS = 1024  # documents counted at once


class Words(NamedTuple):
    """The word that each place belongs to, all (R, S).

    `code_RS` is the same for the same word, NOTHING for marks, padding and words not known;
    `share_RS` is one over the pieces of the word, so that it sums to 1 over them; `size_RS` how
    many words of a budget it takes; `begins_RS` its first piece; `again_RS` whether the word stood
    in the row before.
    """

    code_RS: Tensor
    share_RS: Tensor
    size_RS: Tensor
    begins_RS: Tensor
    again_RS: Tensor


@dataclass(frozen=True)
class WordReader:
    """Reads ids as words."""

    vocabulary: BudgetVocabulary

    @cached_property
    def begins_V(self) -> Tensor:
        """Which ids begin a word wherever they stand."""
        return self.vocabulary.begun_V > 0

    @cached_property
    def wide_V(self) -> Tensor:
        """Which ids are Chinese: whatever follows begins another word."""
        return torch.tensor([is_wide(piece) for piece in self.vocabulary.pieces])

    @cached_property
    def letters(self) -> list[str]:
        """The letters and digits that each id writes: of marks and the tokenizer's own none."""
        own = self.vocabulary.tokenizer
        apart = {*self.vocabulary.unwritten, *self.vocabulary.marks, own.pad, own.bos, own.eos}
        return [
            "" if at in apart else "".join(filter(str.isalnum, piece)).casefold()
            for at, piece in enumerate(self.vocabulary.pieces)
        ]

    @cached_property
    def plain_V(self) -> Tensor:
        """Which ids write letters or digits."""
        return torch.tensor([bool(letters) for letters in self.letters])

    @cached_property
    def unknown_V(self) -> Tensor:
        """Which ids stand for what the vocabulary cannot write."""
        unknown_V = torch.zeros(len(self.letters), dtype=torch.bool)
        unknown_V[list(self.vocabulary.unwritten)] = True
        unknown_V[self.vocabulary.tokenizer.pad] = False  # which stands behind whole words
        return unknown_V

    @cached_property
    def own_V(self) -> Tensor:
        """The code of each id's letters."""
        return torch.tensor([code_of(letters) for letters in self.letters])

    @cached_property
    def power_V(self) -> Tensor:
        """What each id multiplies the code of the letters before it by."""
        return torch.tensor([signed(pow(FACTOR, len(each), MODULUS)) for each in self.letters])

    def __call__(self, tokens_RS: Tensor) -> Words:
        """Return the words of the rows."""
        begins_V, wide_V, plain_V, unknown_V, begun_V, own_V, power_V = (
            each.to(tokens_RS.device)
            for each in (
                self.begins_V,
                self.wide_V,
                self.plain_V,
                self.unknown_V,
                self.vocabulary.begun_V,
                self.own_V,
                self.power_V,
            )
        )
        begins_RS = begins_V[tokens_RS]
        begins_RS[:, :1] = True
        begins_RS[:, 1:] |= wide_V[tokens_RS[:, :-1]]
        number_RS = begins_RS.long().cumsum(1)
        unknown_RS = _largest(unknown_V[tokens_RS], number_RS).bool()
        plain_RS = plain_V[tokens_RS] & ~unknown_RS
        codes, counts = [], []
        code_R = count_R = tokens_RS.new_zeros(len(tokens_RS))
        for token_R, begun_R, here_R in zip(
            tokens_RS.unbind(1), begins_RS.unbind(1), plain_RS.unbind(1), strict=True
        ):
            code_R, count_R = (each.masked_fill(begun_R, 0) for each in (code_R, count_R))
            code_R = code_R * power_V[token_R] + own_V[token_R]
            count_R = count_R + here_R
            codes.append(code_R)
            counts.append(count_R)
        last_RS = _largest(torch.arange(tokens_RS.shape[1], device=tokens_RS.device), number_RS)
        count_RS = torch.stack(counts, 1)
        pieces_RS = count_RS.gather(1, last_RS)
        code_RS = torch.stack(codes, 1).gather(1, last_RS).masked_fill(~plain_RS, NOTHING)
        same_RSS = code_RS.unsqueeze(2) == code_RS.unsqueeze(1)
        earlier_RSS = number_RS.unsqueeze(2) > number_RS.unsqueeze(1)
        wide_RS = wide_V[tokens_RS]
        return Words(
            code_RS,
            plain_RS / pieces_RS.clamp(min=1),
            torch.where(wide_RS, begun_V[tokens_RS], 1),
            plain_RS & (count_RS == 1),
            plain_RS & (same_RSS & earlier_RSS).any(2),
        )


@dataclass(frozen=True)
class RareWords:
    """How rare words are: log(documents / documents with the word), 0 of those that are not rare.

    A word that no document has counts as if one had it.

    Attributes: read (reads ids as words), code_N (of the words that documents have, ascending),
    rarity_N (theirs), unknown (that of any other word).
    """

    read: WordReader
    code_N: Tensor
    rarity_N: Tensor
    unknown: float

    @classmethod
    def of(cls, documents: Sequence[list[int]], vocabulary: BudgetVocabulary) -> "RareWords":
        """Return the rarities that words have in these documents."""
        read, total = WordReader(vocabulary), len(documents)
        found = []
        for begin in range(0, total, ROWS):
            rows = list(documents[begin : begin + ROWS])
            words = read(stack_padded(rows, pad=vocabulary.tokenizer.pad))
            found.append(words.code_RS[words.begins_RS & ~words.again_RS])
        code_N, count_N = torch.cat(found).unique(return_counts=True)
        rarity_N = (total / count_N).log() * (count_N <= RARE_SHARE * total)
        return cls(read, code_N, rarity_N, float(torch.tensor(total).log()))

    def rarity(self, code_RS: Tensor) -> Tensor:
        """Return how rare the words of these codes are, shape (R, S)."""
        code_N, rarity_N = self.code_N.to(code_RS.device), self.rarity_N.to(code_RS.device)
        place_RS = torch.searchsorted(code_N, code_RS).clamp(max=len(code_N) - 1)
        known_RS = code_N[place_RS] == code_RS
        rarity_RS = torch.where(known_RS, rarity_N[place_RS], self.unknown)
        return rarity_RS.masked_fill(code_RS == NOTHING, 0)


def code_of(letters: str) -> int:
    """Return the code of a word, or of what stands at its end.

    >>> code_of("rats") == code_of("star")
    False
    """
    code = 0
    for letter in letters:
        code = code * FACTOR + ord(letter)
    return signed(code % MODULUS)


def signed(number: int) -> int:
    """Return a number below 2^64 as the one that a tensor of int64 has for it.

    >>> signed(MODULUS - 1)
    -1
    """
    return number - MODULUS if number >= MODULUS // 2 else number


def _largest(value_RS: Tensor, number_RS: Tensor) -> Tensor:
    """Return at each place the largest value of its word, given the words' numbers, (R, S)."""
    value_RS = value_RS.long().expand_as(number_RS)
    most_RN = number_RS.new_zeros(len(number_RS), number_RS.shape[1] + 1)
    return most_RN.scatter_reduce(1, number_RS, value_RS, "amax").gather(1, number_RS)
