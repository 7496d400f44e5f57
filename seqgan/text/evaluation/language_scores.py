"""Language-model score and reverse language-model score of unconditional text.

The score of samples is their mean negative log-likelihood a word under a model trained on real
text (quality); the reverse score is that of real text under a model trained on the samples
(diversity, and quality too) (arXiv:1804.07972, arXiv:1811.02549). All models are of one kind and
size and take the same number of updates on as many sentences.

Unknown words: the vocabulary is the words that stand twice or more in the real text. All others
are one unknown word, whose probability is shared out evenly among the different words that stand
there once: so a text of unknown words is not cheap, and what is said is a likelihood of words.

Legend: S sentences, B batch, T words of a sentence with its end, D width of the features.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from seqgan.objectives.likelihood import scatter_logp
from seqgan.ops.fused_adam import fused_adamw
from seqgan.ops.masks import masked_mean, stack_padded, token_mask
from seqgan.ops.repeatable import repeatable
from seqgan.text.generators.language_model import RecurrentLanguageModel

PAD, BOS, EOS, UNKNOWN = range(4)
BATCH_SIZE = 64
SCORED_AT_ONCE = 64
INITIAL_SPREAD = 0.1
"""Of the word vectors: with torch's 1.0 a small corpus is learned by heart."""

Words = Sequence[Sequence[str]]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ScoreModel:
    """Size and training of both models."""

    dim: int = 128
    hidden: int = 128
    dropout: float = 0.5
    learning_rate: float = 1e-2
    epochs: int = 3
    min_updates: int = 200
    max_words: int = 64
    """Words read of a sentence; the end of a longer one is not scored."""


class ScoreVocabulary:
    """The words of the real text that a score model tells apart."""

    def __init__(self, real: Words, *, max_size: int = 20_000) -> None:
        """Count the words of `real`.

        Attributes: size (with four special tokens), spelling (nats that an unknown word costs
        beside being unknown).
        """
        counts = Counter(word for words in real for word in words)
        known = [word for word, count in counts.most_common(max_size) if count > 1]
        self._index = {word: index for index, word in enumerate(known, start=UNKNOWN + 1)}
        self.size = len(self._index) + UNKNOWN + 1
        self.spelling = math.log(max(len(counts) - len(known), 1))

    def encode(self, sentences: Words, *, max_words: int) -> list[list[int]]:
        """Return the tokens of each sentence, its end among them if it is not cut short."""
        rows = [
            [self._index.get(word, UNKNOWN) for word in words[:max_words]] for words in sentences
        ]
        return [
            row if len(words) > max_words else [*row, EOS]
            for row, words in zip(rows, sentences, strict=True)
        ]


@dataclass(frozen=True)
class Scores:
    """What a model says of sentences: nats and scored words of each (the end is one), (S,)."""

    nll_S: Floats
    words_S: Floats


