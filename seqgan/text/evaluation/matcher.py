"""The matcher: a dual encoder that says which prompt a reply answers.

Bags of words, no convolution and no recurrence, so that it errs otherwise than the discriminators.
Legend: B batch, T time, D embedding size.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from seqgan.metrics.classification import preference
from seqgan.ops.fused_adam import fused_adamw
from seqgan.ops.repeatable import repeatable
from seqgan.text.evaluation.judge_words import PAD, JudgeVocabulary, trim

EPOCHS = 6
BATCH_SIZE = 128
LEARNING_RATE = 3e-3
ECHO_WEIGHT = 0.3
NUM_OTHERS = 16


class DualEncoder(nn.Module):
    """Weighted bags of word vectors, projected apart for prompts and replies, on the sphere."""

    def __init__(self, vocab_size: int, *, dim: int = 128) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, dim, padding_idx=PAD)
        self.weight = nn.Embedding(vocab_size, 1)
        nn.init.normal_(self.embedding.weight, std=0.1)
        nn.init.zeros_(self.weight.weight)
        self.dropout = nn.Dropout(0.3)
        self.prompt_head = nn.Linear(dim, dim)
        self.reply_head = nn.Linear(dim, dim)
        self.log_scale = nn.Parameter(torch.tensor(2.3))

    def prompts(self, ids_BT: Tensor) -> Tensor:
        """Return unit vectors of prompts, shape (B, D)."""
        return functional.normalize(self.prompt_head(self._bag(ids_BT)), dim=1)

    def replies(self, ids_BT: Tensor) -> Tensor:
        """Return unit vectors of replies, shape (B, D)."""
        return functional.normalize(self.reply_head(self._bag(ids_BT)), dim=1)

    def _bag(self, ids_BT: Tensor) -> Tensor:
        # Not -inf: an empty text would give nan.
        weight_BT = self.weight(ids_BT).squeeze(2).masked_fill(ids_BT == PAD, -1e4).softmax(1)
        words_BTD = self.dropout(self.embedding(ids_BT))
        bag_BD: Tensor = self.dropout((words_BTD * weight_BT.unsqueeze(2)).sum(1))
        return bag_BD


class Matcher:
    """Judges whether replies belong to their prompts; trained on the evaluators' split."""

    def __init__(self, vocabulary: JudgeVocabulary, encoder: DualEncoder) -> None:
        """Wrap a trained encoder; `Matcher.train` makes one."""
        self._vocabulary = vocabulary
        self._encoder = encoder.eval()

    @classmethod
    def train(cls, prompts: Sequence[str], replies: Sequence[str], *, seed: int = 0) -> "Matcher":
        """Return a matcher trained on pairs; the global random state is left as it was.

        Raises ValueError unless there are as many replies as prompts, two or more.
        """
        _check(prompts, replies)
        vocabulary = JudgeVocabulary([*prompts, *replies])
        prompts_BS, replies_BT = (
            vocabulary.encode(prompts, keep_end=True),
            vocabulary.encode(replies),
        )
        with repeatable(seed) as rng:
            encoder = DualEncoder(vocabulary.size)
            _fit(encoder, prompts_BS, replies_BT, rng=rng)
        return cls(vocabulary, encoder)

    def relevance(self, prompts: Sequence[str], replies: Sequence[str], *, seed: int = 0) -> float:
        """Return how often a reply fits its own prompt better than another one; a tie is half.

        Each prompt is compared with up to 16 others: the shifts of one order drawn by `seed`, so
        that no prompt meets itself. .5 is chance; human replies set the scale.
        """
        _check(prompts, replies)
        order = torch.randperm(len(prompts), generator=torch.Generator().manual_seed(seed))
        with torch.no_grad():
            prompts_BD = self._encoder.prompts(self._vocabulary.encode(prompts, keep_end=True))[
                order
            ]
            replies_BD = self._encoder.replies(self._vocabulary.encode(replies))[order]
        own_B = _fit_of(prompts_BD, replies_BD)
        others_BR = [
            _fit_of(prompts_BD.roll(shift, 0), replies_BD)
            for shift in range(1, min(NUM_OTHERS, len(prompts) - 1) + 1)
        ]
        return preference(np.tile(own_B, len(others_BR)), np.concatenate(others_BR))

    def embed(self, replies: Sequence[str]) -> NDArray[np.float32]:
        """Return unit vectors of replies, shape (B, D), for the Fréchet embedding distance."""
        with torch.no_grad():
            vectors_BD = self._encoder.replies(self._vocabulary.encode(replies))
        return np.asarray(vectors_BD.numpy(), dtype=np.float32)


def matching_loss(own_BB: Tensor, echo_BB: Tensor) -> Tensor:
    """Return the loss of each pair, shape (B,), from scores of replies (rows) and prompts.

    In-batch softmax both ways (arXiv:1705.00652), own pairs on the diagonal. `echo_BB` scores
    every prompt as a reply. A bag of words takes an echo for the best reply; so it is told that an
    echo does not answer its prompt, and that the true reply fits better.
    """
    target_B = torch.arange(len(own_BB))
    softmax_B = functional.cross_entropy(own_BB, target_B, reduction="none")
    softmax_B = softmax_B + functional.cross_entropy(own_BB.T, target_B, reduction="none")
    chosen_B = echo_BB.log_softmax(1).diagonal().exp().clamp(max=1 - 1e-5)
    worse_B = functional.softplus(echo_BB.diagonal() - own_BB.diagonal())
    return softmax_B + ECHO_WEIGHT * (worse_B - torch.log1p(-chosen_B))


def _fit(
    encoder: DualEncoder, prompts_BS: Tensor, replies_BT: Tensor, *, rng: torch.Generator
) -> None:
    batch_size = min(BATCH_SIZE, len(prompts_BS))
    optimizer = fused_adamw(encoder.parameters(), lr=LEARNING_RATE)
    steps = EPOCHS * -(-len(prompts_BS) // batch_size)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, total_steps=steps)
    encoder.train()
    for _ in range(EPOCHS):
        for rows in torch.split(torch.randperm(len(prompts_BS), generator=rng), batch_size):
            sources_BS = trim(prompts_BS[rows])
            prompts_BD = encoder.prompts(sources_BS)
            scale = encoder.log_scale.exp()
            own_BB = scale * encoder.replies(trim(replies_BT[rows])) @ prompts_BD.T
            echo_BB = scale * encoder.replies(sources_BS) @ prompts_BD.T
            loss = matching_loss(own_BB, echo_BB).mean()
            optimizer.zero_grad()
            torch.autograd.backward(loss)
            optimizer.step()
            rate.step()


def _fit_of(prompts_BD: Tensor, replies_BD: Tensor) -> NDArray[np.float32]:
    """Return cosines, shape (B,), rounded: equal texts tie wherever they stand in the batch."""
    return np.asarray((prompts_BD * replies_BD).sum(1).numpy().round(5), dtype=np.float32)


def _check(prompts: Sequence[str], replies: Sequence[str]) -> None:
    if len(prompts) != len(replies) or len(prompts) < 2:
        raise ValueError(
            "as many replies as prompts are needed, two or more, "
            f"got {len(prompts)} prompts and {len(replies)} replies"
        )
