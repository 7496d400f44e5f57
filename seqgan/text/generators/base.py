"""What every text generator can do; rewards, search and games are written against this alone.

Legend: B batch, S source length, T response length, V vocabulary.

A response is `tokens_BT`: its last real token is `eos` (unless it was cut at the longest length
allowed), `pad` follows. The first input of decoding is always `bos`, which never stands in
`tokens_BT` (unless a pretrained model has one token for `bos` and `eos`).
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from seqgan.objectives.likelihood import scatter_logp, token_logp
from seqgan.ops.masks import token_mask

State = dict[str, Tensor]
"""A decoding state: named tensors, every one with the batch as first dimension."""


IMPOSSIBLE = -3e4
"""Added to the logits of `pad` and `bos`, so that they are never drawn.

Finite even in half precision, so that 0 * log 0 in a divergence is 0 and not nan.
"""


def select(state: State, rows_R: Tensor) -> State:
    """Return the state of the given rows (repeats allowed), batch size R."""
    return {name: tensor.index_select(0, rows_R) for name, tensor in state.items()}


def concat(states: list[State]) -> State:
    """Return several states of one generator as one batch, in order.

    Where they differ in size (caches of prefixes of different lengths), zeros are put in front;
    every generator keeps a mask that is False there.
    """
    return {name: _cat_padded([state[name] for state in states]) for name in states[0]}


def join_states(states: Sequence[State]) -> State:
    """Return the states of several generators that read the same rows as one."""
    return {
        f"{place}.{name}": tensor
        for place, state in enumerate(states)
        for name, tensor in state.items()
    }


def part_states(state: State, number: int) -> list[State]:
    """Return the states that were joined.

    >>> part_states(join_states([{"a": torch.tensor(3)}, {"a": torch.tensor(4)}]), 2)
    [{'a': tensor(3)}, {'a': tensor(4)}]
    """
    parts: list[State] = [{} for _ in range(number)]
    for key, tensor in state.items():
        place, name = key.split(".", 1)
        parts[int(place)][name] = tensor
    return parts


def _cat_padded(tensors: list[Tensor]) -> Tensor:
    sizes = torch.tensor([tensor.shape[1:] for tensor in tensors])
    if len(tensors) == 1 or sizes.numel() == 0:
        return torch.cat(tensors)
    missing = (sizes.amax(0) - sizes).flip(1).tolist()
    padded = [
        nn.functional.pad(tensor, [edge for size in short for edge in (size, 0)])
        if any(short)
        else tensor
        for tensor, short in zip(tensors, missing, strict=True)
    ]
    return torch.cat(padded)


def shift_right(tokens_BT: Tensor, *, bos: int) -> Tensor:
    """Return the decoder's inputs for these outputs: `bos`, then all but the last, shape (B, T).

    >>> shift_right(torch.tensor([[5, 6, 2]]), bos=1)
    tensor([[1, 5, 6]])
    """
    if tokens_BT.shape[1] == 0:
        return tokens_BT
    return torch.cat([tokens_BT.new_full((len(tokens_BT), 1), bos), tokens_BT[:, :-1]], dim=1)


def at_least_one_column(tokens_BS: Tensor, *, pad: int) -> Tensor:
    """Return the tokens, or one column of `pad` in place of none, shape (B, max(S, 1))."""
    return tokens_BS if tokens_BS.shape[1] else tokens_BS.new_full((len(tokens_BS), 1), pad)


def bans(vocab_size: int, *, pad: int, bos: int, eos: int) -> Tensor:
    """Return what to add to the logits, shape (V,): `IMPOSSIBLE` for `pad` and `bos`, else 0.

    >>> bans(4, pad=0, bos=1, eos=2)
    tensor([-30000., -30000.,      0.,      0.])
    """
    ban_V = torch.zeros(vocab_size)
    ban_V[[pad, bos]] = IMPOSSIBLE
    ban_V[eos] = 0.0
    return ban_V


class Generator(nn.Module, ABC):
    """A conditional distribution over responses: encode a source, score, decode step by step."""

    pad: int
    bos: int
    eos: int
    vocab_size: int
    noise_dim: int = 0

    @property
    def num_ids(self) -> int:
        """How many ids a network that reads padded responses must know: `pad` may lie behind V."""
        return max(self.vocab_size, self.pad + 1)

    @abstractmethod
    def start(self, source_BS: Tensor) -> State:
        """Encode the padded source and return the state before the first token."""

    def start_vectors(self, vectors_BSD: Tensor, words_BS: Tensor) -> State:
        """Do as `start`, reading vectors in place of tokens, which gradients can pass.

        `words_BS` are the words nearest to them, `pad` behind the last: which vectors are real,
        and what can be copied. NotImplementedError where a generator reads tokens alone.
        """
        raise NotImplementedError(f"{type(self).__name__} reads its source as tokens alone")

    def copying_shares(self, state: State, shares_BSV: Tensor) -> State:
        """Return the state of a source whose places are shares of words, which a pointer copies.

        The gradient then knows what another word would have given to copy. Generators without a
        pointer copy nothing.
        """
        return state

    def memory(self, state: State) -> tuple[Tensor, Tensor]:
        """Return what the state keeps of the source, (B, S, D), and which of it is real (B, S).

        NotImplementedError where source and response are read alike.
        """
        raise NotImplementedError(f"{type(self).__name__} has no encoder")

    def stir(self, state: State, noise_BZ: Tensor) -> State:
        """Return the first state that the noise stands for; the same one where none is taken."""
        return state

    @abstractmethod
    def step(self, state: State, previous_B: Tensor) -> tuple[Tensor, State]:
        """Read one token a row; return the next token's logits (B, V) and the new state.

        The given state stays valid: nothing in it is changed in place.
        """

    @abstractmethod
    def word_vectors(self) -> Tensor:
        """Return the vector that stands for each token when it is read, shape (V, D)."""

    @abstractmethod
    def step_vectors(self, state: State, previous_BD: Tensor) -> tuple[Tensor, State]:
        """Do as `step`, reading vectors in place of tokens, which gradients can pass.

        Reading `word_vectors()[previous_B]` is reading `previous_B`; a mixture of word vectors
        stands for a distribution over words.
        """

    @abstractmethod
    def logits(self, source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
        """Return the teacher-forced logits (B, T, V): entry t predicts `tokens_BT[:, t]`."""

    def real_logits(self, source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
        """Return the teacher-forced logits of the real tokens alone, (N, V), row after row.

        Where replies differ in length most of (B, T, V) is padding; a generator that can leave it
        out saves the time of its largest product.
        """
        return self.logits(source_BS, tokens_BT)[token_mask(tokens_BT, pad=self.pad)]

    def logits_from(self, state: State, tokens_BT: Tensor) -> Tensor:
        """Return the teacher-forced logits (B, T, V) of responses that start from these states."""
        logits = [state[next(iter(state))].new_zeros(len(tokens_BT), 0, self.vocab_size)]
        for previous_B in shift_right(tokens_BT, bos=self.bos).unbind(1):
            logits_BV, state = self.step(state, previous_B)
            logits.append(logits_BV.unsqueeze(1))
        return torch.cat(logits, dim=1)

    def logp_from(self, state: State, tokens_BT: Tensor) -> Tensor:
        """Return the log-probability of each token (B, T), 0 at padding, from these states on."""
        mask_BT = token_mask(tokens_BT, pad=self.pad)
        return token_logp(self.logits_from(state, tokens_BT), tokens_BT, mask_BT)

    @abstractmethod
    def save_pretrained(self, folder: Path) -> None:
        """Write `config.json` and `model.safetensors` into the folder."""


class FeatureGenerator(Generator, ABC):
    """A generator whose logits are read off features, one vector a token."""

    embedding: nn.Embedding
    feature_dim: int

    @abstractmethod
    def read(self, state: State, vectors_BTD: Tensor) -> tuple[Tensor, State]:
        """Return what predicts the next token after each word vector, and the last state."""

    @abstractmethod
    def words(self, features_BTD: Tensor) -> Tensor:
        """Return the logits that features stand for, shape (..., V)."""

    def features(self, state: State, inputs_BT: Tensor) -> tuple[Tensor, State]:
        """Return what predicts the next token after each input (B, T, D), and the last state."""
        return self.read(state, self.embedding(inputs_BT))

    def word_vectors(self) -> Tensor:
        """Return the embeddings, shape (V, D)."""
        return self.embedding.weight

    def step(self, state: State, previous_B: Tensor) -> tuple[Tensor, State]:
        """Return the next token's logits (B, V) and the state after `previous_B`."""
        return self.step_vectors(state, self.embedding(previous_B))

    def step_vectors(self, state: State, previous_BD: Tensor) -> tuple[Tensor, State]:
        """Return the next token's logits (B, V) and the state after the vectors."""
        features_B1D, state = self.read(state, previous_BD.unsqueeze(1))
        return self.words(features_B1D.squeeze(1)), state

    def logits(self, source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
        """Return the teacher-forced logits (B, T, V)."""
        return self.logits_from(self.start(source_BS), tokens_BT)

    def logits_from(self, state: State, tokens_BT: Tensor) -> Tensor:
        """Return the teacher-forced logits (B, T, V) of responses that start from these states."""
        inputs_BT = shift_right(tokens_BT, bos=self.bos)
        return self.words(self.features(state, inputs_BT)[0])

    def real_logits(self, source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
        """Return the teacher-forced logits of the real tokens alone, (N, V), row after row."""
        return self.real_logits_from(self.start(source_BS), tokens_BT)

    def real_logits_from(self, state: State, tokens_BT: Tensor) -> Tensor:
        """Return the logits of the real tokens alone, (N, V), from these states on."""
        features_BTD, _ = self.features(state, shift_right(tokens_BT, bos=self.bos))
        return self.words(features_BTD[token_mask(tokens_BT, pad=self.pad)])

    def logp_from(self, state: State, tokens_BT: Tensor) -> Tensor:
        """Return the log-probability of each token (B, T), 0 at padding, from these states on."""
        mask_BT = token_mask(tokens_BT, pad=self.pad)
        return scatter_logp(self.real_logits_from(state, tokens_BT), tokens_BT, mask_BT)
