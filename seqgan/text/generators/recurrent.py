"""Sequence to sequence with recurrent networks and attention: small, quick on a CPU.

Legend: B batch, S source length, T response length, V vocabulary, L layers, D width.
"""

from pathlib import Path

import torch
from torch import Tensor, nn

from seqgan.nn.attention import attend
from seqgan.nn.recurrent_encoder import RecurrentEncoder
from seqgan.nn.recurrent_steps import lstm_from
from seqgan.nn.saving import save_module
from seqgan.nn.token_output import TokenOutput
from seqgan.ops.masks import token_mask
from seqgan.text.generators.base import FeatureGenerator, State, at_least_one_column, bans


class RecurrentGenerator(FeatureGenerator):
    """A bidirectional LSTM reads the source, an LSTM with attention over it writes the response.

    The attention is Luong's with a bilinear score (arXiv:1508.04025, eq. 8) and without input
    feeding, so that scoring a response is one call of the LSTM and one batched attention. LSTM
    rather than GRU because its CPU kernel is faster: 74 against 88 ms for a teacher-forced step
    with its gradient (batch 64, S = T = 20, width 256, 4,000 tokens, no dropout, two cores).

    Args:
        vocab_size: V.
        pad: padding token.
        bos: first input of the decoder.
        eos: last token of a response.
        dim: D, the width of embeddings and states, even.
        num_layers: L, in the encoder and in the decoder.
        dropout: share dropped of the embeddings, between layers and before the output, in
            training only.
        tied: use the embedding matrix as output matrix (arXiv:1608.05859).
    """

    def __init__(
        self,
        vocab_size: int,
        *,
        pad: int,
        bos: int,
        eos: int,
        dim: int = 256,
        num_layers: int = 1,
        dropout: float = 0.2,
        tied: bool = True,
    ) -> None:
        super().__init__()
        self.vocab_size, self.pad, self.bos, self.eos = vocab_size, pad, bos, eos
        self.dim, self.num_layers, self.tied = dim, num_layers, tied
        self.feature_dim = dim
        self.embedding = nn.Embedding(vocab_size, dim)
        nn.init.normal_(self.embedding.weight, std=dim**-0.5)
        self.encoder = RecurrentEncoder(dim, dim, num_layers=num_layers, dropout=dropout)
        self.bridge = nn.Linear(dim, num_layers * dim)
        between = dropout if num_layers > 1 else 0.0
        self.decoder = nn.LSTM(dim, dim, num_layers, batch_first=True, dropout=between)
        self.query = nn.Linear(dim, dim, bias=False)
        self.mix = nn.Linear(2 * dim, dim)
        ban_V = bans(vocab_size, pad=pad, bos=bos, eos=eos)
        self.output = TokenOutput(dim, ban_V, tied=tied)
        self.dropout = nn.Dropout(dropout)

    def start(self, source_BS: Tensor) -> State:
        """Return the encoded source (with its mask) and the decoder's first LSTM state."""
        source_BS = at_least_one_column(source_BS, pad=self.pad)
        return self.start_vectors(self.embedding(source_BS), source_BS)

    def start_vectors(self, vectors_BSD: Tensor, words_BS: Tensor) -> State:
        """Do as `start`, reading at least one vector a row."""
        mask_BS = token_mask(words_BS, pad=self.pad)
        memory_BSD, summary_BD = self.encoder(self.dressed(vectors_BSD), mask_BS)
        hidden_BLD = self.bridge(summary_BD).tanh().unflatten(1, (self.num_layers, self.dim))
        return {
            "memory": memory_BSD,
            "mask": mask_BS,
            "hidden": hidden_BLD,
            "cell": torch.zeros_like(hidden_BLD),
        }

    def memory(self, state: State) -> tuple[Tensor, Tensor]:
        """Return what the encoder made of the source, and which of it is real."""
        return state["memory"], state["mask"]

    def words(self, features_BTD: Tensor) -> Tensor:
        """Return the logits that the features stand for, shape (..., V)."""
        logits_BTV: Tensor = self.output(self.dropout(features_BTD), self.embedding.weight)
        return logits_BTV

    def read(self, state: State, vectors_BTD: Tensor) -> tuple[Tensor, State]:
        """Return what predicts the next token after each vector (B, T, D), and the last state."""
        if vectors_BTD.shape[1] == 0:
            return vectors_BTD, state
        decoded_BTD, hidden_BLD, cell_BLD = lstm_from(
            self.decoder, self.dressed(vectors_BTD), state["hidden"], state["cell"]
        )
        context_BTD = attend(self.query(decoded_BTD), state["memory"], state["mask"])
        mixed_BTD = self.mix(torch.cat([decoded_BTD, context_BTD], dim=-1)).tanh()
        return mixed_BTD, {**state, "hidden": hidden_BLD, "cell": cell_BLD}

    def dressed(self, vectors_BTD: Tensor) -> Tensor:
        """Return word vectors as the networks read them, of about unit variance."""
        dressed_BTD: Tensor = self.dropout(vectors_BTD * self.dim**0.5)
        return dressed_BTD

    def save_pretrained(self, folder: Path) -> None:
        """Write `config.json` and `model.safetensors` into the folder."""
        arguments = {
            "vocab_size": self.vocab_size,
            "pad": self.pad,
            "bos": self.bos,
            "eos": self.eos,
            "dim": self.dim,
            "num_layers": self.num_layers,
            "dropout": self.dropout.p,
            "tied": self.tied,
        }
        save_module(self, arguments, folder)
