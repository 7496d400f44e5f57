"""Scores of replies: raw logits, high for what a person would have written.

Legend: B batch, S prompt length, T response length, L both, D width, F features.
"""

from pathlib import Path

import torch
from torch import Tensor, nn

from seqgan.nn.attention import attend
from seqgan.nn.recurrent_encoder import RecurrentEncoder
from seqgan.nn.recurrent_steps import lstm_from
from seqgan.nn.saving import save_module
from seqgan.nn.transformer import Block, Rotary
from seqgan.ops.masks import token_mask
from seqgan.text.completion_scores import scores_by_reading_on
from seqgan.text.generators.base import State, at_least_one_column
from seqgan.text.rollouts import without_dropout


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


def read_word(reader: nn.LSTM, word_BD: Tensor, state: State) -> State:
    """Return the hidden and cell states of an LSTM of one layer after one more word a row."""
    _, hidden_B1D, cell_B1D = lstm_from(
        reader, word_BD.unsqueeze(1), state["hidden"], state["cell"]
    )
    return {"hidden": hidden_B1D, "cell": cell_B1D}


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
