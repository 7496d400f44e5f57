"""How long a dialogue recipe plays, and how fast each player learns.

Budgets are counted in updates, never in seconds, so that a run can be repeated bit for bit.
"""

import dataclasses
import sys
from dataclasses import dataclass
from typing import TypeVar

from seqgan.core.run import RunOptions
from seqgan.errors import UserError, refuse_below
from seqgan.text.decoding import HOTTEST
from seqgan.text.dialogue.systems import EvaluationOptions

LEAST = {
    "batch_size": 1,
    "accumulation": 1,
    "evaluate_every": 1,
    "discriminator_steps": 1,
    "beam_size": 1,
    "likelihood_updates": 0,
    "continued_updates": 0,
    "discriminator_updates": 1,  # this phase hands the best likelihood model to the game
    "adversarial_updates": 0,
    "max_updates": 1,
    "test_prompts": 2,  # judges show a system's replies to one half, people's to the other
    "judge_prompts": 2,
    "likelihood_lr": 0,
    "continued_lr": 0,
    "discriminator_lr": 0,
    "generator_lr": 0,
    "teacher_lr": 0,
    "seed": 0,
    "threads": 0,
}
SECONDS_AN_UPDATE = {
    "likelihood": 0.075,
    "continued": 0.075,
    "discriminator": 0.075,
    "adversarial": 0.24,
}
SECONDS_A_REPLY = 0.0025
"""Measured on two CPU cores with the default networks on `friends`."""


@dataclass(kw_only=True, frozen=True)
class BudgetOptions(EvaluationOptions, RunOptions):
    """Updates of each phase, batch sizes and learning rates."""

    batch_size: int = 64
    """Prompt-reply pairs in a micro-batch, over all processes."""
    accumulation: int = 1
    """Micro-batches in an update."""
    likelihood_updates: int = 3000
    """Updates of maximum likelihood."""
    continued_updates: int = 2800
    """Updates of the baseline that goes on with likelihood for as long as the others play: these
    take about the time of the discriminator's and the adversarial phase (0: none)."""
    discriminator_updates: int = 600
    """Updates of the discriminator alone."""
    adversarial_updates: int = 800
    """Updates of adversarial play."""
    discriminator_steps: int = 5
    """Discriminator moves for each of the generator's."""
    likelihood_lr: float = 2e-3
    """Adam's rate for maximum likelihood; it falls linearly to a twentieth over the phase."""
    continued_lr: float = 1e-4
    """Adam's rate for continued likelihood."""
    discriminator_lr: float = 2e-3
    """Adam's rate for the discriminator (and the learned value)."""
    generator_lr: float = 7e-5
    """Adam's rate for the policy gradient."""
    averaging: float = 0.95
    """Decay of the moving average of the generator's weights over its adversarial moves; the
    average is what is judged and talks (0: the last weights)."""
    teacher_lr: float = 1e-4
    """Adam's rate for teacher forcing during adversarial play."""
    evaluate_every: int = 250
    """Updates between two looks at the validation part."""


Budget = TypeVar("Budget", bound=BudgetOptions)


def announce(config: BudgetOptions) -> str:
    """Return what a run is going to do, and about how long that takes at the default sizes."""
    updates = {name: getattr(config, f"{name}_updates") for name in SECONDS_AN_UPDATE}
    listed = ", ".join(f"{count} {name}" for name, count in updates.items())
    seconds = sum(SECONDS_AN_UPDATE[name] * count for name, count in updates.items())
    seconds += (
        SECONDS_A_REPLY
        * (config.test_prompts + config.judge_prompts)
        * (2 + 2 * len(config.temperatures))
    )
    return (
        f"updates: {listed}; then {config.test_prompts} test prompts. At the default sizes about "
        f"{max(1, round(seconds / 60))} minutes on two CPU cores"
    )


def refuse_ranges(config: BudgetOptions) -> None:
    """Raise `UserError` for counts, rates and temperatures that mean nothing."""
    refuse_below(config, LEAST)
    if not 0 <= config.averaging < 1:
        raise UserError(f"--averaging is {config.averaging}: it must lie in [0, 1)")
    if not all(0 <= temperature <= HOTTEST for temperature in config.temperatures):
        raise UserError(
            f"--temperatures are {config.temperatures}: each must be 0 or more, at most {HOTTEST}"
        )


def sized(config: Budget) -> Budget:
    """Return the configuration with --quick and --max-updates applied.

    Raises `UserError` for values out of range.
    """
    refuse_ranges(config)
    if config.quick:
        config = dataclasses.replace(
            config,
            likelihood_updates=min(100, config.likelihood_updates),
            continued_updates=min(20, config.continued_updates),
            discriminator_updates=min(20, config.discriminator_updates),
            adversarial_updates=min(20, config.adversarial_updates),
            test_prompts=min(100, config.test_prompts),
            judge_prompts=min(500, config.judge_prompts),
            temperatures=(1.0,),
        )
    most = config.max_updates or sys.maxsize
    return dataclasses.replace(
        config,
        likelihood_updates=min(most, config.likelihood_updates),
        continued_updates=min(most, config.continued_updates),
        discriminator_updates=min(most, config.discriminator_updates),
        adversarial_updates=min(most, config.adversarial_updates),
    )
