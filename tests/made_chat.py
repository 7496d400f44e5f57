"""A made corpus of small talk, and the options of a run on it that takes seconds."""

import json
from pathlib import Path

SUBJECTS = ("the cat", "my boat", "that tea", "our train", "the moon", "a piano")
VERBS = ("sleeps", "sinks", "smells", "waits", "shines", "sings")
ANSWERS = ("why does {0} do that ?", "i saw {0} too .", "no , {0} never {1} .", "so {1} mine .")

TINY = [
    *("--max-updates", "4", "--batch-size", "16", "--vocab-size", "60", "--beam-size", "2"),
    *("--generator-dim", "16", "--discriminator-dim", "16", "--evaluate-every", "2"),
    *("--test-prompts", "12", "--judge-prompts", "30", "--temperatures", "1.0"),
    *("--discriminator-steps", "1"),
    *("--log-every", "1", "--checkpoint-every", "2", "--device", "cpu", "--threads", "1"),
]


def made_pairs(number: int) -> list[dict[str, str]]:
    """Return that many different pairs."""
    pairs = []
    for i in range(number):
        subject, verb = SUBJECTS[i % 6], VERBS[i // 6 % 6]
        prompt = f"{subject} {verb} at {i % 12 + 1} o'clock on day {i // 7} ."
        answer = ANSWERS[(i + i // 6) % 4].format(subject, verb)
        pairs.append({"prompt": prompt, "response": answer})
    return pairs


def write_corpus(folder: Path, number: int = 300) -> Path:
    """Write a made corpus and return its path."""
    path = folder / "made.jsonl"
    lines = [json.dumps(pair) for pair in made_pairs(number)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
