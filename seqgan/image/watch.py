"""A cheap look at a few samples while training: figures, a history of them, and alarms.

Legend: B pictures.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from seqgan.core.monitor import Alarm
from seqgan.data.pictures import PictureParts, from_bytes
from seqgan.image.extractor import Extractor
from seqgan.image.judging import Judge, distance_to_others, manifold
from seqgan.image.kinds import FEWEST

NUM_SAMPLES = 256
DECENT = 0.25  # of the held-out pictures' precision and density: what is worse is no sample yet
COVERED = 0.05  # of the real pictures: an untrained network's one blot reaches less

ALARMS = [
    Alarm("pictures/spread_kept", "collapse: samples of a kind become alike", low=0.5),
    Alarm("pictures/duplicates_gained", "collapse: samples become copies of others", high=0.3),
    Alarm("pictures/kinds_lost", "dropping: kinds of pictures that came before are gone", high=0),
    Alarm(
        "critic/overfitting",
        "the critic knows its training pictures by heart: add data or --augment",
        high=0.6,
        patience=3,
    ),
]


@dataclass(frozen=True)
class Snapshot:
    """What a `Watch` saw at one update; `likeness` is to real pictures, 1 as held-out ones."""

    update: int
    likeness: float
    coverage: float
    spread: float
    duplicates: float
    missing: tuple[str, ...] = ()
    overfitting: float | None = None


class Watch:
    """Looks at 256 samples now and then; keeps what it saw as `history`, also in checkpoints.

    Collapse is what comes late, so alarms go by what got lost since samples were decent.
    """

    def __init__(
        self,
        parts: PictureParts,
        extractor: Extractor,
        *,
        num_samples: int = NUM_SAMPLES,
        seed: int = 0,
    ) -> None:
        few = parts.test.at(torch.arange(min(len(parts.test), 10 * num_samples)))
        self.judge = Judge(
            PictureParts(parts.train, few), extractor, num_samples=num_samples, seed=seed
        )
        rng = torch.Generator().manual_seed(seed)
        count = self.judge.count
        self.train = parts.train.images[torch.randperm(len(parts.train), generator=rng)[:count]]
        self.held_out = few.images[torch.randperm(len(few), generator=rng)[:count]]
        self.real = likeness(manifold(self.judge.reference, self.judge.held_out))
        self.history: list[Snapshot] = []

    @property
    def count(self) -> int:
        """How many samples `figures` needs."""
        return self.judge.count

    def figures(
        self, update: int, samples: Tensor, critic: Callable[[Tensor], Tensor] | None = None
    ) -> dict[str, float]:
        """Return the figures of uint8 samples, and remember them.

        `spread` within kinds (real: 1), `duplicates`, `kinds_missing`, `precision`, `coverage`, and
        since samples were decent: the share of spread kept, duplicates gained, kinds lost. With a
        critic of pictures in [-1, 1], whose device is the samples', also its overfitting.
        """
        look, judge = self.judge.look(samples), self.judge
        kind_N = judge.kinds.of(look)
        missing = judge.fewer(judge.kinds.counts(look), part=FEWEST)
        figures = manifold(judge.reference, look)
        gap = None if critic is None else self._overfitting(critic, samples)
        now = Snapshot(
            update,
            likeness=likeness(figures) / max(self.real, 1e-12),
            coverage=figures["coverage"],
            spread=judge.kinds.spreads(look, kind_N)[0],
            duplicates=float((distance_to_others(look) <= judge.alike).mean()),
            missing=tuple(judge.kinds.names[k] for k in missing),
            overfitting=gap,
        )
        self.history = [past for past in self.history if past.update < update] + [now]
        shown = {
            "spread": now.spread,
            "duplicates": now.duplicates,
            "kinds_missing": float(len(missing)),
            "precision": figures["precision"],
            "coverage": figures["coverage"],
            **changes(self.history),
        }
        named = {f"pictures/{name}": value for name, value in shown.items()}
        return named if gap is None else {**named, "critic/overfitting": gap}

    @torch.no_grad()
    def _overfitting(self, critic: Callable[[Tensor], Tensor], samples: Tensor) -> float:
        parts = (self.train, self.held_out, samples[: self.count])
        scores = [critic(from_bytes(part.to(samples.device))).double().cpu() for part in parts]
        return overfitting(*scores)

    def state_dict(self) -> dict[str, Any]:
        """Return the history."""
        return {"history": [{**asdict(seen), "missing": [*seen.missing]} for seen in self.history]}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Put a saved history back."""
        self.history = [
            Snapshot(
                row["update"],
                row["likeness"],
                row["coverage"],
                row["spread"],
                row["duplicates"],
                tuple(row["missing"]),
                row["overfitting"],
            )
            for row in state["history"]
        ]


def decent(history: Sequence[Snapshot]) -> list[Snapshot]:
    """Return the snapshots whose samples were something like pictures of the corpus."""
    return [seen for seen in history if seen.likeness >= DECENT and seen.coverage >= COVERED]


def changes(history: Sequence[Snapshot]) -> dict[str, float]:
    """Return what the last snapshot lost since the best of the decent ones before."""
    now, before = history[-1], decent(history[:-1])
    if not before:
        return {"spread_kept": 1.0, "duplicates_gained": 0.0, "kinds_lost": 0.0}
    best = max(min(seen.spread, 1.0) for seen in before)  # beyond real is no merit
    had = min(len(seen.missing) for seen in before)
    return {
        "spread_kept": min(now.spread, 1.0) / max(best, 1e-12),
        "duplicates_gained": max(0.0, now.duplicates - min(seen.duplicates for seen in before)),
        "kinds_lost": float(max(0, len(now.missing) - had)),
    }


def likeness(figures: dict[str, float]) -> float:
    """Return the lower of precision and density, density of at most 1."""
    return min(figures["precision"], figures["density"], 1.0)


def overfitting(train_B: Tensor, held_out_B: Tensor, fake_B: Tensor) -> float:
    """Return how much of a critic's gap between training pictures and fakes is learned by heart.

    (E D(train) - E D(held out)) / (E D(train) - E D(fake)) of arXiv:2006.06676, eq. 1: 0 where
    held-out pictures score as training ones do, 1 where they score as fakes. It holds for energies
    too, the sign cancels. Gaps of less than two standard errors count as none.

    >>> train, fake = torch.tensor([2.0, 2.0]), torch.tensor([0.0, 0.0])
    >>> overfitting(train, torch.tensor([1.5, 1.5]), fake)
    0.25
    """
    to_held_out, to_fake = _gap(train_B, held_out_B), _gap(train_B, fake_B)
    return min(max(to_held_out / to_fake, 0.0), 1.0) if to_fake else 0.0


def _gap(first_B: Tensor, second_B: Tensor) -> float:
    """Return the difference of the means, 0 within two standard errors."""
    noise = first_B.var().item() / len(first_B) + second_B.var().item() / len(second_B)
    gap = (first_B.mean() - second_B.mean()).item()
    return gap if abs(gap) > 2 * np.sqrt(noise) else 0.0
