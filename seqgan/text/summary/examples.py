"""What the report of a summarizer shows of the texts: random documents, all summaries of each."""

import json
import random
from collections.abc import Sequence
from pathlib import Path

from seqgan.core.run import write_whole
from seqgan.text.summary.baselines import HUMAN
from seqgan.text.summary.evaluation import SummaryJudge, SummarySet

SHOWN = 12


def write_examples(
    folder: Path, judge: SummaryJudge, sets: Sequence[SummarySet], *, seed: int = 0
) -> Path:
    """Write `samples/examples.json`, drawn at random with the seed in it, and return its path.

    Only sets of the usual number of words are shown, the last one first: what the run was made for.
    This file alone holds texts of the corpus; `results.json` has figures.
    """
    shown = [each for each in sets if each.words == judge.usual_words][::-1]
    size = min(SHOWN, len(judge.documents))
    examples = []
    for place in random.Random(seed).sample(range(len(judge.documents)), size):
        outputs = {} if judge.references is None else {HUMAN: judge.references[place]}
        outputs |= {each.system: each.outputs[place] for each in shown}
        examples.append({"document": judge.documents[place], "outputs": outputs})
    record = {"seed": seed, "words": judge.usual_words, "examples": examples}
    path = folder / "samples" / "examples.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, json.dumps(record, ensure_ascii=False, indent=1) + "\n")
    return path
