"""A small made sheet of questions."""

from seqgan.text.people.ratings import Drawn, Question, Sheet


def made_sheet(num_prompts: int = 3, num_replies: int = 4, *, seed: int = 1) -> Sheet:
    """Return a sheet whose reply r to prompt q says `reply q r`, drawn by two systems in turn."""
    systems = ("generator", "mle")
    questions = [
        Question(
            f"prompt {q}",
            [10 + q],
            [
                Drawn(systems[r % 2], f"reply {q} {r}", [20 + q, 30 + r, 2], [-1.0, -2.0, -0.5])
                for r in range(num_replies)
            ],
        )
        for q in range(num_prompts)
    ]
    return Sheet("made", seed, questions)
