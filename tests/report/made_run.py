"""A made run folder, as a dialogue recipe leaves it."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

PROMPTS = [
    "Shall we go <b>home</b>?",
    "你今天想吃什么?",
    "Who left the <script>alert(1)</script> on?",
]


def made_rows(bonus: float = 0.0) -> list[dict[str, Any]]:
    """Return rows in which the adversarial model is `bonus` better than its control."""
    rows: list[dict[str, Any]] = [
        _row("human", None, 0.5, 0.74, 0.62),
        _row("retrieval", None, 0.44, 0.58, 0.6),
        _row("most frequent reply", None, 0.02, 0.5, 0.0),
        _row("echo", None, 0.01, 0.49, 0.61),
    ]
    for temperature in (0.7, 1.0, 1.3):
        diversity = 0.2 + 0.3 * (temperature - 0.7)
        success = 0.3 + 0.1 * (temperature - 1)
        rows.append(_row("continued MLE", temperature, success, 0.6, diversity))
        rows.append(_row("adversarial", temperature, success + bonus, 0.6 + bonus, diversity))
    return rows


def _row(
    system: str, temperature: float | None, success: float, relevance: float, diversity: float
) -> dict[str, Any]:
    metrics = {"adversarial_success": success, "relevance": relevance, "distinct_2": diversity}
    return {
        "system": system,
        "temperature": temperature,
        "metrics": metrics | {"length": 7.25, "top10_share": 0.1, "perplexity": 61.5},
        "void": [],
    }


def made_results(*, seed: int = 0, bonus: float = 0.05, corpus: str = "made") -> dict[str, Any]:
    """Return what a recipe writes to `results.json`."""
    return {
        "recipe": "chatbot_pg",
        "config": {"seed": seed},
        "seed": seed,
        "data": {"corpus": corpus, "checksum": "00ff", "pairs": {"train": 900, "test": 100}},
        "versions": {"torch": "2.0", "seqgan": "0.1"},
        "machine": "2 cores",
        "seconds": {"likelihood": 361.2, "adversarial": 240.0},
        "updates": {"likelihood": 1200, "adversarial": 300},
        "rows": made_rows(bonus),
        "controls": {"shuffled": 0.051, "real_vs_real": 0.493},
        "warnings": ["Replies lost diversity at update 1,350."],
    }


def write_lines(path: Path, lines: Sequence[Mapping[str, Any]]) -> None:
    """Write JSON lines, folders made as needed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    path.write_text(text, encoding="utf-8")


def made_metrics() -> list[dict[str, Any]]:
    """Return the log of three phases, the update counted through."""
    lines: list[dict[str, Any]] = []
    for update in range(0, 1500, 5):
        phase = "likelihood" if update < 1000 else "adversarial"
        phase = "discriminator" if 1000 <= update < 1100 else phase
        wave = math.sin(update / 7) / 10
        figures = {"generator/nll": 3 + 3 * math.exp(-update / 300) + wave}
        if update >= 1000:
            figures |= {"discriminator/loss": 0.6 + wave, "generator/reward": 0.3 + wave}
        if update % 250 == 0:
            figures |= {"validation/perplexity": 60 + 90 * math.exp(-update / 300)}
        lines.append({"update": update, "phase": phase, "figures": figures, "seconds": 1.5})
    return lines


def make_run(folder: Path) -> Path:
    """Write a finished run to `folder` and return it."""
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps({"recipe": "chatbot_pg", "lr": 0.001}))
    (folder / "results.json").write_text(json.dumps(made_results()))
    write_lines(folder / "metrics.jsonl", made_metrics())
    for update in (250, 500, 1500):
        lines = [
            {"prompt": prompt, "human": "好的。", "reply": f"reply at {update} & <i>more</i>"}
            for prompt in PROMPTS
        ]
        write_lines(folder / f"samples/{update:06}.jsonl", lines)
    tokens = {"tokens": ["▁I", "▁like", "▁tea", "<b>"], "rewards": [0.1, 0.4, 0.9, 0.35]}
    rewards = [{"prompt": PROMPTS[0], **tokens, "author": who} for who in ("human", "generator")]
    write_lines(folder / "samples/rewards.jsonl", rewards)
    replies = {"most frequent reply": "No.", "echo": "Echo?", "adversarial": "面条和蛋糕。<u>"}
    examples = [{"prompt": each, "human": "Yes.", "replies": replies} for each in PROMPTS]
    write_lines(folder / "samples/replies.jsonl", examples)
    return folder
