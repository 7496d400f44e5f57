"""Overlap with a reference, computed by sacrebleu; the signature says with which settings."""

from collections.abc import Sequence
from dataclasses import dataclass

from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from seqgan.metrics.words import all_chinese


@dataclass(frozen=True)
class Overlap:
    """A score from 0 to 100 and the sacrebleu signature it was computed with."""

    score: float
    signature: str


def corpus_bleu(texts: Sequence[str], references: Sequence[str]) -> Overlap:
    """Return the corpus BLEU of `texts`, one reference each (sacrebleu; `zh` if Chinese).

    Raises ValueError if the numbers differ or are 0.

    >>> corpus_bleu(["a b c d e"], ["a b c d e"]).score
    100.0
    """
    _check(texts, references)
    # force: no remark on stderr where a corpus itself puts spaces around its marks, on both sides.
    metric = BLEU(tokenize="zh" if all_chinese(references) else "13a", force=True)
    score = metric.corpus_score(list(texts), [list(references)]).score
    # A sum of rounded logarithms gives 100.00000000000004 for identical texts.
    return Overlap(min(score, 100.0), str(metric.get_signature()))


def corpus_chrf(texts: Sequence[str], references: Sequence[str]) -> Overlap:
    """Return the corpus chrF2 of `texts`, one reference each (sacrebleu's defaults).

    Raises ValueError if the numbers differ or are 0.

    >>> corpus_chrf(["same"], ["same"]).score
    100.0
    """
    _check(texts, references)
    metric = CHRF()
    score = metric.corpus_score(list(texts), [list(references)]).score
    return Overlap(score, str(metric.get_signature()))


def _check(texts: Sequence[str], references: Sequence[str]) -> None:
    if len(texts) != len(references) or not texts:
        raise ValueError(
            f"one reference for each text is needed, got {len(texts)} texts "
            f"and {len(references)} references"
        )
