"""The discriminator of SeqGAN: filters of many widths over a sentence, one score.

Legend: B batch, S source length, T sentence length, V vocabulary, D width of the embeddings,
F features, W windows, G prefixes, N completions of each, M longest
completion, Q prefixes that were completed.
"""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from seqgan.nn.saving import save_module
from seqgan.ops.linear import fast_linear
from seqgan.ops.masks import token_mask
from seqgan.text.packed_features import completion_features, largest_answers
from seqgan.text.rollouts import without_dropout

WIDTHS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 15, 20)
NUM_FILTERS = (100, 200, 200, 200, 200, 100, 100, 100, 100, 100, 160, 160)

HEAD_ROWS = 1024
"""Rows that go through the highway layer at once where no gradient is wanted."""


class SentenceScorer(nn.Module):
    """One score a sentence, whatever the source (SeqGAN, arXiv:1609.05473, appendix C).

    Filters answer to windows that lie in the sentence; a sentence shorter than the window has one,
    filled up with zeros. The largest answer of each filter goes through the highway layer
    (arXiv:1505.00387), dropout and a linear layer. Scores are logits.

    Args:
        vocab_size: V.
        pad: padding token; it may lie beyond the vocabulary.
        dim: D.
        widths: numbers of tokens a filter sees.
        num_filters: filters of each width.
        own_gate: whether the highway's gate has a matrix of its own, as in the paper; else it
            reads what the change reads, as in most ports, at half the price.
        dropout: share of features dropped, in training only.

    Raises:
        ValueError: unless there are as many widths as numbers of filters, all of them positive.
    """

    def __init__(
        self,
        vocab_size: int,
        *,
        pad: int,
        dim: int = 64,
        widths: Sequence[int] = WIDTHS,
        num_filters: Sequence[int] = NUM_FILTERS,
        own_gate: bool = True,
        dropout: float = 0.25,
    ) -> None:
        super().__init__()
        if len(widths) != len(num_filters) or min([*widths, *num_filters], default=0) < 1:
            raise ValueError(
                f"widths {list(widths)} and num_filters {list(num_filters)} must be equally many "
                "positive numbers"
            )
        self.arguments = {
            "vocab_size": vocab_size,
            "pad": pad,
            "dim": dim,
            "widths": list(widths),
            "num_filters": list(num_filters),
            "own_gate": own_gate,
            "dropout": dropout,
        }
        self.pad, self.own_gate = pad, own_gate
        self.embedding = nn.Embedding(vocab_size, dim)
        self.filters = nn.ModuleList(
            nn.Conv1d(dim, num, width) for width, num in zip(widths, num_filters, strict=True)
        )
        num_features = sum(num_filters)
        self.highway = nn.Linear(num_features, (1 + own_gate) * num_features)
        with torch.no_grad():  # at first the features pass almost unchanged
            self.highway.bias[-num_features:].fill_(-2.0 if own_gate else 0.0)
        self.score = nn.Linear(num_features, 1)
        self.dropout = nn.Dropout(dropout)

    def forward(self, source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
        """Return the score of each sentence, shape (B,)."""
        mask_BT = token_mask(tokens_BT, pad=self.pad)
        return self.score_vectors(source_BS, self.embed(tokens_BT), mask_BT)

    def embed(self, tokens_BT: Tensor) -> Tensor:
        """Return the vectors that stand for the tokens, 0 for padding, shape (B, T, D)."""
        mask_BT1 = token_mask(tokens_BT, pad=self.pad).unsqueeze(-1)
        vectors_BTD: Tensor = self.embedding(tokens_BT.where(mask_BT1.squeeze(-1), 0))
        return vectors_BTD * mask_BT1

    def word_vectors(self) -> Tensor:
        """Return the vector of every word, shape (V, D)."""
        return self.embedding.weight

    def score_vectors(self, source_BS: Tensor, vectors_BTD: Tensor, mask_BT: Tensor) -> Tensor:
        """Return the score of sentences given as vectors, shape (B,).

        What lies outside the mask is not read. A relaxed sentence, whose vectors are mixtures of
        `word_vectors()`, gets its gradient through them.
        """
        return self.head(self.features(vectors_BTD * mask_BT.unsqueeze(-1), mask_BT.sum(1)))

    def features(self, vectors_BTD: Tensor, length_B: Tensor) -> Tensor:
        """Return each filter's largest answer, 0 at least, shape (B, F).

        `vectors_BTD` must be 0 behind the sentences' ends.
        """
        return largest_answers(vectors_BTD, self.filters, length_B)

    def head(self, feature_BF: Tensor) -> Tensor:
        """Return the scores that the features stand for, shape (B,)."""
        linear = functional.linear if torch.is_grad_enabled() else fast_linear
        mixed = linear(feature_BF, self.highway.weight, self.highway.bias)
        change_BF, gate_BF = mixed.chunk(2, dim=1) if self.own_gate else (mixed, mixed)
        feature_BF = torch.lerp(feature_BF, change_BF.relu(), gate_BF.sigmoid())
        score_B: Tensor = self.score(self.dropout(feature_BF)).squeeze(-1)
        return score_B

    @torch.no_grad()
    def score_completions(
        self, source_BS: Tensor, tokens_BT: Tensor, completed_GNBM: Tensor
    ) -> Tensor:
        """Return the scores of completed prefixes, shape (G, N, B), without dropout.

        Entry [g, n, b] of `completed_GNBM` must begin with the first g + 1 tokens of sentence b;
        the score is 0 where those are the whole sentence. Elsewhere it is that of `forward`, but
        the windows inside a prefix are looked at once, not once a completion.
        """
        num_prefixes, num_rollouts, batch, _ = completed_GNBM.shape
        open_GB = token_mask(tokens_BT, pad=self.pad)[:, 1 : num_prefixes + 1].t()
        feature_QNF = completion_features(
            self.word_vectors(),
            [conv for conv in self.filters if isinstance(conv, nn.Conv1d)],
            tokens_BT,
            completed_GNBM,
            open_GB,
            pad=self.pad,
        )
        with without_dropout(self):
            parts = [self.head(part) for part in feature_QNF.flatten(0, 1).split(HEAD_ROWS)]
        score_GBN = feature_QNF.new_zeros(num_prefixes, batch, num_rollouts)
        score_GBN[open_GB] = torch.cat(parts).view(-1, num_rollouts)
        return score_GBN.transpose(1, 2)

    def save_pretrained(self, folder: Path) -> None:
        """Write `config.json` and `model.safetensors` into the folder."""
        save_module(self, self.arguments, folder)
