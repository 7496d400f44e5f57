"""How long a dialogue recipe plays, and how fast each player learns.

Budgets are counted in updates, never in seconds, so that a run can be repeated bit for bit.
"""

import dataclasses
import sys
from dataclasses import dataclass
from typing import TypeVar

from seqgan.core.run import RunOptions
from seqgan.errors import UserError
from seqgan.text.systems import EvaluationOptions

AT_LEAST_ONE = (
    "batch_size",
    "accumulation",
    "evaluate_every",
    "discriminator_steps",
    "test_prompts",
    "beam_size",
)
SECONDS_AN_UPDATE = {
    "likelihood": 0.06,
    "continued": 0.06,
    "discriminator": 0.08,
    "adversarial": 0.24,
}
SECONDS_A_REPLY = 0.004
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
    continued_updates: int = 3600
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


def sized(config: Budget) -> Budget:
    """Return the configuration with --quick and --max-updates applied.

    Raises `UserError` for sizes and intervals below 1.
    """
    for name in AT_LEAST_ONE:
        if getattr(config, name) < 1:
            option = name.replace("_", "-")
            raise UserError(f"--{option} is {getattr(config, name)}: it must be 1 or more")
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
