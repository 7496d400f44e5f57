"""Made sentences of made words, and the time that each phase of a schedule takes.

Words are one to three syllables, as frequent as Zipf's law says.
"""

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from made_batches import NEVER, median_seconds

from seqgan.core.game import Game
from seqgan.core.player import Player
from seqgan.core.run import Run, RunOptions
from seqgan.core.schedule import Phase, Phases
from seqgan.core.trainer import Trainer
from seqgan.text.tokenizer import SubwordTokenizer

SYLLABLES = [c + v + e for c in "bdfgklmnprstvz" for v in "aeiou" for e in ("", "n", "r", "s")]
NUM_WORDS, VOCAB_SIZE = 6000, 4000
LONGER = (200, 3000)  # words found before another syllable: of one syllable there are only 280
WARM = 2


def made_words(*, seed: int = 0) -> list[str]:
    """Return different words, the shorter the more frequent they will be."""
    rng, found = random.Random(seed), dict[str, None]()
    while len(found) < NUM_WORDS:
        length = 1 + sum(len(found) >= many for many in LONGER)
        found["".join(rng.choices(SYLLABLES, k=length))] = None
    return list(found)


def made_sentences(count: int, *, words: tuple[int, int], seed: int) -> list[str]:
    """Return sentences of so many words, from the first to the second number."""
    rng, known = random.Random(seed), made_words()
    weights = [1 / (rank + 5) for rank in range(len(known))]
    return [" ".join(rng.choices(known, weights, k=rng.randint(*words))) for _ in range(count)]


def made_tokenizer(texts: Sequence[str], *, marks: Sequence[str]) -> SubwordTokenizer:
    """Return the vocabulary of the texts."""
    return SubwordTokenizer.train(texts, vocab_size=VOCAB_SIZE, exact=False, marks=marks)


def made_run(folder: Path, threads: int) -> Run:
    """Return a run that never saves."""
    quiet = RunOptions(output_dir=folder, device="cpu", threads=threads, checkpoint_every=NEVER)
    return Run("benchmark", quiet)


def seconds_a_phase(
    run: Run,
    game: Game,
    players: Sequence[Player],
    phases: Phases,
    batches: Callable[[int], Any],
    *,
    updates: int,
) -> dict[str, float]:
    """Return the median seconds of an update of each phase, all of them played shortly."""
    short = [
        Phase(phase.name, WARM + updates, phase.moves, phase.on_start) for phase in phases.phases
    ]
    trainer = Trainer(run, game, players=players, phases=Phases(short), batches=batches)
    seconds: dict[str, float] = {}
    for number, phase in enumerate(short):
        if phase.on_start is not None:
            phase.on_start()
        first = number * (WARM + updates)
        seconds[phase.name] = median_seconds(trainer, warm=WARM, count=updates, first=first)
    return seconds
