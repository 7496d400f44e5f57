"""What rewards are worth: whether more of one goes along with ROUGE.

Play moves a generator from summaries that earn little to summaries of the same document that earn
more. Where people's short texts are known it can be seen without play what that may bring: how a
reward and ROUGE go along among summaries of one document, and the ROUGE of those that earn most.
Nothing learns from that or is chosen by it.

Legend: D documents, C summaries of each (the likeliest first), L source with its budget, T summary
length, N = D x C.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from seqgan.core.run import write_whole
from seqgan.metrics.rouge import Rouge
from seqgan.ops.masks import masked_mean, token_mask
from seqgan.text.candidates import candidates, draws
from seqgan.text.games import reply_logp
from seqgan.text.generators.base import Generator
from seqgan.text.rollouts import without_dropout
from seqgan.text.summary.rewards import SummaryReward
from seqgan.text.summary.setup import Material

WORTH_FILE = "worth.json"
MOST_DOCUMENTS = 400
DRAWN = 16
"""Summaries of a document beside the likeliest, drawn as play draws them."""
ROWS = 50  # documents summarized at once
LIKELIHOOD, TOGETHER = "likelihood", "together"
"""What summaries are compared by beside single rewards: log p a token by the generator that wrote
them, and all rewards by their weights."""


def worth(
    values: Mapping[str, NDArray[np.float64]], rouge_DC: NDArray[np.float64]
) -> dict[str, Any]:
    """Return how measures (D, C) of summaries go along with their ROUGE, as `worth.json` has it.

    `correlation`: of what differs among a document's summaries, over all documents (0 where nothing
    does). `chosen`: the mean ROUGE of the summaries that have the highest value, the first of
    equals. `likeliest`, `mean`, `best`: that of the first summaries, of all, of those that are best
    by ROUGE itself.

    >>> found = worth({"length": np.array([[1.0, 2.0]])}, np.array([[30.0, 50.0]]))
    >>> found["measures"], found["best"]
    ([{'measure': 'length', 'correlation': 1.0, 'chosen': 50.0}], 50.0)
    """
    rows_D = np.arange(len(rouge_DC))
    return {
        "documents": len(rouge_DC),
        "summaries": rouge_DC.shape[1],
        "likeliest": float(rouge_DC[:, 0].mean()),
        "mean": float(rouge_DC.mean()),
        "best": float(rouge_DC.max(1).mean()),
        "measures": [
            {
                "measure": name,
                "correlation": within(value_DC, rouge_DC),
                "chosen": float(rouge_DC[rows_D, value_DC.argmax(1)].mean()),
            }
            for name, value_DC in values.items()
        ],
    }


def within(first_DC: NDArray[np.float64], second_DC: NDArray[np.float64]) -> float:
    """Return the correlation of two measures less their means over each row.

    >>> within(np.array([[0.0, 1.0], [7.0, 8.0]]), np.array([[5.0, 6.0], [2.0, 3.0]]))
    1.0
    """
    ours, theirs = (each - each.mean(1, keepdims=True) for each in (first_DC, second_DC))
    spread = float(np.sqrt((ours**2).sum() * (theirs**2).sum()))
    return round(float((ours * theirs).sum()) / spread, 9) if spread else 0.0


@torch.no_grad()
def measured(
    generator: Generator, reward: SummaryReward, material: Material, *, most: int, seed: int
) -> dict[str, Any]:
    """Return the worth of every reward, of weight 0 too, among what a generator writes of the
    validation part's documents; nothing without pairs there.
    """
    pairs = [pair for pair in material.texts.validation if pair.document and pair.short][:most]
    if not pairs:
        return {}
    vocabulary, device = material.vocabulary, next(generator.parameters()).device
    tokenizer, rng = vocabulary.tokenizer, torch.Generator(device).manual_seed(seed)
    uniform_CT = draws(DRAWN, material.max_length, seed=seed)
    values: dict[str, list[float]] = {}
    written: list[str] = []
    for begin in range(0, len(pairs), ROWS):
        documents = [pair.document for pair in pairs[begin : begin + ROWS]]
        source_BL = vocabulary.sources(
            documents, material.texts.usual_words, longest=material.max_source, device=device
        )
        tokens_BCT = candidates(generator, source_BL, uniform_CT, temperature=1.0, top_p=1.0)
        source_NL = source_BL.repeat_interleave(tokens_BCT.shape[1], dim=0)
        tokens_NT = tokens_BCT.flatten(0, 1)
        with without_dropout(generator):
            logp_NT = reply_logp(generator, source_NL, tokens_NT)
        terms = reward.terms(source_NL, tokens_NT, rng)
        mask_NT = token_mask(tokens_NT, pad=generator.pad)
        for name, term_NT in {LIKELIHOOD: logp_NT, **terms, TOGETHER: reward.total(terms)}.items():
            values.setdefault(name, []).extend(masked_mean(term_NT.float(), mask_NT).tolist())
        written += map(tokenizer.decode, tokens_NT.tolist())
    shorts = [pair.short for pair in pairs for _ in range(1 + DRAWN)]
    rouge_N = Rouge(shorts).f1(written, shorts).mean(1)
    shape = (len(pairs), 1 + DRAWN)
    return worth(
        {name: np.array(each).reshape(shape) for name, each in values.items()},
        rouge_N.reshape(shape),
    )


def keep_worth(found: Mapping[str, Any], folder: Path) -> None:
    """Write `worth.json` into a run's folder."""
    write_whole(folder / WORTH_FILE, json.dumps(found, indent=1) + "\n")


def worth_of(folder: Path) -> dict[str, Any]:
    """Return what `keep_worth` wrote; nothing where a run has none."""
    path = folder / WORTH_FILE
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}


def rewards_of(folder: Path, names: Sequence[str]) -> list[dict[str, float]]:
    """Return the rewards of the generator's moves as the run logged them, oldest first."""
    path, found = folder / "metrics.jsonl", []
    if not path.exists():
        return []
    for line in path.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        told = {name: record["figures"].get(f"generator/{name}") for name in names}
        known = {name: value for name, value in told.items() if value is not None}
        if known:
            found.append({"update": record["update"], **known})
    return found
