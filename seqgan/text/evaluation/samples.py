"""Random samples for the report: drawn with a seed that stands beside them, never chosen."""

import json
from collections.abc import Sequence
from pathlib import Path

from seqgan.core.run import write_whole
from seqgan.text.evaluation.lines import Lines
from seqgan.text.evaluation.text_judge import REAL, SampleSet

SHOWN = 15


def write_random_samples(
    folder: Path, sets: Sequence[SampleSet], reference: Sequence[str], *, seed: int = 0
) -> Path:
    """Write `samples/texts.json` with a few samples of each set, real text first; return its path.

    Sets at another temperature than 1 are left out where their system has one at 1.
    """
    plain = {each.system for each in sets if each.temperature in (None, 1.0)}
    shown = [each for each in sets if each.temperature in (None, 1.0) or each.system not in plain]
    systems = {REAL: _drawn(reference, seed)}
    systems |= {each.name: _drawn(each.texts, seed) for each in shown}
    path = folder / "samples" / "texts.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"seed": seed, "systems": systems}, ensure_ascii=False, indent=1)
    write_whole(path, text + "\n")
    return path


def _drawn(texts: Sequence[str], seed: int) -> list[str]:
    return list(Lines(texts, [[]] * len(texts)).draw(SHOWN, seed=seed).texts)
