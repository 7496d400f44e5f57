"""A discriminator that is a language model itself, compared with the generator's probabilities.

The best discriminator of a generator q is D = p / (p + q). Where q can be computed, D need not
learn it: only p is unknown, and a language model of the real text stands for it (Finn et al. 2016,
arXiv:1611.03852). It scores every word that might follow a prefix, not the drawn one alone, so
that the generator can climb the expectation over its next word exactly (arXiv:1709.00503).

Legend: B batch, S source length, T sentence length, N real tokens, V vocabulary.
"""

import torch
from torch import Tensor, nn

from seqgan.objectives.likelihood import scatter_logp
from seqgan.ops.masks import token_mask
from seqgan.text.generators.base import Generator
from seqgan.text.rollouts import without_dropout

FIRST_SLOPE = 0.5
"""Two models that know equally much: the best exponent of their product."""


class DensityRatio(nn.Module):
    """A score for every prefix: slope * log model(prefix) / writer(prefix) + offset.

    `slope` and `offset` are learned with the model; the writer's own weights are not, and are
    always those that it has now.

    Args:
        model: p, a language model of the real text, of the writer's vocabulary.
        writer: q, the generator that is judged.
    """

    def __init__(self, model: Generator, writer: Generator) -> None:
        super().__init__()
        if (model.vocab_size, model.pad) != (writer.vocab_size, writer.pad):
            raise ValueError(
                f"the model has {model.vocab_size} words and padding {model.pad}, the generator "
                f"{writer.vocab_size} and {writer.pad}: they must be the same"
            )
        self.model = model
        self._writer = (writer,)  # no part of this module: it is another player's
        self.slope = nn.Parameter(torch.tensor(FIRST_SLOPE))
        self.offset = nn.Parameter(torch.zeros(()))

    def forward(self, source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
        """Return the score of every prefix `tokens_BT[:, : t + 1]`, shape (B, T)."""
        (writer,) = self._writer
        mask_BT = token_mask(tokens_BT, pad=self.model.pad)
        logp_BT = scatter_logp(self.model.real_logits(source_BS, tokens_BT), tokens_BT, mask_BT)
        with torch.no_grad(), without_dropout(writer):
            logits_NV = writer.real_logits(source_BS, tokens_BT)
            logq_BT = scatter_logp(logits_NV, tokens_BT, mask_BT)
        return self.slope * (logp_BT - logq_BT).cumsum(1) + self.offset

    @torch.no_grad()
    def next_words(self, source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
        """Return the model's logits of every word in each real token's place, shape (N, V).

        The reward of word v there is slope * (log_softmax of these - the writer's log q), and its
        expectation over q the slope times -KL(q || model).
        """
        with without_dropout(self.model):
            return self.model.real_logits(source_BS, tokens_BT)
