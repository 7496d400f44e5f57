"""Ids that stand for a style or for a hidden word, and the sources made with them.

Legend: B batch, S sentence length, L length of a source.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from seqgan.text.tokenizer import Tokenizer
from seqgan.text.transfer.guidance import Family

MASK = "<hidden>"


def marks_of(num_styles: int) -> list[str]:
    """Return the names of the ids that so many styles need beside the words.

    >>> marks_of(2)
    ['<hidden>', '<style 0>', '<style 1>']
    """
    return [MASK, *(f"<style {place}>" for place in range(num_styles))]


@dataclass(frozen=True)
class StyleVocabulary:
    """A tokenizer with an id for each style and one for hidden words.

    `told_source`: whether a source says, behind the style it is wanted in, the one it has.
    """

    tokenizer: Tokenizer
    styles: tuple[str, ...]
    told_source: bool = False

    @property
    def mask(self) -> int:
        """What stands for hidden words."""
        return self.tokenizer.mark(MASK)

    @property
    def tags(self) -> tuple[int, ...]:
        """The id of each style."""
        return tuple(self.tokenizer.mark(name) for name in marks_of(len(self.styles))[1:])

    @property
    def family(self) -> Family:
        """What generators are told: the wanted style, or both."""
        return "common" if self.told_source else "cycle"

    def source(self, words_BS: Tensor, target_B: Tensor, style_B: Tensor) -> Tensor:
        """Return words that have a style and are wanted in another, behind the tags, (B, L)."""
        tags_K = torch.tensor(self.tags, device=words_BS.device)
        wanted = [target_B, style_B] if self.told_source else [target_B]
        return torch.cat([tags_K[torch.stack(wanted, dim=1)], words_BS], dim=1)

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the words of each text."""
        return [self.tokenizer.encode(text) for text in texts]
