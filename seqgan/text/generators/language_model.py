"""A plain recurrent language model: sentences from nothing, or from noise.

Legend: B batch, S source length, T sentence length, V vocabulary, L layers, D width of the
embeddings, H width of the states, Z width of the noise.
"""

from pathlib import Path

import torch
from torch import Tensor, nn

from seqgan.nn.recurrent_steps import lstm_from
from seqgan.nn.saving import save_module
from seqgan.nn.token_output import TokenOutput
from seqgan.text.generators.base import FeatureGenerator, State, bans

EMBEDDING_SPREAD = 0.1
"""As SeqGAN's weights: from the usual 1 likelihood ends later and worse on its oracle."""


class RecurrentLanguageModel(FeatureGenerator):
    """An LSTM over the words so far (the generator of SeqGAN, arXiv:1609.05473, section 3.3).

    The source is not read: its rows only say how many sentences are wanted. Where `pad` and `eos`
    lie beyond the vocabulary, sentences have one fixed length: nothing is ruled out, none ends.

    Args:
        vocab_size: V.
        pad: padding token.
        bos: first input.
        eos: last token of a sentence.
        dim: D.
        hidden: H.
        num_layers: L.
        dropout: share dropped of the embeddings, between layers and before the output, in
            training only.
        tied: use the embedding matrix as output matrix (arXiv:1608.05859); then D must be H.
        noise_dim: Z; 0 if the first state is always the same.
    """

    def __init__(
        self,
        vocab_size: int,
        *,
        pad: int,
        bos: int,
        eos: int,
        dim: int = 256,
        hidden: int = 256,
        num_layers: int = 1,
        dropout: float = 0.0,
        tied: bool = False,
        noise_dim: int = 0,
    ) -> None:
        super().__init__()
        if tied and dim != hidden:
            raise ValueError(f"tied matrices need one width, not {dim} and {hidden}")
        self.arguments = {
            "vocab_size": vocab_size,
            "pad": pad,
            "bos": bos,
            "eos": eos,
            "dim": dim,
            "hidden": hidden,
            "num_layers": num_layers,
            "dropout": dropout,
            "tied": tied,
            "noise_dim": noise_dim,
        }
        self.vocab_size, self.pad, self.bos, self.eos = vocab_size, pad, bos, eos
        self.feature_dim, self.num_layers, self.noise_dim = hidden, num_layers, noise_dim
        self.embedding = nn.Embedding(vocab_size, dim)
        nn.init.normal_(self.embedding.weight, std=EMBEDDING_SPREAD)
        between = dropout if num_layers > 1 else 0.0
        self.decoder = nn.LSTM(dim, hidden, num_layers, batch_first=True, dropout=between)
        self.from_noise = nn.Linear(noise_dim, num_layers * hidden) if noise_dim else None
        ends = eos < vocab_size
        ban_V = bans(vocab_size, pad=pad, bos=bos, eos=eos) if ends else torch.zeros(vocab_size)
        self.output = TokenOutput(hidden, ban_V, tied=tied)
        self.dropout = nn.Dropout(dropout)

    def start(self, source_BS: Tensor) -> State:
        """Return the state before the first word, zeros, one row for each of the source."""
        return self.start_vectors(source_BS, source_BS)

    def start_vectors(self, vectors_BSD: Tensor, words_BS: Tensor) -> State:
        """Do as `start`: nothing is read but the number of rows."""
        zeros_BLH = self.output.bias.new_zeros(len(words_BS), self.num_layers, self.feature_dim)
        return {"hidden": zeros_BLH, "cell": zeros_BLH}

    def stir(self, state: State, noise_BZ: Tensor) -> State:
        """Return the first state that the noise stands for; the same one where none is taken."""
        if self.from_noise is None:
            return state
        layers = (self.num_layers, self.feature_dim)
        return {**state, "hidden": self.from_noise(noise_BZ).tanh().unflatten(1, layers)}

    def words(self, features_BTD: Tensor) -> Tensor:
        """Return the logits that the features stand for, shape (..., V)."""
        logits_BTV: Tensor = self.output(self.dropout(features_BTD), self.embedding.weight)
        return logits_BTV

    def read(self, state: State, vectors_BTD: Tensor) -> tuple[Tensor, State]:
        """Return what predicts the next word after each vector (B, T, H), and the last state."""
        if vectors_BTD.shape[1] == 0:
            return vectors_BTD.new_zeros(*vectors_BTD.shape[:2], self.feature_dim), state
        read_BTH, hidden_BLH, cell_BLH = lstm_from(
            self.decoder, self.dropout(vectors_BTD), state["hidden"], state["cell"]
        )
        return read_BTH, {"hidden": hidden_BLH, "cell": cell_BLH}

    def save_pretrained(self, folder: Path) -> None:
        """Write `config.json` and `model.safetensors` into the folder."""
        save_module(self, self.arguments, folder)
