"""A generator that emits word vectors: the word is the nearest one.

Legend: B batch, S source length, T response length, V vocabulary, D width of a word's vector.
"""

from pathlib import Path

import torch
from torch import Tensor, nn

from seqgan.nn.saving import save_module
from seqgan.text.generators.base import State
from seqgan.text.generators.recurrent import RecurrentGenerator


class EmittingGenerator(RecurrentGenerator):
    """A `RecurrentGenerator` whose features are vectors in the space of the words it reads.

    The logit of a word is minus the squared distance of its vector in units of the words' mean
    square, a number, times a learned sharpness: the likeliest word is the nearest one, and emitted
    vectors may stand in the place of words for whoever reads next (nearest words as in
    arXiv:1812.04616, section 3.4).

    Args:
        vocab_size: V.
        pad: padding token.
        bos: first input of the decoder.
        eos: last token of a response.
        dim: D, even.
        dropout: as in `RecurrentGenerator`.
    """

    def __init__(
        self,
        vocab_size: int,
        *,
        pad: int,
        bos: int,
        eos: int,
        dim: int = 256,
        dropout: float = 0.2,
    ) -> None:
        super().__init__(vocab_size, pad=pad, bos=bos, eos=eos, dim=dim, dropout=dropout)
        self.output.bias.requires_grad_(False)  # 0: only distances count
        self.emit = nn.Linear(dim, dim)
        self.sharpness = nn.Parameter(torch.tensor(10.0))

    def read(self, state: State, vectors_BTD: Tensor) -> tuple[Tensor, State]:
        """Return the vector emitted after each vector (B, T, D), and the last state."""
        features_BTD, state = super().read(state, vectors_BTD)
        return self.emit(self.dropout(features_BTD)) * self.size(), state

    def size(self) -> Tensor:
        """Return the root mean square of the words' numbers, a scalar."""
        return self.embedding.weight.detach().square().mean().sqrt()

    def words(self, features_BTD: Tensor) -> Tensor:
        """Return the logits that emitted vectors stand for, shape (..., V)."""
        vectors_VD = self.embedding.weight
        scale = self.sharpness / (self.dim * self.size().square())
        # |v - e|^2 without |v|^2, which is the same for every word.
        logits_BTV: Tensor = self.output(2 * scale * features_BTD, vectors_VD)
        return logits_BTV - scale * vectors_VD.square().sum(1)

    def save_pretrained(self, folder: Path) -> None:
        """Write `config.json` and `model.safetensors` into the folder."""
        arguments = {
            "vocab_size": self.vocab_size,
            "pad": self.pad,
            "bos": self.bos,
            "eos": self.eos,
            "dim": self.dim,
            "dropout": self.dropout.p,
        }
        save_module(self, arguments, folder)
