"""Batches of sentences with their style, as many of each.

Legend: B batch (all of the first style, then all of the second, ...), S sentence length.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from seqgan.core.run import Run
from seqgan.data.batches import Batches
from seqgan.errors import UserError
from seqgan.ops.masks import stack_padded
from seqgan.text.transfer.noise import StyleWords


@dataclass(frozen=True)
class StyledBatch:
    """Sentences without an end, their style, and which of their words speak for it."""

    words_BS: Tensor
    style_B: Tensor
    flags_BS: Tensor
    num_styles: int

    def shifted(self, by: int) -> Tensor:
        """Return another style for each sentence, `by` places further, shape (B,)."""
        return (self.style_B + by) % self.num_styles

    def partners(self, values: Tensor, by: int) -> Tensor:
        """Return the values of sentences that really have the styles `shifted(by)`."""
        return values.roll(-by * (len(values) // self.num_styles), dims=0)


@dataclass(frozen=True)
class StyledRows:
    """Sentences as ids, by style, with the flags of their words."""

    rows: list[list[list[int]]]
    flags: list[list[list[bool]]]
    pad: int

    @classmethod
    def of(cls, rows: list[list[list[int]]], words: StyleWords, *, pad: int) -> "StyledRows":
        """Return the rows with the words that speak for their style."""
        flags = [
            [words.flags(ids, style) for ids in sentences] for style, sentences in enumerate(rows)
        ]
        return cls(rows, flags, pad)

    @property
    def num_sentences(self) -> int:
        """The sentences of all styles."""
        return sum(map(len, self.rows))

    @property
    def mean_length(self) -> float:
        """The ids of a sentence on average, its end included."""
        lengths = [len(ids) + 1 for sentences in self.rows for ids in sentences]
        return sum(lengths) / len(lengths)

    def collate(
        self, places: Sequence[Sequence[int]], device: torch.device | str = "cpu"
    ) -> StyledBatch:
        """Return the sentences at these places of each style as one batch."""
        taken = [(style, place) for style, each in enumerate(places) for place in each]
        words_BS = stack_padded([self.rows[s][p] for s, p in taken], pad=self.pad, device=device)
        flags = [[int(flag) for flag in self.flags[s][p]] for s, p in taken]
        return StyledBatch(
            words_BS,
            torch.tensor([style for style, _ in taken], device=device),
            stack_padded(flags, pad=0, device=device).bool(),
            len(self.rows),
        )


class StyledShare:
    """Micro-batch i of the whole run, cut down to this process's rows."""

    def __init__(self, run: Run, data: StyledRows, *, batch_size: int) -> None:
        styles, processes = len(data.rows), run.accelerator.num_processes
        least = styles * processes
        if batch_size < least:
            raise UserError(
                f"--batch-size is {batch_size}: {least} is the least, the number of styles "
                f"({styles}) times that of processes ({processes})"
            )
        self.data, self.device = data, run.device
        self.size = batch_size // least * processes  # of each style, alike on all processes
        self.process, self.processes = run.accelerator.process_index, processes
        self.batches = [
            Batches([len(ids) for ids in sentences], batch_size=self.size, seed=run.seed + style)
            for style, sentences in enumerate(data.rows)
        ]

    def __call__(self, index: int) -> StyledBatch:
        """Return this process's rows of micro-batch `index`.

        Where an epoch ends with too few sentences of a style, those few come again.
        """
        places = []
        for batches in self.batches:
            rows = batches[index]
            full = (rows * -(-self.size // len(rows)))[: self.size]
            places.append(full[self.process :: self.processes])
        return self.data.collate(places, self.device)
