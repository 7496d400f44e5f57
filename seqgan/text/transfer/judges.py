"""Classifiers of different kinds that say which style a text has.

Both read lower-case words without traces of how they were spaced (Chinese: characters), so that a
detokenizer's habits are no style. Styles weigh the same however many texts each has.

Legend: N texts, K styles, T subwords, M networks.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from seqgan.errors import UserError
from seqgan.metrics.words import all_chinese
from seqgan.nn.saving import load_weights, read_config, save_built
from seqgan.ops.fused_adam import fused_adamw
from seqgan.ops.masks import stack_padded
from seqgan.ops.repeatable import repeatable
from seqgan.text.evaluation.judge_words import READING, normalized_words, read_reading
from seqgan.text.generators.store import build, replacing
from seqgan.text.tokenizer import SubwordTokenizer
from seqgan.text.transfer.style_networks import BagNetwork, ConvNetwork

NGRAM = {False: (1, 2), True: (1, 3)}
"""Longest n-grams of words and, in Chinese, of characters."""
REGULARIZATION = 4.0
VOCABULARY = 8000
MAX_SUBWORDS = 96
BATCH_SIZE = 64
SCORED_AT_ONCE = 512
LEARNING_RATE = 3e-3
MAX_UPDATES, MIN_UPDATES, MAX_ROUNDS = 1900, 150, 6
"""Of a network's training: a few rounds, bounded for corpora that are large or tiny."""
StyleNetwork = ConvNetwork | BagNetwork
NETWORKS: tuple[type[StyleNetwork], ...] = (ConvNetwork, BagNetwork)
PART = "network-"


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


class NeuralClassifier:
    """Trained networks with their subwords, `neural_classifier` makes them.

    Several say what the least convinced of them says: that style is likely enough to whom it is
    least likely. Sentences that are chosen for what one network says of them please that network
    alone.
    """

    def __init__(
        self, networks: Sequence[StyleNetwork], tokenizer: SubwordTokenizer, *, chinese: bool
    ) -> None:
        """Wrap trained networks.

        Attributes: num_styles.
        """
        self._networks = [network.eval() for network in networks]
        self._tokenizer = tokenizer
        self._chinese, self.num_styles = chinese, networks[0].num_styles

    def probabilities(self, texts: Sequence[str]) -> Tensor:
        """Return the probability of every style, shape (N, K).

        Rows of one network sum to 1, the least of several to less where they disagree.
        """
        rows = encoded(texts, self._tokenizer, chinese=self._chinese)
        order = sorted(range(len(rows)), key=lambda place: len(rows[place]))
        found_NK = torch.zeros(len(rows), self.num_styles)
        with torch.no_grad():
            for start in range(0, len(order), SCORED_AT_ONCE):
                places = order[start : start + SCORED_AT_ONCE]
                tokens_NT = stack_padded([rows[at] for at in places], pad=self._tokenizer.pad)
                said_MNK = torch.stack(
                    [each(tokens_NT).float().softmax(1) for each in self._networks]
                )
                found_NK[places] = said_MNK.amin(0)
        return found_NK

    def save(self, folder: Path) -> None:
        """Write networks, vocabulary and how texts are read into the folder, whole or not at all.

        Raises `UserError` if the folder holds something else or cannot be written.
        """
        with replacing(folder) as fresh:
            for place, network in enumerate(self._networks):
                save_built(network, fresh / f"{PART}{place}")
            self._tokenizer.save_pretrained(fresh)
            (fresh / READING).write_text(json.dumps({"chinese": self._chinese}) + "\n")

    @classmethod
    def load(cls, folder: Path) -> "NeuralClassifier":
        """Return the classifier that `save` wrote; `UserError` if it is missing or damaged."""
        parts = sorted(folder.glob(f"{PART}*"))
        if not parts:
            raise UserError(f"{folder} holds no model that tells styles apart: copy it again")
        networks = [build(NETWORKS, read_config(part), part) for part in parts]
        for network, part in zip(networks, parts, strict=True):
            load_weights(network, part)
        tokenizer = SubwordTokenizer.load(folder)
        return cls(networks, tokenizer, chinese=bool(read_reading(folder).get("chinese")))


def neural_classifier(
    texts: list[list[str]],
    *,
    seed: int,
    max_updates: int = MAX_UPDATES,
    kinds: Sequence[type[StyleNetwork]] = (ConvNetwork,),
) -> NeuralClassifier:
    """Return small networks of these kinds over subwords of a vocabulary of their own.

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
    networks = []
    with repeatable(seed) as rng:
        for kind in kinds:
            network = kind(tokenizer.vocab_size, len(texts), pad=tokenizer.pad)
            _fit(network, rows, torch.tensor(styles), updates=updates, rng=rng)
            networks.append(network)
    return NeuralClassifier(networks, tokenizer, chinese=chinese)


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
    optimizer = fused_adamw(network.parameters(), lr=LEARNING_RATE)
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
