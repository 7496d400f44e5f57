"""Two classifiers of different kind that say which style a text has.

Both read lower-case words without traces of how they were spaced (Chinese: characters), so that a
detokenizer's habits are no style. Styles weigh the same however many texts each has.

Legend: N texts, K styles, T subwords, D width of the embeddings, F features, W windows.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from seqgan.errors import UserError
from seqgan.metrics.words import all_chinese
from seqgan.nn.saving import load_weights, read_config, save_module
from seqgan.ops.masks import stack_padded, token_mask
from seqgan.ops.repeatable import repeatable
from seqgan.text.evaluation.judge_words import READING, normalized_words, read_reading
from seqgan.text.generators.store import build, replacing
from seqgan.text.packed_features import windows_fit
from seqgan.text.tokenizer import SubwordTokenizer

NGRAM = {False: (1, 2), True: (1, 3)}
"""Longest n-grams of words and, in Chinese, of characters."""
REGULARIZATION = 4.0
VOCABULARY = 8000
MAX_SUBWORDS = 96
BATCH_SIZE = 64
SCORED_AT_ONCE = 512
LEARNING_RATE = 3e-3
MAX_UPDATES, MIN_UPDATES, MAX_ROUNDS = 1900, 150, 6
"""Of the network's training: a few rounds, bounded for corpora that are large or tiny."""


class StyleClassifier(Protocol):
    """Says how likely a text is to have each style."""

    def probabilities(self, texts: Sequence[str]) -> Tensor:
        """Return the probability of every style, shape (N, K); rows sum to 1."""
        ...


class NgramClassifier:
    """Logistic regression over weighted n-grams; `ngram_classifier` makes one."""

    def __init__(self, vectorizer: Any, regression: Any, *, chinese: bool) -> None:
        """Wrap what scikit-learn has fitted on normalized words."""
        self._vectorizer, self._regression, self._chinese = vectorizer, regression, chinese

    def probabilities(self, texts: Sequence[str]) -> Tensor:
        """Return the probability of every style, shape (N, K); rows sum to 1."""
        words = [normalized_words(text, chinese=self._chinese) for text in texts]
        if not words:
            return torch.zeros(0, len(self._regression.classes_))
        found = self._regression.predict_proba(self._vectorizer.transform(words))
        return torch.from_numpy(found).float()


def ngram_classifier(texts: list[list[str]], *, seed: int) -> NgramClassifier:
    """Return a linear classifier over n-grams of words (Chinese: characters).

    `texts` are the texts of each style. Raises `UserError` without texts of two styles.
    """
    # Seconds of importing that the use of a saved network does not pay for.
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    flat, styles = labeled(texts)
    chinese = all_chinese(flat)
    vectorizer = TfidfVectorizer(
        tokenizer=_as_is,
        token_pattern=None,
        lowercase=False,
        ngram_range=NGRAM[chinese],
        sublinear_tf=True,
        dtype=np.float32,
    )
    weighted = vectorizer.fit_transform([normalized_words(text, chinese=chinese) for text in flat])
    regression = LogisticRegression(
        C=REGULARIZATION, class_weight="balanced", max_iter=1000, random_state=seed
    )
    return NgramClassifier(vectorizer, regression.fit(weighted, styles), chinese=chinese)


class StyleNetwork(nn.Module):
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
        length_N, vectors_NDT = mask_NT.sum(1), vectors_NTD.transpose(1, 2)
        pooled = []
        for conv in self.filters:
            assert isinstance(conv, nn.Conv1d)
            short = max(0, conv.kernel_size[0] - vectors_NDT.shape[2])
            answer_NFW = conv(functional.pad(vectors_NDT, (0, short))).relu()
            fits_NW = windows_fit(length_N, conv.kernel_size[0], answer_NFW.shape[2])
            pooled.append((answer_NFW * fits_NW.unsqueeze(1)).amax(-1))
        scores_NK: Tensor = self.head(self.dropout(torch.cat(pooled, dim=1)))
        return scores_NK


