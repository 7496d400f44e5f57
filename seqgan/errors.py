"""Mistakes a user can mend: shown as one line, exit code 2."""

from collections.abc import Mapping


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
