"""What every text generator can do; rewards, search and games are written against this alone.

Legend: B batch, S source length, T response length, V vocabulary.

A response is `tokens_BT`: its last real token is `eos` (unless it was cut at the longest length
allowed), `pad` follows. The first input of decoding is always `bos`, which never stands in
`tokens_BT`.
"""

from abc import ABC, abstractmethod
from pathlib import Path

import torch
from torch import Tensor, nn

State = dict[str, Tensor]
"""A decoding state: named tensors, every one with the batch as first dimension."""


def select(state: State, rows_R: Tensor) -> State:
    """Return the state of the given rows (repeats allowed), batch size R."""
    return {name: tensor.index_select(0, rows_R) for name, tensor in state.items()}


def concat(states: list[State]) -> State:
    """Return several states of equal layout as one batch, in order."""
    return {name: torch.cat([state[name] for state in states]) for name in states[0]}


class Generator(nn.Module, ABC):
    """A conditional distribution over responses: encode a source, score, decode step by step."""

    pad: int
    bos: int
    eos: int
    vocab_size: int

    @abstractmethod
    def start(self, source_BS: Tensor) -> State:
        """Encode the padded source and return the state before the first token."""

    @abstractmethod
    def step(self, state: State, previous_B: Tensor) -> tuple[Tensor, State]:
        """Read one token a row; return the next token's logits (B, V) and the new state.

        The given state stays valid: nothing in it is changed in place.
        """

    @abstractmethod
    def logits(self, source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
        """Return the teacher-forced logits (B, T, V): entry t predicts `tokens_BT[:, t]`."""

    @abstractmethod
    def save_pretrained(self, folder: Path) -> None:
        """Write `config.json` and `model.safetensors` into the folder."""