class LanguageScorer:
    """A trained score model; `LanguageScorer.train` makes one."""

    def __init__(
        self, model: RecurrentLanguageModel, vocabulary: ScoreVocabulary, size: ScoreModel
    ) -> None:
        """Wrap a trained model.

        Attributes: model.
        """
        self.model = model.eval()
        self._vocabulary = vocabulary
        self._size = size

    @classmethod
    def train(
        cls,
        sentences: Words,
        vocabulary: ScoreVocabulary,
        *,
        size: ScoreModel | None = None,
        seed: int = 0,
    ) -> "LanguageScorer":
        """Return a model of `sentences`; the global random state is left as it was.

        Raises ValueError without sentences.
        """
        if not sentences:
            raise ValueError("no sentences: a language model needs one or more")
        size = size or ScoreModel()
        rows = vocabulary.encode(sentences, max_words=size.max_words)
        with repeatable(seed) as rng:
            model = RecurrentLanguageModel(
                vocabulary.size,
                pad=PAD,
                bos=BOS,
                eos=EOS,
                dim=size.dim,
                hidden=size.hidden,
                dropout=size.dropout,
            )
            assert model.output.weight is not None, "the output has a matrix of its own"
            for matrix in (model.embedding.weight, model.output.weight):
                torch.nn.init.normal_(matrix, std=INITIAL_SPREAD)
            _fit(model, rows, size, rng)
        return cls(model, vocabulary, size)

    def score(self, sentences: Words) -> Scores:
        """Return the negative log-likelihood of each sentence, in nats."""
        rows = self._vocabulary.encode(sentences, max_words=self._size.max_words)
        nll_S = np.zeros(len(rows))
        with torch.no_grad():
            for places, tokens_BT in _by_length(rows):
                mask_BT = token_mask(tokens_BT, pad=PAD)
                logits_NV = self.model.real_logits(_no_source(tokens_BT), tokens_BT)
                nll_B = -scatter_logp(logits_NV, tokens_BT, mask_BT).double().sum(1)
                spelled_B = (tokens_BT == UNKNOWN).sum(1) * self._vocabulary.spelling
                nll_S[places] = (nll_B + spelled_B).numpy()
        return Scores(nll_S, np.array([len(row) for row in rows], dtype=np.float64))

    def embed(self, sentences: Words) -> NDArray[np.float32]:
        """Return the mean of the model's states over each sentence, shape (S, D)."""
        rows = self._vocabulary.encode(sentences, max_words=self._size.max_words)
        vectors_SD = np.zeros((len(rows), self._size.hidden), dtype=np.float32)
        with torch.no_grad():
            for places, tokens_BT in _by_length(rows):
                state = self.model.start(_no_source(tokens_BT))
                states_BTD, _ = self.model.features(state, tokens_BT)
                mask_BT = token_mask(tokens_BT, pad=PAD)
                mean_DB = masked_mean(states_BTD.permute(2, 0, 1), mask_BT)
                vectors_SD[places] = mean_DB.T.numpy()
        return vectors_SD


def reverse_scores(
    samples: Words,
    reference: Words,
    vocabulary: ScoreVocabulary,
    *,
    size: ScoreModel | None = None,
    num_models: int = 1,
    seed: int = 0,
) -> Scores:
    """Return what models of the samples say of the reference: the mean of `num_models` of them.

    Two models of the same samples differ by .01 nats and more, which near temperature 1 is as much
    as two systems do.
    """
    found = [
        LanguageScorer.train(samples, vocabulary, size=size, seed=seed + place).score(reference)
        for place in range(num_models)
    ]
    return Scores(np.mean([each.nll_S for each in found], axis=0), found[0].words_S)


def _fit(
    model: RecurrentLanguageModel, rows: list[list[int]], size: ScoreModel, rng: torch.Generator
) -> None:
    updates = max(size.min_updates, size.epochs * -(-len(rows) // BATCH_SIZE))
    optimizer = fused_adamw(model.parameters(), lr=size.learning_rate)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, size.learning_rate, total_steps=updates)
    model.train()
    for _, tokens_BT in zip(range(updates), _shuffled(rows, rng), strict=False):
        mask_BT = token_mask(tokens_BT, pad=PAD)
        logits_NV = model.real_logits(_no_source(tokens_BT), tokens_BT)
        loss = -scatter_logp(logits_NV, tokens_BT, mask_BT).sum() / mask_BT.sum()
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        rate.step()


def _shuffled(rows: list[list[int]], rng: torch.Generator) -> Iterator[Tensor]:
    """Yield batches without end, every sentence once a round."""
    while True:
        for places in torch.split(torch.randperm(len(rows), generator=rng), BATCH_SIZE):
            yield stack_padded([rows[place] for place in places.tolist()], pad=PAD)


def _by_length(rows: list[list[int]]) -> Iterator[tuple[list[int], Tensor]]:
    """Yield the places and tokens of sentences of about one length."""
    order = sorted(range(len(rows)), key=lambda place: len(rows[place]))
    for start in range(0, len(order), SCORED_AT_ONCE):
        places = order[start : start + SCORED_AT_ONCE]
        yield places, stack_padded([rows[place] for place in places], pad=PAD)


def _no_source(tokens_BT: Tensor) -> Tensor:
    return tokens_BT.new_empty(len(tokens_BT), 0)
