"""What generators share that allow another one less than it would write."""

from abc import ABC
from pathlib import Path

from torch import Tensor

from seqgan.text.generators.base import Generator, State


class NarrowedGenerator(Generator, ABC):
    """Another generator, its next token narrowed by what was written: it follows tokens alone.

    Subclasses say how in `start` and `step`.

    Args:
        generator: what writes; it is shared, not copied.
    """

    def __init__(self, generator: Generator) -> None:
        super().__init__()
        self.generator = generator
        self.pad, self.bos, self.eos = generator.pad, generator.bos, generator.eos
        self.vocab_size = generator.vocab_size

    def step_vectors(self, state: State, previous_BD: Tensor) -> tuple[Tensor, State]:
        """Raise NotImplementedError: a mixture of words is none that could be followed."""
        raise NotImplementedError(f"{type(self).__name__} follows words: give it tokens")

    def word_vectors(self) -> Tensor:
        """Return the generator's word vectors, shape (V, D)."""
        return self.generator.word_vectors()

    def logits(self, source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
        """Return the narrowed teacher-forced logits (B, T, V)."""
        return self.logits_from(self.start(source_BS), tokens_BT)

    def save_pretrained(self, folder: Path) -> None:
        """Write the generator; what narrows it is a choice of use and is not kept."""
        self.generator.save_pretrained(folder)
