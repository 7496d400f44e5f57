"""Fewer updates than the defaults: --quick and --max-updates."""

import dataclasses
import sys
from typing import TypeVar

from seqgan.core.run import RunOptions

QUICK_UPDATES = 30

Options = TypeVar("Options", bound=RunOptions)


def sized(config: Options) -> Options:
    """Return the configuration with no phase longer than --quick and --max-updates allow."""
    most = min(config.max_updates or sys.maxsize, QUICK_UPDATES if config.quick else sys.maxsize)
    names = {field.name for field in dataclasses.fields(config)} - {"max_updates"}
    asked = {name: getattr(config, name) for name in names if name.endswith("_updates")}
    return dataclasses.replace(config, **{name: min(most, asked[name]) for name in asked})
