"""Networks that score how well a sentence has each style: filters, and a bag of pairs.

Legend: N texts, K styles, T subwords, D width of the embeddings, F filters, I features of a bag.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from seqgan.ops.masks import token_mask
from seqgan.text.packed_features import largest_answers

STRIDE = 40_503
"""A pair's bucket is its first subword times that, and its second: odd, so that any power of two
buckets is shared out evenly (Knuth, The Art of Computer Programming 3, section 6.4)."""


class ConvNetwork(nn.Module):
    """Filters of a few widths over subwords, their largest answers, one score a style.

    (Kim 2014, arXiv:1408.5882, section 2.)

    Args:
        vocab_size: subwords.
        num_styles: K.
        pad: padding token.
        dim: D.
        widths: numbers of subwords a filter sees.
        num_filters: filters of each width.
        dropout: share dropped of the embeddings and of the features, in training only.
    """

    def __init__(
        self,
        vocab_size: int,
        num_styles: int,
        *,
        pad: int,
        dim: int = 64,
        widths: Sequence[int] = (1, 2, 3, 4),
        num_filters: int = 64,
        dropout: float = 0.4,
    ) -> None:
        super().__init__()
        self.arguments = {
            "vocab_size": vocab_size,
            "num_styles": num_styles,
            "pad": pad,
            "dim": dim,
            "widths": list(widths),
            "num_filters": num_filters,
            "dropout": dropout,
        }
        self.pad, self.num_styles = pad, num_styles
        self.embedding = nn.Embedding(vocab_size, dim)
        nn.init.normal_(self.embedding.weight, std=0.2)
        self.filters = nn.ModuleList(nn.Conv1d(dim, num_filters, width) for width in widths)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(num_filters * len(widths), num_styles)

    def forward(self, tokens_NT: Tensor) -> Tensor:
        """Return the score of every style, shape (N, K); softmax makes probabilities of them."""
        mask_NT = token_mask(tokens_NT, pad=self.pad)
        vectors_NTD = self.dropout(self.embedding(tokens_NT)) * mask_NT.unsqueeze(-1)
        answers_NF = largest_answers(vectors_NTD, self.filters, mask_NT.sum(1))
        scores_NK: Tensor = self.head(self.dropout(answers_NF))
        return scores_NK


class BagNetwork(nn.Module):
    """The mean of vectors of subwords and of pairs of neighbors, in which a score is linear.

    (fastText: Joulin et al. 2016, arXiv:1607.01759. Pairs share vectors by a hash.) It reads what a
    linear classifier of n-grams reads; a network of filters is moved by other things.

    Args:
        vocab_size: subwords.
        num_styles: K.
        pad: padding token.
        dim: D.
        num_buckets: vectors that pairs share.
        dropout: share dropped of the subwords and pairs, in training only.
    """

    def __init__(
        self,
        vocab_size: int,
        num_styles: int,
        *,
        pad: int,
        dim: int = 16,
        num_buckets: int = 2**16,
        dropout: float = 0.4,
    ) -> None:
        super().__init__()
        self.arguments = {
            "vocab_size": vocab_size,
            "num_styles": num_styles,
            "pad": pad,
            "dim": dim,
            "num_buckets": num_buckets,
            "dropout": dropout,
        }
        self.pad, self.num_styles = pad, num_styles
        self.vocab_size, self.num_buckets = vocab_size, num_buckets
        self.embedding = nn.Embedding(vocab_size + num_buckets, dim)
        nn.init.normal_(self.embedding.weight, std=0.2)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(dim, num_styles)

    def forward(self, tokens_NT: Tensor) -> Tensor:
        """Return the score of every style, shape (N, K); softmax makes probabilities of them."""
        mask_NT = token_mask(tokens_NT, pad=self.pad)
        first_NT, second_NT = tokens_NT[:, :-1], tokens_NT[:, 1:]
        bucket_NT = (first_NT * STRIDE + second_NT) % self.num_buckets
        features_NI = torch.cat([tokens_NT, self.vocab_size + bucket_NT], dim=1)
        mask_NI = torch.cat([mask_NT, mask_NT[:, :-1] & mask_NT[:, 1:]], dim=1)
        weight_NI = self.dropout(mask_NI.float()) / mask_NI.sum(1, keepdim=True).clamp(min=1)
        mean_ND = (weight_NI.unsqueeze(1) @ self.embedding(features_NI)).squeeze(1)
        scores_NK: Tensor = self.head(mean_ND)
        return scores_NK
