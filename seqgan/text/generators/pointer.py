"""A recurrent generator that can also copy: a mixture of its vocabulary and the words it read.

Legend: B batch, S source length, T response length, V vocabulary, D width.
"""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from seqgan.nn.saving import save_module
from seqgan.objectives.likelihood import scatter_logp
from seqgan.ops.masks import at_least_float32, token_mask
from seqgan.text.generators.base import (
    IMPOSSIBLE,
    Generator,
    State,
    at_least_one_column,
    shift_right,
)
from seqgan.text.generators.recurrent import RecurrentGenerator

SHARES = "shares"  # of words at each place of a relaxed source, given that one is copied
COPYABLE = "copyable"  # which share of each place can be copied at all
LEAST = 1e-9
"""Added to every probability before its logarithm is taken."""


class PointerGenerator(Generator):
    """p(w) = g p_vocabulary(w) + (1 - g) sum of the attention on places of w (arXiv:1704.04368).

    Equation 9 there, with an attention of its own for copying; g is the sigmoid of a linear layer
    on what predicts the word. Its logits are logarithms of probabilities.

    Args:
        vocab_size: V.
        pad: padding token.
        bos: first input of the decoder.
        eos: last token of a response.
        dim: D, even.
        dropout: as in `RecurrentGenerator`.
        marks: ids that are neither written nor copied: what a source is told beside its words.
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
        marks: Sequence[int] = (),
    ) -> None:
        super().__init__()
        self.vocab_size, self.pad, self.bos, self.eos = vocab_size, pad, bos, eos
        self.dim, self.marks = dim, tuple(marks)
        self.writer = RecurrentGenerator(
            vocab_size, pad=pad, bos=bos, eos=eos, dim=dim, dropout=dropout
        )
        self.finger = nn.Linear(dim, dim, bias=False)
        self.gate = nn.Linear(dim, 1)
        ban_V = torch.zeros(vocab_size)
        ban_V[[pad, bos, *self.marks]] = IMPOSSIBLE
        self.ban_V: Tensor
        self.register_buffer("ban_V", ban_V, persistent=False)

    def start(self, source_BS: Tensor) -> State:
        """Return the encoded source with its words."""
        source_BS = at_least_one_column(source_BS, pad=self.pad)
        return self.start_vectors(self.word_vectors()[source_BS], source_BS)

    def start_vectors(self, vectors_BSD: Tensor, words_BS: Tensor) -> State:
        """Do as `start`, reading vectors in place of tokens; what can be copied are the words."""
        return {**self.writer.start_vectors(vectors_BSD, words_BS), "source": words_BS}

    def copying_shares(self, state: State, shares_BSV: Tensor) -> State:
        """Return the state of a relaxed source: p(copy w) is sum_s a_s share_s(w).

        What is never copied (`marks`, pad, bos, eos) has no share of it: the attention on its place
        is as much less, and what remains of the place is divided among its other words.
        """
        never_V = self.ban_V != 0
        never_V[self.eos] = True
        can_BS = 1 - shares_BSV[..., never_V].sum(-1)
        words_BSV = shares_BSV.masked_fill(never_V, 0) / can_BS.clamp(min=LEAST).unsqueeze(-1)
        return {**state, SHARES: words_BSV, COPYABLE: can_BS}

    def memory(self, state: State) -> tuple[Tensor, Tensor]:
        """Return what the encoder made of the source, and which of it is real."""
        return self.writer.memory(state)

    def word_vectors(self) -> Tensor:
        """Return the embeddings, shape (V, D)."""
        return self.writer.word_vectors()

    def step(self, state: State, previous_B: Tensor) -> tuple[Tensor, State]:
        """Return the next token's logits (B, V) and the state after `previous_B`."""
        return self.step_vectors(state, self.word_vectors()[previous_B])

    def step_vectors(self, state: State, previous_BD: Tensor) -> tuple[Tensor, State]:
        """Return the next token's logits (B, V) and the state after the vectors."""
        features_B1D, state = self.writer.read(state, previous_BD.unsqueeze(1))
        return self.mixture(features_B1D, state).squeeze(1), state

    def logits(self, source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
        """Return the teacher-forced logits (B, T, V)."""
        return self.logits_from(self.start(source_BS), tokens_BT)

    def logits_from(self, state: State, tokens_BT: Tensor) -> Tensor:
        """Return the teacher-forced logits (B, T, V) of responses that start from these states."""
        inputs_BT = shift_right(tokens_BT, bos=self.bos)
        features_BTD, _ = self.writer.features(state, inputs_BT)
        return self.mixture(features_BTD, state)

    def real_logits(self, source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
        """Return the teacher-forced logits of the real tokens alone, (N, V), row after row."""
        mask_BT, state = token_mask(tokens_BT, pad=self.pad), self.start(source_BS)
        features_BTD, _ = self.writer.features(state, shift_right(tokens_BT, bos=self.bos))
        return self.mixed(*(each[mask_BT] for each in self.ingredients(features_BTD, state)))

    def logp_from(self, state: State, tokens_BT: Tensor) -> Tensor:
        """Return the log-probability of each token (B, T), 0 at padding, from these states on.

        The mixture itself, (B, T, V), is never made.
        """
        written_BT, copied_BTS = self.parts(state, tokens_BT)
        mask_BT = token_mask(tokens_BT, pad=self.pad)
        return (written_BT + copied_BTS.sum(-1) + LEAST).log().masked_fill(~mask_BT, 0)

    def parts(self, state: State, tokens_BT: Tensor) -> tuple[Tensor, Tensor]:
        """Return with which probability each token is written (B, T), copied from where (B, T, S).

        At padding they mean nothing.
        """
        mask_BT = token_mask(tokens_BT, pad=self.pad)
        features_BTD, _ = self.writer.features(state, shift_right(tokens_BT, bos=self.bos))
        logits_NV = self.word_logits(features_BTD[mask_BT])
        written_BT = scatter_logp(logits_NV, tokens_BT, mask_BT).exp()
        attention_BTS = self.attention(features_BTD, state)
        open_BT1 = self.share_written(features_BTD, attention_BTS)
        if SHARES in state:
            token_BST = tokens_BT.unsqueeze(1).expand(-1, attention_BTS.shape[2], -1)
            here_BTS = state[SHARES].gather(2, token_BST).transpose(1, 2)
        else:
            here_BTS = state["source"].unsqueeze(1) == tokens_BT.unsqueeze(-1)
        return open_BT1.squeeze(-1) * written_BT, (1 - open_BT1) * attention_BTS * here_BTS

    def share_written(self, features_BTD: Tensor, attention_BTS: Tensor) -> Tensor:
        """Return g, 1 where nothing can be copied, shape (B, T, 1)."""
        open_BT1 = at_least_float32(self.gate(features_BTD)).sigmoid()
        return open_BT1.where(attention_BTS.sum(-1, keepdim=True) > 0, 1.0)

    def mixture(self, features_BTD: Tensor, state: State) -> Tensor:
        """Return the logarithm of the mixture that predicts each next word, shape (B, T, V)."""
        features_BTD, attention_BTS, place_BTS = self.ingredients(features_BTD, state)
        if SHARES not in state:
            return self.mixed(features_BTD, attention_BTS, place_BTS)
        open_BT1, written_BTV = self.written(features_BTD, attention_BTS)
        copied_BTV = attention_BTS @ state[SHARES].to(attention_BTS.dtype)
        mixed_BTV = open_BT1 * written_BTV + (1 - open_BT1) * copied_BTV
        return (mixed_BTV + LEAST).log() + self.ban_V

    def written(self, features_ND: Tensor, attention_NS: Tensor) -> tuple[Tensor, Tensor]:
        """Return g, (..., 1), and the words' probabilities where they are not copied, (..., V)."""
        written_NV = self.word_logits(features_ND).softmax(-1)
        return self.share_written(features_ND, attention_NS), written_NV

    def word_logits(self, features_ND: Tensor) -> Tensor:
        """Return the logits of the words that are written, not copied, shape (..., V)."""
        return at_least_float32(self.writer.words(features_ND)) + self.ban_V

    def ingredients(self, features_BTD: Tensor, state: State) -> tuple[Tensor, Tensor, Tensor]:
        """Return what `mixed` reads at every step: features, attention, and the words it lies on.

        Shapes (B, T, D), (B, T, S) and (B, T, S).
        """
        attention_BTS = self.attention(features_BTD, state)
        return features_BTD, attention_BTS, state["source"].unsqueeze(1).expand_as(attention_BTS)

    def mixed(self, features_ND: Tensor, attention_NS: Tensor, place_NS: Tensor) -> Tensor:
        """Return the logarithm of each mixture, (..., V), given which word stands at each place."""
        open_N1, written_NV = self.written(features_ND, attention_NS)
        mixed_NV = (open_N1 * written_NV).scatter_add(-1, place_NS, (1 - open_N1) * attention_NS)
        return (mixed_NV + LEAST).log() + self.ban_V

    def attention(self, features_BTD: Tensor, state: State) -> Tensor:
        """Return how likely each place is the one to copy from, (B, T, S); 0 where none can be."""
        memory_BSD, mask_BS = self.memory(state)
        can_B1S = (mask_BS & (self.ban_V[state["source"]] == 0)).unsqueeze(1)
        score_BTS = at_least_float32(self.finger(features_BTD) @ memory_BSD.transpose(1, 2))
        lowest = torch.finfo(score_BTS.dtype).min
        attention_BTS = score_BTS.masked_fill(~can_B1S, lowest).softmax(-1) * can_B1S
        if COPYABLE not in state:
            return attention_BTS
        share_BTS = attention_BTS * state[COPYABLE].unsqueeze(1)
        return share_BTS / share_BTS.sum(-1, keepdim=True).clamp(min=LEAST)

    def copying(self, state: State, tokens_BT: Tensor) -> tuple[Tensor, Tensor]:
        """Return how likely each token was copied (B, T), and from which place each most (B, T)."""
        written_BT, copied_BTS = self.parts(state, tokens_BT)
        copied_BT = copied_BTS.sum(-1)
        return copied_BT / (copied_BT + written_BT + LEAST), copied_BTS.argmax(-1)

    def save_pretrained(self, folder: Path) -> None:
        """Write `config.json` and `model.safetensors` into the folder."""
        arguments = {
            "vocab_size": self.vocab_size,
            "pad": self.pad,
            "bos": self.bos,
            "eos": self.eos,
            "dim": self.dim,
            "dropout": self.writer.dropout.p,
            "marks": list(self.marks),
        }
        save_module(self, arguments, folder)
