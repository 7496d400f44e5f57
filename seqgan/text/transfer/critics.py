"""Who tells real sentences of a style from transferred ones, and codes of one style from another's.

Legend: B batch, S source length, T sentence length, D width, K styles.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from seqgan.ops.masks import at_least_float32

WIDTHS, NUM_FILTERS = (1, 2, 3, 4, 5), 100


class StyleCritic(nn.Module):
    """One score a sentence: is it real, of the style that the first id of its source names?

    Filters of five widths over vectors of words (arXiv:1408.5882), their largest answers, one
    linear score a style, as StarGAN's discriminator has a head for each domain (arXiv:1711.09020).
    All places are read, padding like words, so that the score is smooth in the vectors.

    Args:
        tags: the id of each style.
        dim: D, the width of the vectors.
        dropout: share of features dropped, in training only.
        energy: whether scores are made positive, as an energy must be.
    """

    def __init__(
        self, tags: Sequence[int], *, dim: int, dropout: float = 0.25, energy: bool = False
    ) -> None:
        super().__init__()
        self.filters = nn.ModuleList(nn.Conv1d(dim, NUM_FILTERS, width) for width in WIDTHS)
        self.dropout = nn.Dropout(dropout)
        self.score = nn.Linear(NUM_FILTERS * len(WIDTHS), len(tags))
        self.energy = energy
        self.tags_K: Tensor
        self.register_buffer("tags_K", torch.tensor(list(tags)), persistent=False)

    def forward(self, vectors_BTD: Tensor, source_BS: Tensor) -> Tensor:
        """Return the score of each sentence, shape (B,)."""
        short = max(0, WIDTHS[-1] - vectors_BTD.shape[1])
        vectors_BDT = functional.pad(vectors_BTD.transpose(1, 2), (0, short))
        features = [conv(vectors_BDT).relu().amax(-1) for conv in self.filters]
        scores_BK = self.score(self.dropout(torch.cat(features, dim=1)))
        score_B: Tensor = (scores_BK * (source_BS[:, :1] == self.tags_K)).sum(1)
        return functional.softplus(score_B) if self.energy else score_B


class CodeCritic(nn.Module):
    """The style of a sentence read off its code (a domain discriminator, arXiv:1505.07818).

    Args:
        code_dim: D.
        num_styles: K.
        hidden: width inside.
    """

    def __init__(self, code_dim: int, num_styles: int, *, hidden: int = 128) -> None:
        super().__init__()
        self.reads = nn.Linear(code_dim, hidden)
        self.tells = nn.Linear(2 * hidden, num_styles)

    def forward(self, code_BSD: Tensor, mask_BS: Tensor) -> Tensor:
        """Return the logits of the styles, shape (B, K)."""
        seen_BSH = functional.gelu(self.reads(code_BSD))
        most_BH = seen_BSH.masked_fill(~mask_BS.unsqueeze(-1), -torch.inf).amax(1)
        logits_BK: Tensor = self.tells(torch.cat([pooled(seen_BSH, mask_BS), most_BH], dim=-1))
        return logits_BK


def confusion(logits_BK: Tensor) -> Tensor:
    """Return how far the predicted styles are from even odds: KL(even || predicted), (B,).

    The loss of arXiv:1510.02192, equation 5, less its least value.

    >>> confusion(torch.zeros(1, 2))
    tensor([0.])
    """
    logp_BK = at_least_float32(logits_BK).log_softmax(-1)
    return -logp_BK.mean(-1) - torch.tensor(float(logits_BK.shape[-1])).log()


def pooled(code_BSD: Tensor, mask_BS: Tensor) -> Tensor:
    """Return the mean of each sentence's code over its real places, shape (B, D).

    >>> pooled(torch.tensor([[[1.0], [3.0], [9.0]]]), torch.tensor([[True, True, False]]))
    tensor([[2.]])
    """
    total_BD = (code_BSD * mask_BS.unsqueeze(-1)).sum(1)
    return total_BD / mask_BS.sum(1, keepdim=True).clamp(min=1)
