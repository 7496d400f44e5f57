"""Options that do something only beside others: elsewhere they are refused, not ignored."""

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from seqgan.errors import UserError
from seqgan.games.adversary import AdversaryOptions

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


ADVERSARY_USES: tuple[Use[AdversaryOptions], ...] = (
    Use(
        ("gamma",), "--penalty r1, r2 or r1r2", lambda of: of.slope_penalty in ("r1", "r2", "r1r2")
    ),
    Use(("slope_weight",), "--penalty gp or lp", lambda of: of.slope_penalty in ("gp", "lp")),
    Use(("clip",), "--penalty clip", lambda of: of.slope_penalty == "clip"),
    Use(("alpha",), "--objective alpha", lambda of: of.named_objective == "alpha"),
    Use(
        ("margin",),
        "--objective energy or loss-sensitive",
        lambda of: of.named_objective in ("energy", "loss-sensitive"),
    ),
)
