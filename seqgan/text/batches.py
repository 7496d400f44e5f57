"""Batches of prompts and replies as padded ids.

Legend: B batch, S source length, T response length.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from seqgan.core.run import Run
from seqgan.data.batches import Batches
from seqgan.ops.masks import stack_padded
from seqgan.text.dialogue.corpus import Pair
from seqgan.text.tokenizer import Tokenizer


@dataclass(frozen=True)
class TextBatch:
    """Prompts and the human replies to them."""

    source_BS: Tensor
    tokens_BT: Tensor


@dataclass(frozen=True)
class EncodedPairs:
    """A split as ids; replies end with `eos`. `num_cut` prompts or replies were too long."""

    sources: list[list[int]]
    responses: list[list[int]]
    pad: int
    num_cut: int

    @classmethod
    def encode(
        cls,
        pairs: Sequence[Pair],
        tokenizer: Tokenizer,
        *,
        max_source: int,
        max_response: int,
    ) -> "EncodedPairs":
        """Encode; keep a prompt's last `max_source` ids and a reply's first `max_response`.

        The count of a reply includes its `eos`.
        """
        sources = [tokenizer.encode(pair.prompt) for pair in pairs]
        responses = [[*tokenizer.encode(pair.response), tokenizer.eos] for pair in pairs]
        cut = sum(len(s) > max_source for s in sources)
        cut += sum(len(r) > max_response for r in responses)
        sources = [ids[-max_source:] for ids in sources]
        return cls(sources, [ids[:max_response] for ids in responses], tokenizer.pad, cut)

    def __len__(self) -> int:
        return len(self.sources)

    @property
    def lengths(self) -> list[int]:
        """The ids of prompt and reply together, a pair."""
        return [len(s) + len(r) for s, r in zip(self.sources, self.responses, strict=True)]

    @property
    def mean_length(self) -> float:
        """The ids of a reply on average."""
        return sum(map(len, self.responses)) / len(self)

    def collate(self, rows: Sequence[int], device: torch.device | str = "cpu") -> TextBatch:
        """Return the rows as one padded batch."""
        return TextBatch(
            stack_padded([self.sources[row] for row in rows], pad=self.pad, device=device),
            stack_padded([self.responses[row] for row in rows], pad=self.pad, device=device),
        )


@dataclass(frozen=True)
class ProcessShare:
    """Micro-batch i of the whole run, cut down to this process's rows."""

    pairs: EncodedPairs
    batches: Batches
    process: int
    num_processes: int
    device: torch.device

    @classmethod
    def of(cls, run: Run, pairs: EncodedPairs, *, batch_size: int) -> "ProcessShare":
        """Return the share of this process of the run."""
        processes = run.accelerator.num_processes
        batches = Batches(pairs.lengths, batch_size=batch_size, seed=run.seed)
        return cls(pairs, batches, run.accelerator.process_index, processes, run.device)

    def __call__(self, index: int) -> TextBatch:
        """Return this process's rows of micro-batch `index`."""
        rows = self.batches[index]
        return self.pairs.collate(rows[self.process :: self.num_processes], self.device)
