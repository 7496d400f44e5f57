"""Whether models that are used together speak of the same words."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from seqgan.errors import UserError
from seqgan.text.generators.base import Generator
from seqgan.text.generators.store import Scorer
from seqgan.text.tokenizer import Tokenizer

VOCABULARY_FILE = "vocabulary.sha256"


def vocabulary_checksum(tokenizer: Tokenizer) -> str:
    """Return a checksum of what every id stands for."""
    pieces = tokenizer.pieces(range(tokenizer.vocab_size))
    return hashlib.sha256(json.dumps(pieces).encode()).hexdigest()[:16]


def common_vocabulary(run: Path, tokenizers: Sequence[Tokenizer]) -> Tokenizer:
    """Return the vocabulary that all models of a run share; `UserError` if they have several."""
    if len(set(map(vocabulary_checksum, tokenizers))) > 1:
        raise UserError(
            f"the models of {run} differ in their vocabularies: they are of two runs; put back "
            "those of one"
        )
    return tokenizers[0]


def keep_vocabulary(tokenizer: Tokenizer, folder: Path) -> None:
    """Note beside a scorer whose words it reads."""
    text = vocabulary_checksum(tokenizer) + "\n"
    (folder / VOCABULARY_FILE).write_text(text, encoding="utf-8")


def refuse_misfit(scorer: Scorer, generator: Generator, folder: Path, tokenizer: Tokenizer) -> None:
    """Raise `UserError` unless the folder's scorer reads the generator's words.

    It must know as many tokens, and be of this vocabulary where the folder says of which it is
    (those of old runs do not).
    """
    kept = folder / VOCABULARY_FILE
    if kept.exists() and kept.read_text(encoding="utf-8").strip() != vocabulary_checksum(tokenizer):
        raise UserError(
            f"{folder} has another vocabulary than the generator: it is of another run; put back "
            "this run's own"
        )
    if (known := scorer.embedding.num_embeddings) != generator.num_ids:
        raise UserError(
            f"{folder} has another vocabulary than the generator ({known} tokens, not "
            f"{generator.num_ids}): it is of another run; put back this run's own"
        )
