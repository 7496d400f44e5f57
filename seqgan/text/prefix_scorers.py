"""Scores of every prefix of a reply: raw logits, high for what a person would have written.

Legend: B batch, S prompt length, T response length, D width, F features.
"""

from pathlib import Path

import torch
from torch import Tensor, nn

from seqgan.nn.attention import attend
from seqgan.nn.recurrent_encoder import RecurrentEncoder
from seqgan.nn.recurrent_steps import lstm_from
from seqgan.nn.saving import save_module
from seqgan.ops.masks import token_mask
from seqgan.text.completion_scores import scores_by_reading_on
from seqgan.text.generators.base import State, at_least_one_column


class CausalScorer(nn.Module):
    """A score for every prefix of a response to a prompt, all in one pass.

    A bidirectional LSTM reads the prompt; an LSTM started from its summary reads the response and
    looks back at the prompt at every token (the network of `RecurrentGenerator`, with one score in
    place of the vocabulary).

    Args:
        vocab_size: number of tokens.
        pad: padding token.
        dim: D, the width of embeddings and states, even.
        dropout: share dropped of the embeddings and before the last layer, in training only.
    """

    def __init__(self, vocab_size: int, *, pad: int, dim: int = 128, dropout: float = 0.2) -> None:
        super().__init__()
        self.arguments = {"vocab_size": vocab_size, "pad": pad, "dim": dim, "dropout": dropout}
        self.pad = pad
        self.embedding = nn.Embedding(vocab_size, dim)
        self.encoder = RecurrentEncoder(dim, dim)
        self.bridge = nn.Linear(dim, dim)
        self.reader = nn.LSTM(dim, dim, batch_first=True)
        self.query = nn.Linear(dim, dim, bias=False)
        self.mix = nn.Linear(3 * dim, dim)
        self.score = nn.Linear(dim, 1)
        self.dropout = nn.Dropout(dropout)

    def forward(self, source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
        """Return the score of every prefix `tokens_BT[:, : t + 1]`, shape (B, T)."""
        if tokens_BT.shape[1] == 0:
            return self.score.bias.new_zeros(tokens_BT.shape)
        state, source = self.begin(source_BS)
        words_BTD = self.dropout(self.embedding(tokens_BT))
        read_BTD, _, _ = lstm_from(self.reader, words_BTD, state["hidden"], state["cell"])
        return self.scores(source, read_BTD)

    def begin(self, source_BS: Tensor) -> tuple[State, State]:
        """Return the state before the first token, and the encoded prompt."""
        source_BS = at_least_one_column(source_BS, pad=self.pad)
        mask_BS = token_mask(source_BS, pad=self.pad)
        memory_BSD, summary_BD = self.encoder(self.dropout(self.embedding(source_BS)), mask_BS)
        hidden_B1D = self.bridge(summary_BD).tanh().unsqueeze(1)
        state = {"hidden": hidden_B1D, "cell": torch.zeros_like(hidden_B1D)}
        return state, {"memory": memory_BSD, "mask": mask_BS}

    def read_on(self, state: State, token_B: Tensor) -> State:
        """Return the state after one more token a row."""
        return read_word(self.reader, self.dropout(self.embedding(token_B)), state)

    def judge(self, source: State, state: State) -> Tensor:
        """Return the score of what was read until these states, shape (B,)."""
        return self.scores(source, state["hidden"]).squeeze(1)

    def scores(self, source: State, read_BTD: Tensor) -> Tensor:
        """Return the scores that what was read stands for beside the prompt, shape (B, T)."""
        context_BTD = attend(self.query(read_BTD), source["memory"], source["mask"])
        both_BTF = torch.cat([read_BTD, context_BTD, read_BTD * context_BTD], dim=-1)
        mixed_BTD = self.dropout(nn.functional.gelu(self.mix(both_BTF)))
        score_BT: Tensor = self.score(mixed_BTD).squeeze(-1)
        return score_BT

    def score_completions(
        self, source_BS: Tensor, tokens_BT: Tensor, completed_GNBM: Tensor
    ) -> Tensor:
        """Return the scores of completed prefixes, shape (G, N, B), by `scores_by_reading_on`."""
        return scores_by_reading_on(self, source_BS, tokens_BT, completed_GNBM)

    def save_pretrained(self, folder: Path) -> None:
        """Write `config.json` and `model.safetensors` into the folder."""
        save_module(self, self.arguments, folder)


class ProjectionScorer(nn.Module):
    """A score for every prefix: how human it reads, plus how well it fits the prompt.

    The projection discriminator (arXiv:1802.05637, equation 3) over prefixes: psi(h_t) + <p, b_t>,
    h_t an LSTM's state after token t, p and b_t weighted bags of the prompt's and the prefix's
    embeddings. Because the prompt enters by an inner product alone, a batch of B replies is scored
    against all B prompts for the price of one product (`against_all`): many more mismatched
    negatives than one a reply, from which the fit is learned much sooner.

    Args:
        vocab_size: number of tokens.
        pad: padding token.
        dim: D, the width of embeddings and states.
        dropout: share dropped of the embeddings and before the last layer, in training only.
    """

    def __init__(self, vocab_size: int, *, pad: int, dim: int = 128, dropout: float = 0.2) -> None:
        super().__init__()
        self.arguments = {"vocab_size": vocab_size, "pad": pad, "dim": dim, "dropout": dropout}
        self.pad = pad
        self.embedding = nn.Embedding(vocab_size, dim)
        nn.init.normal_(self.embedding.weight, std=0.3)
        self.weight = nn.Embedding(vocab_size, 1)
        nn.init.zeros_(self.weight.weight)
        self.prompt = nn.Linear(dim, dim)
        self.response = nn.Linear(dim, dim)
        self.reader = nn.LSTM(dim, dim, batch_first=True)
        self.mix = nn.Linear(dim, dim)
        self.score = nn.Linear(dim, 1)
        self.dropout = nn.Dropout(dropout)

    def forward(self, source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
        """Return the score of every prefix `tokens_BT[:, : t + 1]`, shape (B, T)."""
        if tokens_BT.shape[1] == 0:
            return self.score.bias.new_zeros(tokens_BT.shape)
        human_BT, bag_BTD = self.read(tokens_BT)
        fit_BT: Tensor = torch.einsum("bd,btd->bt", self.summarize(source_BS), bag_BTD)
        return human_BT + fit_BT

    def begin(self, source_BS: Tensor) -> tuple[State, State]:
        """Return the state before the first token, and the summary of the prompt."""
        summary_BD = self.summarize(source_BS)
        zero_B1D = summary_BD.new_zeros(len(summary_BD), 1, self.reader.hidden_size)
        state = {
            "hidden": zero_B1D,
            "cell": zero_B1D,
            "words": zero_B1D.squeeze(1),
            "weight": zero_B1D[:, 0, :1],
        }
        return state, {"summary": summary_BD}

    def read_on(self, state: State, token_B: Tensor) -> State:
        """Return the state after one more token a row."""
        word_BD, weight_B1 = self.dropout(self.embedding(token_B)), self.weigh(token_B)
        return {
            **read_word(self.reader, word_BD, state),
            "words": state["words"] + weight_B1 * word_BD,
            "weight": state["weight"] + weight_B1,
        }

    def judge(self, source: State, state: State) -> Tensor:
        """Return the score of what was read until these states, shape (B,)."""
        bag_BD = self.response(state["words"] / state["weight"])
        human_B: Tensor = self.human(state["hidden"].squeeze(1))
        fit_B: Tensor = torch.einsum("bd,bd->b", source["summary"], bag_BD)
        return human_B + fit_B

    def score_completions(
        self, source_BS: Tensor, tokens_BT: Tensor, completed_GNBM: Tensor
    ) -> Tensor:
        """Return the scores of completed prefixes, shape (G, N, B), by `scores_by_reading_on`."""
        return scores_by_reading_on(self, source_BS, tokens_BT, completed_GNBM)

    def against_all(self, source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
        """Return the score of every prefix of reply b for prompt c, shape (C, B, T), C = B."""
        if tokens_BT.shape[1] == 0:  # a process's share of a short last batch may be empty
            return self.score.bias.new_zeros(len(source_BS), *tokens_BT.shape)
        human_BT, bag_BTD = self.read(tokens_BT)
        fit_CBT: Tensor = torch.einsum("cd,btd->cbt", self.summarize(source_BS), bag_BTD)
        return human_BT + fit_CBT

    def summarize(self, source_BS: Tensor) -> Tensor:
        """Return p, the weighted bag of the prompt's words, shape (B, D)."""
        source_BS = at_least_one_column(source_BS, pad=self.pad)
        hidden_BS = (source_BS == self.pad) & (source_BS != self.pad).any(1, keepdim=True)
        weight_BS = self.weight(source_BS).squeeze(-1).masked_fill(hidden_BS, -torch.inf)
        words_BSD = self.dropout(self.embedding(source_BS))
        bag_BD = torch.einsum("bs,bsd->bd", weight_BS.softmax(1), words_BSD)
        summary_BD: Tensor = self.prompt(bag_BD)
        return summary_BD

    def read(self, tokens_BT: Tensor) -> tuple[Tensor, Tensor]:
        """Return psi(h_t), shape (B, T), and b_t, shape (B, T, D)."""
        words_BTD = self.dropout(self.embedding(tokens_BT))
        read_BTD, _ = self.reader(words_BTD)
        weight_BT1 = self.weigh(tokens_BT)
        sums_BTD = (weight_BT1 * words_BTD).cumsum(1) / weight_BT1.cumsum(1)
        return self.human(read_BTD), self.response(sums_BTD)

    def human(self, read_BTD: Tensor) -> Tensor:
        """Return psi of the reader's states, shape (...)."""
        mixed_BTD = self.dropout(nn.functional.gelu(self.mix(read_BTD)))
        score_BT: Tensor = self.score(mixed_BTD).squeeze(-1)
        return score_BT

    def weigh(self, tokens_BT: Tensor) -> Tensor:
        """Return how much each word weighs in a bag, shape (..., 1)."""
        weight_BT1: Tensor = self.weight(tokens_BT).clamp(-10, 10).exp()
        return weight_BT1

    def save_pretrained(self, folder: Path) -> None:
        """Write `config.json` and `model.safetensors` into the folder."""
        save_module(self, self.arguments, folder)


def read_word(reader: nn.LSTM, word_BD: Tensor, state: State) -> State:
    """Return the hidden and cell states of an LSTM of one layer after one more word a row."""
    _, hidden_B1D, cell_B1D = lstm_from(
        reader, word_BD.unsqueeze(1), state["hidden"], state["cell"]
    )
    return {"hidden": hidden_B1D, "cell": cell_B1D}
