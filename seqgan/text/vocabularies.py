"""Whether models that are used together speak of the same words."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from seqgan.errors import UserError
from seqgan.text.generators.base import Generator
from seqgan.text.generators.store import Scorer
from seqgan.text.tokenizer import Tokenizer


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


def refuse_misfit(scorer: Scorer, generator: Generator, folder: Path) -> None:
    """Raise `UserError` unless the folder's scorer knows as many tokens as the generator has."""
    if (known := scorer.embedding.num_embeddings) != generator.num_ids:
        raise UserError(
            f"{folder} has another vocabulary than the generator ({known} tokens, not "
            f"{generator.num_ids}): it is of another run; put back this run's own"
        )
