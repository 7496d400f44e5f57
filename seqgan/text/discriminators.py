"""Scores of replies: raw logits, high for what a person would have written.

Legend: B batch, S prompt length, T response length, L both, D width, F features.
"""

from pathlib import Path

import torch
from torch import Tensor, nn

from seqgan.nn.attention import attend
from seqgan.nn.recurrent_encoder import RecurrentEncoder
from seqgan.nn.saving import save_module
from seqgan.nn.transformer import Block, Rotary
from seqgan.ops.masks import token_mask
from seqgan.text.generators.base import at_least_one_column


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
        source_BS = at_least_one_column(source_BS, pad=self.pad)
        mask_BS = token_mask(source_BS, pad=self.pad)
        memory_BSD, summary_BD = self.encoder(self.dropout(self.embedding(source_BS)), mask_BS)
        hidden_1BD = self.bridge(summary_BD).tanh().unsqueeze(0)
        first = (hidden_1BD, torch.zeros_like(hidden_1BD))
        read_BTD, _ = self.reader(self.dropout(self.embedding(tokens_BT)), first)
        context_BTD = attend(self.query(read_BTD), memory_BSD, mask_BS)
        both_BTF = torch.cat([read_BTD, context_BTD, read_BTD * context_BTD], dim=-1)
        mixed_BTD = self.dropout(nn.functional.gelu(self.mix(both_BTF)))
        score_BT: Tensor = self.score(mixed_BTD).squeeze(-1)
        return score_BT

    def save_pretrained(self, folder: Path) -> None:
        """Write `config.json` and `model.safetensors` into the folder."""
        save_module(self, self.arguments, folder)