class NeuralClassifier:
    """A trained `StyleNetwork` with its subwords; `neural_classifier` makes one."""

    def __init__(self, network: StyleNetwork, tokenizer: SubwordTokenizer, *, chinese: bool):
        """Wrap a trained network.

        Attributes: num_styles.
        """
        self._network, self._tokenizer = network.eval(), tokenizer
        self._chinese, self.num_styles = chinese, network.num_styles

    def probabilities(self, texts: Sequence[str]) -> Tensor:
        """Return the probability of every style, shape (N, K); rows sum to 1."""
        rows = encoded(texts, self._tokenizer, chinese=self._chinese)
        order = sorted(range(len(rows)), key=lambda place: len(rows[place]))
        found_NK = torch.zeros(len(rows), self.num_styles)
        with torch.no_grad():
            for start in range(0, len(order), SCORED_AT_ONCE):
                places = order[start : start + SCORED_AT_ONCE]
                tokens_NT = stack_padded([rows[at] for at in places], pad=self._tokenizer.pad)
                found_NK[places] = self._network(tokens_NT).softmax(1)
        return found_NK

    def save(self, folder: Path) -> None:
        """Write network, vocabulary and how texts are read into the folder, whole or not at all.

        Raises `UserError` if the folder holds something else or cannot be written.
        """
        with replacing(folder) as fresh:
            save_module(self._network, self._network.arguments, fresh)
            self._tokenizer.save_pretrained(fresh)
            (fresh / READING).write_text(json.dumps({"chinese": self._chinese}) + "\n")

    @classmethod
    def load(cls, folder: Path) -> "NeuralClassifier":
        """Return the classifier that `save` wrote; `UserError` if it is missing or damaged."""
        network = build((StyleNetwork,), read_config(folder), folder)
        load_weights(network, folder)
        tokenizer = SubwordTokenizer.load(folder)
        return cls(network, tokenizer, chinese=bool(read_reading(folder).get("chinese")))


def neural_classifier(
    texts: list[list[str]], *, seed: int, max_updates: int = MAX_UPDATES
) -> NeuralClassifier:
    """Return a small convolutional network over subwords of its own vocabulary.

    `texts` are the texts of each style. The global random state is left as it was. Raises
    `UserError` without texts of two styles.
    """
    flat, styles = labeled(texts)
    chinese = all_chinese(flat)
    tokenizer = SubwordTokenizer.train(
        [_spaced(text, chinese=chinese) for text in flat], vocab_size=VOCABULARY, exact=False
    )
    rows = encoded(flat, tokenizer, chinese=chinese)
    updates = min(max(MAX_ROUNDS * len(rows) // BATCH_SIZE, MIN_UPDATES), max_updates)
    with repeatable(seed) as rng:
        network = StyleNetwork(tokenizer.vocab_size, len(texts), pad=tokenizer.pad)
        _fit(network, rows, torch.tensor(styles), updates=updates, rng=rng)
    return NeuralClassifier(network, tokenizer, chinese=chinese)


def labeled(texts: list[list[str]]) -> tuple[list[str], list[int]]:
    """Return all texts in one list, and the style of each.

    >>> labeled([["bad", "poor"], ["good"]])
    (['bad', 'poor', 'good'], [0, 0, 1])
    """
    if len(texts) < 2 or not all(texts):
        counts = ", ".join(str(len(each)) for each in texts) or "none"
        raise UserError(f"texts of two styles or more are needed to tell them apart, got {counts}")
    flat = [text for style in texts for text in style]
    return flat, [style for style, each in enumerate(texts) for _ in each]


def encoded(texts: Sequence[str], tokenizer: SubwordTokenizer, *, chinese: bool) -> list[list[int]]:
    """Return the first subwords of each text; a text without any is one unknown subword."""
    rows = [tokenizer.encode(_spaced(text, chinese=chinese))[:MAX_SUBWORDS] for text in texts]
    return [row or [tokenizer.unk] for row in rows]


def _fit(
    network: StyleNetwork,
    rows: list[list[int]],
    style_N: Tensor,
    *,
    updates: int,
    rng: torch.Generator,
) -> None:
    weight_K = len(rows) / (network.num_styles * torch.bincount(style_N).clamp(min=1))
    optimizer = torch.optim.AdamW(network.parameters(), lr=LEARNING_RATE, weight_decay=0.0)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, total_steps=updates)
    network.train()
    for _, places in zip(range(updates), _drawn(len(rows), rng), strict=False):
        tokens_NT = stack_padded([rows[at] for at in places.tolist()], pad=network.pad)
        loss = functional.cross_entropy(network(tokens_NT), style_N[places], weight_K)
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        optimizer.step()
        rate.step()


def _drawn(count: int, rng: torch.Generator) -> Iterator[Tensor]:
    """Yield the places of batches without end, every text once a round."""
    while True:
        yield from torch.split(torch.randperm(count, generator=rng), BATCH_SIZE)


def _as_is(words: list[str]) -> list[str]:
    """Return the words that scikit-learn would otherwise split; a lambda could not be pickled."""
    return words


def _spaced(text: str, *, chinese: bool) -> str:
    return ("" if chinese else " ").join(normalized_words(text, chinese=chinese))
