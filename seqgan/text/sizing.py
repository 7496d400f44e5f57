"""Fewer updates than the defaults: --quick and --max-updates."""

import dataclasses
import sys
from typing import TypeVar

from seqgan.core.run import RunOptions

QUICK_UPDATES = 60  # of all phases together

Options = TypeVar("Options", bound=RunOptions)


def sized(config: Options) -> Options:
    """Return the configuration with no phase longer than --quick and --max-updates allow.

    --quick shares its updates among the phases that the options give any.
    """
    names = {field.name for field in dataclasses.fields(config)} - {"max_updates"}
    asked = {name: getattr(config, name) for name in names if name.endswith("_updates")}
    asked = {name: updates for name, updates in asked.items() if updates > 0}
    share = QUICK_UPDATES // max(len(asked), 1) if config.quick else sys.maxsize
    most = min(config.max_updates or sys.maxsize, share)
    return dataclasses.replace(config, **{name: min(most, asked[name]) for name in asked})
