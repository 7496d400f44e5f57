"""A generator small enough to enumerate: the next token depends on the last one and the prompt.

Legend: B batch, S source length, T response length, V vocabulary.
"""

import itertools
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor, nn

from seqgan.text.generators.base import Generator, State, bans, shift_right

PAD, BOS, EOS, VOCAB = 0, 1, 2, 5
WORDS = (3, 4)


class MarkovGenerator(Generator):
    """Logits of the next token: a table row for the last one, plus one for the first of the prompt.

    `rows` and `steps` count what `step` was asked for.
    """

    def __init__(self, vocab_size: int = VOCAB, *, seed: int = 0) -> None:
        super().__init__()
        self.pad, self.bos, self.eos, self.vocab_size = PAD, BOS, EOS, vocab_size
        rng = torch.Generator().manual_seed(seed)
        size = (vocab_size, vocab_size)
        self.table = nn.Parameter(torch.randn(size, generator=rng, dtype=torch.float64))
        self.prompt = nn.Parameter(torch.randn(size, generator=rng, dtype=torch.float64))
        ban_V = bans(vocab_size, pad=PAD, bos=BOS, eos=EOS).double()
        self.ban_V: Tensor
        self.register_buffer("ban_V", ban_V)
        self.rows = self.steps = 0

    def start(self, source_BS: Tensor) -> State:
        """Return the prompt's first token as the state."""
        return {"prompt": source_BS[:, 0]}

    def step(self, state: State, previous_B: Tensor) -> tuple[Tensor, State]:
        """Return the next token's logits (B, V)."""
        return self.step_vectors(state, self.word_vectors()[previous_B])

    def word_vectors(self) -> Tensor:
        """Return the tokens one-hot, shape (V, V)."""
        return torch.eye(self.vocab_size, dtype=torch.float64)

    def step_vectors(self, state: State, previous_BD: Tensor) -> tuple[Tensor, State]:
        """Return the next token's logits (B, V)."""
        self.rows, self.steps = self.rows + len(previous_BD), self.steps + 1
        return previous_BD @ self.table + self.prompt[state["prompt"]] + self.ban_V, state

    def logits(self, source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
        """Return the teacher-forced logits (B, T, V)."""
        inputs_BT = shift_right(tokens_BT, bos=BOS)
        return self.table[inputs_BT] + self.prompt[source_BS[:, :1]] + self.ban_V

    def save_pretrained(self, folder: Path) -> None:
        """Do nothing."""

    def forbid(self, token: int) -> None:
        """Make a token impossible to draw."""
        self.ban_V[token] = -3e4


def all_responses(*, longest: int) -> Tensor:
    """Return every response of at most so many tokens, padded, shape (R, longest)."""
    return torch.tensor([row + [PAD] * (longest - len(row)) for row in _responses(longest)])


def _responses(longest: int) -> Iterator[list[int]]:
    for length in range(longest):
        for words in itertools.product(WORDS, repeat=length):
            yield [*words, EOS]
    for words in itertools.product(WORDS, repeat=longest):
        yield list(words)


def logp_of(generator: Generator, source_RS: Tensor, tokens_RT: Tensor) -> Tensor:
    """Return the log-probability of each response, shape (R,), in the generator's precision."""
    logp_RTV = generator.logits(source_RS, tokens_RT).log_softmax(-1)
    logp_RT = logp_RTV.gather(-1, tokens_RT.unsqueeze(-1)).squeeze(-1)
    return logp_RT.masked_fill(tokens_RT == PAD, 0).sum(1)


def table_score(tokens_RT: Tensor) -> Tensor:
    """Return a made score of each response between 0 and 1 that depends on every token's place."""
    place_T = torch.arange(1, tokens_RT.shape[1] + 1)
    return (0.5 + 0.5 * torch.sin(1.7 * (tokens_RT.double() * place_T.sqrt()).sum(1))).double()


def expected_score(
    generator: Generator, source_1S: Tensor, prefix: list[int], longest: int
) -> Tensor:
    """Return the mean score of all ends of a prefix, by enumeration."""
    tokens_RT = all_responses(longest=longest)
    prefix_P = torch.tensor(prefix, dtype=torch.long)
    tokens_RT = tokens_RT[(tokens_RT[:, : len(prefix)] == prefix_P).all(1)]
    prob_R = logp_of(generator, source_1S.expand(len(tokens_RT), -1), tokens_RT).exp()
    return (prob_R @ table_score(tokens_RT)) / prob_R.sum()
