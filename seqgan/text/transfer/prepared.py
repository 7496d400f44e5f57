"""What a batch of style transfer carries from its preparation to the losses of its movers.

Legend: B batch, S words, T sentence with its end.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from torch import Tensor

from seqgan.games.latent import Round
from seqgan.text.transfer.batches import StyledBatch
from seqgan.text.transfer.choosing import Chosen, Drawn


@dataclass(frozen=True)
class Prepared:
    """A batch, the style asked of each sentence, and what was written in it without gradient."""

    batch: StyledBatch
    movers: tuple[str, ...]
    by: int
    target_B: Tensor
    tokens_BT: Tensor
    """The words with their end."""
    written: Mapping[str, Tensor] = field(default_factory=dict)
    """For each player the words of y, (B, S)."""
    chosen: Mapping[str, Chosen] = field(default_factory=dict)
    """For each player the best way that each sentence was written."""
    drawn: Mapping[str, Drawn] = field(default_factory=dict)
    """For each player ways that each sentence was drawn in."""
    round: Round | None = None
