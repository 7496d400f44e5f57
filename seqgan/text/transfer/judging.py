"""Judging the systems of a style transfer: who writes what, at which setting of the dial."""

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from tqdm import tqdm

from seqgan.report.record import rows_of_start
from seqgan.text.generators.base import Generator
from seqgan.text.transfer.agreement import agreement, codes_of
from seqgan.text.transfer.baselines import Transfer, transfer_baselines
from seqgan.text.transfer.clauses import SLACK
from seqgan.text.transfer.corpus import StyledTexts
from seqgan.text.transfer.evaluation import RANKED, TransferJudge, TransferSet, TransferSettings
from seqgan.text.transfer.examples import write_examples
from seqgan.text.transfer.guidance import GuidedGenerator
from seqgan.text.transfer.model import NUM_CANDIDATES, StyleTransferModel
from seqgan.text.transfer.networks import StyleGenerator
from seqgan.text.transfer.ranking import DRAWN_TEMPERATURE, FLUENCY_WEIGHT, STYLE_ENOUGH, Scorers
from seqgan.text.transfer.saved import Styling
from seqgan.text.transfer.setup import transferred
from seqgan.text.transfer.vocabulary import StyleVocabulary

PACKAGES = ("seqgan", "torch", "sentencepiece", "sacrebleu", "scikit-learn")
CONTINUED, PLAYED = "continued", "adversarial"
SYSTEMS = ("pretrained", CONTINUED, PLAYED)
SWEPT = (CONTINUED, PLAYED)
PLAIN = 1.0
STRENGTHS = (0.5, 1.5, 2.0)
"""Settings of the dial that the report shows beside the plain one, 1."""


@dataclass(frozen=True)
class Judging:
    """Everything that judging needs of a run, in memory or loaded again."""

    texts: StyledTexts
    systems: Mapping[str, StyleGenerator]
    vocabulary: StyleVocabulary
    styling: Styling
    scorers: Scorers
    """The run's own, which choose; never those that judge."""
    best_of: int = 0
    """Candidates that the played system's answers are chosen from, in a row of its own; 0: none."""

    def transfer(self, generator: Generator, strength: float = 1.0) -> Transfer:
        """Return a system as a function of texts, at a setting of the dial."""
        vocabulary = self.vocabulary
        if strength != 1.0:
            generator = GuidedGenerator(generator, family=vocabulary.family, strength=strength)
            vocabulary = dataclasses.replace(vocabulary, told_source=True)
        return partial(transferred, generator, vocabulary, max_length=self.styling.max_length)

    def ranked(self, generator: Generator, *, num_candidates: int = NUM_CANDIDATES) -> Transfer:
        """Return a system as `seqgan transfer --source` uses it: as strong as each text needs."""
        model = StyleTransferModel(
            generator, self.vocabulary.tokenizer, self.styling, scorers=self.scorers
        )
        return partial(model.rewritten, num_candidates=num_candidates)

    def codes(self, system: str, panel: TransferJudge) -> dict[str, float]:
        """Return how far a system's codes of the styles agree; nothing without a common space."""
        if not self.vocabulary.told_source:
            return {}
        words = [
            [frozenset(read.words) for read in panel.panel.read(texts)] for texts in panel.sources
        ]
        codes = [
            codes_of(self.systems[system], self.vocabulary, texts, style=style)
            for style, texts in enumerate(panel.sources)
        ]
        found = agreement(codes, words)
        return {} if found is None else found.metrics

    def asked(self) -> Iterator[tuple[str, Transfer, float | None]]:
        """Give every system by name, with the setting of its dial where it has one."""
        for name, baseline in transfer_baselines(self.texts).items():
            yield name, baseline, None
        # Functions of the same generator are the same, so that it is asked once.
        plain, ranked, systems = cache(self.transfer), cache(self.ranked), merged(self.systems)
        for name, generator in systems.items():
            yield name, plain(generator), PLAIN
        for name in (name for name in SWEPT if name in systems):
            for strength in STRENGTHS:
                yield name, plain(systems[name], strength), strength
        for name, generator in systems.items():
            yield f"{name}{RANKED}", ranked(generator), None
        if self.best_of:
            chosen = ranked(systems[PLAYED], num_candidates=self.best_of)
            yield f"{PLAYED}, best of {self.best_of}", chosen, None


def merged(systems: Mapping[str, StyleGenerator]) -> dict[str, StyleGenerator]:
    """Return the systems, with one generator for those of equal weights.

    (Early stopping takes one that learned nothing back to where it began.)
    """
    found: dict[str, StyleGenerator] = {}
    for name, generator in systems.items():
        weights = generator.state_dict()
        found[name] = next(
            (each for each in found.values() if equal_states(each.state_dict(), weights)), generator
        )
    return found


def equal_states(one: Mapping[str, Tensor], other: Mapping[str, Tensor]) -> bool:
    """Return whether two models have the same weights by the same names."""
    return one.keys() == other.keys() and all(torch.equal(one[key], other[key]) for key in one)


def judge(
    judging: Judging,
    folder: Path,
    settings: TransferSettings,
    *,
    say: Any,
    start: Path | None = None,
) -> dict[str, Any]:
    """Return the findings: a row for real text, each baseline and each system.

    What did not play is what it was in the run that this one starts from; where that was judged
    alike its rows are taken, and the page shows no texts of it.
    """
    panel = TransferJudge(judging.texts, settings, say=say)
    notes, real = panel.notes(), panel.real_row()
    notes["evaluation"] |= {
        "answers": {
            "fluency": FLUENCY_WEIGHT,
            "enough": STYLE_ENOUGH,
            "clauses": SLACK,
            "temperature": DRAWN_TEMPERATURE,
            "candidates": NUM_CANDIDATES,
            "habits": dataclasses.asdict(judging.styling.habits),
        }
    }
    earlier = rows_of_start(
        start,
        played=PLAYED,
        packages=PACKAGES,
        evaluation=notes["evaluation"],
        checksum=judging.texts.checksum,
        real=real,
    )
    known = {(row["system"], row["strength"]): row for row in earlier}
    asked = list(judging.asked())
    outputs = cache(panel.outputs)
    fresh = [each for each in asked if (each[0], each[2]) not in known]
    sets = [
        TransferSet(name, outputs(transfer), strength)
        for name, transfer, strength in tqdm(fresh, "transferring")
    ]
    for each in tqdm(sets, "judging"):
        row = panel.row(each.system, each.outputs, each.strength)
        if each.strength == PLAIN:
            row["metrics"] |= judging.codes(each.system, panel)
        known[each.system, each.strength] = row
    rows = [real, *(known[name, strength] for name, _, strength in asked)]
    write_examples(folder, panel, sets, seed=settings.seed)
    return {"rows": rows, "warnings": panel.warnings, **notes}
