"""Random search over families of picture models (Lucic et al. 2018, arXiv:1711.10337).

A family is a recipe with an objective; its trials differ in learning rates, the critic's moves, the
weight of the penalty and the seed, drawn as evenly (mostly in the logarithm) as there.
"""

import dataclasses
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar, cast, get_args

import numpy as np

from seqgan.core.trainer import seed_at
from seqgan.errors import UserError
from seqgan.games.adversary import AdversaryOptions
from seqgan.games.objectives import ObjectiveName, PenaltyName, refuse_pairs
from seqgan.image.options import PictureOptions, refuse_below, sized

VAE = "vae"
RATES = (1e-4, 1e-2)
RATIOS = (0.25, 4.0)
"""Of the critic's rate to the generator's."""
CRITIC_STEPS = (1, 2, 5)
VAE_WEIGHTS = (0.01, 1.0)
SLOPES, GAMMAS, BOUNDS = (0.1, 100.0), (0.01, 10.0), (0.001, 1.0)
PENALTY_WEIGHTS: dict[str, tuple[str, tuple[float, float]]] = {
    "gp": ("slope_weight", SLOPES),
    "lp": ("slope_weight", SLOPES),
    "r1": ("gamma", GAMMAS),
    "r2": ("gamma", GAMMAS),
    "r1r2": ("gamma", GAMMAS),
    "clip": ("clip", BOUNDS),
}
"""Each penalty's option, and between what it is drawn; others have no weight."""
SEEDS = 10_000
LEAST: dict[str, float] = {"trials": 1, "jobs": 0, "updates": 1}
QUICK_TRIALS, QUICK_FAMILIES = 2, 3

Search = TypeVar("Search", bound="SweepOptions")


@dataclass(kw_only=True, frozen=True)
class SweepOptions(PictureOptions):
    """What is searched, and how far."""

    families: tuple[str, ...] = (
        VAE,
        "non-saturating",
        "relativistic",
        "wasserstein",
        "hinge",
        "least-squares",
    )
    """vae, or objectives of image_gan, each with its usual penalty or OBJECTIVE+PENALTY."""
    trials: int = 10
    """Trials of each family."""
    jobs: int = 0
    """Trials at a time; 0: one for each core, or one if there is a GPU."""
    updates: int = 1000
    """Updates of each trial (of the critic, where there is one)."""
    evaluate_every: int = 1000
    """Updates between two looks at a trial's samples."""

    def refuse_nonsense(self) -> None:
        """Raise `UserError` for values out of range."""
        refuse_below(self, LEAST)
        if not self.families:
            raise UserError(
                "--families names none: give vae or objectives, as --families vae hinge"
            )
        for name in self.families:
            if self.families.count(name) > 1:
                raise UserError(f"--families names {name} twice: once is enough")
            family_of(name)


def sized_sweep(config: Search) -> Search:
    """Return the configuration with --quick and --max-updates applied."""
    config = sized(config)
    most, few = (QUICK_FAMILIES, QUICK_TRIALS) if config.quick else (sys.maxsize, sys.maxsize)
    return dataclasses.replace(
        config, families=config.families[:most], trials=min(config.trials, few)
    )


@dataclass(frozen=True)
class Family:
    """A recipe and, for adversaries, the objective and the penalty that its trials share."""

    name: str
    recipe: str
    objective: ObjectiveName | None = None
    penalty: PenaltyName = "none"

    @property
    def options(self) -> dict[str, str]:
        """The options that all trials share."""
        if self.objective is None:
            return {}
        return {"objective": self.objective, "penalty": self.penalty}


def family_of(name: str) -> Family:
    """Return the family `vae`, OBJECTIVE or OBJECTIVE+PENALTY.

    Raises `UserError` for an unknown name, or for a pair that has no meaning together.

    >>> family_of("wasserstein").options, family_of("hinge+r1").penalty
    ({'objective': 'wasserstein', 'penalty': 'gp'}, 'r1')
    """
    if name == VAE:
        return Family(name, "vae")
    objective, plus, penalty = name.partition("+")
    if objective not in get_args(ObjectiveName):
        known = ", ".join([VAE, *get_args(ObjectiveName)])
        raise UserError(f"--families {name}: unknown; known are {known}")
    if plus and penalty not in get_args(PenaltyName):
        known = ", ".join(get_args(PenaltyName))
        raise UserError(f"--families {name}: unknown penalty; known are {known}")
    named = cast(ObjectiveName, objective)
    held = cast(PenaltyName, penalty) if plus else AdversaryOptions(objective=named).slope_penalty
    refuse_pairs(named, held)
    return Family(name, "image_gan", named, held)


@dataclass(frozen=True)
class Trial:
    """One run of the search; `drawn` are its own options."""

    family: Family
    number: int
    seed: int
    drawn: Mapping[str, float]

    @property
    def name(self) -> str:
        """The name of its folder."""
        return f"{self.family.name}-{self.number:02d}"

    @property
    def options(self) -> list[str]:
        """What is its own on the command line."""
        named = {**self.family.options, **self.drawn, "seed": self.seed}
        pairs = [(f"--{name.replace('_', '-')}", f"{value}") for name, value in named.items()]
        return [text for pair in pairs for text in pair]


def draw_trial(family: Family, number: int, *, seed: int) -> Trial:
    """Return the trial of this number: the same whatever else is searched."""
    rng = np.random.default_rng(seed_at(seed, number, 0, f"trial of {family.name}"))

    def between(low: float, high: float) -> float:
        value = np.exp(rng.uniform(np.log(low), np.log(high)))
        return float(f"{value:.3g}")

    own_seed = int(rng.integers(1, SEEDS))
    drawn: dict[str, float]
    if family.objective is None:
        drawn = {"lr": between(*RATES), "weight": between(*VAE_WEIGHTS)}
        return Trial(family, number, own_seed, drawn)
    rate = between(*RATES)
    drawn = {
        "generator_lr": rate,
        "critic_lr": float(f"{rate * between(*RATIOS):.3g}"),
        "critic_steps": int(rng.choice(CRITIC_STEPS)),
    }
    if family.penalty in PENALTY_WEIGHTS:
        name, ends = PENALTY_WEIGHTS[family.penalty]
        drawn[name] = between(*ends)
    return Trial(family, number, own_seed, drawn)


def draw_trials(options: SweepOptions) -> Iterator[Trial]:
    """Yield all trials, families in turn: a search that is stopped has tried all alike."""
    for number in range(1, options.trials + 1):
        for name in options.families:
            yield draw_trial(family_of(name), number, seed=options.seed)


def shared_options(options: SweepOptions, *, threads: int) -> list[str]:
    """Return what all trials are given alike on the command line."""
    given = {
        "corpus": options.corpus,
        "corpus_path": options.corpus_path,
        "label_column": options.label_column,
        "size": options.size,
        "num_samples": options.num_samples,
        "extractor": options.extractor,
        "network": options.network,
        "width": options.width,
        "latent_dim": options.latent_dim,
        "batch_size": options.batch_size,
        "accumulation": options.accumulation,
        "updates": options.updates,
        "evaluate_every": options.evaluate_every,
        "device": options.device,
        "threads": threads,
        "precision": options.precision,
        "log_every": options.log_every,
        "checkpoint_every": options.checkpoint_every,
        "keep_checkpoints": 1,
    }
    pairs = [(f"--{k.replace('_', '-')}", f"{v}") for k, v in given.items() if v is not None]
    flags = ["--offline"] if options.offline else []
    return [*(text for pair in pairs for text in pair), *flags]
