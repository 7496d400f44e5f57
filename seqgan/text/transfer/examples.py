"""What the report of a style transfer shows of the texts: side by side, changed words, failures."""

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from seqgan.core.run import write_whole
from seqgan.text.transfer.evaluation import TransferJudge, TransferSet
from seqgan.text.transfer.failures import by_kind, changed_most

PLAIN = 1.0
"""The strength of a system as it was trained."""
SHOWN, SHOWN_FAILURES, SHOWN_WORDS = 10, 3, 15


def write_examples(
    folder: Path, judge: TransferJudge, sets: Sequence[TransferSet], *, seed: int = 0
) -> Path:
    """Write `samples/examples.json`, drawn at random with the seed in it, and return its path.

    Sets at another strength than 1 are left out where their system has one at 1. This file alone
    holds texts of the corpus; `results.json` has figures.
    """
    plain = {each.system for each in sets if each.strength in (None, PLAIN)}
    shown = [each for each in sets if each.strength in (None, PLAIN) or each.system not in plain]
    shown.reverse()  # what the run was made for comes first
    names = [each.system if each.strength == PLAIN else each.name for each in shown]
    record = {
        "seed": seed,
        "examples": _side_by_side(judge, dict(zip(names, shown, strict=True)), seed),
        "changed": {name: _changed(judge, each) for name, each in zip(names, shown, strict=True)},
        "failures": {
            name: _failures(judge, each, seed) for name, each in zip(names, shown, strict=True)
        },
    }
    path = folder / "samples" / "examples.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, json.dumps(record, ensure_ascii=False, indent=1) + "\n")
    return path


def _side_by_side(
    judge: TransferJudge, sets: dict[str, TransferSet], seed: int
) -> list[dict[str, Any]]:
    """Return a few sources of each direction with what every system made of them."""
    rng, found = random.Random(seed), []
    for direction in judge.directions:
        sources = judge.sources[direction[0]]
        for place in rng.sample(range(len(sources)), min(SHOWN, len(sources))):
            outputs = {name: each.outputs[direction][place] for name, each in sets.items()}
            name = judge.name_of(direction)
            found.append({"direction": name, "source": sources[place], "outputs": outputs})
    return found


def _changed(judge: TransferJudge, each: TransferSet) -> dict[str, Any]:
    return {
        judge.name_of(direction): changed_most(
            judge.sources[direction[0]],
            each.outputs[direction],
            judge.panel.lexicon.split,
            count=SHOWN_WORDS,
        )
        for direction in judge.directions
    }


def _failures(judge: TransferJudge, each: TransferSet, seed: int) -> dict[str, Any]:
    """Return a few texts of each kind of failure."""
    rng = random.Random(seed)
    directions = {judge.name_of(direction): direction for direction in judge.directions}
    found = {}
    for kind, places in by_kind(judge.kinds(each.outputs)).items():
        drawn = rng.sample(places, min(SHOWN_FAILURES, len(places)))
        found[kind] = [
            {
                "direction": name,
                "source": judge.sources[directions[name][0]][place],
                "output": each.outputs[directions[name]][place],
            }
            for name, place in drawn
        ]
    return found
