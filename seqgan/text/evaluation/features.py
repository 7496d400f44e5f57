"""Vectors of sentences for Fréchet distances and divergence curves, each kind under a name.

Legend: S sentences, D size of a vector.
"""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer

from seqgan.text.encoders import load_encoder

Vectors = NDArray[np.floating]
Words = Sequence[Sequence[str]]

BATCH_SIZE = 128
MAX_PIECES = 128


class NgramFeatures:
    """Words and pairs of neighboring words, hashed, TF-IDF, reduced by a truncated SVD.

    What is common (idf) and which directions are kept is learned from real text once.
    """

    name = "hashed TF-IDF of words and pairs, truncated SVD"

    def __init__(self, real: Words, *, dim: int = 64, num_buckets: int = 2**16) -> None:
        """Fit on the words of real sentences."""
        self._hashing = HashingVectorizer(
            analyzer=_words_and_pairs, n_features=num_buckets, norm=None, alternate_sign=False
        )
        hashed_SH = self._hashing.transform(real)
        self._weighting = TfidfTransformer(sublinear_tf=True).fit(hashed_SH)
        smallest = min(hashed_SH.shape[0], dim)
        self._directions = TruncatedSVD(smallest, n_iter=4, random_state=0)
        self._directions.fit(self._weighting.transform(hashed_SH))

    def embed(self, sentences: Words) -> Vectors:
        """Return vectors, shape (S, D)."""
        weighted_SH = self._weighting.transform(self._hashing.transform(sentences))
        return np.asarray(self._directions.transform(weighted_SH), dtype=np.float32)


class EncoderFeatures:
    """The mean of a pretrained encoder's last states over a sentence, on the unit sphere."""

    def __init__(self, folder: Path) -> None:
        """Load an encoder that `transformers` saved; nothing is fetched, no code of it is run.

        Raises `UserError` if the folder holds none.
        """
        self._model, self._tokenizer = load_encoder(folder)
        self.name = f"encoder {self._model.config.model_type}, {self._model.config.hidden_size}"

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return unit vectors of whole texts, shape (S, D)."""
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        vectors_SD = np.zeros((len(texts), self._model.config.hidden_size), dtype=np.float32)
        for start in range(0, len(order), BATCH_SIZE):
            places = order[start : start + BATCH_SIZE]
            pieces = self._tokenizer(
                [texts[place] for place in places],
                padding=True,
                truncation=True,
                max_length=MAX_PIECES,
                return_tensors="pt",
            )
            with torch.no_grad():
                states_BTD = self._model(**pieces).last_hidden_state
            mask_BT1 = pieces["attention_mask"].unsqueeze(2).float()
            mean_BD = (states_BTD * mask_BT1).sum(1) / mask_BT1.sum(1).clamp(min=1)
            vectors_SD[places] = torch.nn.functional.normalize(mean_BD, dim=1).numpy()
        return vectors_SD


def _words_and_pairs(words: Sequence[str]) -> list[str]:
    """Return the words and the pairs of neighbors.

    >>> _words_and_pairs(["a", "b"])
    ['a', 'b', 'a b']
    """
    pairs = [f"{first} {second}" for first, second in pairwise(words)]
    return [*words, *pairs]
