"""Sizes, rates and widths that mean nothing are refused before a run begins."""

from typing import Any

import pytest

from seqgan.errors import UserError
from seqgan.text.dialogue.budgets import BudgetOptions, sized
from seqgan.text.options import NetworkOptions


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("batch_size", 0),
        ("continued_updates", -1),
        ("discriminator_updates", 0),
        ("max_updates", 0),
        ("test_prompts", 1),
        ("judge_prompts", 1),
        ("generator_lr", -1e-3),
        ("averaging", 1.0),
        ("temperatures", (1.0, -1.0)),
        ("seed", -1),
        ("threads", -1),
    ],
)
def test_values_out_of_range_are_refused(option: str, value: Any) -> None:
    with pytest.raises(UserError, match=f"--{option.replace('_', '-')}"):
        sized(BudgetOptions(**{option: value}))


def test_the_least_values_are_allowed() -> None:
    few = BudgetOptions(likelihood_updates=0, continued_updates=0, averaging=0.0, max_updates=1)
    assert sized(few).adversarial_updates == 1


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"generator_dim": 255}, "--generator-dim is 255"),
        ({"generator": "transformer", "generator_dim": 12}, "multiples of 8"),
        ({"discriminator_dim": 0}, "--discriminator-dim is 0"),
        ({"dropout": 1.0}, "--dropout is 1.0"),
    ],
)
def test_sizes_that_no_network_has_are_refused(options: Any, reason: str) -> None:
    with pytest.raises(UserError, match=reason):
        NetworkOptions(**options).refuse_sizes()
