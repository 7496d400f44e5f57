"""The words that the judges read: their own normalization and vocabulary, no system's tokenizer."""

import json
import unicodedata
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from seqgan.errors import UserError
from seqgan.metrics.words import all_chinese, split_words

PAD = 0
UNKNOWN = 1
READING = "reading.json"
"""How a saved judge reads texts, beside its weights."""

QUOTES = str.maketrans("‘’´`“”„", "''''\"\"\"")


def normalized_words(text: str, *, chinese: bool) -> list[str]:
    """Return the lower-case words of `text` without traces of how it was tokenized.

    Spaces around marks, the shape of quotes and full-width letters carry no information after
    this, so a detokenizer's habits cannot give a system away.

    >>> normalized_words("Don ’ t go .", chinese=False) == normalized_words(
    ...     "don't go.", chinese=False
    ... )
    True
    """
    text = unicodedata.normalize("NFKC", text).translate(QUOTES).lower()
    return split_words(text, chinese=chinese)


class JudgeVocabulary:
    """The commonest words of the evaluators' human text; all others are one unknown word."""

    def __init__(self, texts: Sequence[str], *, max_size: int = 8000, max_length: int = 48) -> None:
        """Count the words of `texts`; a word seen once is unknown.

        Attributes: size (with padding and unknown), chinese, max_length (words read of a text).
        """
        self.chinese = all_chinese(texts)
        self.max_length = max_length
        counts: Counter[str] = Counter()
        for text in texts:
            counts.update(self.words(text))
        frequent = [word for word, count in counts.most_common(max_size) if count > 1]
        self._index = {word: index for index, word in enumerate(frequent, start=2)}
        self.size = len(self._index) + 2

    def words(self, text: str) -> list[str]:
        """Return the normalized words of `text`."""
        return normalized_words(text, chinese=self.chinese)

    def encode(self, texts: Sequence[str], *, keep_end: bool = False) -> Tensor:
        """Return word ids, shape (B, max_length), padded on the right with 0.

        Of a longer text the first words stay, or the last ones with `keep_end` (prompts, whose
        newest turn stands at the end).
        """
        ids_BT = torch.full((len(texts), self.max_length), PAD)
        for row, text in enumerate(texts):
            words = self.words(text)
            words = words[-self.max_length :] if keep_end else words[: self.max_length]
            ids = [self._index.get(word, UNKNOWN) for word in words]
            ids_BT[row, : len(ids)] = torch.tensor(ids, dtype=torch.int64)
        return ids_BT


def trim(ids_BT: Tensor) -> Tensor:
    """Return `ids_BT` without the columns that are padding in every row (one column at least)."""
    longest = int((ids_BT != PAD).sum(1).max())
    return ids_BT[:, : max(longest, 1)]


def read_reading(folder: Path) -> dict[str, Any]:
    """Return how a saved judge reads texts; `UserError` if that is missing or damaged."""
    file = folder / READING
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"{file} cannot be read ({error}): copy it again from the run") from None
    if not isinstance(record, dict):
        raise UserError(f"{file} must hold a JSON object, not {type(record).__name__}")
    return record
