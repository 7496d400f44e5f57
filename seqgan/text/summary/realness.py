"""Whether a fresh classifier can tell a system's short texts from people's.

It learns from people's short texts of the judges' part and from what the system writes for the
judges' documents, and is asked about the test. It sees short texts alone, never the documents: what
is asked is whether a text could be a person's, not whose summary it is. No text has its label
given away by standing on both sides: people's are of one half of the documents, the system's of the
other.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from seqgan.text.evaluation.adversarial_success import (
    Controls,
    ReplySet,
    adversarial_success,
    discriminator_controls,
)
from seqgan.text.summary.corpus import SummaryPair

EPOCHS = 8
"""Of a classifier's training; short texts say less each than replies (there 4)."""
MAX_SHUFFLED = 0.2
"""What word-shuffled texts of people may score. The order of seven words says less than that of a
reply (there .1): with 4,800 synopses of packages to learn from shuffled ones score .13 (.19 after 4
epochs), first words of their descriptions .07."""


@dataclass(frozen=True)
class Facing:
    """As many short texts of people as documents; `places` are those in the list of pairs."""

    places: list[int]
    human: list[str]

    @classmethod
    def of(cls, pairs: Sequence[SummaryPair], human: Sequence[str]) -> "Facing":
        """Return whole pairs; where there are none, documents beside other short texts."""
        whole = [at for at, pair in enumerate(pairs) if pair.document and pair.short]
        if len(whole) >= 2:
            return cls(whole, [pairs[at].short for at in whole])
        lone = [at for at, pair in enumerate(pairs) if pair.document]
        size = min(len(lone), len(human))
        return cls(lone[:size], list(human[:size]))


class Realness:
    """Asks fresh classifiers about systems, all of them about the same documents."""

    def __init__(
        self,
        judges: Sequence[SummaryPair],
        test: Sequence[SummaryPair],
        human: Sequence[str],
        *,
        most: int,
        seed: int,
    ) -> None:
        """Choose what is learned from: at most so many documents of the judges' part.

        Attributes: documents (those that each system must write for, to learn from), possible
        (whether there are texts enough to say anything).
        """
        self._seed = seed
        found = Facing.of(judges, [pair.short for pair in judges if pair.short])
        count = min(most, len(found.places))
        chosen = sorted(random.Random(seed).sample(range(len(found.places)), count))
        self.documents = [judges[found.places[at]].document for at in chosen]
        self._learned = [found.human[at] for at in chosen]
        self._asked = Facing.of(test, human)
        self.possible = len(self._learned) >= 2 <= len(self._asked.places)

    def controls(self) -> Controls:
        """Return what the classifier makes of shuffled and of other people's texts."""
        nothing_learned, nothing_asked = _nothing(self._learned), _nothing(self._asked.human)
        return discriminator_controls(
            nothing_learned,
            self._learned,
            nothing_asked,
            self._asked.human,
            seed=self._seed,
            epochs=EPOCHS,
            max_shuffled=MAX_SHUFFLED,
        )

    def of(self, learned: Sequence[str], outputs: Sequence[str]) -> float:
        """Return 1 - balanced accuracy of a classifier; .5 is best.

        `learned` is what the system writes for `documents`, `outputs` for the test.
        """
        asked = [outputs[at] for at in self._asked.places]
        return adversarial_success(
            ReplySet(_nothing(self._learned), self._learned, learned),
            ReplySet(_nothing(asked), self._asked.human, asked),
            seed=self._seed,
            epochs=EPOCHS,
        )


def _nothing(texts: Sequence[str]) -> list[str]:
    return [""] * len(texts)
