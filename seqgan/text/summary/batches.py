"""Batches of documents and of short texts that do not belong together, and of pairs that do.

Legend: B batch, S document length, T length of a short text with its end.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from seqgan.core.run import Run
from seqgan.data.batches import Batches
from seqgan.errors import UserError
from seqgan.ops.masks import stack_padded
from seqgan.text.summary.keeping import ranks
from seqgan.text.summary.titleness import Titleness
from seqgan.text.summary.vocabulary import BudgetVocabulary


@dataclass(frozen=True)
class SummaryBatch:
    """Documents with the ranks of their words, short texts of others with their budgets.

    `pair_*`: documents with the short texts that people wrote of them, where there are any.
    """

    document_BS: Tensor
    rank_BS: Tensor
    short_BT: Tensor
    budget_B: Tensor
    pair_document_BS: Tensor
    pair_short_BT: Tensor
    pair_budget_B: Tensor


@dataclass(frozen=True)
class Texts:
    """Documents, short texts and pairs as ids; short texts end with `eos`."""

    documents: list[list[int]]
    ranks: list[list[int]]
    shorts: list[list[int]]
    budgets: list[int]
    pair_documents: list[list[int]]
    pair_shorts: list[list[int]]
    pair_budgets: list[int]
    pad: int

    @classmethod
    def encode(
        cls,
        documents: Sequence[str],
        shorts: Sequence[str],
        pairs: Sequence[tuple[str, str]],
        vocabulary: BudgetVocabulary,
        titleness: Titleness,
        *,
        longest: int,
    ) -> "Texts":
        """Return the texts in the vocabulary, short ones cut to `longest` ids."""
        tokenizer = vocabulary.tokenizer

        def ended(texts: Sequence[str]) -> list[list[int]]:
            return [[*tokenizer.encode(text)[: longest - 1], tokenizer.eos] for text in texts]

        ids = [tokenizer.encode(text) for text in documents]
        return cls(
            documents=ids,
            ranks=[ranks(document, tokenizer, titleness) for document in ids],
            shorts=ended(shorts),
            budgets=[vocabulary.budget(text) for text in shorts],
            pair_documents=[tokenizer.encode(document) for document, _ in pairs],
            pair_shorts=ended([short for _, short in pairs]),
            pair_budgets=[vocabulary.budget(short) for _, short in pairs],
            pad=tokenizer.pad,
        )

    @property
    def mean_length(self) -> float:
        """The ids of a short text on average, its end included."""
        return sum(map(len, self.shorts)) / len(self.shorts)

    def mean_recovered(self, longest: int) -> float:
        """Return the ids of a document's first `longest`, on average, its end included."""
        return sum(min(len(ids) + 1, longest) for ids in self.documents) / len(self.documents)

    def collate(
        self,
        documents: Sequence[int],
        shorts: Sequence[int],
        pairs: Sequence[int],
        device: torch.device | str = "cpu",
    ) -> SummaryBatch:
        """Return the texts at these places as one batch."""

        def stacked(rows: Sequence[list[int]], places: Sequence[int], pad: int) -> Tensor:
            return stack_padded([rows[place] for place in places], pad=pad, device=device)

        def numbers(values: Sequence[int], places: Sequence[int]) -> Tensor:
            return torch.tensor([values[place] for place in places], device=device).long()

        return SummaryBatch(
            stacked(self.documents, documents, self.pad),
            stacked(self.ranks, documents, 0),
            stacked(self.shorts, shorts, self.pad),
            numbers(self.budgets, shorts),
            stacked(self.pair_documents, pairs, self.pad),
            stacked(self.pair_shorts, pairs, self.pad),
            numbers(self.pair_budgets, pairs),
        )


class SummaryShare:
    """Micro-batch i of the whole run, cut down to this process's rows."""

    def __init__(self, run: Run, texts: Texts, *, batch_size: int) -> None:
        self.process, self.processes = run.accelerator.process_index, run.accelerator.num_processes
        if batch_size % self.processes:
            raise UserError(
                f"--batch-size is {batch_size}: give a multiple of {self.processes}, the number of "
                "processes"
            )
        self.texts, self.size, self.device = texts, batch_size, run.device
        parts = (texts.documents, texts.shorts, texts.pair_documents)
        self.batches = [
            Batches([len(ids) for ids in rows], batch_size=batch_size, seed=run.seed + place)
            for place, rows in enumerate(parts)
            if rows
        ]

    def __call__(self, index: int) -> SummaryBatch:
        """Return this process's rows of micro-batch `index`.

        As many short texts as documents and, where there are pairs, as many of these: what an
        epoch ends with too few of comes again.
        """
        places = []
        for batches in self.batches:
            rows = batches[index]
            full = (rows * -(-self.size // len(rows)))[: self.size]
            places.append(full[self.process :: self.processes])
        documents, shorts, *pairs = places
        return self.texts.collate(documents, shorts, pairs[0] if pairs else [], self.device)
