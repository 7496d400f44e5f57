"""Made sentences of a small grammar, and what breaks it."""

import random

from seqgan.text.evaluation.language_scores import ScoreModel
from seqgan.text.evaluation.text_judge import EvaluationSettings

SUBJECTS = [f"{article} {noun}" for article in ("a", "the old") for noun in ["man", "dog", "cat"]]
VERBS = ["sits on", "looks at", "stands near", "runs around", "sleeps in", "jumps over"]
OBJECTS = [
    f"{article} {noun}"
    for article in ("the", "a red", "some tall")
    for noun in ("bench", "car", "grass", "door", "house", "tree")
]

TINY = EvaluationSettings(
    num_resamplings=20,
    num_fits=1,
    num_reverse_models=1,
    score_model=ScoreModel(dim=16, hidden=32, epochs=2, min_updates=60),
)


def made_sentences(count: int, *, seed: int) -> list[str]:
    """Return sentences of the grammar."""
    rng = random.Random(seed)
    return [
        f"{rng.choice(SUBJECTS)} {rng.choice(VERBS)} {rng.choice(OBJECTS)}." for _ in range(count)
    ]


def shuffled(texts: list[str], *, seed: int) -> list[str]:
    """Return the sentences with their words in random order."""
    rng = random.Random(seed)
    return [" ".join(rng.sample(words := text.split(), len(words))) for text in texts]