class ConvScorer(nn.Module):
    """One score a reply: convolutions over prompt and response, maximum over time, highway.

    Filters and pooling as in Kim 2014 (arXiv:1408.5882), the highway layer as in SeqGAN
    (arXiv:1609.05473, appendix C). Each response token also carries the prompt tokens most like
    it, so that the filters can see whether the two fit.

    Args:
        vocab_size: number of tokens.
        pad: padding token.
        dim: D, width of the embeddings.
        num_filters: filters of each width.
        widths: numbers of tokens a filter sees.
        highway: whether the highway layer stands before the output.
        dropout: share of features dropped, in training only.
    """

    def __init__(
        self,
        vocab_size: int,
        *,
        pad: int,
        dim: int = 128,
        num_filters: int = 64,
        widths: tuple[int, ...] = (1, 2, 3, 4, 5),
        highway: bool = True,
        dropout: float = 0.2,
    ) -> None:
        super().__init__()
        self.arguments = {
            "vocab_size": vocab_size,
            "pad": pad,
            "dim": dim,
            "num_filters": num_filters,
            "widths": list(widths),
            "highway": highway,
            "dropout": dropout,
        }
        self.pad = pad
        self.embedding = nn.Embedding(vocab_size, dim)
        self.query = nn.Linear(dim, dim, bias=False)
        self.prompt_filters = nn.ModuleList(nn.Conv1d(dim, num_filters, k) for k in widths)
        self.filters = nn.ModuleList(nn.Conv1d(2 * dim, num_filters, k) for k in widths)
        num_features = 2 * num_filters * len(widths)
        self.gate = nn.Linear(num_features, num_features) if highway else None
        self.change = nn.Linear(num_features, num_features) if highway else None
        self.score = nn.Linear(num_features, 1)
        self.dropout = nn.Dropout(dropout)

    def forward(self, source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
        """Return the score of each whole reply, shape (B,)."""
        tokens_BT = at_least_one_column(tokens_BT, pad=self.pad)
        mask_BT = token_mask(tokens_BT, pad=self.pad)
        return self.score_vectors(source_BS, self.embedding(tokens_BT), mask_BT)

    def word_vectors(self) -> Tensor:
        """Return the vector that is read for each word, shape (V, D)."""
        return self.embedding.weight

    def score_vectors(self, source_BS: Tensor, token_BTD: Tensor, mask_BT: Tensor) -> Tensor:
        """Return the score of each reply given as vectors, shape (B,)."""
        source_BS = at_least_one_column(source_BS, pad=self.pad)
        source_mask_BS = token_mask(source_BS, pad=self.pad)
        source_BSD = self.embedding(source_BS) * source_mask_BS.unsqueeze(-1)
        context_BTD = attend(self.query(token_BTD), source_BSD, source_mask_BS)
        both_BTE = torch.cat([token_BTD, context_BTD], dim=-1) * mask_BT.unsqueeze(-1)
        prompt_BF = pooled_filters(self.prompt_filters, source_BSD, source_mask_BS)
        feature_BF = torch.cat([prompt_BF, pooled_filters(self.filters, both_BTE, mask_BT)], dim=-1)
        if self.gate is not None and self.change is not None:
            gate_BF = self.gate(feature_BF).sigmoid()
            feature_BF = gate_BF * self.change(feature_BF).relu() + (1 - gate_BF) * feature_BF
        score_B: Tensor = self.score(self.dropout(feature_BF)).squeeze(-1)
        return score_B

    def save_pretrained(self, folder: Path) -> None:
        """Write `config.json` and `model.safetensors` into the folder."""
        save_module(self, self.arguments, folder)


def pooled_filters(filters: nn.ModuleList, values_BTE: Tensor, mask_BT: Tensor) -> Tensor:
    """Return each filter's largest answer (0 at least) over windows that begin at a real token.

    `values_BTE` must be 0 outside the mask. Shape (B, F), F filters in all; zeros for empty rows.
    """
    values_BET = values_BTE.transpose(1, 2)
    pooled = []
    for conv in filters:
        assert isinstance(conv, nn.Conv1d)
        padded_BET = nn.functional.pad(values_BET, (0, conv.kernel_size[0] - 1))
        pooled.append((conv(padded_BET).relu() * mask_BT.unsqueeze(1)).amax(-1))
    return torch.cat(pooled, dim=-1)


class TransformerScorer(nn.Module):
    """One score a reply: a Transformer over prompt and response together, read at a first token.

    Args:
        vocab_size: number of tokens.
        pad: padding token.
        dim: D, width, divisible by `num_heads` into an even size.
        num_layers: blocks.
        num_heads: attention heads.
        dropout: share dropped, in training only.
    """

    def __init__(
        self,
        vocab_size: int,
        *,
        pad: int,
        dim: int = 128,
        num_layers: int = 2,
        num_heads: int = 4,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        self.arguments = {
            "vocab_size": vocab_size,
            "pad": pad,
            "dim": dim,
            "num_layers": num_layers,
            "num_heads": num_heads,
            "dropout": dropout,
        }
        self.pad = pad
        self.embedding = nn.Embedding(vocab_size, dim)
        self.speaker = nn.Embedding(3, dim)
        self.rotary = Rotary(dim // num_heads)
        self.blocks = nn.ModuleList(
            Block(dim, num_heads=num_heads, dropout=dropout) for _ in range(num_layers)
        )
        self.norm = nn.LayerNorm(dim)
        self.score = nn.Linear(dim, 1)
        self.dropout = nn.Dropout(dropout)

    def forward(self, source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
        """Return the score of each whole reply, shape (B,)."""
        mask_BT = token_mask(tokens_BT, pad=self.pad)
        return self.score_vectors(source_BS, self.embedding(tokens_BT), mask_BT)

    def word_vectors(self) -> Tensor:
        """Return the vector that is read for each word, shape (V, D)."""
        return self.embedding.weight

    def score_vectors(self, source_BS: Tensor, token_BTD: Tensor, mask_BT: Tensor) -> Tensor:
        """Return the score of each reply given as vectors, shape (B,)."""
        both_BLD = torch.cat([self.embedding(source_BS), token_BTD], dim=1)
        speaker_L = source_BS.new_tensor([1] * source_BS.shape[1] + [2] * mask_BT.shape[1])
        first_B1D = self.speaker.weight[:1].expand(len(both_BLD), 1, -1)
        hidden_BLD = torch.cat([first_B1D, both_BLD + self.speaker(speaker_L)], dim=1)
        hidden_BLD = self.dropout(hidden_BLD)
        mask_BL = torch.cat([token_mask(source_BS, pad=self.pad), mask_BT], dim=1)
        mask_BL = nn.functional.pad(mask_BL, (1, 0), value=True)
        turn = self.rotary(mask_BL.cumsum(1) - 1)
        for block in self.blocks:
            hidden_BLD, _ = block(hidden_BLD, turn, mask_BL[:, None, None])
        score_B: Tensor = self.score(self.norm(hidden_BLD[:, 0])).squeeze(-1)
        return score_B

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
        mixed_BTD = self.dropout(nn.functional.gelu(self.mix(read_BTD)))
        weight_BT1 = self.weight(tokens_BT).clamp(-10, 10).exp()
        sums_BTD = (weight_BT1 * words_BTD).cumsum(1) / weight_BT1.cumsum(1)
        return self.score(mixed_BTD).squeeze(-1), self.response(sums_BTD)

    def save_pretrained(self, folder: Path) -> None:
        """Write `config.json` and `model.safetensors` into the folder."""
        save_module(self, self.arguments, folder)
