"""Mistakes a user can mend: shown as one line, exit code 2."""

import dataclasses
import math
from collections.abc import Mapping
from typing import Any


class UserError(Exception):
    """A problem with what the user gave; the message names the value and the remedy.

    The command line prints it as a single line and exits with 2. Raised from the library it is
    an ordinary exception.
    """


def refuse_below(options: object, least: Mapping[str, float]) -> None:
    """Raise `UserError` for the first option below its least value; None passes."""
    for name, low in least.items():
        if (value := getattr(options, name)) is not None and not value >= low:
            raise UserError(f"--{name.replace('_', '-')} is {value}: it must be {low} or more")


def refuse_unfinite(options: Any) -> None:
    """Raise `UserError` for an option that is nan or infinite: no comparison would find it."""
    for field in dataclasses.fields(options):
        value = getattr(options, field.name)
        for number in value if isinstance(value, tuple) else (value,):
            if isinstance(number, float) and not math.isfinite(number):
                raise UserError(
                    f"--{field.name.replace('_', '-')} is {number}: it must be a finite number"
                )
