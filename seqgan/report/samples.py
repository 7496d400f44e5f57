"""Samples as they changed during a run, and the final outputs of all systems side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from seqgan.report.markup import Html, element, join, table

Item = TypeVar("Item")

MAX_SNAPSHOTS = 10
MAX_CONTEXTS = 6


@dataclass(frozen=True)
class Snapshot:
    """What the model gave for each context at an update."""

    update: int
    outputs: Mapping[str, Html | str]


@dataclass(frozen=True)
class SideBySide:
    """A context, its real counterpart, and the output of each system."""

    context: Html | str
    real: Html | str
    outputs: Mapping[str, Html | str]


def snapshots_section(
    snapshots: Sequence[Snapshot], real: Mapping[str, Html | str], *, context_name: str
) -> Html:
    """Return the outputs for the first contexts over time; `real` maps a context to its own."""
    contexts = list(dict.fromkeys(name for each in snapshots for name in each.outputs))
    if not contexts:
        return Html("")
    shown = evenly(snapshots, MAX_SNAPSHOTS)
    note = (
        f"{min(len(contexts), MAX_CONTEXTS)} of {len(contexts)} contexts, "
        f"{len(shown)} of {len(snapshots)} evaluations, one sample each; not chosen by hand."
    )
    blocks = []
    for context in contexts[:MAX_CONTEXTS]:
        body = [
            [f"{each.update:,}", each.outputs[context]] for each in shown if context in each.outputs
        ]
        if context in real:
            body.append(["human", real[context]])
        heading = element("h3", element("span", context_name, class_="label"), context)
        blocks.append(join([heading, table(["update", "sample"], body)]))
    return join([element("p", note, class_="soft"), *blocks])


def side_by_side_section(examples: Sequence[SideBySide], *, context_name: str) -> Html:
    """Return a table with a column for each system; missing outputs are dashes."""
    systems = list(dict.fromkeys(name for each in examples for name in each.outputs))
    if not systems:
        return Html("")
    body = [
        [each.context, each.real, *[each.outputs.get(system, "–") for system in systems]]
        for each in examples
    ]
    return element("div", table([context_name, "human", *systems], body), class_="texts")


def evenly(items: Sequence[Item], count: int) -> list[Item]:
    """Return at most `count` items at even distances, the first and the last among them.

    >>> evenly([0, 10, 20, 30, 40], 3)
    [0, 20, 40]
    """
    if len(items) <= count:
        return list(items)
    return [items[round(place * (len(items) - 1) / (count - 1))] for place in range(count)]
