"""Scores of whole replies: raw logits, high for what a person would have written.

Legend: B batch, S prompt length, T response length, L both, D width, F features, G prefixes, N
completions of each, R of them, M longest.
"""

from pathlib import Path

import torch
from torch import Tensor, nn

from seqgan.nn.attention import attend
from seqgan.nn.saving import save_module
from seqgan.nn.transformer import Block, Rotary
from seqgan.ops.masks import token_mask
from seqgan.text.generators.base import at_least_one_column
from seqgan.text.rollouts import without_dropout


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
        source_BSD, source_mask_BS = self.embed_source(source_BS)
        both_BTE = self.beside(source_BSD, source_mask_BS, token_BTD) * mask_BT.unsqueeze(-1)
        prompt_BF = pooled_filters(self.prompt_filters, source_BSD, source_mask_BS)
        return self.head(prompt_BF, pooled_filters(self.filters, both_BTE, mask_BT))

    def embed_source(self, source_BS: Tensor) -> tuple[Tensor, Tensor]:
        """Return the prompt's vectors, 0 for padding, shape (B, S, D), and which are real."""
        source_BS = at_least_one_column(source_BS, pad=self.pad)
        mask_BS = token_mask(source_BS, pad=self.pad)
        return self.embedding(source_BS) * mask_BS.unsqueeze(-1), mask_BS

    def beside(self, source_BSD: Tensor, source_mask_BS: Tensor, token_BTD: Tensor) -> Tensor:
        """Return each token with the prompt tokens most like it, shape (B, T, 2 D)."""
        context_BTD = attend(self.query(token_BTD), source_BSD, source_mask_BS)
        return torch.cat([token_BTD, context_BTD], dim=-1)

    def head(self, prompt_BF: Tensor, response_BF: Tensor) -> Tensor:
        """Return the scores that the filters' answers stand for, shape (B,)."""
        feature_BF = torch.cat([prompt_BF, response_BF], dim=-1)
        if self.gate is not None and self.change is not None:
            gate_BF = self.gate(feature_BF).sigmoid()
            feature_BF = gate_BF * self.change(feature_BF).relu() + (1 - gate_BF) * feature_BF
        score_B: Tensor = self.score(self.dropout(feature_BF)).squeeze(-1)
        return score_B

    @torch.no_grad()
    def score_completions(
        self, source_BS: Tensor, tokens_BT: Tensor, completed_GNBM: Tensor
    ) -> Tensor:
        """Return the scores of completed prefixes, shape (G, N, B), without dropout.

        Entry [g, n, b] of `completed_GNBM` must begin with the first g + 1 tokens of reply b; the
        score is 0 where those are the whole reply. Elsewhere it is that of `forward`, but prompts,
        tokens of a prefix and windows inside one are looked at once, not once a completion.
        """
        open_GB = token_mask(tokens_BT, pad=self.pad)[:, 1 : len(completed_GNBM) + 1].t()
        score_GNB = self.score.bias.new_zeros(completed_GNBM.shape[:3])
        with without_dropout(self):
            source_BSD, seen_BS = self.embed_source(source_BS)
            prompt_BF = pooled_filters(self.prompt_filters, source_BSD, seen_BS)
            both_BTE = self.beside(source_BSD, seen_BS, self.embedding(tokens_BT))
            best = [window_answers(conv, both_BTE).cummax(1).values for conv in self.filters]
            for g, completed_NBM in enumerate(completed_GNBM):
                open_B = open_GB[g].nonzero().squeeze(1)
                reply_R = open_B.repeat(len(completed_NBM))
                completed_RM = completed_NBM[:, open_B].flatten(0, 1)
                new_RMD = self.embedding(completed_RM[:, g + 1 :])
                new_RME = self.beside(source_BSD[reply_R], seen_BS[reply_R], new_RMD)
                both_RME = torch.cat([both_BTE[reply_R, : g + 1], new_RME], dim=1)
                mask_RM = token_mask(completed_RM, pad=self.pad)
                pooled = [
                    largest_beyond(conv, both_RME, mask_RM, best_BTF[reply_R], prefix=g + 1)
                    for conv, best_BTF in zip(self.filters, best, strict=True)
                ]
                score_R = self.head(prompt_BF[reply_R], torch.cat(pooled, dim=1))
                score_GNB[g, :, open_B] = score_R.view(len(completed_NBM), -1)
        return score_GNB

    def save_pretrained(self, folder: Path) -> None:
        """Write `config.json` and `model.safetensors` into the folder."""
        save_module(self, self.arguments, folder)


def pooled_filters(filters: nn.ModuleList, values_BTE: Tensor, mask_BT: Tensor) -> Tensor:
    """Return each filter's largest answer (0 at least) over windows that begin at a real token.

    `values_BTE` must be 0 outside the mask. Shape (B, F), F filters in all; zeros for empty rows.
    """
    pooled = [
        (window_answers(conv, values_BTE) * mask_BT.unsqueeze(-1)).amax(1) for conv in filters
    ]
    return torch.cat(pooled, dim=-1)


def window_answers(conv: nn.Module, values_BTE: Tensor) -> Tensor:
    """Return the filters' answers, 0 at least, to the window that begins at each token, (B, T, F).

    Zeros follow the last one.
    """
    assert isinstance(conv, nn.Conv1d)
    padded_BTE = nn.functional.pad(values_BTE, (0, 0, 0, conv.kernel_size[0] - 1))
    answer_BFT: Tensor = conv(padded_BTE.transpose(1, 2)).relu()
    return answer_BFT.transpose(1, 2)


def largest_beyond(
    conv: nn.Module, values_RME: Tensor, mask_RM: Tensor, best_RTF: Tensor, *, prefix: int
) -> Tensor:
    """Return each filter's largest answer as `pooled_filters` does, shape (R, F).

    Windows inside the first `prefix` tokens are not looked at again: row t of `best_RTF` holds the
    largest answers to windows that begin at token t or before.
    """
    assert isinstance(conv, nn.Conv1d)
    first = max(0, prefix + 1 - conv.kernel_size[0])
    mask_RM1 = mask_RM[:, first:].unsqueeze(-1)
    answer_RMF = window_answers(conv, values_RME[:, first:] * mask_RM1) * mask_RM1
    best_RF: Tensor = answer_RMF.amax(1)
    return best_RF.maximum(best_RTF[:, first - 1]) if first else best_RF


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
