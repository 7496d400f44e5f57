"""Options that do something only beside others: elsewhere they are refused, not ignored."""

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from seqgan.errors import UserError

Options = TypeVar("Options", contravariant=True)


@dataclass(frozen=True)
class Use(Generic[Options]):
    """When options are used: `beside` says it in words, `when` of given options."""

    names: Sequence[str]
    beside: str
    when: Callable[[Options], bool]


def refuse_idle(options: Any, uses: Sequence[Use[Any]]) -> None:
    """Raise `UserError` for an option that was changed where it does nothing."""
    defaults = {field.name: field.default for field in dataclasses.fields(options)}
    for use in uses:
        changed = [name for name in use.names if getattr(options, name) != defaults[name]]
        if changed and not use.when(options):
            raise UserError(
                f"--{changed[0].replace('_', '-')} does nothing but with {use.beside}: leave it out"
            )
