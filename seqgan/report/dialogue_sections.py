"""The parts of a report that files of a dialogue run give: replies and rewards of tokens."""

from collections.abc import Sequence

from seqgan.report.heatmap import Credited, heatmap_section
from seqgan.report.markup import Html
from seqgan.report.run_folder import Record, RunFolder
from seqgan.report.samples import (
    SideBySide,
    Snapshot,
    side_by_side_section,
    snapshots_section,
)

MAX_CREDITED = 24


def replies_over_time(run: RunFolder) -> Html:
    """Return the replies in `samples/NNNNNN.jsonl`, oldest first."""
    snapshots: list[Snapshot] = []
    real: dict[str, str] = {}
    for file in sorted((run.path / "samples").glob("*.jsonl")):
        if not file.stem.isdecimal():
            continue
        lines = run.lines(f"samples/{file.name}")
        snapshots.append(
            Snapshot(
                int(file.stem), {_text(line, "prompt"): _text(line, "reply") for line in lines}
            )
        )
        real |= {_text(line, "prompt"): _text(line, "human") for line in lines if "human" in line}
    snapshots.sort(key=lambda snapshot: snapshot.update)
    return snapshots_section(snapshots, real, context_name="prompt")


def texts_over_time(run: RunFolder) -> Html:
    """Return what `samples/transfers.jsonl` or `samples/summaries.jsonl` show, oldest first."""
    found: dict[int, dict[str, Html | str]] = {}
    for file, given, made in (
        ("transfers", "source", "output"),
        ("summaries", "document", "summary"),
    ):
        for line in run.lines(f"samples/{file}.jsonl"):
            update, style = line.get("update"), _text(line, "to")
            if isinstance(update, int):
                context = _text(line, given) + (f" (to {style})" if style else "")
                found.setdefault(update, {})[context] = _text(line, made)
    snapshots = [Snapshot(update, outputs) for update, outputs in sorted(found.items())]
    return snapshots_section(snapshots, {}, context_name="text")


def final_replies(run: RunFolder) -> Html:
    """Return the examples in `samples/replies.jsonl`, a column for each system."""
    examples = [
        SideBySide(
            _text(line, "prompt"),
            _text(line, "human"),
            {str(system): str(reply) for system, reply in line["replies"].items()},
        )
        for line in run.lines("samples/replies.jsonl")
        if isinstance(line.get("replies"), dict)
    ]
    return side_by_side_section(examples, context_name="prompt")


def token_rewards(run: RunFolder) -> Html:
    """Return the replies in `samples/rewards.jsonl`, coloured by the reward of each token."""
    credited = [
        Credited(_text(line, "prompt"), _text(line, "author"), tokens, rewards)
        for line in run.lines("samples/rewards.jsonl")
        if (tokens := _strings(line)) and (rewards := _rewards(line))
    ]
    return heatmap_section(credited[:MAX_CREDITED])


def _text(line: Record, name: str) -> str:
    return str(line.get(name, ""))


def _strings(line: Record) -> Sequence[str]:
    tokens = line.get("tokens")
    return [str(token) for token in tokens] if isinstance(tokens, list) else []


def _rewards(line: Record) -> Sequence[float]:
    rewards = line.get("rewards")
    if not isinstance(rewards, list):
        return []
    return [float(value) if isinstance(value, int | float) else float("nan") for value in rewards]
