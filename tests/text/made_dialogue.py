"""A made language: nouns ask for their own kind of answer, and words have an order."""

import random

NOUNS = ["boat", "lamp", "tea", "garden", "coat", "river", "horse", "letter", "song", "bread"]
PLACES = [
    "harbour",
    "hall",
    "kitchen",
    "yard",
    "attic",
    "valley",
    "stable",
    "desk",
    "radio",
    "oven",
]
HEADS = ["well ,", "oh ,", "maybe", "I think", "of course"]
TAILS = ["today .", "again .", "as ever .", "for now .", "I hope ."]
VERBS = ["looks fine", "was left", "stays here", "needs care"]


def made_pairs(count: int, *, seed: int) -> tuple[list[str], list[str]]:
    """Return prompts that name a thing and replies that name its place."""
    rng = random.Random(seed)
    prompts, replies = [], []
    for _ in range(count):
        kind = rng.randrange(len(NOUNS))
        prompts.append(f"{rng.choice(HEADS)} what of the {NOUNS[kind]} {rng.choice(TAILS)}")
        replies.append(
            f"{rng.choice(HEADS)} the {PLACES[kind]} {rng.choice(VERBS)} {rng.choice(TAILS)}"
        )
    return prompts, replies
